"""Make pairs of values that have little in common or much of the same: the hardest for a search."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.support.patching.applier import Value

Pair = tuple[Value, Value]


def _transposed(length: int) -> Pair:
    random = Random(length)
    rows = [[random.randrange(1000) for _ in range(length)] for _ in range(length)]
    return rows, [list(column) for column in zip(*rows, strict=True)]


def _unrelated_rows(length: int) -> Pair:
    random = Random(length)
    source, target = ([[random.random() for _ in range(12)] for _ in range(length)] for _ in range(2))
    return source, target


def _shuffled_rows(length: int) -> Pair:
    random = Random(length)
    rows = [[random.randrange(50) for _ in range(10)] for _ in range(length)]
    return rows, [random.sample(row, 10) for row in random.sample(rows, length)]


def _changed_members(length: int) -> Pair:
    return {f"k{index}": index for index in range(length)}, {f"k{index}": index + 1 for index in range(length)}


def _exchanged_members(length: int) -> Pair:
    order = Random(length).sample(range(length), length)
    values = [f"{index} is a value of some length" for index in range(length)]
    return (
        {f"k{index}": values[index] for index in range(length)},
        {f"k{index}": values[order[index]] for index in range(length)},
    )


def _periods(length: int) -> Pair:
    return [index % 7 for index in range(length)], [index % 5 for index in range(length)]


def _reversed(length: int) -> Pair:
    return list(range(length)), list(reversed(range(length)))


def _few_values(length: int) -> Pair:
    random = Random(length)
    source, target = ([random.randrange(3) for _ in range(length)] for _ in range(2))
    return source, target


WORST: dict[str, tuple[Callable[[int], Pair], int]] = {
    "a matrix and its transpose": (_transposed, 100),
    "rows with nothing in common": (_unrelated_rows, 600),
    "rows and their items in another order": (_shuffled_rows, 300),
    "every member of an object changed": (_changed_members, 2000),
    "members with the values of others": (_exchanged_members, 1000),
    "two periods": (_periods, 2000),
    "reversed numbers": (_reversed, 2000),
    "three values": (_few_values, 2000),
}
"""The pairs and how large they are, by name."""
