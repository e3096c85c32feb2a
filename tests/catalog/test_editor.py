"""The schema for editors: which documents it accepts and where it reports errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry

from rhythmconf.catalog import default_folder, editor_schema, load, overlay_schema
from tests.support.catalogs import SCHOOL, make_catalog

KEYS = {"school/teacher": ["ada", "bob"], "school/exam": ["final"], "school/course": []}


@pytest.fixture(scope="module")
def full_schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return editor_schema(make_catalog(tmp_path_factory.mktemp("schemas"), *SCHOOL), KEYS)


def errors(schema: dict[str, Any], document: object) -> list[str]:
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, registry=Registry())
    return ["/".join(map(str, error.absolute_path)) for error in validator.iter_errors(document)]


def document(**spec: object) -> dict[str, object]:
    return {"kind": "course", "key": "knots", "spec": {"name": "Knots", **spec}}


@pytest.mark.parametrize(
    "good",
    [
        document(),
        document(teacher_id="ada", after_ids=["final", "course/knots"], room_id="id:R7"),
        document(teacher_id="somebody-new"),
        document(teacher_id=None),
        {**document(), "kind": "school/course"},
        {**document(), "files": {"/notes/text": "a.txt"}, "moved": ["old"], "protect": True},
        {**document(), "moved": "old"},
        {"kind": "course", "match": "*", "skip": True, "unmanaged": ["/level"]},
        {"kind": "teacher", "key": "ada", "spec": {"name": "Ada"}},
    ],
)
def test_the_editor_schema_accepts_valid_documents(full_schema: dict[str, Any], good: object) -> None:
    assert errors(full_schema, good) == []


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        (document(levle="on"), "spec"),
        (document(level="of"), "spec/level"),
        (document(teacher_id="Ada Lovelace"), "spec/teacher_id"),
        (document(id="7"), "spec"),
        ({**document(), "kind": "curse"}, "kind"),
        ({**document(), "key": "Knots"}, "key"),
        ({**document(), "speck": {}}, ""),
        ({"kind": "course", "spec": {"name": "x"}}, ""),
        ({**document(), "unmanaged": ["level"]}, "unmanaged/0"),
        ({**document(), "files": {"level": "x"}}, "files"),
        ({"kind": "teacher", "key": "ada", "spec": {"name": "Ada", "level": "on"}}, "spec"),
    ],
)
def test_the_editor_schema_refuses_invalid_documents(full_schema: dict[str, Any], bad: object, where: str) -> None:
    assert where in errors(full_schema, bad)


def test_reference_fields_suggest_the_keys_and_keep_their_text(full_schema: dict[str, Any]) -> None:
    teacher = full_schema["$defs"]["school/course"]["properties"]["teacher_id"]
    assert teacher["description"] == "Who teaches it."
    assert full_schema["$defs"]["keys/school/teacher"] == {"enum": ["ada", "bob"]}
    assert {"$ref": "#/$defs/keys~1school~1teacher"} in teacher["anyOf"]


def test_descriptions_are_kept_for_hovers(full_schema: dict[str, Any]) -> None:
    assert full_schema["$defs"]["school/course"]["properties"]["name"]["description"] == "Name of the course."
    assert all(member["description"] for member in full_schema["properties"].values())


def test_keywords_of_rhythmconf_are_removed(full_schema: dict[str, Any]) -> None:
    assert '"x-' not in json.dumps(full_schema)


def test_without_keys_a_reference_may_be_any_key(tmp_path: Path) -> None:
    plain = editor_schema(make_catalog(tmp_path, *SCHOOL))
    assert errors(plain, document(teacher_id="ada")) == []
    assert "anyOf" not in plain["$defs"]["school/course"]["properties"]["teacher_id"]


def test_overlays_require_no_fields_but_are_checked(tmp_path: Path) -> None:
    over = overlay_schema(make_catalog(tmp_path, *SCHOOL), KEYS)
    assert errors(over, {"kind": "course", "key": "knots", "spec": {"restriction": "include", "fee": {}}}) == []
    assert errors(over, {"kind": "course", "key": "knots", "spec": {"lessons": [{"id": "x"}]}}) == ["spec/lessons/0/id"]


def test_one_schema_covers_the_shipped_catalog() -> None:
    shipped = load([default_folder()], module="certifications")
    editing_schema = editor_schema(shipped, {"certifications/program": ["cmsi"]})
    bad = {
        "kind": "billingTemplate",
        "key": "weekly",
        "spec": {"name": "W", "renewal_reminder_options": {"program_ids": 3}},
    }
    assert "spec/renewal_reminder_options/program_ids" in errors(editing_schema, bad)
    assert "program" in editing_schema["properties"]["kind"]["enum"]
    assert "certifications/program" in editing_schema["properties"]["kind"]["enum"]
