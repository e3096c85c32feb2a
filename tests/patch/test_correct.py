"""Every patch produces its target, applied by the jsonpatch library and by a strict implementation of RFC 6902."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Literal

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.patch import make_patch
from tests.support.patching.applier import apply, clone, equal
from tests.support.patching.examples import pair

SUITE = Path(__file__).parents[2] / ".tools/node_modules/json-patch-test-suite"
OPERATIONS: tuple[Literal["basic", "all"], ...] = ("basic", "all")
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "a", "~", "/", "~01", "0", "-", "\ud800", "\udc00x", "\U0001f600", "\x00\"\\"]), st.text(),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=6) | st.dictionaries(st.sampled_from(["", "a", "b~", "c/", "0", "-", "é"]), inner)
    ),
    max_leaves=20,
)


def check(source: Any, target: Any) -> None:
    """Check that patches with both sets of operations produce the target, in both implementations."""
    for operations in OPERATIONS:
        patch = make_patch(source, target, operations=operations)
        allowed = {"add", "remove", "replace"} | ({"move", "copy"} if operations == "all" else set())
        assert {step["op"] for step in patch} <= allowed
        assert equal(apply(source, patch), target)
        assert equal(jsonpatch.apply_patch(clone(source), patch), target)
        assert bool(patch) is not equal(source, target)


@given(VALUES, VALUES)
def test_a_patch_of_any_two_values_gives_the_target(source: Any, target: Any) -> None:
    check(source, target)


def test_a_patch_of_edited_documents_gives_the_target(full: bool) -> None:
    for seed in range(20_000 if full else 300):
        check(*pair(seed, 4 + seed % 60, 1 + seed % 9))


def test_a_patch_of_the_conformance_suite_gives_the_target() -> None:
    """Return the pairs of the conformance suite, which `scripts/tools` fetches."""
    if not SUITE.is_dir():
        if "CI" in os.environ:
            pytest.fail("json-patch-test-suite is missing: scripts/tools installs it")
        pytest.skip("json-patch-test-suite is not here: scripts/tools installs it (needs npm)")
    cases = [case for name in ("tests.json", "spec_tests.json") for case in json.loads((SUITE / name).read_text())]
    pairs = [(case["doc"], case["expected"]) for case in cases if "doc" in case and "expected" in case]
    assert len(pairs) > 60
    for source, target in pairs:
        check(source, target)
        check(target, source)
