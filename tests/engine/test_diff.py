from __future__ import annotations

import copy
import random
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonpatch
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rhythmconf.catalog import Catalog, Field, Kind, default_folder, load
from rhythmconf.engine.diff import Comparison, Rules, compare, make_new, make_target
from rhythmconf.model import (
    MISSING,
    Body,
    Change,
    FieldChange,
    Identity,
    Json,
    Key,
    Missing,
    Origin,
    Pair,
    Record,
    Resource,
    at,
    same,
)
from rhythmconf.model.quoting import quoted
from rhythmconf.settings import Dialect
from tests.support import catalogs, generators
from tests.support.emulated import whole_catalog
from tests.support.plans import make_site

BASIC = Dialect()
RULES = Rules({})
SOME = Rules({"school/teacher/ann": "t1", "school/course/c2": "c2"})
LESSONS: Body = {
    "name": "Knots",
    "lessons": [{"id": 1, "name": "a", "by": "t1"}, {"id": 2, "name": "b", "by": "t2"}],
}


@cache
def shipped() -> Catalog:
    return load([default_folder()], module="certifications")


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    notices = catalogs.make_schema(
        "school/notice",
        {
            "id": {"type": "string", "readOnly": True},
            "name": {"type": "string"},
            "on": {"type": "boolean"},
            "options": {"type": "object", "x-when": {"on": [True]}, "properties": {"days": {"type": "number"}}},
            "words": {"type": "string", "x-when": {"on": [True]}},
            "steps": {
                "type": "array",
                "x-list-type": "map",
                "x-list-map-keys": [["id"], ["name"]],
                "x-risk": "inbox",
                "items": {
                    "type": "object",
                    "properties": {
                        "id": {"type": "number"},
                        "name": {"type": "string"},
                        "text": {"type": "string"},
                        "on": {"type": "boolean"},
                        "words": {"type": "string", "x-when": {"on": [True]}},
                    },
                },
            },
            "rows": {
                "type": "array",
                "x-list-type": "atomic",
                "items": {
                    "type": "object",
                    "properties": {"a": {"type": "number"}, "b": {"type": "number"}, "n": {"readOnly": True}},
                },
            },
            "free": {"type": "object", "additionalProperties": True},
        },
        required=["name"],
    )
    return catalogs.make_catalog(tmp_path_factory.mktemp("schemas"), *catalogs.SCHOOL, notices)


def identity(kind: Kind, desired: Body, live: Body | None, **pair: Any) -> Identity:
    key = Key(kind.name, "k")
    record = Record(kind.name, "r1", live) if live is not None else None
    resource = Resource(key, desired, (Origin("a.yaml"),))
    return Identity((Pair(key, resource, record, **{"how": "mark", **pair}),), {key: "r1"} if record else {})


def compared(kind: Kind, desired: Body, live: Body | None, dialect: Dialect = BASIC, **pair: Any) -> Comparison:
    catalog = Catalog({kind.name: kind}, kind.module, {})
    return compare(identity(kind, desired, live, **pair), make_site(catalog, dialect))


def change(kind: Kind, desired: Body, live: Body | None, dialect: Dialect = BASIC, **pair: Any) -> Change:
    comparison = compared(kind, desired, live, dialect, **pair)
    assert not [each for each in comparison.diagnostics if each.severity == "error"]
    return comparison.differences[0].change


def codes(found: Comparison) -> list[str]:
    return [each.code for each in found.diagnostics]


def holds_untouched(field: Field, desired: Json, live: Json | Missing, target: Json | Missing) -> bool:
    """Return whether `target` keeps every member of `live` that `desired` does not declare."""
    if not isinstance(desired, dict) or not isinstance(live, dict) or not isinstance(target, dict):
        return True
    fields = field.fields or {}
    return all(
        holds_untouched(fields.get(name, Field()), desired[name], value, target.get(name, MISSING))
        if name in desired and not (name in fields and (fields[name].runtime or fields[name].read_only))
        else same(value, target.get(name, MISSING))
        for name, value in live.items()
    )


