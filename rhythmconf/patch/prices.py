"""What operations cost, and what is known of values while two are compared.

The cost of an Edit is that of its operations: bytes of compact JSON, then their number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from rhythmconf.patch.align import Pair
from rhythmconf.patch.values import Json, canonical, size

Operation: TypeAlias = dict[str, Json]

BYTE = 1 << 20
"""What a byte costs. An operation costs 1 beside its bytes, so that among equal bytes fewer operations win."""
NEVER = 1 << 80


def price(operation: str) -> int:
    """The cost of an operation, written out without pointers and value, with the comma behind it."""
    return (len(operation) + 1) * BYTE + 1


ADD = price('{"op":"add","path":"","value":}')
REMOVE = price('{"op":"remove","path":""}')
REPLACE = price('{"op":"replace","path":"","value":}')


class Edit(NamedTuple):
    """What to do at one place: `op` with `value`, or (`inside`) the `steps` further down, in their order."""

    cost: int
    op: str
    value: Json = None
    steps: tuple[tuple[str, Edit], ...] = ()


NOTHING = Edit(0, "inside")


class Ledger:
    """What has been found out about containers, by identity: nobody changes or drops them meanwhile."""

    def __init__(self) -> None:
        self.sizes: dict[int, int] = {}
        self.texts: dict[int, str] = {}
        self.edits: dict[tuple[int, int, int], Edit] = {}
        self.limits: dict[tuple[int, int, int], int] = {}
        self.kept: dict[tuple[int, int, int], list[Pair]] = {}
        self.alive: list[Json] = []

    def size(self, value: Json) -> int:
        """Bytes of the value."""
        if not isinstance(value, dict | list):
            return size(value)
        if id(value) not in self.sizes:
            self.sizes[id(value)] = size(value)
        return self.sizes[id(value)]

    def text(self, value: Json) -> str:
        """The one text of all values that are the same."""
        if not isinstance(value, dict | list):
            return canonical(value)
        if id(value) not in self.texts:
            self.texts[id(value)] = canonical(value)
        return self.texts[id(value)]


def removal(at: int) -> Edit:
    """Remove what stands at a pointer of `at` bytes."""
    return Edit(REMOVE + at * BYTE, "remove")


def addition(at: int, value: Json, ledger: Ledger) -> Edit:
    """Add a value at a pointer of `at` bytes."""
    return Edit(ADD + (at + ledger.size(value)) * BYTE, "add", value)


def unfold(found: Edit, path: str = "") -> Iterator[Operation]:
    """The operations of an Edit at `path`, in the order in which they apply."""
    if found.op == "inside":
        for token, step in found.steps:
            yield from unfold(step, f"{path}/{token}")
    elif found.op == "remove":
        yield {"op": "remove", "path": path}
    else:
        yield {"op": found.op, "path": path, "value": found.value}
