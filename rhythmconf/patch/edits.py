"""Find the cheapest edits that turn one value into another where it stands.

Each operation pays for its pointer, so the length of the pointer is passed down. A container is replaced whole where
that is cheaper than the edits inside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rhythmconf.patch.align import CELLS, Labels, Pair, align
from rhythmconf.patch.costs import ADD, BYTE, NEVER, REMOVE, REPLACE, Cache, Edit, addition, removal
from rhythmconf.patch.values import Json, escape, same, token_size

FEW, MANY = 24, 250_000
"""Up to FEW items are always compared each with each. More than MANY pairs are never aligned a second time."""
ITEM, CELL = 8, 2
"""The steps of work for an item of an array, and for a cell of a table. A member of an object is one step."""


def find_edit(a: Json, b: Json, at: int, cache: Cache, limit: int = NEVER) -> Edit:
    """Return the cheapest Edit of `a` into `b`, which differ, at a pointer of `at` bytes.

    If none costs less than `limit`, any Edit may be returned.
    """
    whole = Edit(REPLACE + (at + cache.size(b)) * BYTE, "replace", b)
    if not are_editable(a, b):
        return whole
    try:
        return _inside(a, b, at, cache, min(limit, whole.cost)) or whole
    except RecursionError:  # Nested too deeply for the stack: replace what lies below.
        return whole


def are_editable(a: Json, b: Json) -> bool:
    """Whether both are objects or both arrays, so that one could be edited into the other."""
    return isinstance(a, dict | list) and isinstance(b, dict | list) and isinstance(a, dict) is isinstance(b, dict)


def _inside(a: Json, b: Json, at: int, cache: Cache, limit: int) -> Edit | None:
    """Return the cheapest Edit inside two containers of one kind if it costs less than `limit`."""
    place = (id(a), id(b), at)
    edit = cache.edits.get(place)
    # cache.limits has the limit that an earlier search failed to get below: only a higher one is worth another.
    if edit is None and cache.limits.get(place, 0) < limit:
        if isinstance(a, dict) and isinstance(b, dict):
            edit = _members(a, b, at, cache, limit)
        elif isinstance(a, list) and isinstance(b, list):
            edit = _items(a, b, at, cache, limit)
        if edit is not None:
            cache.edits[place] = edit
        else:
            cache.limits[place] = limit
    return edit if edit and edit.cost < limit else None


def _members(a: dict[str, Json], b: dict[str, Json], at: int, cache: Cache, limit: int) -> Edit | None:
    cache.spend(len(a) + len(b))
    steps = [(escape(key), removal(at + token_size(key))) for key in a if key not in b]
    steps += [(escape(key), addition(at + token_size(key), b[key], cache)) for key in b if key not in a]
    cost = sum(step.cost for _, step in steps)
    for key, old in a.items():
        if cost >= limit:
            return None
        if key in b and not same(old, b[key]):
            step = find_edit(old, b[key], at + token_size(key), cache, limit - cost)
            steps.append((escape(key), step))
            cost += step.cost
    return Edit(cost, "inside", None, tuple(steps)) if cost < limit else None


def _items(a: list[Json], b: list[Json], at: int, cache: Cache, limit: int) -> Edit | None:
    """Return the cheapest Edit of an array: removals first, then changes, then additions from right to left.

    In that order each index counts kept items only, and is as short as it can be.
    """
    cache.spend(ITEM * (len(a) + len(b)))
    gap = _gap(a, b, at, cache)
    pairs = _kept(gap, cache, limit)
    steps = [*_removals(gap, pairs), *_changes(gap, pairs, cache), *_additions(gap, pairs, cache)]
    cost = sum(step.cost for _, step in steps)
    if cost < limit or len(a) * len(b) > MANY:
        cache.kept[id(a), id(b), at] = [(gap.lead + i, gap.lead + j) for i, j in pairs]
    return Edit(cost, "inside", None, tuple(steps)) if cost < limit else None


def kept_items(a: list[Json], b: list[Json], at: int, cache: Cache) -> list[Pair]:
    """Return which items of `a` an Edit keeps as which items of `b`, without the equal ones at both ends."""
    if (id(a), id(b), at) not in cache.kept:
        _items(a, b, at, cache, NEVER)
    return cache.kept[id(a), id(b), at]


def equal_ends(a: list[Json], b: list[Json]) -> tuple[int, int]:
    """Return how many items are the same at the front and at the back.

    The back counts first: what is left then has the shorter indices.
    """
    most = min(len(a), len(b))
    tail = next((n for n in range(most) if not same(a[-1 - n], b[-1 - n])), most)
    most -= tail
    return next((n for n in range(most) if not same(a[n], b[n])), most), tail


class _Gap(NamedTuple):
    """Two runs of items that differ at both ends, behind `lead` equal ones and before `tail` equal ones.

    `old` and `new` label the items: equal labels mean equal items.
    """

    left: list[Json]
    right: list[Json]
    old: list[str]
    new: list[str]
    at: int
    lead: int
    tail: int

    def pointer_size(self, kept: int) -> int:
        """Return the bytes of the pointer to the item that has `kept` items of the gap before it."""
        return self.at + 1 + len(str(self.lead + kept))


def _gap(a: list[Json], b: list[Json], at: int, cache: Cache) -> _Gap:
    lead, tail = equal_ends(a, b)
    left, right = a[lead : len(a) - tail], b[lead : len(b) - tail]
    return _Gap(left, right, *_labels(left, right, cache), at, lead, tail)


def _labels(left: list[Json], right: list[Json], cache: Cache) -> tuple[list[str], list[str]]:
    """Label the items by their texts.

    Where most of many items are the same at the same position, the position labels those, which saves their texts.
    """
    if len(left) == len(right) > FEW:
        names = [f"#{index}" if same(*pair) else "" for index, pair in enumerate(zip(left, right, strict=True))]
        if 4 * names.count("") < len(names):
            pairs = list(zip(names, left, right, strict=True))
            return [name or cache.text(x) for name, x, _ in pairs], [name or cache.text(y) for name, _, y in pairs]
    return [cache.text(x) for x in left], [cache.text(y) for y in right]


def _kept(gap: _Gap, cache: Cache, limit: int) -> list[Pair]:
    """Return the pairs of a cheapest alignment, as far as tables decide; only some once the limit is reached."""

    def exact(rows: range, columns: range) -> list[Pair]:
        nonlocal limit
        if not cache.spend(CELL * len(rows) * len(columns)):
            cache.guessed = True
            return list(zip(rows, columns, strict=False))
        cost, pairs = _table(gap, rows, columns, cache, limit)
        limit -= cost
        return pairs

    cache.guessed = cache.guessed or len(gap.left) * len(gap.right) > CELLS
    # The texts of the items come first, then what may identify them among their members.
    labellings: list[tuple[Labels, Labels]] = [(gap.old, gap.new)]
    labellings += [(_named(gap.left, name), _named(gap.right, name)) for name in ("id", "key", "name")]
    return align(labellings, exact)


def _named(items: list[Json], name: str) -> Labels:
    labels = [item.get(name) if isinstance(item, dict) else None for item in items]
    return [label if isinstance(label, str | int) else None for label in labels]


_REMOVE, _ADD, _KEEP = range(3)
"""How a cell of the table is reached: from above, from the left, or from both."""


def _table(gap: _Gap, rows: range, columns: range, cache: Cache, limit: int) -> tuple[int, list[Pair]]:
    """Return a cheapest alignment and its cost, by dynamic programming; no pairs if every alignment reaches `limit`."""
    before = min(rows.start, columns.start)
    sizes = [gap.pointer_size(before + kept) * BYTE for kept in range(min(len(rows), len(columns)) + 1)]
    values = [ADD + cache.size(gap.right[j]) * BYTE for j in columns]
    open_end = not gap.tail and rows.stop == len(gap.left)
    above: list[int] = []
    ways: list[list[int]] = []
    for i in range(len(rows) + 1):
        line: list[int] = []
        ways.append([])
        for j in range(len(columns) + 1):
            cost, way = (above[j] + REMOVE + sizes[min(i - 1, j)], _REMOVE) if i else (NEVER if j else 0, _REMOVE)
            if j:
                # What comes behind the last kept item is appended at "/-", which has two bytes.
                index = (gap.at + 2) * BYTE if open_end and i == len(rows) else sizes[min(i, j - 1)]
                cost, way = min((cost, way), (line[j - 1] + values[j - 1] + index, _ADD))
            if i and j and above[j - 1] < cost:
                step = _keep_cost(gap, rows[i - 1], columns[j - 1], sizes[min(i, j) - 1], cache, cost - above[j - 1])
                cost, way = min((cost, way), (above[j - 1] + step, _KEEP))
            line.append(cost)
            ways[-1].append(way)
        if min(line) >= limit:
            return min(line), []
        above = line
    return above[-1], list(_trace(ways, rows, columns))


def _keep_cost(gap: _Gap, i: int, j: int, pointer_cost: int, cache: Cache, limit: int) -> int:
    """Return what it costs to keep the item at `i` as the item at `j`."""
    if gap.old[i] == gap.new[j]:
        return 0
    if cache.steps <= 0:
        return REPLACE + pointer_cost + cache.size(gap.right[j]) * BYTE
    return find_edit(gap.left[i], gap.right[j], pointer_cost // BYTE, cache, limit).cost


def _trace(ways: list[list[int]], rows: range, columns: range) -> Iterator[Pair]:
    """Follow the table back from its end, and yield the pairs of items that are kept."""
    i, j = len(rows), len(columns)
    while i or j:
        way = ways[i][j]
        i, j = i - (way != _ADD), j - (way != _REMOVE)
        if way == _KEEP:
            yield rows[i], columns[j]


def _removals(gap: _Gap, pairs: list[Pair]) -> Iterator[tuple[str, Edit]]:
    """Yield the removals from left to right, so that each index counts only kept items."""
    kept = {i for i, _ in pairs}
    index = 0
    for i in range(len(gap.left)):
        if i in kept:
            index += 1
        else:
            yield str(gap.lead + index), removal(gap.pointer_size(index))


def _changes(gap: _Gap, pairs: list[Pair], cache: Cache) -> Iterator[tuple[str, Edit]]:
    for index, (i, j) in enumerate(pairs):
        if gap.old[i] != gap.new[j]:
            edit = find_edit(gap.left[i], gap.right[j], gap.pointer_size(index), cache)
            yield str(gap.lead + index), edit


def _additions(gap: _Gap, pairs: list[Pair], cache: Cache) -> Iterator[tuple[str, Edit]]:
    """Yield the additions from right to left, for the same reason; items at the end are appended."""
    kept = {j for _, j in pairs}
    end = len(gap.right) if gap.tail else max(kept, default=-1) + 1
    index = len(pairs)
    for j in reversed(range(end)):
        if j in kept:
            index -= 1
        else:
            yield str(gap.lead + index), addition(gap.pointer_size(index), gap.right[j], cache)
    for value in gap.right[end:]:
        yield "-", addition(gap.at + 2, value, cache)
