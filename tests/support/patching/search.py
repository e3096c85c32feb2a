"""Search all sequences of operations below a cost to prove that no smaller patch of a tiny document exists."""

from __future__ import annotations

import time
from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count

from tests.support.patching.applier import Patch, Refused, Value, apply, cost, equal, freeze, tokens, value_at

LEAST = cost({"op": "remove", "path": ""}) + 2
"""The bytes of the smallest operation below the root, including its comma."""


def find_cheaper(source: Value, target: Value, bound: tuple[int, int], operations: str, seconds: float) -> Patch | None:
    """Return a patch that costs less than `bound`, or None if there is none. Raises TimeoutError.

    Only parts of the target are used as values; an `add` is never used as a `replace`.
    """
    if equal(source, target):
        return [] if bound > (2, 0) else None
    deadline = time.monotonic() + seconds
    values = list({freeze(value): value for _, value in pointers_and_values(target)}.values())
    names = sorted({*names_of(source), *names_of(target)})
    order = count()
    frontier: list[tuple[int, int, int, Value, list[dict[str, Value]]]] = [(1, 0, next(order), source, [])]
    seen: dict[object, tuple[int, int]] = {}
    while frontier:
        spent, length, _, document, patch = heappop(frontier)
        if equal(document, target):
            return patch
        if time.monotonic() > deadline:
            raise TimeoutError
        for operation, price in next_steps(document, values, names, operations):
            entry = (spent + price, length + 1)
            if entry >= bound:
                continue
            result = apply(document, [operation])
            if (entry[0] + LEAST, entry[1] + 1) >= bound and not equal(result, target):
                continue
            twin = freeze(result)
            if twin not in seen or entry < seen[twin]:
                seen[twin] = entry
                heappush(frontier, (*entry, next(order), result, [*patch, operation]))
    return None


def pointers_and_values(value: Value, pointer: str = "") -> Iterator[tuple[str, Value]]:
    """Yield every value in a document with its pointer, the document itself first."""
    yield pointer, value
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for token, member in members:
        yield from pointers_and_values(member, f"{pointer}/{str(token).replace('~', '~0').replace('/', '~1')}")


def addable_pointers(document: Value, names: list[str]) -> Iterator[str]:
    """Yield every pointer at which a value can be added without replacing another one."""
    for pointer, value in pointers_and_values(document):
        if isinstance(value, dict):
            yield from (
                f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}" for name in names if name not in value
            )
        elif isinstance(value, list):
            yield from (f"{pointer}/{position}" for position in range(len(value) + 1))


def basic_steps(document: Value, values: list[Value], names: list[str]) -> Iterator[dict[str, Value]]:
    """Yield every basic operation."""
    for pointer, _ in pointers_and_values(document):
        if pointer:
            yield {"op": "remove", "path": pointer}
        yield from ({"op": "replace", "path": pointer, "value": value} for value in values)
    for slot in addable_pointers(document, names):
        yield from ({"op": "add", "path": slot, "value": value} for value in values)


def move_and_copy_steps(document: Value, names: list[str]) -> Iterator[dict[str, Value]]:
    """Yield every move and copy, including those onto existing members and the root."""
    present = [pointer for pointer, _ in pointers_and_values(document)]
    members = [pointer for pointer in present if not pointer or isinstance(_parent(document, pointer), dict)]
    for start in present:
        for path in (*addable_pointers(document, names), *members):
            if path != start:
                yield {"op": "copy", "from": start, "path": path}
            if start and path != start and not path.startswith(start + "/"):
                yield {"op": "move", "from": start, "path": path}


def _parent(document: Value, pointer: str) -> Value:
    return value_at(document, tokens(pointer)[:-1])


def names_of(document: Value) -> list[str]:
    """Return every member name in a document."""
    return sorted({name for _, value in pointers_and_values(document) if isinstance(value, dict) for name in value})


def next_steps(
    document: Value, values: list[Value], names: list[str], operations: str
) -> Iterator[tuple[dict[str, Value], int]]:
    """Yield every possible next operation with its bytes, including its comma."""
    for operation in basic_steps(document, values, names):
        yield operation, cost(operation) + 1
    if operations == "all":
        for operation in move_and_copy_steps(document, names):
            try:
                apply(document, [operation])
            except Refused:
                continue
            yield operation, cost(operation) + 1
