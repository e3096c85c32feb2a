"""Values that are written once or in part, because the rest can be carried: wants -> proposals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from rhythmconf.patch.differences import Want
from rhythmconf.patch.places import Path, behind, inside, pointer, walk
from rhythmconf.patch.prices import Ledger
from rhythmconf.patch.steps import Proposal, Step
from rhythmconf.patch.values import Json

WORTH = 40
"""Bytes that a value must have before it is worth a copy operation of its own."""


def large(value: Json, ledger: Ledger) -> Iterator[Json]:
    """The value and all its parts that are worth a copy."""
    return (part for _, part in walk(value) if ledger.size(part) > WORTH)


def repeats(wants: Sequence[Want], places: Mapping[str, Sequence[Path]], ledger: Ledger) -> Iterator[Proposal]:
    """A value that is wanted several times, and is nowhere yet: write it once and copy it."""
    groups: dict[str, list[Want]] = defaultdict(list)
    for want in wants:
        if ledger.size(want.value) > WORTH and (text := ledger.text(want.value)) not in places:
            groups[text].append(want)
    for group in groups.values():
        paths = [want.path for want in group]
        first = group[0]
        steps = [_write(first, first.value)]
        steps += [Step("copy", path, first.path) for path in paths[1:] if not inside(path, paths[0])]
        if len(steps) > 1:
            yield steps


def _write(want: Want, value: Json) -> Step:
    return Step("add" if want.fresh else "replace", want.path, (), value)


def splits(wants: Sequence[Want], places: Mapping[str, Sequence[Path]], ledger: Ledger) -> Iterator[Proposal]:
    """A value that is new, but holds large parts that the document, or the value itself, has elsewhere."""
    for want in wants:
        if ledger.size(want.value) > 2 * WORTH and ledger.text(want.value) not in places:
            parts = _parts(want, places, ledger)
            if parts:
                bare = _bare(want.value, {path for path, _ in parts})
                yield [_write(want, bare), *(Step("copy", (*want.path, *path), start) for path, start in parts)]


def _parts(want: Want, places: Mapping[str, Sequence[Path]], ledger: Ledger) -> list[tuple[Path, Path]]:
    """The outermost parts that can be copied: path in the value, and where from once the rest is written."""
    known: dict[str, Path] = {}
    parts: list[tuple[Path, Path]] = []
    for path, value in walk(want.value):
        if not path or ledger.size(value) <= WORTH or any(inside(path, part) for part, _ in parts):
            continue
        text = ledger.text(value)
        starts = [start for start in places.get(text, ()) if want.fresh or not inside(start, want.path)]
        start = known.get(text) or (behind(min(starts, key=pointer), want.path) if starts else None)
        if start is None:
            known[text] = (*want.path, *path)
        else:
            parts.append((path, start))
    return parts


def _bare(value: Json, gone: set[Path], path: Path = ()) -> Json:
    """The value without the parts at these paths."""
    if isinstance(value, dict):
        return {key: _bare(member, gone, (*path, key)) for key, member in value.items() if (*path, key) not in gone}
    if isinstance(value, list):
        items = enumerate(value)
        return [_bare(item, gone, (*path, index)) for index, item in items if (*path, index) not in gone]
    return value
