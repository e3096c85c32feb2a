"""Notes are a merge patch that holds for what it names, or an error; what is undeclared gets notes that declare it."""

from __future__ import annotations

import copy
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rhythmconf.catalog import Catalog, default_folder, load
from rhythmconf.catalog.notes import Notes, merge
from rhythmconf.catalog.undeclared import FIELDS, VALUES, Survey, note_on
from rhythmconf.errors import CatalogError
from rhythmconf.model import Location
from tests.support.catalogs import make_catalog, make_schema

SHIPPED = load([default_folder()], module="certifications")
TEXT = {"type": "string"}
COURSE = make_schema(
    "school/course",
    {
        "name": TEXT,
        "level": {**TEXT, "enum": ["first", "second"]},
        "mode": {"enum": ["a", 1]},
        "seats": {"type": "integer"},
        "room_id": {**TEXT, "x-ref": "course", "enum": ["never compared"]},
        "one": {"$ref": "#/$defs/part"},
        "two": {"$ref": "#/$defs/part"},
        "open": {"type": "object", "additionalProperties": True},
        "parts": {"type": "array", "x-list-type": "atomic", "items": {"$ref": "#/$defs/part"}},
        "id": {**TEXT, "readOnly": True},
    },
    **{"$defs": {"part": {"type": "object", "properties": {"size": {"enum": ["s", "m"]}}}}},
)


def notes(patch: Any, kind: str = "school/course") -> Notes:
    return Notes(kind, "n.yaml", b"", patch, lambda place: Location("n.yaml"))


def rfc_7396(target: Any, patch: Any) -> Any:
    """Return the result of the algorithm in section 2 of RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = rfc_7396(result.get(name), value)
    return result


def patches(schema: Any, depth: int = 4) -> st.SearchStrategy[Any]:
    """Return patches that mostly name what a schema has."""
    leaf = st.sampled_from([None, "string", "money", {}, [], ["name"], 1, {"type": "string"}])
    if depth == 0 or not isinstance(schema, dict) or not schema:
        return leaf
    names = sorted(schema.keys() - {"$ref", "$schema", "$id", "type"})
    member = st.sampled_from([*names, "x-risk", "colour"])
    return st.lists(member.flatmap(lambda n: st.tuples(st.just(n), patches(schema.get(n), depth - 1))), max_size=3).map(
        dict
    )


@settings(max_examples=60)
@given(
    st.sampled_from(sorted(SHIPPED.kinds)).flatmap(lambda n: st.tuples(st.just(n), patches(SHIPPED.kinds[n].schema)))
)
def test_notes_are_a_merge_patch_or_an_error(case: tuple[str, Any]) -> None:
    name, patch = case
    source = SHIPPED.kinds[name].schema  # without any `$ref`, where the two are the same
    before = copy.deepcopy(source)
    merged: Any = None
    with suppress(CatalogError):
        merged = merge(source, notes(patch, name))
    assert merged is None or merged == rfc_7396(source, patch)
    assert source == before


def test_a_note_holds_for_its_field_and_one_on_a_definition_for_all() -> None:
    wide = {"enum": ["s", "m", "l"]}
    one = merge(COURSE, notes({"properties": {"one": {"properties": {"size": wide}}}}))["properties"]
    assert one["one"]["properties"]["size"] == wide
    assert one["two"] == {"$ref": "#/$defs/part"}
    both = {"$defs": {"part": {"properties": {"size": wide}}}, "properties": {"one": {"x-risk": "money"}}}
    merged = merge(COURSE, notes(both))
    assert merged["$defs"]["part"]["properties"]["size"] == wide
    assert merged["properties"]["one"] == {**merged["$defs"]["part"], "x-risk": "money"}
    assert COURSE["$defs"]["part"]["properties"]["size"] == {"enum": ["s", "m"]}


def test_an_enum_alone_is_a_note_and_no_new_field() -> None:
    with pytest.raises(CatalogError, match="no field 'colour'"):
        merge(COURSE, notes({"properties": {"colour": {"enum": ["red"]}}}))
    added = merge(COURSE, notes({"properties": {"colour": {"type": "string", "title": None}}}))
    assert added["properties"]["colour"] == TEXT


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    folder: Path = tmp_path_factory.mktemp("kinds")
    return make_catalog(folder, COURSE)


def size(value: Any) -> Any:
    return {"properties": {"size": value}}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("level",), "third", {"level": {"enum": ["first", "second", "third"]}}),
        (("level",), "first", None),
        (("level",), None, None),
        (("level",), 3, {"level": {"type": ["string", "integer"], "enum": ["first", "second", 3]}}),
        (("mode",), True, {"mode": {"enum": ["a", 1, True]}}),
        (("seats",), 1.5, {"seats": {"type": ["integer", "number"]}}),
        (("seats",), 2.0, None),
        (("room_id",), "x", None),
        (("one", "size"), "l", {"one": size({"enum": ["s", "m", "l"]})}),
        (("parts", 3, "size"), "l", {"parts": {"items": size({"enum": ["s", "m", "l"]})}}),
        (("parts",), "no list", None),
        (("level",), "x" * 300, None),
        (("new",), [1, 2.5], {"new": {"type": "array", "x-list-type": "set", "items": {"type": "number"}}}),
        (("new",), ["a", "a"], {"new": {"type": "array", "x-list-type": "atomic", "items": TEXT}}),
        (("new",), [{"a": 1}], {"new": {"type": "array", "x-list-type": "atomic"}}),
        (("open", "inner"), "x", None),
    ],
)
def test_notes_declare_a_value_and_are_valid(
    school: Catalog, path: tuple[str | int, ...], value: Any, expected: Any
) -> None:
    found = note_on(school.kind("course"), path, value)
    assert found == ({"properties": expected} if expected else {})
    merged = merge(COURSE, notes(found))
    assert not expected or merged != COURSE


def test_a_survey_keeps_a_bounded_number_of_fields_and_values(school: Catalog) -> None:
    kind = school.kind("course")
    survey = Survey(kind)
    for n in range(100):
        survey.add({"name": "x", "level": f"l{n}", "open": {"any": 1}, f"new{n:03}": n, "sys_at": "x", "id": 1})
    [value] = survey.values
    assert (value.path, value.records, len(value.values)) == ("level", 100, VALUES)
    declared = survey.notes["properties"]
    assert isinstance(declared, dict)
    assert len(declared) == FIELDS
    assert declared["new000"] == {"type": "integer"}
    assert "sys_at" not in declared


def test_a_survey_of_records_that_fit_finds_nothing(school: Catalog) -> None:
    survey = Survey(school.kind("course"))
    survey.add({"id": "1", "name": "x", "level": None, "parts": [{"size": "s"}, None], "one": {}, "room_id": "abc"})
    assert (survey.values, survey.notes) == ((), {})
