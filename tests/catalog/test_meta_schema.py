"""The meta-schema: what it accepts and refuses at every depth of a schema file."""

from __future__ import annotations

import functools
import json
import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry

Schema = dict[str, Any]
META: Schema = json.loads((Path(__file__).parents[2] / "schemas" / "meta.json").read_text("utf-8"))
WORDS = Draft202012Validator(META, registry=Registry())
VERDICT = jsonschema_rs.validator_for(META)


def problems(schema: object) -> list[str]:
    """Return the errors of the meta-schema; both libraries must agree."""
    messages = [error.message for error in WORDS.iter_errors(schema)]
    assert VERDICT.is_valid(schema) is not bool(messages)
    return messages


def test_the_meta_schema_is_itself_a_schema_without_remote_references() -> None:
    Draft202012Validator.check_schema(META)
    assert '"$ref": "http' not in json.dumps(META)


def kind_with(field: Schema) -> Schema:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "x-resource": {
            "kind": "thing",
            "module": "certifications",
            "segment": "things",
            "natural_key": ["name"],
            "class": "config",
            "operations": {"list": "guess", "batch": "absent"},
        },
        "type": "object",
        "properties": {"name": {"type": "string"}, "field": field},
        "required": ["name"],
        "additionalProperties": False,
    }


OBJECTS: Schema = {"type": "array", "items": {"type": "object"}}
STRINGS: Schema = {"type": "array", "items": {"type": "string"}}
KEYED = OBJECTS | {"x-list-type": "map", "x-list-map-keys": [["id"], ["name"]]}


