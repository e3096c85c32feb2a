"""Long arrays: few operations where few suffice, and work in step with the length."""

from __future__ import annotations

import sys
from random import Random
from types import FrameType
from typing import Any, Literal

import pytest

from rhythmconf.patch import make_patch
from tests.support.patching.applier import Value, apply, clone, cost, equal

KINDS = ["ten edits", "every row", "all new", "shuffled", "reversed", "twins", "rotated twins"]


def row(number: int) -> Value:
    """One object of an array."""
    return {"id": f"r{number}", "name": f"Row {number}", "amount": number * 1.5, "range": {"number": number % 7}}


def long_pair(kind: str, length: int) -> tuple[Value, Value]:
    """An array of rows before and after edits of one kind."""
    random = Random(f"{kind}/{length}")
    source: Value = [row(number) for number in range(length)]
    if "twins" in kind:
        source = [random.choice([True, "x", {"id": 1}, [1]]) for _ in range(length)]
    target = clone(source)
    if kind == "ten edits":
        for place in random.sample(range(length), 7):
            target[place]["name"] = "edited"
        target.insert(length // 2, row(length))
        del target[length // 3], target[length // 4]
    elif kind == "every row":
        for each in target:
            each["name"] = "edited"
    elif kind == "all new":
        target = [row(length + number) for number in range(length)]
    elif kind == "shuffled":
        random.shuffle(target)
    elif kind == "reversed":
        target.reverse()
    elif kind == "twins":
        target[length // 5], target[length // 2] = 1, "y"
    else:
        target = [*target[length // 10 :], "end"]
        target.insert(length // 2, 2)
    return source, target


@pytest.mark.parametrize("operations", ["basic", "all"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_long_array(kind: str, operations: Literal["basic", "all"]) -> None:
    source, target = long_pair(kind, 250)
    patch = make_patch(source, target, operations=operations)
    assert equal(apply(source, patch), target)
    assert cost(patch) <= cost([{"op": "replace", "path": "", "value": target}])


def test_few_edits_of_a_long_array_are_few_operations() -> None:
    assert len(make_patch(*long_pair("ten edits", 1000))) == 10
    assert len(make_patch(*long_pair("twins", 1000))) == 2
    assert len(make_patch(*long_pair("every row", 1000))) == 1000


def calls(source: Value, target: Value, operations: Literal["basic", "all"]) -> int:
    """How many Python calls a patch takes: a measure of work that no other process disturbs."""
    made = 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        make_patch(source, target, operations=operations)
    finally:
        sys.setprofile(before)
    return made


@pytest.mark.parametrize("kind", KINDS[:5])
def test_work_grows_with_the_length(full: bool, kind: str) -> None:
    length = 5000 if full else 400
    assert calls(*long_pair(kind, 2 * length), "basic") <= 2.5 * calls(*long_pair(kind, length), "basic")