@pytest.mark.parametrize("name", sorted(shipped().kinds))
class TestAnyKind:
    @settings(max_examples=15)
    @given(data=st.data())
    def test_a_created_record_has_no_difference(self, name: str, data: st.DataObject) -> None:
        kind = shipped().kind(name)
        body = data.draw(generators.bodies(kind))
        made = make_new(kind.root, body, RULES)
        assert isinstance(made, dict)
        live = generators.make_record(kind, made, "r1").body
        chance = random.Random(data.draw(st.integers(0, 99)))
        shaken = generators.shuffled(kind.root, live, chance)
        assert make_target(kind.root, body, live, RULES) is live
        assert make_target(kind.root, body, shaken, RULES) is shaken

    @settings(max_examples=15)
    @given(data=st.data())
    def test_an_applied_update_leaves_no_difference(self, name: str, data: st.DataObject) -> None:
        kind = shipped().kind(name)
        before, after = data.draw(generators.bodies(kind)), data.draw(generators.bodies(kind))
        live = generators.make_record(kind, before, "r1").body
        untouched = copy.deepcopy(live)
        comparison = compared(kind, after, live)
        assert same(live, untouched)
        if not comparison.differences:
            assert make_target(kind.root, after, live, RULES) is live
            return
        target = comparison.differences[0].target
        assert target is not None
        assert make_target(kind.root, after, target, RULES) is target
        assert holds_untouched(kind.root, after, live, target)
        assert jsonpatch.JsonPatch(list(comparison.differences[0].change.patch)).apply(live) == target
        for operation in comparison.differences[0].change.patch:
            path = str(operation["path"])
            assert not path.endswith("/id"), "ids are the tenant's"
            assert path
            assert not path.startswith("/sys_")

    @settings(max_examples=15)
    @given(data=st.data())
    def test_the_fields_describe_the_patch(self, name: str, data: st.DataObject) -> None:
        kind = shipped().kind(name)
        before, after = data.draw(generators.bodies(kind)), data.draw(generators.bodies(kind))
        live = generators.make_record(kind, before, "r1").body
        for each in compared(kind, after, live).differences:
            assert bool(each.change.fields) == bool(each.change.patch)
            for field in each.change.fields:
                assert not same(field.old, field.new)
                if field.new is not MISSING:
                    assert same(at(each.target, field.path), field.new)
                elif field.old is not MISSING:
                    assert same(at(each.live, field.path), field.old)


ANN: Body = {"$ref": "school/teacher/ann"}
NEW: Body = {"$ref": "school/teacher/new"}
SAME = [
    pytest.param({"name": None}, {"name": None}, id="null is null"),
    pytest.param({"name": None}, {}, id="null is absent"),
    pytest.param({"tags": []}, {}, id="an empty list is absent"),
    pytest.param({"tags": []}, {"tags": None}, id="an empty list is null"),
    pytest.param({"tags": None}, {"tags": []}, id="null is an empty list"),
    pytest.param({"tags": ["b", "a"]}, {"tags": ["a", "b"]}, id="a set has no order"),
    pytest.param({"fee": {"amount": None}}, {}, id="an object of nulls is absent"),
    pytest.param({"next_number": 5}, {"next_number": 9}, id="runtime fields aren't compared"),
    pytest.param({"id": "x"}, {"id": "r1"}, id="read-only fields aren't compared"),
    pytest.param({"teacher_id": ANN}, {"teacher_id": "t1"}, id="a reference"),
    pytest.param({"after_ids": [{"$ref": "school/course/c2"}, "c3"]}, {"after_ids": ["c3", "c2"]}, id="references"),
    pytest.param({"notes": {"r": ANN}}, {"notes": {"r": ANN}}, id="not a reference"),
]
OTHER = [
    pytest.param({"open": True}, {"open": 1}, {"open": True}, id="1 is not true"),
    pytest.param({"seats": 1}, {"seats": True}, {"seats": 1}, id="true is not 1"),
    pytest.param({"name": None}, {"name": "x", "seats": 1}, {"seats": 1}, id="null takes the value away"),
    pytest.param({"tags": []}, {"tags": ["a"]}, {"tags": []}, id="an emptied list"),
    pytest.param({"tags": ["c", "a", "d"]}, {"tags": ["b", "a"]}, {"tags": ["a", "c", "d"]}, id="a set in live order"),
    pytest.param({"fee": {"amount": 2}}, {"fee": None}, {"fee": {"amount": 2}}, id="an object in place of null"),
    pytest.param({"fee": {"a": 2}}, {"fee": {"a": 1, "b": 1}}, {"fee": {"a": 2, "b": 1}}, id="objects are merged"),
    pytest.param(
        {"notes": {"a": {"b": 1}}}, {"notes": {"a": {"c": []}}}, {"notes": {"a": {"c": [], "b": 1}}}, id="free"
    ),
    pytest.param({"teacher_id": NEW}, {"teacher_id": "t1"}, {"teacher_id": NEW}, id="a reference to come"),
]


