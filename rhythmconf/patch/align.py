"""Decide which items of two arrays belong together, from labels of the items.

Small gaps go to an exact programme. Larger ones are first split at anchors: items whose label is unique on both
sides, in the longest order that both sides share.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

Pair: TypeAlias = tuple[int, int]
Labels: TypeAlias = Sequence[Hashable]
"""One label for each item; None for an item without one."""

CELLS, CUT = 576, 144
"""The most cells of a table that the exact programme fills: for two whole arrays, and for a gap in longer ones."""


def align(labellings: Sequence[tuple[Labels, Labels]], exact: Callable[[range, range], Iterable[Pair]]) -> list[Pair]:
    """Return the pairs of positions to keep, ascending on both sides.

    Each labelling has the labels of both arrays. Equal labels of the first labelling mean equal items.
    """
    left, right = labellings[0]
    gaps = [(range(len(left)), range(len(right)), CELLS)]
    pairs: list[Pair] = []
    while gaps:
        *gap, cells = gaps.pop()
        rows, columns, ends = _trim(left, right, *gap)
        pairs += ends
        if not rows or not columns:
            continue
        if len(rows) * len(columns) <= cells:
            pairs += exact(rows, columns)
        elif anchors := _anchors(labellings, rows, columns):
            pairs += anchors
            gaps += [(*between, CUT) for between in _between(anchors, rows, columns)]
        else:
            gaps += [(*half, CUT) for half in _halves(rows, columns)]
    return sorted(pairs)


def _trim(left: Labels, right: Labels, rows: range, columns: range) -> tuple[range, range, list[Pair]]:
    """Cut off the equal items at both ends, the back first: what is left then has the shorter indices."""
    ends: list[Pair] = []
    while rows and columns and left[rows[-1]] == right[columns[-1]]:
        ends.append((rows[-1], columns[-1]))
        rows, columns = rows[:-1], columns[:-1]
    while rows and columns and left[rows[0]] == right[columns[0]]:
        ends.append((rows[0], columns[0]))
        rows, columns = rows[1:], columns[1:]
    return rows, columns, ends


def _anchors(labellings: Sequence[tuple[Labels, Labels]], rows: range, columns: range) -> list[Pair]:
    """Return the first chain with more than half of the items, else the longest.

    Without any chain, short runs of items serve as labels.
    """
    best: list[Pair] = []
    for left, right in labellings:
        best = max(best, _chain(left[rows.start : rows.stop], right[columns.start : columns.stop]), key=len)
        if 2 * len(best) > min(len(rows), len(columns)):
            break
    left, right = labellings[0]
    if not best:
        old, new = left[rows.start : rows.stop], right[columns.start : columns.stop]
        best = _chain(_runs(old), _runs(new))
    return [(rows[i], columns[j]) for i, j in best]


def _chain(left: Labels, right: Labels) -> list[Pair]:
    """Return pairs with a label that is unique on both sides: as many as can stay in order."""
    positions = _unique(right)
    pairs = [(i, positions[label]) for label, i in _unique(left).items() if label in positions]
    return [pairs[index] for index in increasing([j for _, j in pairs])]


def _unique(labels: Labels) -> dict[Hashable, int]:
    """Return the positions of the labels that occur once."""
    counts = Counter(labels)
    del counts[None]
    return {label: position for position, label in enumerate(labels) if counts[label] == 1}


def _runs(labels: Labels, length: int = 8) -> Labels:
    """Label each item with those behind it too, which tells equal items apart."""
    return [tuple(labels[position : position + length]) for position in range(len(labels))]


def increasing(numbers: Sequence[int]) -> list[int]:
    """Return the positions of a longest strictly increasing subsequence."""
    # For each length: the smallest number that ends a subsequence of it, and the position of that number.
    ends: list[int] = []
    positions: list[int] = []
    previous: list[int] = []
    for position, number in enumerate(numbers):
        length = bisect_left(ends, number)
        previous.append(positions[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        positions[length : length + 1] = [position]
    chain: list[int] = []
    position = positions[-1] if positions else -1
    while position >= 0:
        chain.append(position)
        position = previous[position]
    return chain[::-1]


def _between(anchors: Sequence[Pair], rows: range, columns: range) -> Iterator[tuple[range, range]]:
    """Yield the gaps around and between the anchors."""
    fence = [(rows.start - 1, columns.start - 1), *anchors, (rows.stop, columns.stop)]
    for (i, j), (k, m) in pairwise(fence):
        yield range(i + 1, k), range(j + 1, m)


def _halves(rows: range, columns: range) -> list[tuple[range, range]]:
    middle, centre = len(rows) // 2, len(columns) // 2
    return [(rows[:middle], columns[:centre]), (rows[middle:], columns[centre:])]
