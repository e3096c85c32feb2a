"""A kind that was imported from an OpenAPI file, with notes, is walked through every command, embedded and served."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from rhythmconf.cli.main import COMMANDS
from rhythmconf.source.project import kind_notes
from tests.support import walk_sites
from tests.support.contracts import contract
from tests.support.git import IDENTITY, commit_all, git
from tests.support.process import ServedTenant, edit_file, run_in_process, serve_emulator, set_environ
from tests.support.tenants import Completed, ProjectFolder, make_project
from tests.support.walk_sites import NO_CHANGES, Site, make_site, run_of
from tests.support.walks import walk

TEXT = {"type": "string"}
BADGE: dict[str, Any] = {
    "type": "object",
    "required": ["id", "name", "print_options"],
    "properties": {
        "id": TEXT,
        "sys_created_at": {"type": "string", "format": "date-time"},
        "name": {"type": "string", "description": "What stands on it."},
        "colour": {"type": "string", "enum": ["red", "blue"]},
        "price": {"type": "number"},
        "print": {"type": "boolean"},
        "print_options": {"type": "object", "properties": {"size": {"type": "integer"}}},
        "status_reason_id": TEXT,
        "tags": {"type": "array", "items": TEXT},
        "levels": {
            "type": "array",
            "items": {"type": "object", "properties": {"name": TEXT, "points": {"type": "integer"}}},
        },
        "layout": {"type": "object"},
    },
}
NOTES = """\
x-resource: {natural_key: [name]}
properties:
  colour: {enum: [red, blue, gold]}    # the tenant has a third one
  price: {x-risk: money, description: What members pay for it.}
  print_options: {x-when: {print: [true]}}
  status_reason_id: {x-ref: statusReason}
  levels: {x-list-type: map, x-list-map-keys: [[name]]}
"""
DIVER = """\
kind: badge
key: diver
spec:
  name: Diver
  colour: gold
  price: 5
  print: true
  print_options: {size: 3}
  status_reason_id: lapsed
  levels:
    - {name: first, points: 10}
    - {name: second, points: 20}
"""
REASON = "kind: statusReason\nkey: lapsed\nspec: {name: Lapsed}\n"
WITHOUT_KINDS = {"init", "docs", "logout", "unlock", "completion"}
"""The commands that read neither kinds nor documents."""


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the commands that are used from now on."""
    names = set[str]()
    run = ProjectFolder.run

    def note(self: ProjectFolder, *arguments: str) -> Completed:
        names.add(arguments[0])
        return run(self, *arguments)

    monkeypatch.setattr(ProjectFolder, "run", note)
    return names


def import_badge(root: Path) -> Site:
    """Import the kind into a new project, with notes, and return its site."""
    make_project(root)
    (root / "contract.json").write_text(json.dumps(contract({"Badge": ("badges", BADGE)})))
    done = run_in_process(root, "kinds", "import", "contract.json", "--module", "certifications")
    assert done.code == 0, done.stderr
    (root / "kinds/certifications/badge.notes.yaml").write_text(NOTES)
    return make_site(root, kind_notes.load([root / "kinds"]), "certifications/badge", 0, schemas=("kinds",))


def test_it_goes_through_every_command(tmp_path: Path, used: set[str]) -> None:
    site = import_badge(tmp_path)
    walk(site, 0)
    inspect(site)
    adopt(site)
    resume(site)
    with serve_emulator(tmp_path, "--schemas", str(tmp_path / "kinds"), tenant="t-served") as tenant:
        serve(site, tenant)
    assert used | {"kinds", "emulator", "fleet"} == COMMANDS.keys() - WITHOUT_KINDS