@pytest.mark.parametrize(("desired", "live"), SAME)
def test_a_patch_targets_the_live_value(school: Catalog, desired: Body, live: Body) -> None:
    assert make_target(school.kind("course").root, desired, live, SOME) is live


@pytest.mark.parametrize(("desired", "live", "target"), OTHER)
def test_the_target_merges_desired_and_live_values(school: Catalog, desired: Body, live: Body, target: Body) -> None:
    laid = make_target(school.kind("course").root, desired, live, SOME)
    assert same(laid, target)


@pytest.mark.parametrize(
    ("kind", "switch", "name", "empty"),
    [
        ("certifications/billingTemplate", "perform_drops", "drop_options", {}),
        ("membership/billingTemplate", "perform_drops", "drop_options", {}),
        ("certifications/fee", "enable_bundled_products", "bundled_products", []),
    ],
)
@pytest.mark.parametrize("off", [False, None])
def test_what_is_empty_behind_a_switch_that_is_off_is_no_value(
    kind: str, switch: str, name: str, empty: Json, off: bool | None
) -> None:
    root, rules = whole_catalog().kind(kind).root, Rules.of({}, Dialect(empty_lists="distinct"))
    live: Body = {"name": "Monthly", switch: off, name: empty}
    both: list[Body] = [{name: None}, {name: None, switch: off}]
    for declared in both:
        assert make_target(root, {"name": "Monthly", **declared}, live, rules) is live
    # Whoever switches it on has to say what it is.
    assert make_target(root, {name: None, switch: True}, live, rules) == {"name": "Monthly", switch: True}


def test_empty_lists_may_be_distinct(school: Catalog) -> None:
    kind, dialect = school.kind("course"), Dialect(empty_lists="distinct")
    assert change(kind, {"tags": []}, {"name": "x"}, dialect).patch == ({"op": "add", "path": "/tags", "value": []},)
    assert change(kind, {"tags": None}, {"tags": []}, dialect).patch == ({"op": "remove", "path": "/tags"},)
    assert not compared(kind, {"tags": []}, {"tags": []}, dialect).differences


