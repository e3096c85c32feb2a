"""The cheapest edits that turn one value into another where it stands: two values -> an Edit.

An Edit costs the bytes of its operations. Every operation pays for the pointer, so the pointer's length is
carried down, and each container is replaced whole where that is cheaper than what would be done inside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rhythmconf.patch.align import Labels, Pair, align
from rhythmconf.patch.prices import ADD, BYTE, NEVER, REMOVE, REPLACE, Edit, Ledger, addition, removal
from rhythmconf.patch.values import Json, escape, reach, same

FEW, MANY = 24, 250_000
"""So few items are always compared each with each; so many pairs are never aligned a second time."""


def edit(a: Json, b: Json, at: int, ledger: Ledger, limit: int = NEVER) -> Edit:
    """The cheapest Edit of `a` into `b`, which differ, at a pointer of `at` bytes.

    Where none costs less than `limit`, any other.
    """
    whole = Edit(REPLACE + (at + ledger.size(b)) * BYTE, "replace", b)
    if not alike(a, b):
        return whole
    try:
        return _inside(a, b, at, ledger, min(limit, whole.cost)) or whole
    except RecursionError:  # nested too deeply for the stack: what lies below is written anew
        return whole


def alike(a: Json, b: Json) -> bool:
    """Whether both are objects or both arrays, so that one could be edited into the other."""
    return isinstance(a, dict | list) and isinstance(b, dict | list) and isinstance(a, dict) is isinstance(b, dict)


def _inside(a: Json, b: Json, at: int, ledger: Ledger, limit: int) -> Edit | None:
    """The cheapest Edit inside two containers of one kind, if it is below `limit`."""
    place = (id(a), id(b), at)
    found = ledger.edits.get(place)
    if found is None and ledger.limits.get(place, 0) < limit:
        if isinstance(a, dict) and isinstance(b, dict):
            found = _members(a, b, at, ledger, limit)
        elif isinstance(a, list) and isinstance(b, list):
            found = _items(a, b, at, ledger, limit)
        if found is not None:
            ledger.edits[place] = found
        else:
            ledger.limits[place] = limit
    return found if found and found.cost < limit else None


def _members(a: dict[str, Json], b: dict[str, Json], at: int, ledger: Ledger, limit: int) -> Edit | None:
    steps = [(escape(key), removal(at + reach(key))) for key in a if key not in b]
    steps += [(escape(key), addition(at + reach(key), b[key], ledger)) for key in b if key not in a]
    cost = sum(step.cost for _, step in steps)
    for key, old in a.items():
        if cost >= limit:
            return None
        if key in b and not same(old, b[key]):
            step = edit(old, b[key], at + reach(key), ledger, limit - cost)
            steps.append((escape(key), step))
            cost += step.cost
    return Edit(cost, "inside", None, tuple(steps)) if cost < limit else None


def _items(a: list[Json], b: list[Json], at: int, ledger: Ledger, limit: int) -> Edit | None:
    gap = _gap(a, b, at, ledger)
    pairs = _kept(gap, ledger, limit)
    steps = [*_removals(gap, pairs), *_changes(gap, pairs, ledger), *_additions(gap, pairs, ledger)]
    cost = sum(step.cost for _, step in steps)
    if cost < limit or len(a) * len(b) > MANY:
        ledger.kept[id(a), id(b), at] = [(gap.lead + i, gap.lead + j) for i, j in pairs]
    return Edit(cost, "inside", None, tuple(steps)) if cost < limit else None


def kept(a: list[Json], b: list[Json], at: int, ledger: Ledger) -> list[Pair]:
    """Which items of `a` an Edit keeps as which items of `b`, equal ones at both ends left out."""
    if (id(a), id(b), at) not in ledger.kept:
        _items(a, b, at, ledger, NEVER)
    return ledger.kept[id(a), id(b), at]


def _gap(a: list[Json], b: list[Json], at: int, ledger: Ledger) -> _Gap:
    lead, tail = ends(a, b)
    left, right = a[lead : len(a) - tail], b[lead : len(b) - tail]
    return _Gap(left, right, *_labels(left, right, ledger), at, lead, tail)


def _labels(left: list[Json], right: list[Json], ledger: Ledger) -> tuple[list[str], list[str]]:
    """The items' texts; where nearly all of many items stay as they are, the place names those and saves the text."""
    if len(left) == len(right) > FEW:
        names = [f"#{place}" if same(*pair) else "" for place, pair in enumerate(zip(left, right, strict=True))]
        if 4 * names.count("") < len(names):
            pairs = list(zip(names, left, right, strict=True))
            return [name or ledger.text(x) for name, x, _ in pairs], [name or ledger.text(y) for name, _, y in pairs]
    return [ledger.text(x) for x in left], [ledger.text(y) for y in right]


def _kept(gap: _Gap, ledger: Ledger, limit: int) -> list[Pair]:
    """The pairs of a cheapest alignment, as far as tables decide; some, once the limit is reached."""

    def exact(rows: range, columns: range) -> list[Pair]:
        nonlocal limit
        cost, pairs = _table(gap, rows, columns, ledger, limit)
        limit -= cost
        return pairs

    return align(list(_labellings(gap)), exact)


