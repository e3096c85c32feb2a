"""What `kinds import` makes of each way in which a contract may describe a record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rhythmconf.catalog import verdict
from rhythmconf.catalog.contract import ContractFault, Imported, compare, import_kinds
from rhythmconf.catalog.load import check_form
from tests.support.contracts import answer, contract

TEXT: dict[str, Any] = {"type": "string"}


def imported(value: Any, **known: str) -> tuple[dict[str, Imported], list[str]]:
    kinds, skipped, _ = import_kinds(value, "certifications", known=known)
    return {kind.name: kind for kind in kinds}, skipped


def field(described: Any, *, version: str = "3.0.3", **schemas: Any) -> Any:
    """Return the field that an import makes of a schema."""
    value = contract({"Badge": ("badges", {"type": "object", "properties": {"it": described}})}, version=version)
    value["components"]["schemas"] |= schemas
    return imported(value)[0]["badge"].schema["properties"]["it"]  # type: ignore[index, call-overload]


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        ({"const": "fees"}, {"type": "string", "enum": ["fees"]}),
        ({"enum": [1, 2.5, None]}, {"type": ["null", "number"], "enum": [1, 2.5, None]}),
        (
            {"items": {"enum": ["a"]}},
            {"type": "array", "items": {"type": "string", "enum": ["a"]}, "x-list-type": "set"},
        ),
        ({"type": "string", "minLength": 1, "maxLength": -1}, {"type": "string", "minLength": 1}),
        ({"type": "number", "minimum": 0, "maximum": True}, {"type": "number", "minimum": 0}),
        ({"type": "number", "minimum": 0, "exclusiveMinimum": True}, {"type": "number", "exclusiveMinimum": 0}),
        (
            {"type": "number", "exclusiveMinimum": 0, "maximum": 5},
            {"type": "number", "exclusiveMinimum": 0, "maximum": 5},
        ),
        ({"type": "number", "exclusiveMaximum": True}, {"type": "number"}),
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
        ({"oneOf": [{"const": "a"}, {"const": "b"}]}, {"type": "string", "enum": ["a", "b"]}),
        ({"anyOf": [{"$ref": "#/components/schemas/Size"}, {"const": None}]}, {"type": ["string", "null"]}),
        ({"enum": ["a", {"b": 1}]}, {}),
        ({"enum": [f"{n}" for n in range(2001)]}, {}),
        ({"allOf": [{**TEXT, "enum": ["a", "b"]}, {"enum": ["b", "c"]}]}, {"type": "string", "enum": ["b"]}),
        ({"allOf": [{"type": "number"}, {"type": "integer"}]}, {"type": "integer"}),
        ({"allOf": [{"type": ["string", "null"]}, TEXT]}, {"type": "string"}),
        (
            {"allOf": [{"items": TEXT}, {"items": {"maxLength": 3}}]},
            {"type": "array", "items": {"type": "string", "maxLength": 3}, "x-list-type": "set"},
        ),
        (
            {"type": "string", "pattern": r"^\p{L}+(?<year>\d+)$"},
            {"type": "string", "pattern": r"^\p{L}+(?<year>\d+)$"},
        ),
        ({"type": "string", "pattern": r"a\Z"}, {"type": "string"}),
        ({"type": "string", "pattern": r"(\w{1000}){1000}"}, {"type": "string"}),
        ({"type": "string", "pattern": "/^a$/"}, {"type": "string"}),
        ({"type": "object", "additionalProperties": TEXT}, {"type": "object"}),
        ({"type": "array", "prefixItems": [TEXT]}, {"type": "array", "x-list-type": "atomic"}),
        ({"type": "file", "example": [1], "default": {}, "x-it": 1, "title": "It"}, {}),
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
    assert field(described, Size=TEXT) == expected


def test_a_number_and_a_truth_value_are_two_values_of_an_enum() -> None:
    assert [str(value) for value in field({"enum": [1, True, 1.5, "1", True]})["enum"]] == ["1", "True", "1.5", "1"]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("3.0.3", {"type": ["string", "null"], "readOnly": True, "description": "Mine."}),
        ("3.1.0", {"type": ["string", "null"], "readOnly": True, "description": "Mine.", "maxLength": 3}),
    ],
)
def test_what_stands_beside_a_reference_counts_as_the_version_says(version: str, expected: Any) -> None:
    beside = {"description": "Mine.", "readOnly": True, "nullable": True, "maxLength": 3}
    assert field({"$ref": "#/components/schemas/Size", **beside}, version=version, Size=TEXT) == expected


def test_a_field_of_several_forms_takes_the_values_of_each() -> None:
    cat = {"required": ["kind", "a"], "properties": {"kind": {**TEXT, "enum": ["cat"]}, "a": {"type": "integer"}}}
    dog = {"required": ["kind"], "properties": {"kind": {**TEXT, "enum": ["dog"]}, "a": TEXT, "b": TEXT}}
    assert field({"oneOf": [cat, dog], "discriminator": {"propertyName": "kind"}}) == {
        "type": "object",
        "required": ["kind"],
        "properties": {
            "kind": {"type": "string", "enum": ["cat", "dog"]},
            "a": {"type": ["integer", "string"]},
            "b": TEXT,
        },
    }


def test_a_field_that_is_never_returned_is_left_out() -> None:
    secret = {"properties": {"name": TEXT, "secret": {**TEXT, "writeOnly": True}}, "required": ["secret", "name"]}
    kinds, _ = imported(contract({"Badge": ("badges", secret)}))
    assert (compare({}, kinds["badge"].schema).added, kinds["badge"].schema["required"]) == (("/name",), ["name"])
    assert kinds["badge"].notes == ("/badges/properties/secret: is never returned and was left out",)


def test_a_reference_in_an_example_is_not_followed_but_a_field_may_be_called_example() -> None:
    remote = {"$ref": "https://evil.example/x.json"}
    assert field({**TEXT, "example": remote, "default": remote, "enum": ["a"]}) == {**TEXT, "enum": ["a"]}
    with pytest.raises(ContractFault, match="leads out of the file"):
        field({"properties": {"example": remote}})


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
    assert any("search" in question.text for question in kinds["badge"].questions)
    assert [word for word in kinds["setting"].questions if "x-risk" in word.text]


def test_a_kind_that_nothing_can_manage_is_read_only_until_somebody_decides() -> None:
    record = {"properties": {"name": TEXT}}
    value = contract({name: (f"{name}s", record) for name in ("whole", "unlisted", "unread", "uncreated", "unchanged")})
    paths = value["paths"]
    for segment, rest, method in (
        ("unlisteds", "", "get"),
        ("unreads", "/{id}", "get"),
        ("uncreateds", "", "post"),
        ("unchangeds", "/{id}", "patch"),
    ):
        del paths[f"/{segment}/{{tenantId}}{rest}"][method]
    paths["/writtens/{tenantId}"] = {"post": answer(record)}
    kinds, _ = imported(value)
    classes = {name: kind.schema["x-resource"]["class"] for name, kind in kinds.items()}  # type: ignore[index, call-overload]
    config = {name for name, chosen in classes.items() if chosen == "config"}
    assert (config, {*classes.values()}) == ({"whole", "unchanged"}, {"config", "transactional"})
    asked = [question.text for question in kinds["unlisted"].questions]
    assert asked[0] == "/x-resource/class: written as transactional, for the API has no list; or config?"


def test_the_only_record_of_a_kind_is_read_and_written_without_an_id() -> None:
    value = contract({})
    record = answer({"properties": {"name": TEXT}})
    value["paths"]["/settings/{tenantId}"] = {"get": record, "post": record, "patch": record, "delete": record}
    kinds, _ = imported(value)
    resource: Any = kinds["setting"].schema["x-resource"]
    absent = [name for name, evidence in resource["operations"].items() if evidence == "absent"]
    assert (resource["class"], absent) == ("singleton", ["list", "replace", "batch"])


@pytest.mark.parametrize("name", ["items", "Items", "data", "records", "badges"])
def test_a_record_is_found_in_an_envelope_or_in_what_is_sent(name: str) -> None:
    value = contract({})
    listed = {name: {"type": "array", "items": {"properties": {"name": TEXT}}}}
    paging = {"next": TEXT, "total": TEXT, "count": TEXT, "page": TEXT}
    value["paths"]["/badges/{tenantId}"] = {"get": answer({"properties": {**listed, **paging}})}
    either = {"oneOf": [{"type": "array", "items": {"properties": {"title": TEXT}}}, {"type": "object"}]}
    value["paths"]["/courses/{tenantId}"] = {"get": answer(either)}
    sent = {"content": {"application/json": {"schema": {"properties": {"size": TEXT}}}}}
    value["components"]["requestBodies"] = {"Level": sent}
    value["paths"]["/levels/{tenantId}"] = {"post": {"requestBody": {"$ref": "#/components/requestBodies/Level"}}}
    value["paths"]["/settings/{tenantId}"] = {"get": answer({"properties": {"rules": listed[name]}})}
    kinds, _ = imported(value)
    fields = {name: compare({}, kind.schema).added for name, kind in kinds.items()}
    assert fields == {
        "badge": ("/name",),
        "course": ("/title",),
        "level": ("/size",),
        "setting": ("/rules", "/rules/*/name"),
    }


def test_a_record_in_a_member_of_an_answer_is_found_and_a_note_says_that_it_is_not_read() -> None:
    value = contract({})
    inner = {"properties": {"id": TEXT, "name": TEXT}}
    answers = {"2XX": {"content": {"*/*": {"schema": {"properties": {"data": inner, "meta": {"type": "object"}}}}}}}
    value["paths"]["/badges/{tenantId}/{id}"] = {"get": {"responses": answers}}
    kinds, _ = imported(value)
    assert compare({}, kinds["badge"].schema).added == ("/id", "/name")
    assert kinds["badge"].notes == ("answers have the record in 'data': rhythmconf can't read them",)


@pytest.mark.parametrize(
    ("start", "base"), [("", ""), ("/certifications", ""), ("/v1", "/v1"), ("/api/v1.2/certifications", "/api/v1.2")]
)
def test_an_address_may_begin_with_more_and_end_with_a_slash(start: str, base: str) -> None:
    records = {"Certification": ("certifications", {"properties": {"name": TEXT}})}
    value = contract(records | {"Badge": ("badges", {"properties": {"name": TEXT}})})
    value["paths"] = {f"{start}{path}/": item for path, item in value["paths"].items()}
    kinds, skipped = imported(value)
    segments = [kind.schema["x-resource"]["segment"] for kind in kinds.values()]  # type: ignore[index, call-overload]
    assert (segments, skipped) == (["badges", "certifications"], [])
    expected = (f"the addresses begin with {base}: write it into the base_url of an environment",) if base else ()
    assert {kind.notes for kind in kinds.values()} == {expected}


def test_an_item_may_be_described_at_two_paths_and_by_reference() -> None:
    value = contract({"Badge": ("badges", {"properties": {"name": TEXT}})})
    paths = value["paths"]
    value["components"]["pathItems"] = {"Badge": {"put": answer(TEXT)}}
    paths["/badges/{tenant}/{badgeId}"] = {"$ref": "#/components/pathItems/Badge"}
    paths["/badges/{tenantId}/{id}"].pop("delete")
    kinds, _ = imported(value)
    operations: Any = kinds["badge"].schema["x-resource"]["operations"]  # type: ignore[index, call-overload]
    assert [name for name, evidence in operations.items() if evidence == "absent"] == ["delete"]


def test_addresses_that_are_no_resources_are_said() -> None:
    value = contract({"Badge": ("badges", {"properties": {"name": TEXT}})})
    one = {"get": answer({"properties": {"name": TEXT}})}
    more = ["/plain", "/plain/{id}", "/{tenantId}/first", "/v2/badges/{tenantId}", "/reports/{tenantId}/export"]
    value["paths"] |= dict.fromkeys(more, one)
    kinds, skipped = imported(value)
    assert [*kinds] == ["badge"]
    assert [text.partition(": ")[::2] for text in skipped] == [
        ("/plain", "not the address of a resource, /segment/{tenantId}"),
        ("/plain/{id}", "there is /plain without a tenant too, so this may be the address of a record"),
        ("/{tenantId}/first", "not the address of a resource, /segment/{tenantId}"),
        ("/v2/badges/{tenantId}", "the addresses of badges begin with /badges too"),
        ("/reports", "has no address of records"),
    ]
    with pytest.raises(ContractFault, match="no address of the form"):
        imported({**value, "paths": {"/{tenantId}/first": one}})


def test_a_component_of_several_resources_and_the_name_of_another_kind_name_no_kind() -> None:
    one = {"properties": {"name": TEXT}}
    value = contract({"Badge": ("regProcesses", one), "ProgramModel": ("oldPrograms", one)})
    value["paths"]["/categories/{tenantId}"] = value["paths"]["/regProcesses/{tenantId}"]
    kinds, _ = imported(value, programs="program")
    assert [*kinds] == ["category", "oldProgram", "regProcess"]


def test_a_contract_has_limits_and_kinds_can_be_chosen() -> None:
    parts = {"allOf": [{"properties": {"a": TEXT}}] * 2001}
    value = contract({"Badge": ("badges", parts), "Level": ("levels", {"properties": {"name": TEXT}})})
    with pytest.raises(ContractFault, match="more than 2,000 schemas describe one field"):
        imported(value)
    kinds, _, names = import_kinds(value, "certifications", known={}, only=["level"])
    assert ([kind.name for kind in kinds], names) == (["level"], ["badge", "level"])


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
    assert any("name: membershipType, or type?" in question.text for question in kinds["membershipType"].questions)
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
    assert sum("always required, or only" in question.text for question in kinds["badge"].questions) == 3


def test_changes_of_formats_and_of_fields_inside_lists_are_named() -> None:
    old: Any = {"properties": {"a": {"format": "date"}, "b": {"items": {"properties": {"c": TEXT}}}}}
    new: Any = {"properties": {"a": {"readOnly": True}, "b": {"items": {"properties": {"d": TEXT}}}}}
    changes = compare(old, new)
    assert changes.added == ("/b/*/d",)
    assert changes.removed == ("/b/*/c",)
    assert changes.changed == ('/a: format "date" -> none', "/a: readOnly none -> true")


TYPES = ["array", "boolean", "integer", "null", "number", "object", "string", "file"]
WORDS: st.SearchStrategy[Any] = st.deferred(
    lambda: st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(TYPES) | st.lists(st.sampled_from(TYPES), max_size=3),
            "enum": st.lists(st.none() | st.text(max_size=3) | st.integers() | st.booleans(), max_size=3),
            "const": st.none() | st.text(max_size=3),
            "nullable": st.booleans(),
            "readOnly": st.booleans(),
            "format": st.sampled_from(["date", "uuid", "", "x"]),
            "minLength": st.integers(-3, 2**70),
            "minimum": st.floats(allow_nan=False, allow_infinity=False),
            "exclusiveMinimum": st.booleans() | st.integers(),
            "pattern": st.text(max_size=6),
            "description": st.text(max_size=5),
            "properties": st.dictionaries(st.text(max_size=4), WORDS, max_size=3),
            "required": st.lists(st.text(max_size=4), max_size=2),
            "items": WORDS | st.booleans() | st.lists(WORDS, max_size=2),
            "allOf": st.lists(WORDS, max_size=2),
            "oneOf": st.lists(WORDS, max_size=2),
        },
    )
)


@settings(max_examples=60)
@given(WORDS, st.sampled_from(["3.0.3", "3.1.0"]))
def test_whatever_describes_a_field_the_schema_of_its_kind_can_be_read(described: Any, version: str) -> None:
    record = {"properties": {"it": described, "name": TEXT}}
    kinds, _, _ = import_kinds(contract({"Badge": ("badges", record)}, version=version), "certifications", known={})
    check_form(Path("kinds/certifications/badge.json"), kinds[0].schema)
    verdict.compiled(kinds[0].schema)
