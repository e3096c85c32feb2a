"""The contract of `make_patch`: special cases and their expected patches."""

from __future__ import annotations

from typing import Any

import pytest

from rhythmconf.patch import make_patch, without_short_names
from tests.support.patching.applier import apply, clone, cost, equal

LONG = "a text that is long enough to be worth carrying"


def basic(source: Any, target: Any) -> list[dict[str, Any]]:
    """Return the patch that only adds, removes and replaces."""
    return make_patch(source, target)


def every(source: Any, target: Any) -> list[dict[str, Any]]:
    """Return the patch that may also move and copy."""
    return make_patch(source, target, operations="all")


@pytest.mark.parametrize(
    ("source", "target", "patch"),
    [
        pytest.param({"a": 1}, {"a": 1.0}, [], id="numbers compare by value"),
        pytest.param([1.0, {"a": [2]}], [1, {"a": [2.0]}], [], id="and so inside containers"),
        pytest.param(2**53, 2**53 + 1, [{"op": "replace", "path": "", "value": 2**53 + 1}], id="beyond 2^53"),
        pytest.param({"a": 1}, {"a": True}, [{"op": "replace", "path": "/a", "value": True}], id="1 is not true"),
        pytest.param({"a": 0}, {"a": False}, [{"op": "replace", "path": "/a", "value": False}], id="0 is not false"),
        pytest.param([0, [0]], [0, [False]], [{"op": "replace", "path": "/1", "value": [False]}], id="nor in lists"),
        pytest.param({"a": None}, {"a": False}, [{"op": "replace", "path": "/a", "value": False}], id="null, false"),
        pytest.param({"a": None}, {}, [{"op": "remove", "path": "/a"}], id="null is not missing"),
        pytest.param({}, {"a": None}, [{"op": "add", "path": "/a", "value": None}], id="missing is not null"),
        pytest.param([], {}, [{"op": "replace", "path": "", "value": {}}], id="root of another kind"),
        pytest.param(1, "1", [{"op": "replace", "path": "", "value": "1"}], id="scalar root"),
        pytest.param({"": 1}, {"": 2}, [{"op": "replace", "path": "/", "value": 2}], id="empty name"),
        pytest.param({"a/b~c": 1}, {}, [{"op": "remove", "path": "/a~1b~0c"}], id="all of an object"),
        pytest.param({"a": 1, "b": 2}, {}, [{"op": "replace", "path": "", "value": {}}], id="whole is shorter"),
        pytest.param(
            {"m~n/o": 1, "keep": LONG}, {"keep": LONG}, [{"op": "remove", "path": "/m~0n~1o"}], id="escaped names"
        ),
        pytest.param({"~1": {}}, {"~1": []}, [{"op": "replace", "path": "/~01", "value": []}], id="container kinds"),
        pytest.param([LONG], [LONG, 1], [{"op": "add", "path": "/-", "value": 1}], id="append"),
        pytest.param([LONG, 1], [1, LONG, 1], [{"op": "add", "path": "/0", "value": 1}], id="a duplicate in front"),
        pytest.param(["\ud800", LONG], [LONG], [{"op": "remove", "path": "/0"}], id="lone surrogate"),
        pytest.param([LONG, 0], [LONG, -0.0], [], id="minus zero"),
    ],
)
def test_basic_patches_are_as_expected(source: Any, target: Any, patch: list[dict[str, Any]]) -> None:
    assert basic(source, target) == patch


def test_a_name_may_look_like_an_index_or_the_end() -> None:
    source = {"-": [LONG], "0": {"-": LONG}}
    target = {"-": [LONG, 1], "0": {"-": LONG, "1": 2}}
    patch = basic(source, target)
    assert sorted(operation["path"] for operation in patch if isinstance(operation["path"], str)) == ["/-/-", "/0/1"]


def test_indices_are_chosen_so_that_none_gets_longer() -> None:
    source = [f"{LONG} {number}" for number in range(11)]
    target = ["new", *source[:9], "changed", source[10]]
    assert basic(source, target) == [
        {"op": "replace", "path": "/9", "value": "changed"},
        {"op": "add", "path": "/0", "value": "new"},
    ]


def test_a_lone_surrogate_costs_its_escape() -> None:
    """As raw bytes (3) the edit inside would be the smaller patch, as an escape (6 a surrogate) it isn't."""
    source, target = {"\ud800\ud800": 1}, {"\ud800\ud800": 2}
    assert basic(source, target) == [{"op": "replace", "path": "/\ud800\ud800", "value": 2}]
    assert cost("\ud800") == 8


def test_a_container_is_replaced_if_that_is_cheaper() -> None:
    source = {"keep": LONG, "far": {"one": 1, "two": 2}}
    target = {"keep": LONG, "far": {"one": 3, "two": 4}}
    assert basic(source, target) == [{"op": "replace", "path": "/far", "value": {"one": 3, "two": 4}}]


