"""What a document lacks and what it has to spare: two values -> wants, spare places and items out of order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from rhythmconf.patch.align import Pair
from rhythmconf.patch.edits import alike, ends, kept
from rhythmconf.patch.places import Path, pointer
from rhythmconf.patch.prices import Ledger
from rhythmconf.patch.reorder import moves
from rhythmconf.patch.values import Json, same, size


class Want(NamedTuple):
    """A value of the target to stand at `path`: over the present one, or `fresh` as a new member or item.

    A new item could stand at each of `paths`, the first being the likeliest. A `loose` want has nothing at its
    place that could be edited into it.
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
    """A place whose value the target doesn't have there; `whole` if nothing inside it is to stay either."""

    path: Path
    whole: bool


class Shuffle(NamedTuple):
    """The moves, as (from, to) indices, that bring the items of the array at `path` into the target's order."""

    path: Path
    moves: Sequence[Pair]


Difference: TypeAlias = Want | Spare | Shuffle


def differences(a: Json, b: Json, path: Path, ledger: Ledger) -> Iterator[Difference]:
    """Where two values differ, outer places first; only members and the root can be overwritten."""
    if same(a, b):
        return
    yield Spare(path, whole=not alike(a, b))
    if not path or isinstance(path[-1], str):
        yield Want((path,), b, fresh=False, loose=not alike(a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        yield from _members(a, b, path, ledger)
    elif isinstance(a, list) and isinstance(b, list):
        yield from _items(a, b, path, ledger)


def _members(a: dict[str, Json], b: dict[str, Json], path: Path, ledger: Ledger) -> Iterator[Difference]:
    for key, old in a.items():
        if key in b:
            yield from differences(old, b[key], (*path, key), ledger)
        else:
            yield Spare((*path, key), whole=True)
    for key, new in b.items():
        if key not in a:
            yield Want(((*path, key),), new, fresh=True, loose=True)


def _items(a: list[Json], b: list[Json], path: Path, ledger: Ledger) -> Iterator[Difference]:
    lead, tail = ends(a, b)
    moved = _moves(a[lead : len(a) - tail], b[lead : len(b) - tail], ledger)
    yield Shuffle(path, [(lead + i, lead + j) for i, j in moved])
    pairs = kept(a, b, size(pointer(path)) - 2, ledger)
    for (i, j), (k, m) in pairwise([(lead - 1, lead - 1), *pairs, (len(a) - tail, len(b) - tail)]):
        yield from (Spare((*path, x), whole=True) for x in range(i + 1, k))
        for y in range(j + 1, m):
            slots = dict.fromkeys((min(i + y - j, k), i + 1, k))
            yield Want(tuple((*path, x) for x in slots), b[y], fresh=True, loose=True)
    for i, j in pairs:
        if not same(a[i], b[j]):
            yield from differences(a[i], b[j], (*path, i), ledger)
            loose = not alike(a[i], b[j])
            yield Want(((*path, i), (*path, i + 1)), b[j], fresh=True, loose=loose)


def _moves(a: list[Json], b: list[Json], ledger: Ledger) -> list[Pair]:
    """Moves that bring the items of `a` into the order of `b`: equal ones, else those with the same identifier."""
    taken: dict[int, int] = {}
    free = set(range(len(a)))
    for label in (ledger.text, _identifier):
        places = defaultdict(list)
        for i in sorted(free, reverse=True):
            places[label(a[i])].append(i)
        for j, item in enumerate(b):
            if j not in taken and (name := label(item)) is not None and places[name]:
                taken[j] = places[name].pop()
                free.discard(taken[j])
    return moves(len(a), [taken[j] for j in sorted(taken)])


def _identifier(item: Json) -> str | None:
    for name in ("id", "key", "name") if isinstance(item, dict) else ():
        if isinstance(item, dict) and isinstance(value := item.get(name), str | int):
            return f"{name} {value!r}"
    return None