class TestKeyedLists:
    def target(self, kind: Kind, steps: list[Json], live: list[Json]) -> Json | Missing:
        laid = make_target(kind.root, {"steps": steps}, {"steps": live}, RULES)
        assert isinstance(laid, dict)
        return laid["steps"]

    def test_ids_and_undeclared_fields_are_carried_over(self, school: Catalog) -> None:
        live: list[Json] = [{"id": 7, "name": "a", "text": "x"}, {"id": 8, "name": "b", "text": "y", "extra": 1}]
        wanted: list[Json] = [{"name": "c"}, {"name": "b", "text": "z"}, {"name": "a"}]
        assert self.target(school.kind("notice"), wanted, live) == [
            {"id": 7, "name": "a", "text": "x"},
            {"id": 8, "name": "b", "text": "z", "extra": 1},
            {"name": "c"},
        ]

    def test_the_first_key_present_on_both_sides_matches(self, school: Catalog) -> None:
        live: list[Json] = [{"id": 7, "name": "a"}, {"id": 8, "name": "b"}]
        assert self.target(school.kind("notice"), [{"id": 8, "name": "B"}, {"id": 7, "name": "a"}], live) == [
            {"id": 7, "name": "a"},
            {"id": 8, "name": "B"},
        ]

    def test_a_significant_order_follows_the_document(self, school: Catalog) -> None:
        wanted: Body = {"lessons": [{"name": "b", "by": "t2"}, {"name": "a", "by": "t9"}]}
        comparison = compared(school.kind("course"), wanted, LESSONS)
        assert comparison.differences[0].target == {
            "name": "Knots",
            "lessons": [{"id": 2, "name": "b", "by": "t2"}, {"id": 1, "name": "a", "by": "t9"}],
        }
        assert not compared(school.kind("course"), {"lessons": [{"name": "a"}, {"name": "b"}]}, LESSONS).differences

    def test_items_of_one_name_keep_their_ids_with_a_warning(self, school: Catalog) -> None:
        kind = school.kind("notice")
        live: Body = {"steps": [{"id": 1, "name": "a", "text": "x"}, {"id": 2, "name": "a", "text": "y"}]}
        wanted: list[Json] = [{"name": "a", "text": "x"}, {"name": "a", "text": "z"}]
        comparison = compared(kind, {"steps": wanted}, live)
        assert codes(comparison) == ["RC323"]
        assert comparison.differences[0].change.patch == ({"op": "replace", "path": "/steps/1/text", "value": "z"},)
        assert [field.name for field in comparison.differences[0].change.fields] == ["steps[a #2].text"]

    @pytest.mark.parametrize("name", ["60 days", "Ä (2)", "a] -> b", "'", "\x1b[2J", "\u05e9\u05dd", "x" * 99])
    def test_the_name_of_an_item_stays_inside_its_brackets(self, school: Catalog, name: str) -> None:
        live: Body = {"steps": [{"id": 1, "name": name, "text": "x"}]}
        comparison = compared(school.kind("notice"), {"steps": [{"name": name, "text": "z"}]}, live)
        [field] = comparison.differences[0].change.fields
        shown = field.name.removeprefix("steps[").removesuffix("].text")
        assert shown == (name if name in ("60 days", "Ä (2)") else quoted(name))

    def test_an_equal_list_without_unique_keys_is_unchanged(self, school: Catalog) -> None:
        live: Body = {"steps": [{"id": 1, "name": "a", "text": "x"}, {"id": 2, "name": "a", "text": None}]}
        comparison = compared(school.kind("notice"), {"steps": [{"name": "a", "text": "x"}, {"name": "a"}]}, live)
        assert (comparison.differences, comparison.diagnostics) == ((), ())

    @pytest.mark.parametrize("odd", [[1], [{"name": None}], [{"text": "x"}]])
    def test_items_without_a_key_are_not_matched(self, school: Catalog, odd: list[Json]) -> None:
        comparison = compared(school.kind("notice"), {"steps": [{"name": "a"}]}, {"steps": odd})
        assert codes(comparison) == ["RC323"]

    def test_an_item_is_never_patched_into_another(self, school: Catalog) -> None:
        kind = school.kind("notice")
        same: Body = {"text": "long " * 30}
        live: Body = {"steps": [{"id": 1, "name": "a"}, {"id": 2, "name": "b", "on": True, "words": "x", **same}]}
        wanted: Body = {"steps": [{"name": "a"}, {"name": "c", "on": False, "words": "y", **same}]}
        result = change(kind, wanted, live)
        assert [(each["op"], each["path"]) for each in result.patch] == [("remove", "/steps/1"), ("add", "/steps/1")]

    def test_reordered_items_are_moved_as_a_whole(self, school: Catalog) -> None:
        text = "long " * 30
        live: Body = {"lessons": [{"id": n, "name": name, "by": text, "room": text} for n, name in enumerate("abc")]}
        wanted: Body = {"lessons": [{"name": "b"}, {"name": "a", "by": "t"}, {"name": "c", "room": None}]}
        result = change(school.kind("course"), wanted, live)
        assert [(each["op"], each["path"]) for each in result.patch] == [
            ("remove", "/lessons/1"),
            ("add", "/lessons/0"),
            ("replace", "/lessons/1/by"),
            ("remove", "/lessons/2/room"),
        ]

    def test_items_may_be_keyed_by_references(self, tmp_path: Path) -> None:
        items = {"type": "object", "properties": {"to_id": {"type": "string", "x-ref": "x"}, "n": {"type": "number"}}}
        links = {"type": "array", "x-list-type": "map", "items": items}
        one = catalogs.make_schema("school/x", {"one": {**links, "x-list-map-keys": [["to_id"]]}})
        two = catalogs.make_schema("school/y", {"two": {**links, "x-list-map-keys": [["to_id", "n"]]}})
        catalog, rules = catalogs.make_catalog(tmp_path, one, two), Rules({"school/x/a": "1", "school/x/b": "2"})
        live: Body = {"one": [{"to_id": "1", "n": 1, "more": 1}, {"to_id": "2", "n": 2}]}
        a: Body = {"$ref": "school/x/a"}
        b: Body = {"$ref": "school/x/b"}
        assert make_target(catalog.kind("x").root, {"one": [{"to_id": b}, {"to_id": a}]}, live, rules) is live
        pairs: Body = {"two": live["one"]}
        assert (
            make_target(catalog.kind("y").root, {"two": [{"to_id": b, "n": 2}, {"to_id": a, "n": 1}]}, pairs, rules)
            is pairs
        )

    @given(
        before=st.lists(st.sampled_from("abcdef"), unique=True),
        after=st.lists(st.sampled_from("abcdef"), unique=True),
        data=st.data(),
    )
    def test_no_operation_changes_the_key_of_an_item(
        self, school: Catalog, before: list[str], after: list[str], data: st.DataObject
    ) -> None:
        for kind, member in ((school.kind("notice"), "steps"), (school.kind("course"), "lessons")):
            text = st.sampled_from(["", "x", "y"])
            live: Body = {member: [{"id": n, "name": name, "text": data.draw(text)} for n, name in enumerate(before)]}
            wanted: Body = {member: [{"name": name, "text": data.draw(text)} for name in after]}
            for each in compared(
                kind, wanted, live, Dialect(patch_ops=data.draw(st.sampled_from(["basic", "all"])))
            ).differences:
                assert jsonpatch.JsonPatch(list(each.change.patch)).apply(live) == each.target
                for operation in each.change.patch:
                    assert not str(operation["path"]).endswith("/id")
                assert isinstance(each.target, dict)
                items: list[Any] = each.target[member]  # type: ignore[assignment]
                texts = {item["id"]: item["text"] for item in live[member]}  # type: ignore[index, union-attr, call-overload]
                renamed = {
                    item["name"]: item["id"]
                    for item in items
                    if item["name"] not in before and texts.get(item.get("id")) == item["text"]
                }
                assert not any(before[id] in after for id in renamed.values())
                expected = {name: before.index(name) if name in before else renamed.get(name) for name in after}
                assert {item["name"]: item.get("id") for item in items} == expected
                names = [str(op["path"]) for op in each.change.patch if str(op["path"]).endswith("/name")]
                assert len(names) <= len(renamed)


