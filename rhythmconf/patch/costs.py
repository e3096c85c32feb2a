"""Compute what operations cost, and cache what is known of values while two are compared.

The cost of an Edit is that of its operations: their bytes of compact JSON first, then their number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from rhythmconf.patch.align import Pair
from rhythmconf.patch.values import Json, canonical, size

Operation: TypeAlias = dict[str, Json]

BYTE = 1 << 20
"""The cost of a byte. An operation costs 1 more: of two patches of one size, the one with fewer operations wins."""
NEVER = 1 << 80
"""A cost that no patch reaches."""


def operation_cost(text: str) -> int:
    """Return the cost of an operation, given its text without pointers and value; the comma behind it counts too."""
    return (len(text) + 1) * BYTE + 1


ADD = operation_cost('{"op":"add","path":"","value":}')
REMOVE = operation_cost('{"op":"remove","path":""}')
REPLACE = operation_cost('{"op":"replace","path":"","value":}')


class Edit(NamedTuple):
    """What to do at one place: `op` with `value`, or, if `op` is "inside", the `steps` below it in their order."""

    cost: int
    op: str
    value: Json = None
    steps: tuple[tuple[str, Edit], ...] = ()


NO_EDIT = Edit(0, "inside")


STEPS, STEPS_PER_BYTE = 300_000, 2
"""How much work a search may do, and how much more for each byte of the values. A step takes about a microsecond."""


class Cache:
    """What is known of containers, by their `id()`, and how many `steps` of work are left.

    That is safe while no container is changed or freed; `alive` keeps those that only the search holds. `guessed` says
    that an alignment of arrays was found by labels or not to its end, so that there may be a smaller patch.
    Steps are counted and not timed, so that a patch does not depend on the computer.
    """

    def __init__(self, bytes_in: int) -> None:
        self.bytes_in = bytes_in
        self.allow_steps()
        self.guessed = False
        self.sizes: dict[int, int] = {}
        self.texts: dict[int, str] = {}
        self.edits: dict[tuple[int, int, int], Edit] = {}
        self.limits: dict[tuple[int, int, int], int] = {}
        self.kept: dict[tuple[int, int, int], list[Pair]] = {}
        self.alive: list[Json] = []

    def allow_steps(self) -> None:
        """Allow as much work as values of this size may take."""
        self.steps = STEPS + STEPS_PER_BYTE * self.bytes_in

    def spend(self, steps: int) -> bool:
        """Count steps of work. Return whether any are left; without, the first good answer has to do."""
        self.steps -= steps
        return self.steps > 0

    def size(self, value: Json) -> int:
        """Return the bytes of the value."""
        if not isinstance(value, dict | list):
            return size(value)
        if id(value) not in self.sizes:
            self.sizes[id(value)] = size(value)
        return self.sizes[id(value)]

    def text(self, value: Json) -> str:
        """Return the one text of all values that are the same."""
        if not isinstance(value, dict | list):
            return canonical(value)
        if id(value) not in self.texts:
            self.texts[id(value)] = canonical(value)
        return self.texts[id(value)]


def smaller(one: list[Operation], other: list[Operation]) -> list[Operation]:
    """Return the patch with fewer bytes, or of two of one size that with fewer operations, or the first."""
    return min(one, other, key=lambda operations: (size([*operations]), len(operations)))


def removal(at: int) -> Edit:
    """Return the Edit that removes the value at a pointer of `at` bytes."""
    return Edit(REMOVE + at * BYTE, "remove")


def addition(at: int, value: Json, cache: Cache) -> Edit:
    """Return the Edit that adds a value at a pointer of `at` bytes."""
    return Edit(ADD + (at + cache.size(value)) * BYTE, "add", value)


def operations_of(edit: Edit, path: str = "") -> Iterator[Operation]:
    """Yield the operations of an Edit at `path`, in the order in which they apply."""
    if edit.op == "inside":
        for token, step in edit.steps:
            yield from operations_of(step, f"{path}/{token}")
    elif edit.op == "remove":
        yield {"op": "remove", "path": path}
    else:
        yield {"op": edit.op, "path": path, "value": edit.value}
