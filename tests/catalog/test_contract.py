"""What `kinds import` makes of each way in which a contract may describe a record."""

from __future__ import annotations

from typing import Any

import pytest

from rhythmconf.catalog.contract import Imported, compare, import_kinds
from tests.support.contracts import answer, contract

TEXT: dict[str, Any] = {"type": "string"}


def imported(value: Any, **known: str) -> tuple[dict[str, Imported], list[str]]:
    kinds, skipped = import_kinds(value, "certifications", known=known)
    return {kind.name: kind for kind in kinds}, skipped


def field(described: Any, **schemas: Any) -> Any:
    """Return the field that an import makes of a schema."""
    value = contract({"Badge": ("badges", {"type": "object", "properties": {"it": described}})})
    value["components"]["schemas"] |= schemas
    return imported(value)[0]["badge"].schema["properties"]["it"]  # type: ignore[index, call-overload]


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        ({"const": "fees"}, {"enum": ["fees"]}),
        ({"type": "string", "minLength": 1, "maxLength": -1}, {"type": "string", "minLength": 1}),
        ({"type": "number", "minimum": 0, "maximum": True}, {"type": "number", "minimum": 0}),
        ({"type": "number", "minimum": 0, "exclusiveMinimum": True}, {"type": "number", "exclusiveMinimum": 0}),
        (
            {"type": "string", "readOnly": True, "format": "date"},
            {"type": "string", "readOnly": True, "format": "date"},
        ),
        ({"allOf": [TEXT, {"maxLength": 3}]}, {"type": "string", "maxLength": 3}),
        ({"oneOf": [TEXT, {"type": "null"}]}, {"type": ["string", "null"]}),
        ({"type": "string", "enum": ["a"], "nullable": True}, {"type": ["string", "null"], "enum": ["a", None]}),
        ({"anyOf": [{**TEXT, "enum": ["a"]}, {**TEXT, "enum": ["b"]}]}, {"type": "string", "enum": ["a", "b"]}),
        ({"anyOf": [TEXT, {}]}, {}),
        ({"anyOf": [{"nullable": True}]}, {}),
        ({"items": TEXT}, {"type": "array", "items": TEXT, "x-list-type": "set"}),
        ({"type": "string", "items": TEXT}, {"type": "string"}),
        (
            {"anyOf": [{"type": "array", "items": TEXT}, {"type": "array", "items": TEXT}]},
            {"type": "array", "items": TEXT, "x-list-type": "set"},
        ),
        (
            {"anyOf": [{"type": "array", "items": TEXT}, {"type": "array"}]},
            {"type": "array", "x-list-type": "atomic"},
        ),
    ],
)
def test_a_field_is_as_the_contract_describes_it(described: Any, expected: Any) -> None:
    assert field(described) == expected


def test_the_parts_of_a_field_are_joined() -> None:
    one = {"properties": {"a": {**TEXT, "description": "One."}, "b": TEXT}, "required": ["a"]}
    other = {"properties": {"a": {"maxLength": 3}, "c": TEXT}, "required": ["a", "c"]}
    both = field({"allOf": [one, other]})
    assert both["properties"] == {"a": {**TEXT, "description": "One.", "maxLength": 3}, "b": TEXT, "c": TEXT}
    assert both["required"] == ["a", "c"]
    either = field({"oneOf": [{"type": "object", **one}, {"type": "object", **other}]})
    assert sorted(either["properties"]) == ["a", "b", "c"]
    assert either["required"] == ["a"]


def test_a_field_that_is_too_deep_or_contains_itself_is_an_object_and_a_note_says_which() -> None:
    deep: dict[str, Any] = TEXT
    for _ in range(40):
        deep = {"type": "object", "properties": {"a": deep}}
    loop = {"type": "object", "properties": {"child": {"$ref": "#/components/schemas/Loop"}}}
    kinds, _ = imported(contract({"Badge": ("badges", deep), "Loop": ("loops", loop)}))
    assert [note.partition(": ")[2] for note in (*kinds["badge"].notes, *kinds["loop"].notes)] == [
        "the schema is too deep; below here nothing is described",
        "the schema contains itself; below here nothing is described",
    ]


