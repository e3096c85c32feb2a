"""A patch is right, small and found with bounded work, also for values that are hard to compare."""

from __future__ import annotations

from random import Random
from time import process_time
from typing import Any, Literal

import jsonpatch
import pytest

from rhythmconf.patch import make_patch
from tests.support.patching.applier import Patch, Refused, Value, apply, clone, cost, equal
from tests.support.patching.examples import any_pair
from tests.support.patching.work import count_calls
from tests.support.patching.worst import WORST

Operations = Literal["basic", "all"]
OPERATIONS: tuple[Operations, ...] = ("basic", "all")
LONG = "x" * 260
PARTS = 4
"""The random pairs are divided into so many tests, which can run at the same time."""


def check(source: Value, target: Value, operations: Operations) -> Patch:
    patch = make_patch(source, target, operations=operations)
    check_result(source, target, patch)
    return patch


def check_result(source: Value, target: Value, patch: Patch) -> None:
    assert equal(apply(source, patch), target)
    assert equal(jsonpatch.apply_patch(clone(source), patch), target)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ([[[{"b": "x" * 30}]], []], [[[[{"b": "x" * 30}]]]]),
        ([{"m": "y" * 30}, [LONG, 1]], [{"m": [0, LONG, "y" * 30]}, [LONG, {"m": "y" * 30}, 1]]),
        ([[["a" * 40]], 1], [[[[["a" * 40]]]]]),
        ({"a": [["b" * 40], 2]}, {"a": [[["b" * 40]]]}),
    ],
)
def test_a_value_is_never_moved_into_itself(source: Value, target: Value) -> None:
    for operation in check(source, target, "all"):
        assert operation["op"] != "move" or not f"{operation['path']}/".startswith(f"{operation['from']}/")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (
            [[{"~0": LONG}, [0], {}]],
            [[[], {"m~n": LONG, "\ud800": None}, {"-": [{"~0": LONG}, {"m~n": LONG, "\ud800": None}]}]],
        ),
        ([1, {}], [{"v": LONG}, 1, {"a": {"v": LONG}}]),
        ([[], [2]], [{"v": LONG}, [{"v": LONG}], [{"v": LONG}, 2]]),
        ({"a": [1, {"b": []}]}, {"a": [{"v": LONG}, {"v": LONG}, 1, {"b": [{"v": LONG}]}]}),
    ],
)
def test_a_value_written_into_an_array_is_copied_to_places_behind_it(source: Value, target: Value) -> None:
    check(source, target, "all")


@pytest.mark.parametrize("operations", OPERATIONS)
@pytest.mark.parametrize("depth", [400, 500, 800])
def test_a_deep_value_is_replaced_where_it_is_too_deep(depth: int, operations: Operations) -> None:
    source: Value = 1
    target: Value = {"other": 2}
    for _ in range(depth):
        source, target = [source], [target]
    [operation] = make_patch(source, target, operations=operations)
    assert operation["op"] == "replace"


@pytest.mark.parametrize("operations", OPERATIONS)
def test_a_value_too_deep_for_json_is_refused(operations: Operations) -> None:
    source: Value = 1
    target: Value = 2
    for _ in range(20_000):
        source, target = [source], [target]
    with pytest.raises(ValueError, match="nested too deeply"):
        make_patch(source, target, operations=operations)


QUICK = "two periods", "three values"
"""Pairs that show a missing budget only at their full length, and that take little time with one."""


@pytest.mark.parametrize("operations", OPERATIONS)
@pytest.mark.parametrize("name", WORST)
def test_the_work_is_bounded(full: bool, name: str, operations: Operations) -> None:
    make, length = WORST[name]
    source, target = make(length if full or name in QUICK else length // 8)
    bytes_in = cost(source) + cost(target)
    patch, calls = count_calls(lambda: make_patch(source, target, operations=operations))
    assert equal(apply(source, patch), target)
    assert calls <= 5_000_000 + 40 * bytes_in


class Name(str):
    """A name that counts how often any name is compared."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Name.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_a_chain_of_members_with_each_others_values_takes_linear_work() -> None:
    names = [Name(f"k{index}") for index in range(300)]
    values = [f"value {index} of a long chain" for index in range(301)]
    source: Any = dict(zip(names, values[:-1], strict=True))
    target: Any = dict(zip(names, values[1:], strict=True))
    Name.compared = 0
    check(source, target, "all")
    assert Name.compared < 1_000_000


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("operations", OPERATIONS)
def test_no_patch_is_larger_than_that_of_jsonpatch(full: bool, operations: Operations, part: int) -> None:
    slowest_s = 0.0
    for seed in range(part, 40_000 if full else 400, PARTS):
        source, target = _with_one_spelling(any_pair(seed))
        began = process_time()
        patch = make_patch(source, target, operations=operations)
        slowest_s = max(slowest_s, process_time() - began)
        check_result(source, target, patch)
        theirs = jsonpatch.make_patch(source, target).patch
        if operations == "basic":
            theirs = _without_moves(source, theirs)
        try:
            right = equal(apply(source, theirs), target)
        except Refused:
            right = False
        assert not right or cost(list(patch)) <= cost(theirs), seed
    # The time is told and not tested: other tests bound the work.
    print(f"{operations}, part {part}: the slowest pair took {slowest_s:.2f} s of the processor")


def _with_one_spelling(value: Any) -> Any:
    """Return the value with 1 for 1.0: which of two equal numbers stays is a matter of taste, and of two bytes."""
    if isinstance(value, dict):
        return {key: _with_one_spelling(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_with_one_spelling(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _without_moves(source: Value, patch: list[dict[str, Value]]) -> list[dict[str, Value]]:
    """Return the patch with a removal and an addition for each move."""
    plain: list[dict[str, Value]] = []
    document = clone(source)
    for operation in patch:
        if operation["op"] == "move":
            value = clone(jsonpatch.JsonPointer(operation["from"]).resolve(document))
            plain.append({"op": "remove", "path": operation["from"]})
            plain.append({"op": "add", "path": operation["path"], "value": value})
        else:
            plain.append(operation)
        document = jsonpatch.apply_patch(document, [operation])
    return plain


def test_edits_of_short_arrays_are_never_larger_than_those_of_jsonpatch(full: bool) -> None:
    for seed in range(10_000 if full else 300):
        random = Random(f"array/{seed}")
        source = [_item(random) for _ in range(random.randint(1, 7))]
        target = [item if random.random() < 0.7 else _item(random) for item in random.sample(source, len(source))]
        theirs = jsonpatch.make_patch(source, target).patch
        try:
            if not equal(apply(source, theirs), target):
                continue
        except Refused:
            continue
        assert cost(list(check(source, target, "all"))) <= cost(theirs), seed
        assert cost(list(check(source, target, "basic"))) <= cost(_without_moves(source, theirs)), seed


def _item(random: Random) -> Value:
    text = "n" * random.randint(0, 20)
    return random.choice([None, 1, text, [1, text], {"a": text, "bb": random.choice([1, 2])}, "a", {}])
