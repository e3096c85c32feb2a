"""Match the items of an old and a new list, so that the text of unchanged items can stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

from rhythmconf.catalog import Field
from rhythmconf.catalog.pairing import ItemKey, compare_items, equal_values, pair_items
from rhythmconf.model import Body, Json, canonical

Matched: TypeAlias = "tuple[int | None, int | None]"
"""Positions in the old and in the new list; None where an item is new, or gone."""


def align(old: Sequence[Json], new: Sequence[Json], field: Field) -> list[Matched]:
    """Match items by the keys of the list, also renamed ones; without keys, by equality, then by position."""
    old_keys, new_keys = _keys(old, field), _keys(new, field)
    if old_keys is None or new_keys is None:
        return [*_by_equality([canonical(item) for item in old], [canonical(item) for item in new])]
    pairs = pair_items(field, new_keys, old_keys, lambda i, j: compare_items(field, new[i], old[j], equal_values))
    # An item that both lists have gets one number in both.
    matcher = SequenceMatcher(None, range(len(old)), [pairs.get(i, -1 - i) for i in range(len(new))], autojunk=False)
    return [*_matched(matcher, pair_others=False)]


def _by_equality(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[Matched]:
    """Match items without a key by their positions, unless that keeps fewer of them than moving some would."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    unmoved = sum(one == other for one, other in zip(old, new, strict=False))
    if len(old) == len(new) and unmoved >= sum(block.size for block in matcher.get_matching_blocks()):
        return iter([(position, position) for position in range(len(old))])
    return _matched(matcher, pair_others=True)


def _matched(matcher: SequenceMatcher[bytes] | SequenceMatcher[int], *, pair_others: bool) -> Iterator[Matched]:
    """Yield the matcher's result; `pair_others` also pairs items that differ, in order."""
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        paired = min(old_end - old_start, new_end - new_start) if tag == "equal" or pair_others else 0
        yield from zip(range(old_start, old_start + paired), range(new_start, new_start + paired), strict=True)
        yield from ((position, None) for position in range(old_start + paired, old_end))
        yield from ((None, position) for position in range(new_start + paired, new_end))


def _keys(items: Sequence[Json], field: Field) -> list[list[ItemKey]] | None:
    """Return the keys of each item; None where an item has none."""
    keys = [[_key(item, names) for names in field.map_keys] for item in items if isinstance(item, dict)]
    if len(keys) < len(items) or any(all(token is None for token in tokens) for tokens in keys):
        return None
    return keys


def _key(item: Body, names: Sequence[str]) -> ItemKey:
    values = [item.get(name) for name in names]
    if None in values:
        return None
    return values[0] if len(values) == 1 and isinstance(values[0], str) else canonical(values)
