"""The size of patches, compared with a proven optimum, an exact program, jsonpatch and the whole value."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Literal

import jsonpatch
import pytest

from rhythmconf.patch import make_patch
from tests.support.patching.applier import apply, cost, equal, patch_cost, tokens, value_at
from tests.support.patching.exact import optimum_cost
from tests.support.patching.examples import pair, tiny_pairs
from tests.support.patching.search import find_cheaper
from tests.support.patching.templates import template_pairs

Set = Literal["basic", "all"]


@pytest.mark.parametrize(
    ("operations", "sample", "every", "seconds"),
    [pytest.param("basic", 80, 1500, 10.0, id="basic"), pytest.param("all", 30, 1000, 2.0, id="all")],
)
def test_no_search_finds_a_smaller_patch_of_a_tiny_document(
    full: bool, operations: Set, sample: int, every: int, seconds: float
) -> None:
    cases = every if full else sample
    finished = missed = 0
    for source, target in islice(tiny_pairs(), cases):
        patch = make_patch(source, target, operations=operations)
        assert equal(apply(source, patch), target)
        assert patch_cost(patch) <= patch_cost(make_patch(source, target))
        try:
            missed += (
                find_cheaper(source, target, patch_cost(patch), operations, seconds * (6 if full else 1)) is not None
            )
            finished += 1
        except TimeoutError:
            assert operations == "all"
    assert finished >= 0.8 * cases
    assert missed <= (0 if operations == "basic" else 0.05 * finished)


def documents(full: bool) -> Iterator[tuple[Any, Any]]:
    """Return templates and trees before and after edits."""
    yield from template_pairs(330 if full else 22)
    for seed in range(2000 if full else 40):
        yield pair(seed, 60, 1 + seed % 12)


def test_basic_is_as_small_as_the_exact_programme(full: bool) -> None:
    ours = exact = 0
    for source, target in documents(full):
        ours += cost(make_patch(source, target))
        exact += optimum_cost(source, target)
    assert ours <= 1.002 * exact


def test_no_patch_is_larger_than_the_value_or_the_patch_of_jsonpatch(full: bool) -> None:
    for source, target in documents(full):
        basic, every = make_patch(source, target), make_patch(source, target, operations="all")
        theirs = jsonpatch.make_patch(source, target).patch
        assert cost(every) <= min(cost(basic), cost(theirs))
        assert cost(basic) <= cost(_written_out(source, theirs))
        assert cost(basic) <= max(2, cost([{"op": "replace", "path": "", "value": target}]))


def _written_out(source: Any, patch: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the patch with each move replaced by a removal and an addition."""
    steps = []
    for step in patch:
        if step["op"] == "move":
            value = value_at(source, tokens(step["from"]))
            steps += [{"op": "remove", "path": step["from"]}, {"op": "add", "path": step["path"], "value": value}]
        else:
            steps.append(step)
        source = apply(source, [step])
    return steps


def test_moves_and_copies_make_template_patches_smaller(full: bool) -> None:
    ours = theirs = 0
    for source, target in template_pairs(330 if full else 22):
        ours += cost(make_patch(source, target, operations="all"))
        theirs += cost(jsonpatch.make_patch(source, target).patch)
    assert ours < 0.75 * theirs
