"""`list` shows documents and live records side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.tenants import ProjectFolder, make_project

PROGRAM = "kind: program\nkey: {key}\nspec: {{name: {name}, is_active: true, customer_type: both}}\n"


def write(site: ProjectFolder, key: str, name: str) -> None:
    site.write(f"config/{key}.yaml", PROGRAM.format(key=key, name=name))


@pytest.fixture
def site(tmp_path: Path) -> ProjectFolder:
    """Return a project with one of each: in both, in the files, without a document, by hand, of another project."""
    site = make_project(tmp_path)
    for key in ("both", "left", "skipped"):
        write(site, key, f"Program {key}")
    site.done("apply", "--auto-approve")
    (site.root / "config/left.yaml").unlink()
    site.write("overlays/one/s.yaml", "kind: program\nkey: skipped\nskip: true\n")
    write(site, "new", "Program new")
    with site.tenant() as tenant:
        tenant.make("program", {"name": "By hand", "customer_type": "both"})
        tenant.make("program", {"name": "Theirs", "sys_external_id": "rhythmconf/theirs/x", "customer_type": "both"})
    return site


def rows(site: ProjectFolder, *kinds: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = site.done("list", *kinds, "--format", "json").value["resources"]
    return listed


def test_each_is_listed_once_with_where_it_is(site: ProjectFolder) -> None:
    found = {row["key"] or row["name"]: row for row in rows(site)}
    assert {name: row["standing"] for name, row in found.items()} == {
        "both": "both",
        "new": "document only",
        "left": "record only",
        "skipped": "skipped",
        "By hand": "record only",
        "Theirs": "record only",
    }
    assert len(rows(site)) == len(found)
    with site.tenant() as tenant:
        assert found["both"]["id"] == tenant.named("program", "Program both")["id"]
        assert found["skipped"]["id"] == tenant.named("program", "Program skipped")["id"]
    assert (found["both"]["file"], found["left"]["file"], found["new"]["id"]) == ("config/both.yaml", None, None)
    assert (found["Theirs"]["project"], found["Theirs"]["key"]) == ("theirs", None)


def test_the_text_has_a_line_for_each_and_counts_them(site: ProjectFolder) -> None:
    out = site.done("list").out
    head, *lines = out.splitlines()
    assert head == "program"
    assert len(lines) == 7
    ids = {row["key"] or row["name"]: row["id"] for row in rows(site)}
    said = {" ".join(line.split()) for line in lines}
    assert said >= {
        f"both both Program both id {ids['both']} config/both.yaml",
        "document only new Program new config/new.yaml",
        f"record only - Theirs id {ids['Theirs']} managed by project theirs",
    }
    assert lines[-1] == "6 listed: 1 both, 3 record only, 1 document only, 1 skipped."


def test_kinds_narrow_the_list_and_the_requests(site: ProjectFolder) -> None:
    assert rows(site, "notice") == []
    assert site.done("list", "notice").out == "No documents and no records.\n"
    assert {row["kind"] for row in rows(site, "program", "notice")} == {"certifications/program"}
    unknown = site.run("list", "programm")
    assert unknown.code == 1
    assert "did you mean 'program'?" in unknown.err


def test_a_document_that_may_be_several_records_is_undecided(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        for _ in range(2):
            tenant.make("program", {"name": "Program new", "customer_type": "both"})
    (row,) = [row for row in rows(site) if row["key"] == "new"]
    assert (row["standing"], row["id"], row["file"]) == ("undecided", None, "config/new.yaml")


def test_a_list_changes_nothing(site: ProjectFolder) -> None:
    before = site.files("config", "overlays", "bindings")
    with site.tenant() as tenant:
        records = tenant.all("program")
        site.done("list")
        assert tenant.all("program") == records
    assert site.files("config", "overlays", "bindings") == before


def test_show_live_has_the_fields_of_the_tenant(site: ProjectFolder) -> None:
    with site.tenant() as tenant:
        record = tenant.named("program", "Program both")
        tenant.patch("program", record["id"], description="Set by hand")
        made = tenant.named("program", "By hand")
    shown = site.done("show", "program/both", "--live")
    assert '"description": "Set by hand"' in shown.out
    assert shown.out.index("in one:") < shown.out.index("in the files:")
    one, two = site.done("show", "program/both", "--live", "--format", "json").value["environments"]
    assert (one["live"]["description"], two["live"]) == ("Set by hand", None)
    assert "Set by hand" not in site.done("show", "program/both").out
    by_id = site.done("show", f"program/{made['id']}", "--live").out
    assert "found by its id, without a key" in by_id
    assert '"name": "By hand"' in by_id
    assert "its key is program/both" in site.done("show", f"program/{record['id']}", "--live").out
    assert site.run("show", "program/nothing", "--live").code == 1
