"""Find out which items of two lists are the same, also where items were renamed or share a name."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple, TypeAlias

from rhythmconf.catalog.field import OPAQUE, Field
from rhythmconf.model import Json, same
from rhythmconf.model.appearance import appearance

ItemKey: TypeAlias = "bytes | str | None"
"""The value of a key of an item; None for an item without it."""
ItemKeys: TypeAlias = Sequence[ItemKey]
"""The tokens of one item, one for each possible key of its list."""
Equal: TypeAlias = Callable[[Field, Json, Json], bool]
"""Whether two values of a field are equal."""

_WINDOW = 50
"""How far apart two items may be, among the items that are left, to be compared."""


class _Chain(NamedTuple):
    """A pair, and the pairs before it that it does not cross."""

    pair: tuple[int, int]
    before: _Chain | None


class Likeness(NamedTuple):
    """How many values of an item are equal in another one, and how many there are. Its keys don't count."""

    equal: int
    total: int

    @property
    def part(self) -> float:
        """The part of the values that is equal."""
        return self.equal / self.total if self.total else 0.0

    @property
    def tells(self) -> bool:
        """Whether the values tell that it is one item under two names: all of them are equal, or all but one."""
        different = self.total - self.equal
        return self.equal >= 1 if not different else different == 1 and self.equal >= 2


def pair_items(
    field: Field, new: Sequence[ItemKeys], old: Sequence[ItemKeys], likeness: Callable[[int, int], Likeness]
) -> dict[int, int]:
    """Return the position in the old list for each item of the new list that was there.

    Keys decide first, in the order in which the list names them. Items that share a key are told apart by their other
    values (`likeness` of a position in the new list and one in the old list), then by their order. An item that is left
    was renamed where its name looks the same, or where its other values tell it. No item is paired with one that has
    another id of the tenant.
    """
    pairs: dict[int, int] = {}
    for choice in range(len(field.map_keys)):
        waiting, left = _waiting(new, pairs, choice), _waiting(old, pairs.values(), choice)
        unclear: list[tuple[int, int]] = []
        for token, positions in waiting.items():
            near = [pair for pair in _near(positions, left.get(token, [])) if _fits(new, old, pair, choice)]
            if len(near) == 1:
                pairs.update(near)
            else:
                unclear += near
        _assign(unclear, pairs, likeness)
    if field.map_keys and not _is_reference(field):
        taken = set(pairs.values())
        rest = [i for i in range(len(new)) if i not in pairs], [j for j in range(len(old)) if j not in taken]
        near = [pair for pair in _near(*rest) if _fits(new, old, pair, len(field.map_keys) - 1)]
        _assign([(i, j) for i, j in near if _looks_alike(new[i][-1], old[j][-1])], pairs, likeness)
        taken = set(pairs.values())
        near = [(i, j) for i, j in near if i not in pairs and j not in taken and likeness(i, j).tells]
        _assign(near, pairs, likeness)
    return pairs


def compare_items(field: Field, new: Json, old: Json, equal: Equal) -> Likeness:
    """Return how much of an item of this list is equal in another one."""
    keys = {name for names in field.map_keys for name in names}
    verdicts: list[bool] = []
    if isinstance(new, dict) and isinstance(old, dict):
        fields = (field.items or OPAQUE).fields or {}
        for name, value in new.items():
            child = fields.get(name, OPAQUE)
            if name not in keys and not (child.read_only or child.runtime):
                verdicts += _verdicts(child, value, old.get(name), equal)
    return Likeness(sum(verdicts), len(verdicts))


def equal_values(_: Field, new: Json, old: Json) -> bool:
    """Whether two values are the same, whatever their field is."""
    return same(new, old)


def _verdicts(field: Field, new: Json, old: Json, equal: Equal) -> Iterator[bool]:
    """Yield for each value, as deep as both are objects, whether it is equal."""
    if isinstance(new, dict) and isinstance(old, dict) and not field.targets:
        for name, value in new.items():
            yield from _verdicts((field.fields or {}).get(name, OPAQUE), value, old.get(name), equal)
    else:
        yield equal(field, new, old)


def _is_reference(field: Field) -> bool:
    """Whether the last key of a list refers to other records: with another reference, an item is another one."""
    fields = (field.items or OPAQUE).fields or {}
    return any(fields.get(name, OPAQUE).targets for name in field.map_keys[-1])


def _waiting(items: Sequence[ItemKeys], paired: Iterable[int], choice: int) -> Mapping[ItemKey, list[int]]:
    """Return the positions of the items that are left, by their token."""
    done = set(paired)
    waiting: dict[ItemKey, list[int]] = {}
    for position, keys in enumerate(items):
        if position not in done and keys[choice] is not None:
            waiting.setdefault(keys[choice], []).append(position)
    return waiting


def _near(waiting: Sequence[int], left: Sequence[int]) -> list[tuple[int, int]]:
    """Pair each item with those at about its place: all pairs would be too many for a long list."""
    return [(i, j) for rank, i in enumerate(waiting) for j in left[max(0, rank - _WINDOW) : rank + _WINDOW]]


def _fits(new: Sequence[ItemKeys], old: Sequence[ItemKeys], pair: tuple[int, int], choices: int) -> bool:
    """Whether two items contradict each other in none of the first keys."""
    tokens = zip(new[pair[0]][:choices], old[pair[1]][:choices], strict=True)
    return all(None in (one, other) or one == other for one, other in tokens)


def _looks_alike(new: ItemKey, old: ItemKey) -> bool:
    return isinstance(new, str) and isinstance(old, str) and appearance(new) == appearance(old)


def _assign(
    candidates: Sequence[tuple[int, int]], pairs: dict[int, int], likeness: Callable[[int, int], Likeness]
) -> None:
    """Add the candidates to the pairs, the most alike first; of equals, those with the same place among the others.

    Equals keep their order, also among the items that are paired already, as far as possible: so no item moves past
    another one without need.
    """
    places = [{at: place for place, at in enumerate(sorted({pair[side] for pair in candidates}))} for side in (0, 1)]

    def rank(pair: tuple[int, int]) -> tuple[float, int, tuple[int, int]]:
        return -likeness(*pair).part, abs(places[0][pair[0]] - places[1][pair[1]]), pair

    taken: set[int] = set()
    for _, group in groupby(sorted(candidates, key=rank), key=lambda pair: likeness(*pair).part):
        free = [(i, j) for i, j in group if i not in pairs and j not in taken]
        for i, j in [*_longest_in_order([*pairs.items(), *free]), *free]:
            if i not in pairs and j not in taken:
                pairs[i] = j
                taken.add(j)


def _longest_in_order(candidates: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return as many candidates as possible that rise on both sides, so that no two of them cross."""
    ends: list[int] = []  # by length: the lowest end of a chain of this length, and its last candidate
    lasts: list[_Chain] = []
    for i, j in sorted(candidates, key=lambda pair: (pair[0], -pair[1])):
        at = bisect_left(ends, j)
        ends[at : at + 1] = [j]
        lasts[at : at + 1] = [_Chain((i, j), lasts[at - 1] if at else None)]
    chain = lasts[-1] if lasts else None
    found: list[tuple[int, int]] = []
    while chain:
        found.append(chain.pair)
        chain = chain.before
    return found[::-1]
