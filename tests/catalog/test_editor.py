"""The schema for editors: which documents it accepts and where it reports errors."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry

from rhythmconf.catalog import default_folder, load, load_shipped
from rhythmconf.catalog.editor import editor_schema, overlay_schema
from rhythmconf.catalog.transform import document_schema
from rhythmconf.model import MISSING, at, pointer
from rhythmconf.source.documents.texts import insert_text
from rhythmconf.text import yaml12
from tests.support.catalogs import SCHOOL, make_catalog
from tests.support.process import EXAMPLES

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


def test_files_only_replace_the_fields_that_they_supply(full: bool) -> None:
    shipped = load_shipped()
    editor = jsonschema_rs.validator_for(editor_schema(shipped))
    specs = {name: jsonschema_rs.validator_for(document_schema(kind.schema)) for name, kind in shipped.kinds.items()}
    # Texts for people, without the words of the API: an editor can't know what depends on a word in a file.
    texts = [
        (document, path)
        for file in sorted((EXAMPLES / "association/config").rglob("*.yaml"))
        for document in yaml12.load_all(file.read_bytes(), file=file.name)
        if isinstance(document, dict) and "files" not in document
        for path in places(document["spec"], lambda member: isinstance(member, str) and " " in member)
        if path[-1] != "relative_to"
    ]
    chance = random.Random(17)
    verdicts: list[bool] = []
    while len(verdicts) < (20_000 if full else 1_000):
        document, path = chance.choice(texts)
        value: Any = copy.deepcopy(document)
        text = str(at(value["spec"], pointer(path)))
        for removed in (chance.choice([*places(value["spec"], lambda _: True)]), path):
            remove(value["spec"], removed)
        if at(value["spec"], pointer(path[:-1])) is MISSING:
            continue  # an editor looks at mappings of the spec, not into one that only `files` makes
        is_valid = specs[shipped.qualify(value["kind"])].is_valid(insert_text(value["spec"], path, text))
        value["files"] = {pointer(path): "text.html"}
        assert editor.is_valid(value) == is_valid, value
        verdicts.append(is_valid)
    assert min(verdicts.count(True), verdicts.count(False)) > len(verdicts) / 20


def places(value: Any, wanted: Callable[[Any], bool], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the paths of the members of mappings, also inside lists, that are wanted."""
    for name, member in value.items() if isinstance(value, dict) else ():
        if wanted(member):
            yield (*path, name)
        yield from places(member, wanted, (*path, name))
    for index, item in enumerate(value if isinstance(value, list) else ()):
        yield from places(item, wanted, (*path, str(index)))


def remove(spec: Any, path: Sequence[str]) -> None:
    """Remove a member of a mapping, if it is there."""
    above = at(spec, pointer(path[:-1]))
    if isinstance(above, dict):
        above.pop(path[-1], None)