@pytest.mark.parametrize(
    ("source", "target", "steps"),
    [
        pytest.param({"a": 1}, {"a": 1.0}, [], id="equal"),
        pytest.param({"a": LONG, "b": 1}, {"c": LONG, "b": 1}, [("move", "/a", "/c")], id="renamed"),
        pytest.param({"a": 1, "b": [LONG]}, {"a": [LONG]}, [("move", "/b", "/a")], id="over another member"),
        pytest.param([LONG, 1, 2], [1, 2, LONG], [("move", "/0", "/2")], id="item to the end"),
        pytest.param({"a": {"b": LONG}}, LONG, [("move", "/a/b", "")], id="unwrapped"),
        pytest.param({"a": [LONG]}, {"a": [LONG], "b": [LONG]}, [("copy", "/a", "/b")], id="copied"),
        pytest.param(
            {"a": LONG + "1", "b": LONG + "2"},
            {"a": LONG + "2", "b": LONG + "1"},
            [("move", "/a", "/"), ("move", "/b", "/a"), ("move", "/", "/b")],
            id="exchanged",
        ),
    ],
)
def test_patches_with_all_operations_are_as_expected(
    source: Any, target: Any, steps: list[tuple[str, str, str]]
) -> None:
    patch = every(source, target)
    assert [(step["op"], step["from"], step["path"]) for step in patch] == steps
    assert equal(apply(source, patch), target)


def test_each_item_moves_at_most_once() -> None:
    items = [f"{LONG} {number}" for number in range(40)]
    patch = every(items, items[::-1])
    assert [step["op"] for step in patch] == ["move"] * 39
    assert {step["from"] for step in patch} == {"/0"}
    assert apply(items, patch) == items[::-1]


def test_a_value_never_moves_into_itself() -> None:
    source = {"a": {"title": LONG, "body": LONG + "!"}}
    target = {"a": {"in": {"title": LONG, "body": LONG + "!"}}}
    patch = every(source, target)
    assert equal(apply(source, patch), target)
    assert cost(patch) < cost(basic(source, target))


def test_values_are_moved_and_then_edited() -> None:
    record = {"id": 7, "title": LONG, "body": LONG + "!"}
    operations = every({"old": record, "x": 1}, {"new": {**record, "id": 8}, "x": 1})
    assert [operation["op"] for operation in operations] == ["move", "replace"]


def test_a_repeated_value_is_written_once() -> None:
    value = {"title": LONG, "body": LONG}
    operations = every({"x": LONG * 4}, {"x": LONG * 4, "one": value, "two": value})
    assert [operation["op"] for operation in operations] == ["add", "copy", "copy"]
    assert str(operations).count(LONG) == 1


def test_a_large_part_of_a_new_value_is_copied() -> None:
    part = {"title": LONG, "body": LONG}
    operations = every({"one": part}, {"one": part, "two": {"part": part, "name": LONG[:9]}})
    assert sorted(operation["op"] for operation in operations) == ["add", "copy"]


def test_members_that_change_places_below_an_array_root() -> None:
    one, two = {"title": LONG, "body": LONG}, {"title": LONG + "2", "body": LONG + "2"}
    operations = every([{"a": one, "b": two}], [{"a": two, "b": one}])
    assert [operation["op"] for operation in operations] == ["move"] * 3


def test_an_object_with_many_edits_gets_a_short_name_temporarily() -> None:
    long_name = "a_name_that_every_single_pointer_pays_for"
    source = {long_name: {f"{index}": LONG for index in range(40)}, "": 0}
    target = {long_name: {f"{index}": LONG if index % 6 else index for index in range(40)}, "": 0}
    patch = every(source, target)
    assert (patch[0]["op"], patch[0]["from"], patch[0]["path"]) == ("move", f"/{long_name}", "/a")
    assert (patch[-1]["op"], patch[-1]["from"], patch[-1]["path"]) == ("move", "/a", f"/{long_name}")
    assert equal(apply(source, patch), target)
    plain = without_short_names(patch)
    assert equal(apply(source, plain), target)
    assert {str(each["path"]).split("/")[1] for each in plain} == {long_name}


def test_an_object_that_is_itself_changed_keeps_its_name() -> None:
    items = {f"{index}": f"{LONG} {index}" for index in range(9)}
    source, target = {"long_enough": items, "other": []}, {"long_enough": list(items.values()), "other": []}
    patch = every(source, target)
    assert equal(apply(source, patch), target)


def test_neither_value_is_changed() -> None:
    source, target = {"a": [{"id": 1, "x": LONG}, {"id": 2}]}, {"a": [{"id": 2}, {"id": 1, "x": LONG, "y": [1]}]}
    before = clone(source), clone(target)
    basic(source, target)
    every(source, target)
    assert (source, target) == before


def test_unknown_operations_are_refused() -> None:
    with pytest.raises(ValueError, match="'basic' or 'all', not 'most'"):
        make_patch({}, {}, operations="most")  # type: ignore[arg-type]


def test_deep_documents_are_patched() -> None:
    source: Any = 1
    target: Any = LONG
    for _ in range(100):
        source, target = {"in": [source]}, {"in": [target]}
    for make in (basic, every):
        assert equal(apply(source, make(source, target)), target)
