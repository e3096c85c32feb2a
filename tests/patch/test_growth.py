"""Long arrays: patches have few operations, and the work grows linearly with the length."""

from __future__ import annotations

from typing import Literal

import pytest

from rhythmconf.patch import make_patch
from tests.support.patching.applier import Value, apply, cost, equal
from tests.support.patching.arrays import KINDS, long_pair
from tests.support.patching.work import count_calls


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
    """Return the number of Python calls that a patch takes."""
    return count_calls(lambda: make_patch(source, target, operations=operations))[1]


@pytest.mark.parametrize("kind", KINDS[:5])
def test_work_grows_with_the_length(full: bool, kind: str) -> None:
    length = 5000 if full else 400
    assert calls(*long_pair(kind, 2 * length), "basic") <= 2.5 * calls(*long_pair(kind, length), "basic")
