"""Compute the smallest basic patch by comparing every alignment of arrays; edits go from left to right.

It is slow and simple on purpose: no trimming, no limits, no anchors. It computes only the cost.
"""

from __future__ import annotations

import time

from tests.support.patching.applier import Value, cost, equal

ADD = cost({"op": "add", "path": "", "value": 0})
REMOVE = cost({"op": "remove", "path": ""}) + 1
REPLACE = cost({"op": "replace", "path": "", "value": 0})
"""The bytes of an operation and its comma, without the pointer and the value."""


def optimum_cost(source: Value, target: Value, seconds: float = 60) -> int:
    """Return the bytes of the cheapest basic patch. Raises TimeoutError."""
    if equal(source, target):
        return 2
    return 1 + _Programme(time.monotonic() + seconds).change(source, target, 0)


def _token_cost(name: object) -> int:
    return cost(str(name).replace("~", "~0").replace("/", "~1")) - 1


class _Programme:
    """Costs already computed, by identity of the values and length of the pointer."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.known: dict[tuple[int, int, int], int] = {}

    def change(self, a: Value, b: Value, at: int) -> int:
        if equal(a, b):
            return 0
        key = (id(a), id(b), at)
        if key not in self.known:
            self.known[key] = min(REPLACE + at + cost(b), self.inside(a, b, at))
        return self.known[key]

    def inside(self, a: Value, b: Value, at: int) -> int:
        if time.monotonic() > self.deadline:
            raise TimeoutError
        if isinstance(a, dict) and isinstance(b, dict):
            return self.members(a, b, at)
        if isinstance(a, list) and isinstance(b, list):
            return self.items(a, b, at)
        return 1 << 60

    def members(self, a: dict[str, Value], b: dict[str, Value], at: int) -> int:
        gone = sum(REMOVE + at + _token_cost(key) for key in a if key not in b)
        new = sum(ADD + at + _token_cost(key) + cost(value) for key, value in b.items() if key not in a)
        return gone + new + sum(self.change(a[key], b[key], at + _token_cost(key)) for key in a if key in b)

    def items(self, a: list[Value], b: list[Value], at: int) -> int:
        best: dict[tuple[int, int], int] = {(0, 0): 0}
        for i in range(len(a) + 1):
            for j in range(len(b) + 1):
                ways = []
                if i:
                    ways.append(best[i - 1, j] + REMOVE + at + _token_cost(j))
                if j:
                    index = "-" if i == len(a) else j - 1
                    ways.append(best[i, j - 1] + ADD + at + _token_cost(index) + cost(b[j - 1]))
                if i and j:
                    ways.append(best[i - 1, j - 1] + self.change(a[i - 1], b[j - 1], at + _token_cost(j - 1)))
                if ways:
                    best[i, j] = min(ways)
        return best[len(a), len(b)]
