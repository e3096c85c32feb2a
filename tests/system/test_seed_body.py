"""The create body of the API reference, as a document with valid values, is validated, planned and applied."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import pytest

from rhythmconf.catalog import Field, substitute
from rhythmconf.model import Body, Json
from tests.support.curl import body_of, find_sample, repair_lists
from tests.support.emulated import shipped_catalog
from tests.support.process import PROJECT, make_project, run_in_process, run_ok

SETTINGS = PROJECT + "default_environment: local\n"
KIND = "certifications/billingTemplate"
MAIL = {"subject": "Renewal", "body": "<p>Please renew.</p>"}
SPECS: dict[str, Body] = {
    "program": {"name": "string"},
    "notice": {"name": "string", "email": cast("Body", MAIL)},
    "applicationNotice": {"name": "string", "email": cast("Body", MAIL)},
    "statusReason": {"name": "string"},
    "appStatusReason": {"name": "string"},
}
"""The documents that the sample refers to, by kind; each has the key `string`."""


def spec() -> Body:
    """Return the published body without read-only fields, with real arrays and numbers."""
    fields = cast("Body", repair_lists(body_of(find_sample("POST", "/{tenantId}"))))
    ours = {name: value for name, value in fields.items() if name != "id" and not name.startswith("sys_")}
    return substitute(shipped_catalog().kind(KIND), ours, keyed)


def keyed(field: Field, value: Json) -> Json:
    """Replace `string` by a valid reference: the key of a document, or an id for a record of another module."""
    if not field.ref or not field.ref[0].startswith("certifications/"):
        return "id:string"
    return f"{field.ref[0].rpartition('/')[2]}/string" if len(field.ref) > 1 else "string"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents: list[Body] = [{"kind": "billingTemplate", "key": "sample", "spec": spec()}]
    documents += [{"kind": kind, "key": "string", "spec": body} for kind, body in SPECS.items()]
    files = {f"config/{n}.json": json.dumps(document, indent=2) for n, document in enumerate(documents)}
    return make_project(tmp_path, files, SETTINGS)


def test_an_example_validates_applies_and_then_has_an_empty_plan(folder: Path) -> None:
    checked = run_ok(folder, "validate", "--env", "local", "--format", "json").json()
    assert {one["severity"] for one in checked["diagnostics"]} <= {"warning"}
    # One of the vendor's examples has two steps with one name.
    assert {one["code"] for one in checked["diagnostics"]} <= {"RC214", "RC726"}
    applied = run_ok(folder, "apply", "--auto-approve")
    assert applied.last == "Apply complete! Resources: 6 added, 0 changed, 0 destroyed."
    assert run_ok(folder, "plan").last == "No changes."


def enums(value: Json, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Yield the pointers of the values of enum fields."""
    if isinstance(value, dict):
        return [path_of_enum for name, one in value.items() for path_of_enum in enums(one, (*path, name))]
    if isinstance(value, list):
        return [path_of_enum for n, one in enumerate(value) for path_of_enum in enums(one, (*path, n))]
    return [path] if path[-1] in WORDS else []


WORDS = {"program_restriction", "training_provider_restriction", "position", "relative_to", "unit_of_time"}
"""The fields with an enum in the API reference; for application types it has only an example."""


def test_each_wrong_word_of_an_example_is_reported_with_line_and_column(folder: Path) -> None:
    places = enums(spec())
    assert len(places) > 30
    broken = cast("Body", misspelt(spec(), set(places)))
    text = json.dumps({"kind": "billingTemplate", "key": "sample", "spec": broken}, indent=2)
    (folder / "config/0.json").write_text(text)
    result = run_in_process(folder, "validate", "--env", "local", "--format", "json")
    assert result.code == 1
    errors = [one for one in result.json()["diagnostics"] if one["severity"] == "error"]
    lines = text.splitlines()
    wrong = [n for n, line in enumerate(lines, 1) if "xq" in line]
    assert sorted(one["line"] for one in errors) == wrong
    assert len(wrong) == len(places)
    for one in errors:
        line = lines[one["line"] - 1]
        assert line[one["column"] - 1 :].startswith('"'), (one, line)
        assert "xq" in line[one["column"] - 1 :]
        assert "xq" in one["message"]
        assert "did you mean" in one["help"]


def misspelt(value: Json, places: set[tuple[str | int, ...]], path: tuple[str | int, ...] = ()) -> Json:
    """Return the body with another value at each of these pointers."""
    if isinstance(value, dict):
        return {name: misspelt(one, places, (*path, name)) for name, one in value.items()}
    if isinstance(value, list):
        return [misspelt(one, places, (*path, n)) for n, one in enumerate(value)]
    return f"{value}xq" if path in places else value
