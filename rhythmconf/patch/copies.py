"""Propose to write a value only once or in part, because the rest can be copied."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from rhythmconf.patch.costs import Cache
from rhythmconf.patch.differences import Want
from rhythmconf.patch.paths import Path, after_insertion, is_inside, iterate, pointer
from rhythmconf.patch.steps import Proposal, Step
from rhythmconf.patch.values import Json

WORTH = 40
"""Bytes from which on a value may be worth a copy operation of its own."""


def large_parts(value: Json, cache: Cache) -> Iterator[Json]:
    """Yield the value and all its parts that may be worth a copy."""
    return (part for _, part in iterate(value) if cache.size(part) > WORTH)


def propose_repeats(wants: Sequence[Want], places: Mapping[str, Sequence[Path]], cache: Cache) -> Iterator[Proposal]:
    """For a new value that is wanted several times, propose to write it once and copy it."""
    groups: dict[str, list[Want]] = defaultdict(list)
    for want in wants:
        if cache.size(want.value) > WORTH and (text := cache.text(want.value)) not in places:
            groups[text].append(want)
    for group in groups.values():
        first = group[0]
        start = first.path
        steps = [_write(first, first.value)]
        for want in group[1:]:
            if not is_inside(want.path, first.path):
                path = want.path
                for step in steps:
                    path = after_insertion(path, step.path)
                steps.append(Step("copy", path, start))
                start = after_insertion(start, path)
        if len(steps) > 1:
            yield steps


def propose_splits(wants: Sequence[Want], places: Mapping[str, Sequence[Path]], cache: Cache) -> Iterator[Proposal]:
    """For a new value with large parts that exist elsewhere, propose to write it without them and copy them."""
    for want in wants:
        if cache.size(want.value) > 2 * WORTH and cache.text(want.value) not in places:
            parts = _copyable_parts(want, places, cache)
            if parts:
                bare = _without(want.value, {path for path, _ in parts})
                yield [_write(want, bare), *(Step("copy", (*want.path, *path), start) for path, start in parts)]


def _write(want: Want, value: Json) -> Step:
    return Step("add" if want.fresh else "replace", want.path, (), value)


def _copyable_parts(want: Want, places: Mapping[str, Sequence[Path]], cache: Cache) -> list[tuple[Path, Path]]:
    """Return the outermost parts that can be copied: their path in the value, and where from once it is written."""
    written: dict[str, Path] = {}
    parts: list[tuple[Path, Path]] = []
    for path, value in iterate(want.value):
        if not path or cache.size(value) <= WORTH or any(is_inside(path, part) for part, _ in parts):
            continue
        text = cache.text(value)
        starts = [start for start in places.get(text, ()) if want.fresh or not is_inside(start, want.path)]
        start = written.get(text) or (after_insertion(min(starts, key=pointer), want.path) if starts else None)
        if start is None:
            written[text] = (*want.path, *path)
        else:
            parts.append((path, start))
    return parts


def _without(value: Json, removed: set[Path], path: Path = ()) -> Json:
    """Return the value without the parts at these paths."""
    if isinstance(value, dict):
        members = value.items()
        return {key: _without(member, removed, (*path, key)) for key, member in members if (*path, key) not in removed}
    if isinstance(value, list):
        items = enumerate(value)
        return [_without(item, removed, (*path, index)) for index, item in items if (*path, index) not in removed]
    return value
