"""The catalog: the meaning of schema files, and the errors of invalid ones."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.catalog import (
    Catalog,
    Field,
    Kind,
    default_folder,
    load,
    missing,
    references,
    substitute,
    widen,
    widen_all,
)
from rhythmconf.errors import CatalogError
from rhythmconf.model import Json, at
from tests.support.catalogs import COURSE, EXAM, SCHOOL, TEACHER, Schema, make_catalog, make_schema, write_schemas


@pytest.fixture
def school(tmp_path: Path) -> Catalog:
    return make_catalog(tmp_path, *SCHOOL)


@pytest.fixture
def course(school: Catalog) -> Kind:
    return school.kind("course")


@pytest.fixture(scope="module")
def shipped() -> Catalog:
    return load([default_folder()], module="certifications")


def changed(base: Schema, *path: str, to: Any) -> Schema:
    """Return a copy of a schema with one value changed."""
    copied = copy.deepcopy(base)
    spot = copied
    for name in path[:-1]:
        spot = spot[name]
    spot[path[-1]] = to
    return copied


# --- loading


def test_kinds_are_sorted_and_found_by_short_and_full_name(school: Catalog) -> None:
    assert list(school.kinds) == ["school/course", "school/exam", "school/teacher"]
    assert school.kind("course") is school.kind("school/course")
    assert school.qualify("exam") == "school/exam"
    assert school.qualify("estate/room") == "estate/room"


def test_an_unknown_kind_lists_the_available_kinds(school: Catalog) -> None:
    with pytest.raises(CatalogError, match="no kind 'curse'") as caught:
        school.kind("curse")
    assert "school/course" in str(caught.value.help)


def test_a_kind_has_its_module_and_segment(course: Kind) -> None:
    assert (course.name, course.short, course.module, course.segment) == (
        "school/course",
        "course",
        "school",
        "courses",
    )
    assert course.resource_class == "config"
    assert course.can("patch")
    assert not course.can("batch")


def test_an_absent_operation_is_not_available(tmp_path: Path) -> None:
    thing_schema = make_schema("school/thing", {"name": {"type": "string"}})
    thing_schema["x-resource"]["operations"] = {"list": "absent", "get": "seed"}
    thing = make_catalog(tmp_path, thing_schema).kind("thing")
    assert (thing.can("list"), thing.can("get")) == (False, True)


def test_the_version_changes_with_every_schema_text(tmp_path: Path) -> None:
    one = make_catalog(tmp_path / "a", *SCHOOL).version
    again = make_catalog(tmp_path / "b", *SCHOOL).version
    other = make_catalog(tmp_path / "c", changed(COURSE, "title", to="Course"), TEACHER, EXAM).version
    assert one == again != other


def test_the_shipped_kinds_pass_all_checks(tmp_path: Path, shipped: Catalog) -> None:
    copied = tmp_path / "schemas"
    shutil.copytree(default_folder(), copied)
    again = load([copied], module="certifications")
    assert again.version == shipped.version
    assert list(again.kinds) == list(widen_all(shipped).kinds)
    assert len(again.kinds) >= 28


def test_other_modules_are_in_use_only_when_asked_for(shipped: Catalog) -> None:
    assert {kind.module for kind in shipped.kinds.values()} == {"certifications"}
    assert {name.partition("/")[0] for name in shipped.unused} == {"membership", "platform"}
    wider = widen(shipped, ["membership", "nowhere"])
    assert {kind.module for kind in wider.kinds.values()} == {"certifications", "membership"}
    assert {name.partition("/")[0] for name in wider.unused} == {"platform"}
    assert wider.version == shipped.version
    assert widen(shipped, ["certifications"]) is shipped
    # Two kinds of one name are told apart only where both are in use.
    assert shipped.names.kind("certifications/statusReason") == "statusReason"
    assert wider.names.kind("certifications/statusReason") == "certifications/statusReason"


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("membershipType", "did you mean 'membership/membershipType'?"),
        ("customField", "did you mean 'platform/customField'?"),
        ("programs", "did you mean 'program'?"),
    ],
)
def test_a_kind_of_another_module_is_suggested(shipped: Catalog, name: str, question: str) -> None:
    with pytest.raises(CatalogError) as caught:
        shipped.kind(name)
    assert question in str(caught.value.help)


def test_kinds_of_several_folders_are_combined(tmp_path: Path, shipped: Catalog) -> None:
    both = load([default_folder(), write_schemas(tmp_path, *SCHOOL)], module="certifications")
    assert both.kinds.keys() == shipped.kinds.keys() | {"school/course", "school/exam", "school/teacher"}


def test_one_kind_in_two_files_names_both_files(tmp_path: Path) -> None:
    first, second = write_schemas(tmp_path / "a", EXAM), write_schemas(tmp_path / "b", EXAM)
    with pytest.raises(CatalogError, match=r"a/school/exam\.json") as caught:
        load([first, second], module="school")
    assert str(caught.value.where).endswith("b/school/exam.json")


def test_two_kinds_with_one_segment_name_both_files(tmp_path: Path) -> None:
    twin = changed(TEACHER, "x-resource", "segment", to="exams")
    with pytest.raises(CatalogError, match="'exams' is also the segment of school/exam") as caught:
        make_catalog(tmp_path, EXAM, twin)
    assert str(caught.value.where).endswith("school/teacher.json#/x-resource/segment")
    elsewhere = changed(changed(twin, "x-resource", "module", to="college"), "x-resource", "kind", to="teacher")
    assert len(make_catalog(tmp_path / "other", EXAM, elsewhere).kinds) == 2


def test_a_missing_or_empty_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="doesn't exist"):
        load([tmp_path / "none"], module="school")
    with pytest.raises(CatalogError, match="has no kind"):
        load([tmp_path], module="school")


@pytest.mark.parametrize(("text", "message"), [("{", "not JSON"), ("[]", "one object"), ("\udcff", "not JSON")])
def test_a_file_that_is_not_a_schema_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "school" / "exam.json"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(CatalogError, match=message) as caught:
        load([tmp_path], module="school")
    assert caught.value.where == str(path)


def test_an_unreadable_schema_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "school" / "exam.json").mkdir(parents=True)
    with pytest.raises(CatalogError, match="can't be read"):
        load([tmp_path], module="school")


def beside_a_definition(**keywords: Any) -> Schema:
    """Return a kind with a field that has keywords beside a `$ref`, which no meta-schema can check."""
    field = {"$ref": "#/$defs/number", **keywords}
    return make_schema("school/course", {"odd": field}, **{"$defs": {"number": {"type": "number"}}})


LIST = ("properties", "lessons")
NAME = ("properties", "name", "x-schedule")
RUNS = {"runs": "teacher_id", "lead": "seats"}
STEP = {"does": "remind", "takes": "certifications"}
TEXT = {"type": "string"}
BOUND = {
    "type": "object",
    "properties": {"position": TEXT, "number": {"type": "number"}, "unit_of_time": TEXT, "relative_to": TEXT},
}
FROM, TO = {**BOUND, "x-window": "start"}, {**BOUND, "x-window": "end"}
WINDOW = {"type": "object", "properties": {"from": FROM, "to": TO}}
HALF_WINDOW = {"type": "object", "x-step": STEP, "properties": {"from": FROM}}
NO_UNIT: Schema = copy.deepcopy({"type": "object", "x-step": STEP, "properties": {"from": FROM, "to": TO}})
del NO_UNIT["properties"]["from"]["properties"]["unit_of_time"]
NESTED_STEP = {"type": "object", "x-step": STEP, "properties": {"id": TEXT, "name": TEXT}}
SWITCH = {"type": "boolean", "x-active": True}
SWITCHED = changed(COURSE, "properties", "open", to=SWITCH)
BAD: dict[str, tuple[Schema, str, str]] = {
    "an unknown keyword": (changed(COURSE, "properties", "name", "x-rsik", to="money"), "x-rsik", "/properties/name"),
    "no x-resource": ({k: v for k, v in EXAM.items() if k != "x-resource"}, "x-resource", "#"),
    "a list without a type": (changed(COURSE, *LIST, to={"type": "array", "items": {"type": "object"}}), "", LIST[1]),
    "keys that are no fields": (changed(COURSE, *LIST, "x-list-map-keys", to=[["nr"]]), "'nr'", "lessons"),
    "a switch that isn't there": (changed(COURSE, *LIST, "x-when", to={"opened": [True]}), "'opened'", "lessons"),
    "a reference to no kind": (changed(COURSE, "properties", "teacher_id", "x-ref", to="head"), "school/head", "_id"),
    "a requirement of no field": (changed(COURSE, "required", to=["nmae"]), "'nmae'", "#"),
    "a natural key of no field": (changed(COURSE, "x-resource", "natural_key", to=["title"]), "'title'", "x-resource"),
    "a definition that isn't there": (changed(COURSE, *LIST, "items", "$ref", to="#/$defs/hour"), "hour", "/items"),
    "a definition of itself": (changed(COURSE, "$defs", "teacher", to={"$ref": "#/$defs/teacher"}), "itself", ""),
    "a list type on a text": (changed(COURSE, "$defs", "teacher", "x-list-type", to="set"), "", "teacher"),
    "a list type on a number": (beside_a_definition(**{"x-list-type": "set"}), "only for arrays", "properties/odd"),
    "a reference that is a number": (beside_a_definition(**{"x-ref": "exam"}), "only a string", "properties/odd"),
    "a schedule that runs no field": (changed(COURSE, *NAME, to=RUNS | {"runs": "exam_id"}), "'exam_id'", "/name"),
    "a schedule that runs a number": (changed(COURSE, *NAME, to=RUNS | {"runs": "seats"}), "not a reference", "/name"),
    "a second switch of use": (changed(SWITCHED, "properties", "late", to=SWITCH), "also at 'open'", "/late"),
    "a step inside a list": (changed(COURSE, *LIST, "items", to=NESTED_STEP), "only for members of", "/items"),
    "a window of no step": (changed(COURSE, "properties", "soon", to=WINDOW), "with x-step", "/soon/properties/from"),
    "half a window": (changed(COURSE, "properties", "soon", to=HALF_WINDOW), "'end' beside it", "/properties/from"),
    "a bound without a unit": (changed(COURSE, "properties", "soon", to=NO_UNIT), "'unit_of_time'", "/properties/from"),
    "a bad pattern": (changed(COURSE, "properties", "name", "pattern", to="("), "", "name/pattern"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_schema_is_refused_with_file_and_pointer(tmp_path: Path, case: str) -> None:
    bad_schema, message, where = BAD[case]
    path = tmp_path / "school" / "course.json"
    write_schemas(tmp_path, TEACHER, EXAM)
    path.write_text(json.dumps(bad_schema), encoding="utf-8")
    with pytest.raises(CatalogError) as caught:
        load([tmp_path], module="school")
    assert str(caught.value.where).startswith(f"{path}#")
    assert where in str(caught.value.where)
    assert message in caught.value.message


def test_a_schema_file_in_the_wrong_folder_is_refused(tmp_path: Path) -> None:
    write_schemas(tmp_path, EXAM)
    (tmp_path / "school" / "exam.json").rename(tmp_path / "school" / "test.json")
    with pytest.raises(CatalogError, match="school/exam"):
        load([tmp_path], module="school")


def test_the_catalog_is_loaded_without_jsonschema() -> None:
    code = "import sys; import rhythmconf.catalog as c; c.load([c.default_folder()], module='certifications');"
    code += "print([name for name in ('jsonschema', 'jsonschema_rs') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- fields


def field(kind: Kind, where: str) -> Field:
    field = kind.field(where)
    assert field is not None
    return field


def test_fields_have_the_annotations_of_the_schema(course: Kind) -> None:
    assert field(course, "/id").read_only
    assert field(course, "/next_number").runtime
    assert field(course, "/tags").list_type == "set"
    assert field(course, "/lessons").map_keys == (("id",), ("name",))
    assert field(course, "/lessons").ordered
    assert field(course, "/allowed_ids").when == {"restriction": ("include",)}
    assert field(course, "/name").description == "Name of the course."
    assert course.root.required == {"name"}
    assert [field(course, where).kind_of for where in ("", "/seats", "/open", "/tags", "/notes", "/name")] == [
        "object", "number", "boolean", "array", "object", "string",
    ]  # fmt: skip


def test_a_reference_belongs_to_the_string(course: Kind) -> None:
    assert field(course, "/teacher_id").ref == ("school/teacher",)
    assert field(course, "/after_ids/0").ref == ("school/course", "school/exam")
    assert field(course, "/after_ids").ref == ()
    assert field(course, "/room_id").external == "estate/room"
    assert field(course, "/fee/account").targets == ("school/account",)


def test_keywords_beside_a_ref_override_it(course: Kind) -> None:
    by = field(course, "/lessons/7/by")
    assert (by.ref, by.description) == (("school/teacher",), "Who gives the lesson.")


@pytest.mark.parametrize("where", ["/none", "/name/below", "/tags/x", "/lessons/0/none", "/notes/any"])
def test_a_pointer_to_no_field_gives_none(course: Kind, where: str) -> None:
    assert course.field(where) is None


@pytest.mark.parametrize(
    ("where", "risk"),
    [
        ("/level", "access"),
        ("/fee", "money"),
        ("/fee/amount", "money"),
        ("/fee/x/y", "money"),
        ("/name", None),
        ("", None),
    ],
)
def test_the_risk_is_inherited_from_the_nearest_parent(course: Kind, where: str, risk: str | None) -> None:
    assert course.risk(where) == risk


# --- documents

GOOD: dict[str, Json] = {"name": "Knots"}


def with_(**fields: Json) -> dict[str, Json]:
    return {**GOOD, **fields}


@pytest.mark.parametrize(
    "spec",
    [
        GOOD,
        with_(level=None, seats=None, tags=None, teacher_id=None, fee=None, lessons=None),
        with_(level="on", seats=1, next_number=3),
        with_(teacher_id="ada", room_id="id:R 7", after_ids=["knots", "exam/final", "school/exam/final"]),
        with_(restriction="none", allowed_ids=[]),
        with_(restriction="include", allowed_ids=["knots"]),
        with_(notes={"any": [1, None]}, lessons=[{"name": "One", "by": "ada", "id": None}]),
    ],
)
def test_valid_specs_are_accepted(course: Kind, spec: dict[str, Json]) -> None:
    assert course.check(spec)
    assert not [*course.complaints(spec)]


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"name": None},
        with_(id="7"),
        with_(nmae="Knots"),
        with_(level="third"),
        with_(seats=0),
        with_(seats="1"),
        with_(open=1),
        with_(tags=["a", "a"]),
        with_(teacher_id="Ada L"),
        with_(teacher_id="id:"),
        with_(teacher_id="a/b/c/d"),
        with_(after_ids=[None]),
        with_(restriction="include"),
        with_(restriction="include", allowed_ids=None),
        with_(restriction="include", allowed_ids=[]),
        with_(fee={}),
        with_(lessons=[{"name": "One"}]),
        with_(teacher_id="\ud800"),
    ],
)
def test_invalid_specs_are_refused(course: Kind, spec: dict[str, Json]) -> None:
    assert not course.check(spec)
    assert [*course.complaints(spec)]


def test_complaints_have_a_pointer(course: Kind) -> None:
    assert [where for where, _ in course.complaints(with_(lessons=[{"name": 1, "by": "ada"}]))] == ["/lessons/0/name"]


def test_plain_json_schema_keeps_its_meaning(tmp_path: Path) -> None:
    fields: Schema = {
        "one": {"oneOf": [{"const": 1}, {"const": 2}], "description": "A choice."},
        "any": {"anyOf": [{"type": "string"}, False]},
        "typed": {"type": ["string", "null"], "enum": ["a", None]},
        "map": {"type": "object", "additionalProperties": {"type": "number"}},
    }
    thing = make_catalog(tmp_path, make_schema("school/thing", fields, allOf=[{"required": ["one"]}, True])).kind(
        "thing"
    )
    good: list[dict[str, Json]] = [{"one": 2}, {"one": None, "any": None, "typed": None, "map": {"x": 1}}]
    assert all(thing.check(spec) for spec in good)
    bad: list[dict[str, Json]] = [{}, {"one": 3}, {"one": 1, "any": 3}, {"one": 1, "map": {"x": "y"}}]
    assert not any(thing.check(spec) for spec in bad)


# --- records


def test_records_may_have_unknown_fields(course: Kind) -> None:
    record = with_(id="7", sys_new=1, teacher_id="SOME Id", tags=["a", "a"], level=None, fee={"amount": 1, "more": 2})
    assert course.check_record(record)


@pytest.mark.parametrize("record", [{}, with_(level="third"), with_(restriction="include"), with_(id=7)])
def test_invalid_records_are_refused_as_the_vendor_refuses_them(course: Kind, record: dict[str, Json]) -> None:
    assert not course.check_record(record)
    assert [*course.record_complaints(record)]


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        (GOOD, []),
        ({}, [("name",)]),
        ({"name": None}, [("name",)]),
        (with_(restriction="include"), [("allowed_ids",)]),
        (with_(restriction="include", allowed_ids=[]), [("allowed_ids",)]),
        (with_(restriction="include", allowed_ids=["x"]), []),
        (with_(restriction="none"), []),
        (with_(fee={}, lessons=[{"by": "x"}]), [("fee", "amount"), ("lessons", 0, "name")]),
    ],
)
def test_missing_fields_of_a_body_are_listed(course: Kind, body: Json, paths: list[tuple[str | int, ...]]) -> None:
    assert [path for path, _ in missing(course.root, body)] == paths


# --- references


def test_references_are_found_at_their_pointers(course: Kind) -> None:
    body = with_(teacher_id="ada", room_id=None, after_ids=["a", "b"], lessons=[{"by": "bob"}, 3], fee="odd")
    assert [(where, value) for where, _, value in references(course, body)] == [
        ("/teacher_id", "ada"), ("/after_ids/0", "a"), ("/after_ids/1", "b"), ("/lessons/0/by", "bob"),
    ]  # fmt: skip


def test_a_kind_without_references_has_none(school: Catalog) -> None:
    body: dict[str, Json] = {"name": "Ada"}
    assert not [*references(school.kind("teacher"), body)]
    assert substitute(school.kind("teacher"), body, lambda *_: None) is body


def test_substitute_copies_only_containers_of_references(course: Kind) -> None:
    body = with_(notes={"a": 1}, tags=["x"], lessons=[{"by": "bob", "name": "One"}, 3], teacher_id=None)
    before = copy.deepcopy(body)
    substituted = substitute(course, body, lambda field, value: [value])
    assert body == before
    assert substituted["lessons"] == [{"by": ["bob"], "name": "One"}, 3]
    assert substituted["notes"] is body["notes"]
    assert substituted["tags"] is body["tags"]
    assert substituted["teacher_id"] is None


KEYS = st.sampled_from(["a", "b", "id:7"])


@given(
    body=st.fixed_dictionaries(
        {},
        optional={
            "teacher_id": KEYS | st.none(),
            "after_ids": st.lists(KEYS, max_size=3),
            "lessons": st.lists(st.fixed_dictionaries({"name": st.just("One")}, optional={"by": KEYS}), max_size=3),
        },
    )
)
def test_substitute_reaches_exactly_the_references(body: dict[str, Json]) -> None:
    substituted = substitute(HYPOTHESIS_COURSE, body, lambda field, value: {"$ref": value})
    before = [(where, {"$ref": value}) for where, _, value in references(HYPOTHESIS_COURSE, body)]
    assert [(where, value) for where, _, value in references(HYPOTHESIS_COURSE, substituted)] == before
    assert all(at(substituted, where) == value for where, value in before)
    assert substitute(HYPOTHESIS_COURSE, substituted, lambda field, value: value["$ref"]) == body  # type: ignore[index, call-overload]


def _course() -> Kind:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        return make_catalog(Path(folder), *SCHOOL).kind("course")


HYPOTHESIS_COURSE = _course()


def test_an_external_kind_has_one_owner(tmp_path: Path) -> None:
    def schema(name: str, external: str) -> Schema:
        return make_schema(name, {"unit_id": {"type": "string", "x-external": external}})

    with pytest.raises(CatalogError) as raised:
        make_catalog(tmp_path / "a", schema("school/course", "unit"), schema("club/plan", "unit"))
    assert "x-external 'unit' is also in" in raised.value.message
    assert raised.value.where is not None
    assert str(raised.value.where).endswith("course.json#/properties/unit_id")
    owned = make_catalog(tmp_path / "b", schema("school/course", "club/unit"), schema("club/plan", "unit"))
    fields = [(kind.root.child("unit_id") or Field()).external for kind in owned.kinds.values()]
    assert fields == ["club/unit", "club/unit"]
