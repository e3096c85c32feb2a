"""Match the items of an old and a new list, so that the text of unchanged items can stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

from rhythmconf.catalog import Field
from rhythmconf.model import Json, canonical

Matched: TypeAlias = "tuple[int | None, int | None]"
"""Positions in the old and in the new list; None where an item is new, or gone."""


def align(old: Sequence[Json], new: Sequence[Json], field: Field) -> list[Matched]:
    """Match items by the first key of the list that all of them have; without one, by equality, then by position."""
    for names in field.map_keys:
        old_keys, new_keys = _keys(old, names), _keys(new, names)
        if old_keys is not None and new_keys is not None:
            matcher = SequenceMatcher(None, old_keys, new_keys, autojunk=False)
            return [*_matched(matcher, pair_others=False)]
    return [*_by_equality([canonical(item) for item in old], [canonical(item) for item in new])]


def _by_equality(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[Matched]:
    """Match items without a key by their positions, unless that keeps fewer of them than moving some would."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    unmoved = sum(one == other for one, other in zip(old, new, strict=False))
    if len(old) == len(new) and unmoved >= sum(block.size for block in matcher.get_matching_blocks()):
        return iter([(position, position) for position in range(len(old))])
    return _matched(matcher, pair_others=True)


def _matched(matcher: SequenceMatcher[bytes], *, pair_others: bool) -> Iterator[Matched]:
    """Yield the matcher's result; `pair_others` also pairs items that differ, in order."""
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        paired = min(old_end - old_start, new_end - new_start) if tag == "equal" or pair_others else 0
        yield from zip(range(old_start, old_start + paired), range(new_start, new_start + paired), strict=True)
        yield from ((position, None) for position in range(old_start + paired, old_end))
        yield from ((None, position) for position in range(new_start + paired, new_end))


def _keys(items: Sequence[Json], names: Sequence[str]) -> list[bytes] | None:
    """Return the key of each item; None unless all of them have one and all are different."""
    keys = [
        canonical([item.get(name) for name in names])
        for item in items
        if isinstance(item, dict) and None not in [item.get(name) for name in names]
    ]
    return keys if len(keys) == len(items) == len(set(keys)) else None
