"""Moves that bring the items of one array into another order: places -> (from, to) indices.

Items of a longest increasing subsequence stay; each other one moves once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rhythmconf.patch.align import Pair, increasing


def moves(length: int, order: Sequence[int]) -> list[Pair]:
    """The moves that put the items at the places `order` of an array into that order, as (from, to) indices.

    Items that `order` leaves out stay where they are. An index counts the array as it is when the move begins,
    for `to` without the moved item, as RFC 6902 wants it.
    """
    forth = list(_forth(length, order))
    last = length - 1
    back = [(last - start, last - end) for start, end in _forth(length, [last - place for place in reversed(order)])]
    return min(forth, back, key=_digits)


def _digits(pairs: Sequence[Pair]) -> int:
    return sum(len(f"{start}{end}") for start, end in pairs)


def _forth(length: int, order: Sequence[int]) -> Iterator[Pair]:
    """The moves from the front to the back, each right behind the item before it."""
    staying = {order[place] for place in increasing(order)}
    before = _Counts([1] * (length + 1))
    behind = 0
    for place in order:
        if place in staying:
            behind = place + 1
            continue
        start = before.upto(place + 1) - 1
        before.change(place + 1, -1)
        end = before.upto(behind + 1) - 1
        before.change(behind, 1)
        yield start, end


class _Counts:
    """How many items stand at or before a place, in logarithmic time (a Fenwick tree); place 0 is the front."""

    def __init__(self, counts: Sequence[int]) -> None:
        self.sums = [0, *counts]
        for place in range(1, len(self.sums)):
            parent = place + (place & -place)
            if parent < len(self.sums):
                self.sums[parent] += self.sums[place]

    def change(self, place: int, by: int) -> None:
        """Add to the count at a place."""
        place += 1
        while place < len(self.sums):
            self.sums[place] += by
            place += place & -place

    def upto(self, stop: int) -> int:
        """The sum of the counts at places below `stop`."""
        total = 0
        while stop:
            total += self.sums[stop]
            stop -= stop & -stop
        return total
