"""A new kind needs only a schema file: validate, plan and apply it, embedded and served."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.process import TENANT, edit_file, make_project, run_in_process, run_ok, serve_emulator

SETTINGS = f"""\
version: 1
project: hisp
sources: [config]
schemas: [kinds]
environments:
  here: {{tenant: {TENANT}, embedded: .rhythmconf/here.db, dialect: {{list_lag_s: 0}}}}
default_environment: here
"""
TEXT = {"type": "string"}
BADGE: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Badge",
    "description": "A badge that members may show.",
    "x-resource": {
        "kind": "badge",
        "module": "certifications",
        "segment": "badges",
        "natural_key": ["name"],
        "class": "config",
        "operations": dict.fromkeys(("list", "get", "create", "replace", "patch", "delete", "batch"), "guess"),
    },
    "type": "object",
    "properties": {
        "id": {**TEXT, "readOnly": True, "description": "Given by the tenant."},
        "name": {**TEXT, "minLength": 1, "description": "What stands on it."},
        "colour": {**TEXT, "enum": ["gold", "silver"], "description": "Of which colour it is."},
        "reason_id": {**TEXT, "x-ref": "statusReason", "description": "The reason that takes it away."},
        "tags": {"type": "array", "items": TEXT, "x-list-type": "set", "description": "Words to find it by."},
        "levels": {
            "type": "array",
            "description": "What it takes.",
            "x-list-type": "map",
            "x-list-map-keys": [["name"]],
            "items": {"type": "object", "properties": {"name": TEXT, "points": {"type": "integer"}}},
        },
    },
    "required": ["name", "colour"],
}
DOCUMENTS = """\
kind: statusReason
key: lapsed
spec: {name: Lapsed}
---
kind: badge
key: diver
spec:
  name: Diver
  colour: gold
  reason_id: lapsed
  tags: [water, deep]
  levels:
    - {name: first, points: 10}
    - {name: second, points: 20}
"""
Where = tuple[Path, dict[str, str]]


@pytest.fixture(params=["embedded", "served"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Where]:
    """Return the project and the variables that select its tenant."""
    files = {"config/all.yaml": DOCUMENTS, "kinds/certifications/badge.json": json.dumps(BADGE)}
    folder = make_project(tmp_path / "project", files, SETTINGS)
    if request.param == "embedded":
        yield folder, {}
        return
    with serve_emulator(tmp_path, "--schemas", str(folder / "kinds")) as tenant:
        yield folder, tenant.env


def test_a_schema_file_alone_makes_a_new_kind(where: Where) -> None:
    folder, env = where
    assert run_ok(folder, "validate", env=env).last == "All checks passed: 2 documents, 0 problems."
    assert run_in_process(folder, "plan", "--detailed-exitcode", env=env).code == 2
    assert run_ok(folder, "apply", "--auto-approve", env=env).last.endswith("2 added, 0 changed, 0 destroyed.")
    assert run_ok(folder, "plan", env=env).last == "No changes."

    edit_file(folder / "config/all.yaml", "{name: second, points: 20}", "{name: second, points: 25}")
    drift = run_in_process(folder, "drift", "-v", env=env)
    assert drift.code == 2
    assert "~ levels[second].points: in the tenant now 20, in the files 25" in drift.stdout
    assert '{"op":"replace","path":"/levels/1/points","value":25}' in drift.stdout
    run_ok(folder, "apply", "--auto-approve", env=env)

    rest = DOCUMENTS.partition("---")[0]
    (folder / "config/all.yaml").write_text(rest)
    assert run_ok(folder, "plan", env=env).last == "No changes."
    pruned = run_ok(folder, "plan", "--prune", "badge/diver", env=env)
    assert pruned.last == "Plan: 0 to add, 0 to change, 1 to destroy."
    assert "- badge/diver" in pruned.stdout
    result = run_ok(folder, "apply", "--auto-approve", "--prune", "badge/diver", env=env)
    assert result.last == "Apply complete! Resources: 0 added, 0 changed, 1 destroyed."
    assert run_ok(folder, "plan", "--prune", "badge/diver", env=env).last == "No changes."


def test_mistakes_in_documents_of_a_new_kind_are_found(tmp_path: Path) -> None:
    wrong = DOCUMENTS.replace("gold", "golden").replace("reason_id: lapsed", "reason_id: lapse")
    files = {"config/all.yaml": wrong, "kinds/certifications/badge.json": json.dumps(BADGE)}
    folder = make_project(tmp_path, files, SETTINGS)
    result = run_in_process(folder, "validate", "--format", "json")
    assert result.code == 1
    places = [(one["line"], one["column"], one["help"]) for one in result.json()["diagnostics"]]
    assert [(line, column) for line, column, _ in places] == [(9, 11), (10, 14)]
    assert "'gold'" in places[0][2]
    assert "'lapsed'" in places[1][2]


def test_editors_complete_a_new_kind(tmp_path: Path) -> None:
    files = {"config/all.yaml": DOCUMENTS, "kinds/certifications/badge.json": json.dumps(BADGE)}
    report = run_ok(make_project(tmp_path, files, SETTINGS), "schema").json()
    assert "badge" in report["properties"]["kind"]["enum"]
    assert report["$defs"]["keys/certifications/statusReason"] == {"enum": ["lapsed"]}


def test_a_broken_schema_file_is_named(tmp_path: Path) -> None:
    broken = {**BADGE, "properties": {**BADGE["properties"], "name": {**TEXT, "x-refs": "program"}}}
    files = {"config/all.yaml": DOCUMENTS, "kinds/certifications/badge.json": json.dumps(broken)}
    result = run_in_process(make_project(tmp_path, files, SETTINGS), "validate")
    assert (result.code, result.stdout) == (1, "")
    assert "badge.json" in result.stderr
    assert "x-refs" in result.stderr