def test_an_atomic_list_keeps_read_only_fields_of_the_tenant(school: Catalog) -> None:
    kind = school.kind("notice")
    live: Body = {"rows": [{"a": 1, "n": 5}, {"a": 2, "b": None}]}
    assert not compared(kind, {"rows": [{"a": 1}, {"a": 2}]}, live).differences
    assert compared(kind, {"rows": [{"a": 2}, {"a": 1}]}, live).differences[0].target == {"rows": [{"a": 2}, {"a": 1}]}
    assert compared(kind, {"rows": [{"a": 1}]}, live).differences
    assert compared(kind, {"rows": [{"a": 1}, {"a": 2}]}, {"rows": [{"a": 1}, {"a": 2, "b": 3}]}).differences


def test_a_member_that_no_document_can_have_is_no_difference_of_an_atomic_list(school: Catalog) -> None:
    kind = school.kind("notice")
    live: Body = {"rows": [{"a": 1}, {"a": 2, "colour": "blue", "deep": {"x": [1]}}]}
    assert not compared(kind, {"rows": [{"a": 1}, {"a": 2}]}, live).differences
    assert compared(kind, {"rows": [{"a": 1}, {"a": 3}]}, live).differences


class TestCreate:
    def test_a_create_omits_nulls_and_read_only_fields_but_sends_runtime_fields(self, school: Catalog) -> None:
        wanted: Body = {"name": "x", "id": "no", "seats": None, "next_number": 4, "fee": {"amount": 1, "account": None}}
        result = change(school.kind("course"), wanted, None, how="none", mark="rhythmconf/p/k")
        assert result.action == "create"
        assert result.body == {
            "name": "x",
            "next_number": 4,
            "fee": {"amount": 1},
            "sys_external_id": "rhythmconf/p/k",
        }
        assert FieldChange("/fee/amount", MISSING, 1, "money") in result.fields
        assert "/sys_external_id" not in {field.path for field in result.fields}

    @pytest.mark.parametrize(
        ("how", "more"),
        [("omit", {}), ("empty", {"options": {}}), ("null", {"options": None, "words": None})],
    )
    def test_options_of_a_switch_that_is_off_are_handled_by_the_dialect(
        self, school: Catalog, how: Any, more: Body
    ) -> None:
        kind, dialect = school.kind("notice"), Dialect(off_options=how)
        assert change(kind, {"name": "x", "on": False}, None, dialect).body == {"name": "x", "on": False, **more}
        declared: Body = {"name": "x", "on": True, "options": {"days": 1}, "words": "w"}
        assert change(kind, declared, None, dialect).body == declared
        inside = change(kind, {"name": "x", "steps": [{"name": "a"}]}, None, dialect).body
        step: Mapping[str, Json] = {"words": None} if how == "null" else {}
        assert inside == {"name": "x", "steps": [{"name": "a", **step}], **more}

    @pytest.mark.parametrize("how", ["omit", "empty", "null"])
    @pytest.mark.parametrize(
        ("declared", "place"),
        [
            ({"options": {}}, "/options"),
            ({"options": {"more": False}}, "/options"),
            ({"on": True, "options": {"days": {}}}, "/options/days"),
            ({"steps": [{"name": "a", "options": {}}]}, "/steps/0/options"),
        ],
        ids=["blank", "half filled", "in an option", "in an item"],
    )
    def test_nothing_is_added_to_an_option_that_is_switched_off(
        self, tmp_path: Path, how: Any, declared: Body, place: str
    ) -> None:
        inner: dict[str, Any] = {
            "more": {"type": "boolean"},
            "ids": {"type": "array", "x-list-type": "atomic", "items": {"type": "string"}, "x-when": {"more": [True]}},
        }
        days: dict[str, Any] = {"type": "object", "properties": inner, "x-when": {"more": [True]}}
        options: dict[str, Any] = {
            "type": "object",
            "properties": {**inner, "days": days},
            "x-when": {"on": [True]},
        }
        switched = {"on": {"type": "boolean"}, "options": options}
        items = {"type": "object", "properties": {"name": {"type": "string"}, **switched}}
        steps = {"type": "array", "x-list-type": "map", "x-list-map-keys": [["name"]], "items": items}
        schema = catalogs.make_schema("school/run", {"name": {"type": "string"}, **switched, "steps": steps})
        kind = catalogs.make_catalog(tmp_path, schema).kind("run")
        body = change(kind, {"name": "x", **declared}, None, Dialect(off_options=how)).body
        assert body is not None
        assert at(body, place) == at(declared, place)

    def test_missing_required_fields_are_reported(self, school: Catalog) -> None:
        assert codes(compared(school.kind("notice"), {"name": "x", "on": True}, None)) == ["RC322", "RC322"]

    def test_a_dangling_reference_is_an_error(self, school: Catalog) -> None:
        wanted: Body = {"name": "x", "teacher_id": {"$ref": "school/teacher/ann"}}
        comparison = compared(school.kind("course"), wanted, None)
        assert codes(comparison) == ["RC321"]
        [error] = comparison.diagnostics
        assert error.message == "course/k: /teacher_id refers to teacher/ann, which has no record in this tenant"

    def test_a_reference_to_itself_is_kept(self, school: Catalog) -> None:
        wanted: Body = {"name": "x", "after_ids": [{"$ref": "school/course/k"}]}
        assert change(school.kind("course"), wanted, None).body == wanted