@pytest.mark.parametrize(
    "field",
    [
        {"type": "string"},
        {"type": ["string", "null"], "x-ref": ["program", "membership/statusReason"]},
        {"type": "string", "x-external": "platform/360Screen", "x-risk": "money"},
        STRINGS | {"x-list-type": "set", "x-ref": "program", "x-when": {"name": ["a"]}, "x-when-min-items": 1},
        OBJECTS | {"x-list-type": "atomic"},
        KEYED | {"x-list-order": "significant"},
        {"type": "object", "additionalProperties": {"type": "number"}},
        {"type": "object", "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {"type": "number", "x-runtime": True},
        {"type": "object", "x-step": {"does": "remind", "takes": "certifications"}},
        {"$ref": "#/$defs/bound", "x-window": "end"},
        {"type": "string", "x-schedule": {"runs": "template_id", "lead": "days"}},
        {"type": "boolean", "x-active": True},
        {"type": ["string", "null"], "x-passes": True},
        {"type": "string", "x-date": True},
        {"type": "string", "x-merge-fields": True},
    ],
)
def test_a_valid_field_is_accepted(field: Schema) -> None:
    assert problems(kind_with(field)) == []


BROKEN: dict[str, Schema] = {
    "unknown annotation": {"type": "string", "x-rsik": "money"},
    "unknown keyword": {"type": "string", "requierd": True},
    "unknown type": {"type": "text"},
    "unknown risk": {"type": "string", "x-risk": "danger"},
    "several risks": {"type": "string", "x-risk": ["money", "inbox"]},
    "objects without list type": OBJECTS,
    "referenced items without list type": {"type": "array", "items": {"$ref": "#/$defs/other"}},
    "unknown items without list type": {"type": "array"},
    "lists of lists without list type": {"type": "array", "items": STRINGS},
    "unknown list type": STRINGS | {"x-list-type": "bag"},
    "set of objects": OBJECTS | {"x-list-type": "set"},
    "map of strings": STRINGS | {"x-list-type": "map", "x-list-map-keys": [["name"]]},
    "map without keys": OBJECTS | {"x-list-type": "map"},
    "keys of a list that is no map": OBJECTS | {"x-list-type": "atomic", "x-list-map-keys": [["id"]]},
    "keys that are no choice of lists": OBJECTS | {"x-list-type": "map", "x-list-map-keys": ["id"]},
    "keys without list type": {"$ref": "#/$defs/other", "x-list-map-keys": [["id"]]},
    "no key at all": OBJECTS | {"x-list-type": "map", "x-list-map-keys": []},
    "order of a list that is no map": OBJECTS | {"x-list-type": "atomic", "x-list-order": "significant"},
    "unknown order": KEYED | {"x-list-order": "sorted"},
    "list type of a string": {"type": "string", "x-list-type": "atomic"},
    "runtime that is not true": {"type": "number", "x-runtime": False},
    "runtime as text": {"type": "number", "x-runtime": "yes"},
    "runtime and read-only": {"type": "number", "x-runtime": True, "readOnly": True},
    "read-only on a condition": {"type": "string", "readOnly": True, "x-when": {"name": ["a"]}},
    "condition without values": {"type": "string", "x-when": {"name": []}},
    "condition without a list": {"type": "string", "x-when": {"name": True}},
    "empty condition": {"type": "string", "x-when": {}},
    "least items without condition": STRINGS | {"x-when-min-items": 1},
    "no least items": STRINGS | {"x-when": {"name": ["a"]}, "x-when-min-items": 0},
    "least items of a string": {"type": "string", "x-when": {"name": ["a"]}, "x-when-min-items": 1},
    "reference of a number": {"type": "number", "x-ref": "program"},
    "references in numbers": {"type": "array", "items": {"type": "number"}, "x-ref": "program", "x-list-type": "set"},
    "references without list type": STRINGS | {"x-ref": "program"},
    "reference to no kind": {"type": "string", "x-ref": []},
    "reference with two slashes": {"type": "string", "x-ref": "a/b/c"},
    "reference and external": {"type": "string", "x-ref": "program", "x-external": "program"},
    "external choice": {"type": "string", "x-external": ["a", "b"]},
    "reference into another file": {"$ref": "other.json#/$defs/x"},
    "remote reference": {"$ref": "https://example.org/schema.json"},
    "annotation inside a rule": {"type": "object", "anyOf": [{"properties": {"a": {"x-risk": "money"}}}]},
    "step that is a text": {"type": "string", "x-step": {"does": "remind", "takes": "certifications"}},
    "step that does something else": {"type": "object", "x-step": {"does": "call", "takes": "certifications"}},
    "step that takes something else": {"type": "object", "x-step": {"does": "remind", "takes": "members"}},
    "step that takes nothing": {"type": "object", "x-step": {"does": "remind"}},
    "step with another member": {"type": "object", "x-step": {"does": "drop", "takes": "applications", "when": "x"}},
    "bound that is a text": {"type": "string", "x-window": "start"},
    "middle of a window": {"type": "object", "x-window": "middle"},
    "schedule that is a number": {"type": "number", "x-schedule": {"runs": "template_id", "lead": "days"}},
    "schedule of no template": {"type": "string", "x-schedule": {"lead": "days"}},
    "active that is a text": {"type": "string", "x-active": True},
    "active that is not true": {"type": "boolean", "x-active": False},
    "number that passes": {"type": "number", "x-passes": True},
    "number that is a date": {"type": "number", "x-date": True},
    "merge fields in a number": {"type": "number", "x-merge-fields": True},
    "resource below the top": {"type": "object", "x-resource": {}},
}
HOLDERS: dict[str, Callable[[Schema], Schema]] = {
    "as a field": lambda field: field,
    "as a nested field": lambda field: {"type": "object", "properties": {"inner": field}},
    "as items": lambda field: {"type": "array", "x-list-type": "atomic", "items": field},
    "as any other member": lambda field: {"type": "object", "additionalProperties": field},
}


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("case", BROKEN)
def test_an_invalid_field_is_refused_at_every_depth(case: str, holder: str) -> None:
    assert problems(kind_with(HOLDERS[holder](BROKEN[case])))


@pytest.mark.parametrize("case", BROKEN)
def test_an_invalid_definition_is_refused(case: str) -> None:
    assert problems(kind_with({"type": "string"}) | {"$defs": {"other": BROKEN[case]}})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("type", "array"),
        ("$schema", "http://json-schema.org/draft-07/schema#"),
        ("$id", "https://example.org/thing"),
        ("x-risk", "high"),
        ("x-runtime", True),
        ("x-natural-key", ["name"]),
        ("x-resource/kind", "Thing"),
        ("x-resource/segment", "things/all"),
        ("x-resource/class", "settings"),
        ("x-resource/natural_key", "name"),
        ("x-resource/owner", "me"),
        ("x-resource/operations/list", "perhaps"),
        ("x-resource/operations/search", "seed"),
    ],
)
def test_an_invalid_top_level_is_refused(path: str, value: object) -> None:
    schema = kind_with({"type": "string"})
    *parents, last = path.split("/")
    functools.reduce(operator.getitem, parents, schema)[last] = value
    assert problems(schema)


@pytest.mark.parametrize("name", ["kind", "module", "segment", "natural_key", "class", "operations"])
def test_a_resource_must_have_all_members(name: str) -> None:
    schema = kind_with({"type": "string"})
    del schema["x-resource"][name]
    assert problems(schema) == [f"'{name}' is a required property"]


def test_a_misspelt_annotation_is_named() -> None:
    assert any("x-rsik" in message for message in problems(kind_with(BROKEN["unknown annotation"])))
