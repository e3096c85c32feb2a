"""The alignment of long arrays: anchors first, then small tables."""

from __future__ import annotations

import random
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.patch.align import Labels, Pair, align, increasing


def aligned(*labellings: tuple[Labels, Labels]) -> tuple[list[Pair], list[tuple[range, range]]]:
    """Align without tables. Return the pairs, and the gaps that tables would have decided."""
    gaps: list[tuple[range, range]] = []

    def exact(rows: range, columns: range) -> list[Pair]:
        gaps.append((rows, columns))
        return []

    return align(labellings, exact), gaps


@given(st.lists(st.integers(0, 6), max_size=8))
def test_the_longest_increasing_subsequence_is_found(numbers: list[int]) -> None:
    positions = increasing(numbers)
    chosen = [numbers[position] for position in positions]
    assert positions == sorted(set(positions))
    assert chosen == sorted(set(chosen))
    longer = combinations(numbers, len(positions) + 1)
    assert not any(list(some) == sorted(set(some)) for some in longer)


def test_arrays_of_24_items_are_decided_by_one_table_and_longer_ones_are_split() -> None:
    left, right = [f"a{n}" for n in range(24)], [f"b{n}" for n in range(24)]
    assert aligned((left, right)) == ([], [(range(24), range(24))])
    left, right = [f"a{n}" for n in range(25)], [f"b{n}" for n in range(25)]
    _, gaps = aligned((left, right))
    assert len(gaps) > 1
    assert all(len(rows) * len(columns) <= 144 for rows, columns in gaps)


def test_a_short_chain_of_equal_items_gives_way_to_a_longer_one_of_identifiers() -> None:
    texts = ["moved", *(f"old {n}" for n in range(29))], [*(f"new {n}" for n in range(29)), "moved"]
    ids = ["m", *(f"i{n}" for n in range(29))], [*(f"i{n}" for n in range(29)), "m"]
    pairs, _ = aligned(texts, ids)
    assert pairs == [(n + 1, n) for n in range(29)]


def test_a_chain_of_more_than_half_of_the_items_is_taken_at_once() -> None:
    shared = [f"same {n}" for n in range(20)]
    texts = ["x", *shared, *(f"old {n}" for n in range(9))], [*(f"new {n}" for n in range(9)), *shared, "y"]
    ids = [f"i{n}" for n in range(30)], [f"i{n}" for n in range(30)]
    pairs, _ = aligned(texts, ids)
    assert set(pairs) >= {(n + 1, n + 9) for n in range(20)}


def test_items_without_a_label_are_no_anchors() -> None:
    texts = [f"old {n}" for n in range(30)], [f"new {n}" for n in range(30)]
    ids: tuple[Labels, Labels] = ([None, *(f"a{n}" for n in range(29))], [*(f"b{n}" for n in range(29)), None])
    assert aligned(texts, ids)[0] == []


def test_equal_items_are_distinguished_by_the_items_after_them() -> None:
    middle = random.Random(1).choices("01", k=80)
    left, right = ["1", "0", *middle, "0"], [*"011001101101", *middle, "1"]
    pairs, _ = aligned((left, right))
    assert sum(j == i + 10 for i, j in pairs) > 60