def test_every_change_has_the_name_of_its_record(school: Catalog) -> None:
    course = school.kind("course")
    created = compared(course, {"name": "Diving"}, None).differences[0]
    updated = compared(course, {"seats": 4}, {"id": "r1", "name": "Diving", "seats": 3}).differences[0]
    renamed = compared(course, {"name": "Deep diving"}, {"id": "r1", "name": "Diving"}).differences[0]
    assert [each.change.name for each in (created, updated, renamed)] == ["Diving", "Diving", "Deep diving"]


class TestUpdate:
    def test_only_declared_fields_are_kept_for_a_rollback(self, school: Catalog) -> None:
        live: Body = {
            "id": "r1",
            "name": "x",
            "seats": 3,
            "open": True,
            "fee": {"amount": 1, "account": "a"},
            "next_number": 7,
            "sys_external_id": "rhythmconf/p/k",
        }
        result = change(
            school.kind("course"),
            {"seats": 4, "fee": {"amount": 2}, "level": "on", "next_number": 1},
            live,
            mark="rhythmconf/p/k",
        )
        assert result.before == {"seats": 3, "fee": {"amount": 1}, "sys_external_id": "rhythmconf/p/k"}
        assert set(result.fields) == {
            FieldChange("/seats", 3, 4),
            FieldChange("/fee/amount", 1, 2, "money"),
            FieldChange("/level", MISSING, "on", "access"),
        }
        assert (result.action, result.id) == ("update", "r1")

    def test_changed_lists_are_shown_whole_and_keyed_lists_by_item(self, school: Catalog) -> None:
        live: Body = {"steps": [{"id": 1, "name": "a", "text": "x"}, {"id": 2, "name": "b"}]}
        result = change(school.kind("notice"), {"steps": [{"name": "c"}, {"name": "a", "text": "y"}]}, live)
        assert result.fields == (
            FieldChange("/steps/1", {"id": 2, "name": "b"}, MISSING, "inbox", label="steps[b]", items=("b",)),
            FieldChange("/steps/0/text", "x", "y", "inbox", label="steps[a].text", items=("a",)),
            FieldChange("/steps/1", MISSING, {"name": "c"}, "inbox", label="steps[c]", items=("c",)),
        )

    def test_a_new_order_is_shown_as_one_list(self, school: Catalog) -> None:
        lessons = LESSONS["lessons"]
        assert isinstance(lessons, list)
        result = change(school.kind("course"), {"lessons": lessons[::-1]}, LESSONS)
        assert result.fields == (FieldChange("/lessons", lessons, lessons[::-1]),)

    def test_a_required_field_is_never_removed(self, school: Catalog) -> None:
        comparison = compared(school.kind("course"), {"name": None}, {"name": "x"})
        assert codes(comparison) == ["RC322"]
        assert "/name" in comparison.diagnostics[0].message

    def test_a_switch_turned_on_needs_its_options_in_the_merged_record(self, school: Catalog) -> None:
        kind = school.kind("notice")
        assert codes(compared(kind, {"on": True}, {"on": False, "options": {}, "words": "w"})) == []
        comparison = compared(kind, {"on": True}, {"on": False, "options": {}})
        assert codes(comparison) == ["RC322"]
        assert "while on is true" in comparison.diagnostics[0].message

    def test_an_existing_invalid_value_of_the_tenant_is_no_error(self, school: Catalog) -> None:
        assert codes(compared(school.kind("notice"), {"free": {"a": 1}}, {"on": True, "words": None})) == []

    def test_a_missing_mark_is_an_update(self, school: Catalog) -> None:
        live: Body = {"name": "x", "sys_external_id": "rhythmconf/p/k"}
        result = change(school.kind("course"), {"name": "x"}, live, mark="rhythmconf/p/k#protected")
        assert result.action == "update"
        assert result.fields == (FieldChange("/sys_external_id", "rhythmconf/p/k", "rhythmconf/p/k#protected"),)

    def test_a_rename_is_shown(self, school: Catalog) -> None:
        live: Body = {"name": "x", "sys_external_id": "rhythmconf/p/old"}
        old = Key("school/course", "old")
        result = change(
            school.kind("course"),
            {"name": "x"},
            live,
            mark="rhythmconf/p/k",
            renamed_from=old,
            reason="renamed from old",
        )
        assert (result.action, result.reason) == ("update", "renamed from old")
        quiet = change(school.kind("course"), {"name": "x"}, live, renamed_from=old, how="binding")
        assert (quiet.action, quiet.patch) == ("update", ())