def inspect(site: Site) -> None:
    """Look at it with every command that changes nothing in the tenant."""
    folder = site.folder
    folder.write("config/diver.yaml", DIVER)
    folder.write("config/lapsed.yaml", REASON)
    run = run_of(site.send("apply"))
    assert folder.done("validate").code == 0
    assert "badge/diver" in folder.done("show", "run", run).out
    assert "gold" in folder.done("show", "badge/diver", "--live").out
    assert re.search(r"both +diver +Diver", folder.done("list", "badge").out)
    assert run in folder.done("history").out
    assert "badge" in folder.done("doctor").out
    assert "off_options" in folder.done("doctor", "--probe", "--kind", "badge").out
    compared = folder.done("diff", "--from", "one", "--to", "two")
    assert "- badge/diver  only in one" in compared.out
    assert compared.last.startswith("0 differences, ")
    assert "statusReason/lapsed" in folder.done("graph", "badge/diver").out
    schema = folder.done("schema").value
    assert schema["$defs"]["keys/certifications/badge"]["enum"].count("diver") == 1
    explained = folder.done("explain", "badge.price").out
    assert "What members pay for it." in explained
    assert "money" in explained
    assert "statusReason" in folder.done("explain", "badge.status_reason_id").out
    assert "\n  status_reason_id\n" in folder.done("explain", "badge").out
    folder.done("format", "config/diver.yaml")
    assert folder.read("config/diver.yaml") == DIVER
    folder.done("calendar")
    folder.done("forecast")
    folder.write("fleet.yaml", "version: 1\nmembers: [{project: ., name: here, environment: one}]\n")
    assert re.search(r"here +one +valid", run_in_process(folder.root, "fleet", "validate").stdout)


def adopt(site: Site) -> None:
    """Take over a record that was there before its document."""
    with site.tenant() as tenant:
        made = tenant.make("badge", {"name": "Sailor", "print": False, "print_options": {}})
    site.folder.write("config/sailor.yaml", "kind: badge\nkey: sailor\nspec: {name: Sailor, price: 7}\n")
    site.folder.done("adopt", "badge/sailor", "--auto-approve")
    site.send("apply")
    with site.tenant() as tenant:
        (sailor,) = [record for record in walk_sites.list_all(tenant, site.kind) if record["name"] == "Sailor"]
    assert (sailor["id"], sailor["price"]) == (made, 7)


def resume(site: Site) -> None:
    """Finish a run that was stopped after its first write."""
    names = [f"pilot-{number}" for number in range(3)]
    text = "---\n".join(f"kind: badge\nkey: {name}\nspec: {{name: {name}}}\n" for name in names)
    site.folder.write("config/pilots.yaml", text)
    planned = site.folder.done("plan", "--format", "json").value["requests"]["forecast"]
    assert site.folder.run("apply", "--auto-approve", "--max-requests", str(planned - 2)).code == 5
    site.folder.done("resume")
    assert site.folder.done("plan").last == NO_CHANGES


def serve(site: Site, tenant: ServedTenant) -> None:
    """Create, change and delete it over HTTP; with a base in git, a document that is gone is a record to delete."""
    folder = site.folder
    served = "  served: {tenant: t-served, dialect: {list_lag_s: 0}}\n"
    folder.write("rhythmconf.yaml", folder.read("rhythmconf.yaml") + served)
    folder.write(".gitignore", ".rhythmconf/\n*.jsonl\n")
    git(folder.root, "init", "-q")
    commit_all(folder.root)
    with set_environ({**os.environ, **IDENTITY, **tenant.env, "RHYTHMCONF_ENV": "served"}):
        folder.done("apply", "--auto-approve")
        assert {record["name"] for record in tenant.records("badges")} > {"Diver", "Sailor"}
        edit_file(folder.root / "config/diver.yaml", "points: 20", "points: 25")
        (folder.root / "config/sailor.yaml").unlink()
        commit_all(folder.root)
        planned = folder.done("plan")
        assert planned.last == "Plan: 0 to add, 1 to change, 1 to destroy."
        assert "levels[second].points: 20 -> 25" in planned.out
        folder.done("apply", "--auto-approve")
    badges = {record["name"]: record for record in tenant.records("badges")}
    assert "Sailor" not in badges
    assert badges["Diver"]["levels"][1]["points"] == 25
