"""Which items of two arrays belong together: labels of the items -> pairs of positions, in order.

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
"""One label an item; None where an item has none."""

CELLS, CUT = 576, 144
"""The largest table that the exact programme is asked to fill: of two arrays, of the gaps in longer ones."""


def align(labellings: Sequence[tuple[Labels, Labels]], exact: Callable[[range, range], Iterable[Pair]]) -> list[Pair]:
    """The pairs of positions to keep, ascending on both sides; equal first labels mean equal items."""
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
    """Cut off what is equal at both ends, the back first: what is left then has the shorter indices."""
    ends: list[Pair] = []
    while rows and columns and left[rows[-1]] == right[columns[-1]]:
        ends.append((rows[-1], columns[-1]))
        rows, columns = rows[:-1], columns[:-1]
    while rows and columns and left[rows[0]] == right[columns[0]]:
        ends.append((rows[0], columns[0]))
        rows, columns = rows[1:], columns[1:]
    return rows, columns, ends


def _anchors(labellings: Sequence[tuple[Labels, Labels]], rows: range, columns: range) -> list[Pair]:
    """The first chain that holds most items, else the longest; where there is none, short runs serve as labels."""
    best: list[Pair] = []
    for left, right in labellings:
        best = max(best, _chain(_part(left, rows), _part(right, columns)), key=len)
        if 2 * len(best) > min(len(rows), len(columns)):
            break
    left, right = labellings[0]
    best = best or _chain(_runs(_part(left, rows)), _runs(_part(right, columns)))
    return [(rows[i], columns[j]) for i, j in best]


def _part(labels: Labels, places: range) -> Labels:
    return labels[places.start : places.stop]


def _chain(left: Labels, right: Labels) -> list[Pair]:
    """Pairs with a label that is unique on both sides: as many as go in one order."""
    there = _unique(right)
    pairs = [(i, there[label]) for label, i in _unique(left).items() if label in there]
    return [pairs[place] for place in increasing([j for _, j in pairs])]


def _unique(labels: Labels) -> dict[Hashable, int]:
    seen = Counter(labels)
    del seen[None]
    return {label: place for place, label in enumerate(labels) if seen[label] == 1}


def _runs(labels: Labels, length: int = 8) -> Labels:
    """Each item with those behind it: tells equal items apart by their company."""
    return [tuple(labels[place : place + length]) for place in range(len(labels))]


def increasing(numbers: Sequence[int]) -> list[int]:
    """The places of a longest strictly increasing subsequence."""
    ends: list[int] = []
    places: list[int] = []
    before: list[int] = []
    for place, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(places[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        places[length : length + 1] = [place]
    return list(_back(places[-1] if places else -1, before))[::-1]


def _back(place: int, before: Sequence[int]) -> Iterator[int]:
    while place >= 0:
        yield place
        place = before[place]


def _between(anchors: Sequence[Pair], rows: range, columns: range) -> Iterator[tuple[range, range]]:
    """The gaps around and between the anchors."""
    fence = [(rows.start - 1, columns.start - 1), *anchors, (rows.stop, columns.stop)]
    for (i, j), (k, m) in pairwise(fence):
        yield range(i + 1, k), range(j + 1, m)


def _halves(rows: range, columns: range) -> list[tuple[range, range]]:
    middle, centre = len(rows) // 2, len(columns) // 2
    return [(rows[:middle], columns[:centre]), (rows[middle:], columns[centre:])]