class TestAdopt:
    def test_an_adoption_writes_the_mark_and_shows_no_field(self, school: Catalog) -> None:
        result = change(
            school.kind("course"), {"name": "x"}, {"name": "x"}, how="adoption", mark="rhythmconf/p/k", reason="why"
        )
        assert (result.action, result.fields, result.reason) == ("adopt", (), "why")
        assert result.patch == ({"op": "add", "path": "/sys_external_id", "value": "rhythmconf/p/k"},)
        assert result.before == {"name": "x", "sys_external_id": None}

    def test_an_adoption_sends_nothing_if_marks_are_read_only(self, school: Catalog) -> None:
        result = change(school.kind("course"), {"name": "x"}, {"name": "x"}, how="adoption")
        assert (result.action, result.patch) == ("adopt", ())

    def test_a_bound_record_without_a_mark_is_marked(self, school: Catalog) -> None:
        live: Body = {"name": "x", "sys_external_id": None}
        result = change(school.kind("course"), {"name": "x"}, live, how="binding", mark="rhythmconf/p/k")
        assert result.action == "adopt"
        assert not compared(school.kind("course"), {"name": "x"}, live, how="binding").differences


class TestDelete:
    def orphans(self, school: Catalog) -> Identity:
        live: Body = {"id": "r1", "name": "x", "sys_external_id": "rhythmconf/p/k", "next_number": 3, **LESSONS}
        key = Key("school/course", "k")
        return Identity((), {key: "r1"}, (Pair(key, None, Record(key.kind, "r1", live), "mark"),))

    def test_only_named_keys_are_pruned(self, school: Catalog) -> None:
        assert compare(self.orphans(school), make_site(school)).differences == ()

    def test_the_record_is_kept_for_a_rollback(self, school: Catalog) -> None:
        comparison = compare(self.orphans(school), make_site(school), prune=[Key("school/course", "k")]).differences[0]
        assert (comparison.change.action, comparison.change.id, comparison.target) == ("delete", "r1", None)
        assert comparison.change.before == {**LESSONS, "next_number": 3, "sys_external_id": "rhythmconf/p/k"}

    def test_a_key_with_a_document_is_not_deleted(self, school: Catalog) -> None:
        kind = school.kind("course")
        prune = [Key(kind.name, "k"), Key(kind.name, "other")]
        comparison = compare(identity(kind, {}, {}), make_site(school), prune=prune)
        assert [(each.code, each.severity) for each in comparison.diagnostics] == [
            ("RC324", "error"),
            ("RC324", "warning"),
        ]
        assert [each.message.partition(":")[0] for each in comparison.diagnostics] == [
            "course/k is not deleted",
            "course/other is not deleted",
        ]
        assert comparison.differences == ()


