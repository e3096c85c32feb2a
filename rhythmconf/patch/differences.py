"""Find what a document lacks, what it has to spare, and which items are out of order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from rhythmconf.patch.align import Pair
from rhythmconf.patch.costs import Cache
from rhythmconf.patch.edits import are_editable, equal_ends, kept_items
from rhythmconf.patch.paths import Path, pointer
from rhythmconf.patch.reorder import find_moves
from rhythmconf.patch.values import Json, same, size


class Want(NamedTuple):
    """A value of the target to put at `path`: in place of the present one, or `fresh` as a new member or item.

    A new item may fit at each of `paths`, the likeliest first. A `loose` want has nothing at its place that could be
    edited into it.
    """

    paths: tuple[Path, ...]
    value: Json
    fresh: bool
    loose: bool

    @property
    def path(self) -> Path:
        """The likeliest path."""
        return self.paths[0]


class Spare(NamedTuple):
    """A place whose value the target doesn't have there; `whole` if nothing inside it is kept either."""

    path: Path
    whole: bool


class Shuffle(NamedTuple):
    """The ways to bring the items of the array at `path` into the target's order: moves as (from, to) indices.

    There are several where it isn't clear which item becomes which. None of them is without moves.
    """

    path: Path
    ways: Sequence[Sequence[Pair]]


Difference: TypeAlias = Want | Spare | Shuffle


def find_differences(a: Json, b: Json, path: Path, cache: Cache) -> Iterator[Difference]:
    """Yield the differences of two values, outer places first. Only members and the root can be overwritten."""
    if same(a, b):
        return
    yield Spare(path, whole=not are_editable(a, b))
    if not path or isinstance(path[-1], str):
        yield Want((path,), b, fresh=False, loose=not are_editable(a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        yield from _members(a, b, path, cache)
    elif isinstance(a, list) and isinstance(b, list):
        yield from _items(a, b, path, cache)


def _members(a: dict[str, Json], b: dict[str, Json], path: Path, cache: Cache) -> Iterator[Difference]:
    for key, old in a.items():
        if key in b:
            yield from find_differences(old, b[key], (*path, key), cache)
        else:
            yield Spare((*path, key), whole=True)
    for key, new in b.items():
        if key not in a:
            yield Want(((*path, key),), new, fresh=True, loose=True)


def _items(a: list[Json], b: list[Json], path: Path, cache: Cache) -> Iterator[Difference]:
    lead, tail = equal_ends(a, b)
    pairs = kept_items(a, b, size(pointer(path)) - 2, cache)
    if ways := _ways(a, b, lead, tail, pairs, cache):
        yield Shuffle(path, ways)
    for (i, j), (k, m) in pairwise([(lead - 1, lead - 1), *pairs, (len(a) - tail, len(b) - tail)]):
        yield from (Spare((*path, x), whole=True) for x in range(i + 1, k))
        for y in range(j + 1, m):
            # As far behind the last kept item as in the target, else at the end or the beginning of the gap.
            indices = dict.fromkeys((min(i + y - j, k), i + 1, k))
            yield Want(tuple((*path, x) for x in indices), b[y], fresh=True, loose=True)
    for i, j in pairs:
        if not same(a[i], b[j]):
            yield from find_differences(a[i], b[j], (*path, i), cache)
            loose = not are_editable(a[i], b[j])
            yield Want(((*path, i), (*path, i + 1)), b[j], fresh=True, loose=loose)


def _ways(a: list[Json], b: list[Json], lead: int, tail: int, pairs: Sequence[Pair], cache: Cache) -> list[list[Pair]]:
    """Return the different ways to move items, for different answers to which item becomes which."""
    left, right = a[lead : len(a) - tail], b[lead : len(b) - tail]
    kept = {j - lead: i - lead for i, j in pairs}
    equal = {j: i for j, i in kept.items() if same(left[i], right[j])}
    matches = [_match(left, right, decided, cache) for decided in ({}, equal, kept)]
    ways: list[list[Pair]] = []
    for matched in (*matches, _completed(matches[0], len(left), len(right))):
        way = [(lead + i, lead + j) for i, j in find_moves(len(left), [matched[j] for j in sorted(matched)])]
        if way and way not in ways:
            ways.append(way)
    return ways


def _match(left: list[Json], right: list[Json], decided: Mapping[int, int], cache: Cache) -> dict[int, int]:
    """Return which item becomes which: as `decided`, then equal ones, then those with the same identifier."""
    matched = dict(decided)
    free = set(range(len(left))) - set(decided.values())
    for label in (cache.text, _identifier):
        positions = defaultdict(list)
        for i in sorted(free, reverse=True):
            positions[label(left[i])].append(i)
        for j, item in enumerate(right):
            if j not in matched and (name := label(item)) is not None and positions[name]:
                matched[j] = positions[name].pop()
                free.discard(matched[j])
    return matched


def _completed(matched: Mapping[int, int], left: int, right: int) -> dict[int, int]:
    """Return the match with the items that nothing identifies: in their order, as if each were changed."""
    free = sorted(set(range(left)) - set(matched.values()))
    return {**matched, **dict(zip((j for j in range(right) if j not in matched), free, strict=False))}


def _identifier(item: Json) -> str | None:
    for name in ("id", "key", "name") if isinstance(item, dict) else ():
        if isinstance(item, dict) and isinstance(value := item.get(name), str | int):
            return f"{name} {value!r}"
    return None