def test_a_reference_keeps_its_own_description() -> None:
    assert field({"$ref": "#/components/schemas/Size"}, Size={**TEXT, "description": "A size."}) == {
        **TEXT,
        "description": "A size.",
    }


def test_the_class_is_the_one_that_does_least() -> None:
    value = contract(
        {"Badge": ("badges", {"properties": {"name": TEXT}}), "Other": ("others", {"properties": {"a": TEXT}})}
    )
    one = {"$ref": "#/components/schemas/Badge"}
    value["paths"]["/settings/{tenantId}"] = {"get": answer({"properties": {"fee_amount": {"type": "number"}}})}
    value["paths"]["/badges/{tenantId}/search"] = {"post": answer({"type": "array", "items": one})}
    kinds, _ = imported(value)
    classes = {name: kind.schema["x-resource"]["class"] for name, kind in kinds.items()}  # type: ignore[index, call-overload]
    assert classes == {"badge": "transactional", "other": "config", "setting": "singleton"}
    assert any("search" in question for question in kinds["badge"].questions)
    assert [word for word in kinds["setting"].questions if "x-risk" in word]


def test_a_record_is_found_in_an_envelope_or_in_what_is_sent() -> None:
    value = contract({})
    listed = {"properties": {"items": {"type": "array", "items": {"properties": {"name": TEXT}}}, "next": TEXT}}
    value["paths"]["/badges/{tenantId}"] = {"get": answer(listed)}
    sent = {"content": {"application/json": {"schema": {"properties": {"size": TEXT}}}}}
    value["paths"]["/levels/{tenantId}"] = {"post": {"requestBody": sent}}
    kinds, _ = imported(value)
    fields = {name: compare({}, kind.schema).added for name, kind in kinds.items()}
    assert fields == {"badge": ("/name",), "level": ("/size",)}


def test_resources_without_a_record_and_of_one_name_are_said() -> None:
    value = contract({"Badge": ("badges", {"properties": {"name": TEXT}})})
    value["paths"]["/badge/{tenantId}"] = {"get": answer({"$ref": "#/components/schemas/Badge"})}
    value["paths"]["/nothing/{tenantId}"] = {"get": {"responses": {"204": {"description": "Done."}}}}
    value["paths"]["/empty/{tenantId}"] = {"get": answer({"type": "object"})}
    kinds, skipped = imported(value)
    assert [*kinds] == ["badge"]
    assert [text.partition(":")[0] for text in skipped] == ["/badge", "/nothing", "/empty"]


def test_a_name_is_asked_where_there_are_two() -> None:
    value = contract({"MembershipTypeResponse": ("types", {"properties": {"name": TEXT}})})
    kinds, _ = imported(value)
    assert any("name: membershipType, or type?" in question for question in kinds["membershipType"].questions)
    assert [*imported(value, types="kindOfMember")[0]] == ["kindOfMember"]


def test_what_may_depend_on_a_switch_is_not_required() -> None:
    record = {
        "required": ["program_ids", "number", "unit_of_time", "name"],
        "properties": {
            "restrict_programs": {"type": "boolean"},
            "program_ids": {"type": "array", "items": TEXT},
            "position": TEXT,
            "number": {"type": "number"},
            "unit_of_time": TEXT,
            "name": TEXT,
        },
    }
    kinds, _ = imported(contract({"Badge": ("badges", {"properties": {"inner": record}})}))
    inner: Any = kinds["badge"].schema["properties"]
    assert inner["inner"]["required"] == ["name"]
    assert sum("always required, or only" in question for question in kinds["badge"].questions) == 3


def test_changes_of_formats_and_of_fields_inside_lists_are_named() -> None:
    old: Any = {"properties": {"a": {"format": "date"}, "b": {"items": {"properties": {"c": TEXT}}}}}
    new: Any = {"properties": {"a": {"readOnly": True}, "b": {"items": {"properties": {"d": TEXT}}}}}
    changes = compare(old, new)
    assert changes.added == ("/b/*/d",)
    assert changes.removed == ("/b/*/c",)
    assert changes.changed == ('/a: format "date" -> none', "/a: readOnly none -> true")