def _with_natural_key(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "x-resource": {**schema["x-resource"], "natural_key": ["name"]}}


NUMBERED: Json = [{"id": 7, "name": "a", "by": "t1"}]
ITEMS: Json = [{"name": "a", "by": "t1"}]
SEVERAL: Body = {"name": "x", "seats": 3, "open": True, "lessons": ITEMS}


@pytest.mark.parametrize(
    ("new", "old", "said"),
    [
        (SEVERAL, [{**SEVERAL, "name": "y", "fee": {"amount": 3}}], True),
        (SEVERAL, [{**SEVERAL, "name": "y", "lessons": NUMBERED}], True),
        (SEVERAL, [{**SEVERAL, "name": "y", "seats": 4}], False),
        (SEVERAL, [{**SEVERAL, "name": "y", "lessons": []}], False),
        (SEVERAL, [{"name": "y", "seats": 3}], False),
        (SEVERAL, [{**SEVERAL, "name": "y"}, {**SEVERAL, "name": "z"}], False),
        ({"name": "x"}, [{"name": "y"}], False),
    ],
)
def test_a_new_record_that_equals_a_deleted_one_but_for_its_name_may_be_renamed(
    tmp_path: Path, new: Body, old: list[Body], said: bool
) -> None:
    school = catalogs.make_catalog(tmp_path, *map(_with_natural_key, catalogs.SCHOOL))
    kind = school.kind("course")
    created = identity(kind, new, None)
    records = [(Key(kind.name, f"old-{number}"), body) for number, body in enumerate(old)]
    orphans = tuple(Pair(key, None, Record(kind.name, key.name, body), "mark") for key, body in records)
    found = compare(created._replace(orphans=orphans), make_site(school), prune=[key for key, _ in records])
    warnings = [one for one in found.diagnostics if one.code == "RC342"]
    assert bool(warnings) == said
    for warning in warnings:
        assert (warning.key, warning.severity) == (Key(kind.name, "k"), "warning")
        assert warning.message == "course/k will be created and course/old-0 deleted, though they differ only in name"
        assert "`moved: [old-0]`" in warning.help


def test_a_record_is_never_replaced_as_a_whole(school: Catalog) -> None:
    result = change(school.kind("course"), {"name": "b", "seats": None, "open": True}, {"name": "a", "seats": 1})
    assert {str(each["path"]) for each in result.patch} == {"/name", "/seats", "/open"}


def test_small_records_are_patched_member_by_member(tmp_path: Path) -> None:
    kind = catalogs.make_catalog(tmp_path, catalogs.make_schema("school/tiny", {"a": {"type": "string"}})).kind("tiny")
    assert change(kind, {"a": None, "b": "1"}, {"a": "x"}).patch == (
        {"op": "remove", "path": "/a"},
        {"op": "add", "path": "/b", "value": "1"},
    )
