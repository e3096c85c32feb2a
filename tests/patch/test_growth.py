"""Long arrays: patches have few operations, and the work grows linearly with the length."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any, Literal

import pytest

from rhythmconf.patch import make_patch
from tests.support.patching.applier import Value, apply, cost, equal
from tests.support.patching.arrays import KINDS, long_pair


@pytest.mark.parametrize("operations", ["basic", "all"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_long_array_needs_few_operations(kind: str, operations: Literal["basic", "all"]) -> None:
    source, target = long_pair(kind, 250)
    patch = make_patch(source, target, operations=operations)
    assert equal(apply(source, patch), target)
    assert cost(patch) <= cost([{"op": "replace", "path": "", "value": target}])


def test_few_edits_of_a_long_array_need_few_operations() -> None:
    assert len(make_patch(*long_pair("ten edits", 1000))) == 10
    assert len(make_patch(*long_pair("twins", 1000))) == 2
    assert len(make_patch(*long_pair("every row", 1000))) == 1000


def calls(source: Value, target: Value, operations: Literal["basic", "all"]) -> int:
    """Count the Python calls of a patch: a measure of work that other processes do not disturb."""
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
