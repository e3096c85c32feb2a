"""Assign levels to keys so that each is above those that it comes after. The caller decides where to cut cycles."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from rhythmconf.model import Key

Edge = tuple[Key, Key]
"""Two keys, of which the first comes after the second."""


class Levels(NamedTuple):
    """The level of each key, from 0, and the edges that were dropped to cut cycles."""

    level: Mapping[Key, int]
    dropped: frozenset[Edge]


def levels(after: Mapping[Key, Collection[Key]], drop: Callable[[Sequence[Edge]], Edge]) -> Levels:
    """Put every key above those that it comes after. `drop` is called with a cycle and returns the edge to ignore."""
    waiting = {key: set(after[key]) - {key} for key in sorted(after)}
    followers: dict[Key, list[Key]] = {key: [] for key in waiting}
    for key, earlier in waiting.items():
        for other in earlier:
            followers[other].append(key)
    level = dict.fromkeys(waiting, 0)
    ready = deque(key for key, earlier in waiting.items() if not earlier)
    dropped: set[Edge] = set()
    while waiting:
        if not ready:
            key, other = drop(_cycle(waiting))
            dropped.add((key, other))
            waiting[key].discard(other)
            ready.extend([key] if not waiting[key] else [])
            continue
        placed = ready.popleft()
        del waiting[placed]
        for key in followers[placed]:
            if key in waiting and placed in waiting[key]:
                waiting[key].discard(placed)
                level[key] = max(level[key], level[placed] + 1)
                ready.extend([key] if not waiting[key] else [])
    return Levels(level, frozenset(dropped))


def _cycle(waiting: Mapping[Key, set[Key]]) -> list[Edge]:
    """Return a cycle among keys that all wait, beginning with its smallest key."""
    path: dict[Key, int] = {}
    key = next(iter(waiting))
    while key not in path:
        path[key] = len(path)
        key = min(waiting[key])
    ring = list(path)[path[key] :]
    first = ring.index(min(ring))
    ring = ring[first:] + ring[:first]
    return list(zip(ring, ring[1:] + ring[:1], strict=True))
