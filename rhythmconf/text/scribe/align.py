"""Two lists -> which item of the one is which of the other, in order, so that the text of what stays can stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

from rhythmconf.catalog import Field
from rhythmconf.model import Json, canonical

Matched: TypeAlias = "tuple[int | None, int | None]"
"""Positions in the old and in the new list; None where an item is new, or gone."""


def align(old: Sequence[Json], new: Sequence[Json], field: Field) -> list[Matched]:
    """Match by the list's keys where both sides have them, else by equality, and then by place."""
    keys = _keys(old, new, field)
    if keys is None:
        return [*_alike([canonical(item) for item in old], [canonical(item) for item in new])]
    return [*_aligned(*keys)]


def _alike(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[Matched]:
    """Items without a key: by their places where that keeps as many as moving them would."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    stay = sum(one == other for one, other in zip(old, new, strict=False))
    if len(old) == len(new) and stay >= sum(block.size for block in matcher.get_matching_blocks()):
        return iter([(place, place) for place in range(len(old))])
    return _matched(matcher, pair_others=True)


def _aligned(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[Matched]:
    return _matched(SequenceMatcher(None, old, new, autojunk=False), pair_others=False)


def _matched(matcher: SequenceMatcher[bytes], *, pair_others: bool) -> Iterator[Matched]:
    for tag, start, end, begin, stop in matcher.get_opcodes():
        paired = min(end - start, stop - begin) if tag == "equal" or pair_others else 0
        yield from zip(range(start, start + paired), range(begin, begin + paired), strict=True)
        yield from ((position, None) for position in range(start + paired, end))
        yield from ((None, position) for position in range(begin + paired, stop))


def _keys(old: Sequence[Json], new: Sequence[Json], field: Field) -> tuple[list[bytes], list[bytes]] | None:
    """What tells the items of both apart, by the first key that does."""
    for names in field.map_keys:
        found = _keyed(old, names), _keyed(new, names)
        if found[0] is not None and found[1] is not None:
            return found[0], found[1]
    return None


def _keyed(items: Sequence[Json], names: Sequence[str]) -> list[bytes] | None:
    found = [
        canonical([item.get(name) for name in names])
        for item in items
        if isinstance(item, dict) and None not in [item.get(name) for name in names]
    ]
    return found if len(found) == len(items) == len(set(found)) else None
