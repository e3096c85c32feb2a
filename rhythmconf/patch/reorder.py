"""Find the moves that bring the items of an array into another order.

The items of a longest increasing subsequence stay; each other item moves once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rhythmconf.patch.align import Pair, increasing


def find_moves(length: int, order: Sequence[int]) -> list[Pair]:
    """Return the moves that put the items at the positions `order` of an array into that order, as (from, to) indices.

    Items that `order` leaves out stay where they are. An index counts in the array as it is when the move begins,
    `to` without the moved item, as RFC 6902 defines it.
    """
    forward = list(_forward(length, order))
    last = length - 1
    # The same from the other end may have the shorter indices.
    mirrored = _forward(length, [last - position for position in reversed(order)])
    backward = [(last - start, last - end) for start, end in mirrored]
    return min(forward, backward, key=lambda pairs: sum(len(f"{start}{end}") for start, end in pairs))


def _forward(length: int, order: Sequence[int]) -> Iterator[Pair]:
    """Yield the moves from the front to the back, each to the place right behind the item before it."""
    staying = {order[index] for index in increasing(order)}
    before = _Counts([1] * (length + 1))
    behind = 0
    for position in order:
        if position in staying:
            behind = position + 1
            continue
        start = before.sum_below(position + 1) - 1
        before.add(position + 1, -1)
        end = before.sum_below(behind + 1) - 1
        before.add(behind, 1)
        yield start, end


class _Counts:
    """Count the items at or before a position in logarithmic time (a Fenwick tree); position 0 is the front."""

    def __init__(self, counts: Sequence[int]) -> None:
        self.sums = [0, *counts]
        for position in range(1, len(self.sums)):
            parent = position + (position & -position)
            if parent < len(self.sums):
                self.sums[parent] += self.sums[position]

    def add(self, position: int, by: int) -> None:
        position += 1
        while position < len(self.sums):
            self.sums[position] += by
            position += position & -position

    def sum_below(self, stop: int) -> int:
        total = 0
        while stop:
            total += self.sums[stop]
            stop -= stop & -stop
        return total