def ends(a: list[Json], b: list[Json]) -> tuple[int, int]:
    """How many items are the same at the front and at the back, the back first: that leaves the shorter indices."""
    most = min(len(a), len(b))
    tail = next((n for n in range(most) if not same(a[-1 - n], b[-1 - n])), most)
    most -= tail
    return next((n for n in range(most) if not same(a[n], b[n])), most), tail


class _Gap(NamedTuple):
    """Two runs of items that differ at both ends, behind `lead` equal ones and before `tail` equal ones."""

    left: list[Json]
    right: list[Json]
    old: list[str]
    new: list[str]
    at: int
    lead: int
    tail: int

    def reach(self, kept: int) -> int:
        """The pointer's length at the item that has `kept` items of the gap before it."""
        return self.at + 1 + len(str(self.lead + kept))


def _labellings(gap: _Gap) -> Iterator[tuple[Labels, Labels]]:
    """The texts of the items, then what could be an identifier among their members."""
    yield gap.old, gap.new
    for name in ("id", "key", "name"):
        yield _named(gap.left, name), _named(gap.right, name)


def _named(items: list[Json], name: str) -> Labels:
    labels = [item.get(name) if isinstance(item, dict) else None for item in items]
    return [label if isinstance(label, str | int) else None for label in labels]


def _table(gap: _Gap, rows: range, columns: range, ledger: Ledger, limit: int) -> tuple[int, list[Pair]]:
    """A cheapest alignment and its cost, by an exact programme; no pairs where every alignment reaches `limit`."""
    before = min(rows.start, columns.start)
    reach = [gap.reach(before + kept) * BYTE for kept in range(min(len(rows), len(columns)) + 1)]
    values = [ADD + ledger.size(gap.right[j]) * BYTE for j in columns]
    open_end = not gap.tail and rows.stop == len(gap.left)
    above: list[int] = []
    ways: list[list[int]] = []
    for i in range(len(rows) + 1):
        line: list[int] = []
        ways.append([])
        for j in range(len(columns) + 1):
            cost, way = (above[j] + REMOVE + reach[min(i - 1, j)], _UP) if i else (NEVER if j else 0, _UP)
            if j:
                index = (gap.at + 2) * BYTE if open_end and i == len(rows) else reach[min(i, j - 1)]
                cost, way = min((cost, way), (line[j - 1] + values[j - 1] + index, _LEFT))
            if i and j and above[j - 1] < cost:
                step = _step(gap, rows[i - 1], columns[j - 1], reach[min(i, j) - 1], ledger, cost - above[j - 1])
                cost, way = min((cost, way), (above[j - 1] + step, _BOTH))
            line.append(cost)
            ways[-1].append(way)
        if min(line) >= limit:
            return min(line), []
        above = line
    return above[-1], list(_trace(ways, rows, columns))


_UP, _LEFT, _BOTH = range(3)


def _step(gap: _Gap, i: int, j: int, reach: int, ledger: Ledger, limit: int) -> int:
    """What it costs to keep the item at `i` as the item at `j`."""
    if gap.old[i] == gap.new[j]:
        return 0
    return edit(gap.left[i], gap.right[j], reach // BYTE, ledger, limit).cost


def _trace(ways: list[list[int]], rows: range, columns: range) -> Iterator[Pair]:
    i, j = len(rows), len(columns)
    while i or j:
        way = ways[i][j]
        i, j = i - (way != _LEFT), j - (way != _UP)
        if way == _BOTH:
            yield rows[i], columns[j]


def _removals(gap: _Gap, pairs: list[Pair]) -> Iterator[tuple[str, Edit]]:
    """From left to right, so that each index counts only kept items."""
    kept = {i for i, _ in pairs}
    index = 0
    for i in range(len(gap.left)):
        if i in kept:
            index += 1
        else:
            yield str(gap.lead + index), removal(gap.reach(index))


def _changes(gap: _Gap, pairs: list[Pair], ledger: Ledger) -> Iterator[tuple[str, Edit]]:
    for index, (i, j) in enumerate(pairs):
        if gap.old[i] != gap.new[j]:
            yield str(gap.lead + index), edit(gap.left[i], gap.right[j], gap.reach(index), ledger)


def _additions(gap: _Gap, pairs: list[Pair], ledger: Ledger) -> Iterator[tuple[str, Edit]]:
    """From right to left, for the same reason; what comes last is appended."""
    kept = {j for _, j in pairs}
    end = len(gap.right) if gap.tail else max(kept, default=-1) + 1
    index = len(pairs)
    for j in reversed(range(end)):
        if j in kept:
            index -= 1
        else:
            yield str(gap.lead + index), addition(gap.reach(index), gap.right[j], ledger)
    for value in gap.right[end:]:
        yield "-", addition(gap.at + 2, value, ledger)
