"""Comparison of two tenants: differences, those caused by overlays, and records of one side only."""

from __future__ import annotations

from pathlib import Path

import pytest

from rhythmconf.catalog import default_folder, load
from rhythmconf.model import Body
from tests.support.catalogs import make_schema, write_schemas
from tests.support.process import edit_file, run_in_process, run_ok
from tests.support.tenants import ProjectFolder, make_project


@pytest.fixture
def association(applied_example: Path) -> Path:
    """Return the example, applied to its sandbox and to production."""
    return applied_example


def test_two_environments_of_one_commit_differ_by_their_overlays_only(association: Path) -> None:
    report = run_ok(association, "diff", "--from", "sandbox", "--to", "production", "--format", "json").json()
    fields = [field for row in report["differences"] for field in row["fields"]]
    assert fields
    assert all(field["overlay"] for field in fields)
    assert {row["only"] for row in report["differences"]} == {None}
    said = run_ok(association, "diff", "--from", "sandbox", "--to", "production")
    assert "display_in_portal: true -> false  ! access  overlay" in said.stdout


def test_files_and_tenant_are_compared_with_records_of_one_side(association: Path) -> None:
    assert run_ok(association, "diff", "--from", "sandbox", "--to", "files").last == (
        "0 differences, 0 only in sandbox, 0 only in files, 80 identical."
    )
    edit_file(association / "config/billing/drops.yaml", "pre_processing_lead_time: 3", "pre_processing_lead_time: 5")
    new = "kind: statusReason\nkey: retired\nspec: {name: Retired, is_active: true}\n"
    (association / "config/retired.yaml").write_text(new, encoding="utf-8")
    files = run_ok(association, "diff", "--from", "sandbox", "--to", "files")
    assert "pre_processing_lead_time: 3 -> 5" in files.stdout
    assert "+ certifications/statusReason/retired  only in files" in files.stdout
    run_ok(association, "apply", "--env", "sandbox", "--auto-approve")
    both = run_ok(association, "diff", "--from", "sandbox", "--to", "production")
    assert "- certifications/statusReason/retired  only in sandbox" in both.stdout
    (line,) = [one for one in both.stdout.splitlines() if "pre_processing_lead_time: 5 -> 3" in one]
    assert "overlay" not in line


def test_comparing_an_environment_with_itself_is_refused(association: Path) -> None:
    assert run_in_process(association, "diff", "--from", "sandbox", "--to", "sandbox").code == 1
    assert run_in_process(association, "diff", "--from", "files", "--to", "sandbox").code == 1


OPTIONS = {"type": "object", "properties": {"size": {"type": "integer"}}, "x-when": {"print": [True]}}
SWITCHED = {"name": {"type": "string"}, "print": {"type": "boolean"}, "options": OPTIONS}
LEVELS = {
    "type": "array",
    "x-list-type": "map",
    "x-list-map-keys": [["name"]],
    "items": {"type": "object", "properties": SWITCHED},
}


@pytest.mark.parametrize(
    ("ours", "theirs", "differences"),
    [
        ({}, {}, 0),
        ({"options": {}}, {}, 0),
        ({"levels": [{"name": "a", "options": {}, "sys_rank": 1}]}, {"levels": [{"name": "a", "sys_rank": 2}]}, 0),
        ({"more": {"sys_rank": 1, "id": "x"}}, {"more": {"sys_rank": 2, "id": "y"}}, 1),
        ({"print": True, "options": {"size": 1}}, {"print": True, "options": {"size": 2}}, 1),
        ({"levels": [{"name": "a", "id": "x"}]}, {"levels": [{"name": "a", "id": "y"}]}, 1),
    ],
    ids=["own fields", "blank option", "own fields in an item", "opaque", "option", "unknown id"],
)
def test_fields_that_only_tenants_set_and_blank_options_are_no_difference(
    tmp_path: Path, ours: Body, theirs: Body, differences: int
) -> None:
    fields = {**SWITCHED, "levels": LEVELS, "more": {"type": "object", "additionalProperties": True}}
    schema = make_schema("certifications/badge", fields)
    schema["x-resource"]["natural_key"] = ["name"]
    catalog = load([default_folder(), write_schemas(tmp_path / "kinds", schema)], module="certifications")
    folder = ProjectFolder(make_project(tmp_path).root, catalog)
    folder.write("rhythmconf.yaml", folder.read("rhythmconf.yaml") + "schemas: [kinds]\n")
    folder.write("config/badge.yaml", "kind: badge\nkey: a\nspec: {name: A}\n")
    for environment, body in (("one", ours), ("two", theirs)):
        with folder.tenant(environment) as tenant:
            tenant.make("badge", {"name": "A", **body})
    compared = folder.run("diff", "--from", "one", "--to", "two")
    assert int(compared.last.split()[0]) == differences, compared.out
