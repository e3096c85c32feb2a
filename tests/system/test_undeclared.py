"""What a tenant has and the schema doesn't allow is a warning with the notes that declare it, and never a wall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rhythmconf.source.project import kind_notes
from rhythmconf.text import yaml12
from tests.support.tenants import ProjectFolder, make_project

WIDER = """\
properties:
  customer_type: {enum: [both, contact, organization, company]}
  display_order: {type: [number, string]}
"""
RECORD: dict[str, Any] = {
    "name": "Diver",
    "customer_type": "company",
    "display_order": "first",
    "renewal_colour": "blue",
    "owner_id": "x1",
    "words": ["b", "a"],
    "\x1b[31m": True,
}


@pytest.fixture
def site(tmp_path: Path) -> ProjectFolder:
    """Return a project whose tenant has values that the shipped schema doesn't allow."""
    wider = tmp_path / "wider/certifications/program.notes.yaml"
    wider.parent.mkdir(parents=True)
    wider.write_text(WIDER)
    root = tmp_path / "project"
    made = make_project(root)
    with ProjectFolder(root, kind_notes.load([tmp_path / "wider"])).tenant() as tenant:
        tenant.make("program", RECORD)
    made.write("rhythmconf.yaml", made.read("rhythmconf.yaml").replace("sources:", "schemas: [kinds]\nsources:"))
    made.write("kinds/certifications/program.notes.yaml", "")
    return made


def test_pull_names_the_notes_to_add_and_nothing_is_blocked(site: ProjectFolder) -> None:
    warnings = site.done("pull", "--format", "json").value["diagnostics"]
    refused = {each["message"].split(": ")[1]: each["help"] for each in warnings if each["code"] == "RC603"}
    assert refused.keys() == {"/customer_type", "/display_order"}
    notes = refused["/customer_type"].partition("and pull again: ")[2]
    assert yaml12.load_all(notes, file="x.yaml") == [
        {"properties": {"customer_type": {"enum": ["both", "contact", "organization", "company"]}}}
    ]
    assert "kinds/certifications/program.notes.yaml" in refused["/display_order"]
    assert site.done("plan").last == "Plan: 0 to add, 0 to change, 0 to destroy, 1 to adopt."
    site.write("kinds/certifications/program.notes.yaml", notes)
    assert "customer_type" not in site.done("pull", "--dry-run").err
    site.write("config/other.yaml", "kind: statusReason\nkey: other\nspec: {name: Other}\n")
    site.done("apply", "--auto-approve", "--only", "statusReason/other")


def test_the_notes_that_doctor_prints_declare_all_of_it(site: ProjectFolder) -> None:
    checks = {each["name"]: each for each in site.done("doctor", "--format", "json").value["checks"]}
    found = checks["certifications/program"]
    assert found["undeclared_values"] == [
        {"path": "customer_type", "values": ["company"], "records": 1},
        {"path": "display_order", "values": ["first"], "records": 1},
    ]
    assert found["notes"]["properties"]["owner_id"] == {"type": "string"}
    assert found["notes"]["properties"]["words"]["x-list-type"] == "set"
    shown = site.done("doctor").out
    assert "! customer_type: the schema doesn't allow 'company' (in 1 place)" in shown
    assert "give them x-ref or x-external: 'owner_id'" in shown
    assert "\x1b[31m" not in shown
    lines = shown.partition("kinds/certifications/program.notes.yaml:\n")[2].splitlines()
    printed = "\n".join(line[12:] for line in lines[: next(n for n, line in enumerate(lines) if line[:12].strip())])
    assert yaml12.load_all(printed, file="x.yaml") == [found["notes"]]
    site.write("kinds/certifications/program.notes.yaml", printed)
    again = site.done("doctor").out
    assert "the schema doesn't" not in again
    pulled = site.done("pull")
    assert "RC60" not in pulled.err
    assert "customer_type: company" in site.read("config/program/diver.yaml")
    assert site.done("plan").last == "Plan: 0 to add, 0 to change, 0 to destroy, 1 to adopt."
