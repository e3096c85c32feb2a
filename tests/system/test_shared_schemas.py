"""`schemas` names a folder that several projects share, or an installed package; a branch can't abuse either."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.catalogs import make_schema, write_schemas
from tests.support.git import commit_all, git
from tests.support.tenants import ProjectFolder, make_project

OFFER: dict[str, Any] = make_schema(
    "certifications/offer",
    {"id": {"type": "string", "readOnly": True}, "name": {"type": "string"}, "price": {"type": "number"}},
    required=["name"],
)
OFFER["x-resource"]["natural_key"] = ["name"]
SECRET = "hunter2-of-ana"


def make_site(folder: Path, schemas: str) -> ProjectFolder:
    site = make_project(folder)
    site.write("rhythmconf.yaml", site.read("rhythmconf.yaml").replace("sources:", f"schemas: ['{schemas}']\nsources:"))
    site.write("config/offer.yaml", "kind: offer\nkey: gold\nspec: {name: Gold}\n")
    return site


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """Return a folder of schemas beside the projects."""
    return write_schemas(tmp_path / "shared" / "kinds", OFFER)


def test_two_projects_share_a_folder(tmp_path: Path, shared: Path) -> None:
    for name in ("first", "second"):
        site = make_site(tmp_path / name, "../shared/kinds")
        site.done("apply", "--auto-approve")
        assert site.done("plan").last == "No changes."


def test_a_package_is_found_where_rhythmconf_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "installed" / "agency_kinds"
    write_schemas(package / "kinds", OFFER)
    (package / "__init__.py").write_text("raise SystemExit('a schema package must not run')\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(package.parent)])
    site = make_site(tmp_path / "project", "package:agency_kinds/kinds")
    site.done("apply", "--auto-approve")
    assert site.done("plan").last == "No changes."
    missing = make_site(tmp_path / "other", "package:agency_kindz").run("validate")
    assert missing.code == 1
    assert "'agency_kindz' in `schemas` is not installed" in missing.err


def test_a_saved_plan_is_bound_to_the_shared_schemas(tmp_path: Path, shared: Path) -> None:
    site = make_site(tmp_path / "project", "../shared/kinds")
    site.done("plan", "-o", "the.plan")
    wider = {**OFFER, "properties": {**OFFER["properties"], "colour": {"type": "string"}}}
    write_schemas(shared, wider)
    refused = site.run("apply", "the.plan")
    assert refused.code == 3
    assert "schemas" in refused.err


@pytest.mark.parametrize("inside", [True, False])
def test_an_edit_of_a_shared_schema_in_the_repository_is_uncommitted(tmp_path: Path, inside: bool) -> None:
    repository = tmp_path if inside else tmp_path / "project"
    shared = write_schemas(tmp_path / "shared" / "kinds", OFFER)
    site = make_site(tmp_path / "project", "../shared/kinds")
    git(repository, "init", "-q", "-b", "main")
    commit_all(repository, "First")
    clean = json.loads(site.done("plan", "--format", "json").out)
    assert clean["clean"] is True
    write_schemas(shared, {**OFFER, "title": "Offer"})
    edited = json.loads(site.done("plan", "--format", "json").out)
    assert edited["clean"] is not inside


def planted(folder: Path, name: str, content: str) -> None:
    path = folder / "certifications" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


@pytest.mark.parametrize("content", [f'{{"token": "{SECRET}"}}', f'["{SECRET}"]', f"token = {SECRET}"])
def test_no_message_shows_what_is_in_a_file_outside(tmp_path: Path, content: str) -> None:
    planted(tmp_path / "private", "token.json", content)
    failed = make_site(tmp_path / "project", "../private").run("validate")
    assert failed.code == 1
    assert SECRET not in failed.out + failed.err
    assert "token.json" in failed.err
    assert "no valid schema" in failed.err


@pytest.mark.parametrize("way", ["../.aws", "../shared/.private", "../alias"])
def test_a_hidden_folder_is_not_read(tmp_path: Path, shared: Path, way: str) -> None:
    for folder in (tmp_path / ".aws", shared.parent / ".private"):
        planted(folder, "offer.json", json.dumps(OFFER))
    (tmp_path / "alias").symlink_to(tmp_path / ".aws")
    failed = make_site(tmp_path / "project", way).run("validate")
    assert failed.code == 1
    assert "hidden" in failed.err


def test_a_link_out_of_a_shared_folder_and_a_pipe_are_refused(tmp_path: Path, shared: Path) -> None:
    planted(tmp_path / "elsewhere", "offer.json", json.dumps(OFFER))
    site = make_site(tmp_path / "project", "../shared/kinds")
    link = shared / "certifications" / "offer.json"
    link.unlink()
    link.symlink_to(tmp_path / "elsewhere/certifications/offer.json")
    assert "leads out of" in (failed := site.run("validate")).err
    assert failed.code == 1
    link.unlink()
    os.mkfifo(link)
    assert "not a regular file" in site.run("validate").err


@pytest.mark.parametrize(
    "name", ["/etc", "~/kinds", "kinds/../../x", "..", "../", "package:", "package:a.b", "package:a/../b"]
)
def test_other_names_are_refused(tmp_path: Path, name: str) -> None:
    failed = make_site(tmp_path / "project", name).run("validate")
    assert failed.code == 1
    assert "must be a folder, with slashes, or package:NAME" in failed.err
