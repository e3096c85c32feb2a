"""Propose moves and copies that may save bytes.

A proposal need not pay: the search tries each, and keeps those that save bytes. So they should be few and likely.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from heapq import nlargest
from typing import NamedTuple

from rhythmconf.patch.copies import large_parts, propose_repeats, propose_splits
from rhythmconf.patch.costs import Cache
from rhythmconf.patch.differences import Difference, Shuffle, Spare, Want, find_differences
from rhythmconf.patch.paths import Path, after_insertion, after_removal, get, is_inside, iterate, pointer
from rhythmconf.patch.steps import Proposal, Step
from rhythmconf.patch.values import Json, size

MOST = 48
"""How many single steps are proposed at a time: those that may save most."""
MANY = 500
"""How many wanted values are looked for elsewhere: the largest, which save most."""
FEW = 12
"""How many places with the same value are looked at."""


class Transfer(NamedTuple):
    """A move or copy of a wanted value to `path`; `gain` estimates the bytes saved."""

    gain: int
    want: Want
    path: Path
    step: Step


def propose(document: Json, target: Json, cache: Cache) -> Iterator[Proposal]:
    """Yield what to try next, the likeliest first."""
    differences = list(find_differences(document, target, (), cache))
    wants = [want for want in differences if isinstance(want, Want)]
    if len(wants) > MANY:
        wants = nlargest(MANY, wants, lambda want: cache.size(want.value))
    loose = [want for want in wants if want.loose]
    spares = _Spares(differences)
    places = _places(document, wants, spares, cache)
    transfers = sorted(_transfers(document, wants, spares, places, cache), key=lambda transfer: -transfer.gain)
    candidates = (
        *_reorderings([shuffle for shuffle in differences if isinstance(shuffle, Shuffle)]),
        _combine([transfer for transfer in transfers if transfer.step.start in spares.exact]),
        _combine(transfers),
        *([transfer.step] for transfer in transfers[:MOST]),
        *_rotations(document, wants, cache),
        *propose_splits(loose, places, cache),
        *propose_repeats(loose, places, cache),
    )
    return (proposal for proposal in candidates if proposal and all(step.is_allowed for step in proposal))


def _reorderings(shuffles: Sequence[Shuffle]) -> Iterator[Proposal]:
    """Yield all arrays put in order, inner ones first, in the first and in the last way; then each array by itself."""
    reorderings = [
        [[Step("move", (*shuffle.path, end), (*shuffle.path, start)) for start, end in way] for way in shuffle.ways]
        for shuffle in reversed(shuffles)
    ]
    yield [step for ways in reorderings for step in ways[0]]
    yield [step for ways in reorderings for step in ways[-1]]
    for ways in reorderings:
        yield from ways


def _places(document: Json, wants: Sequence[Want], spares: _Spares, cache: Cache) -> Mapping[str, Sequence[Path]]:
    """Return where the document has the wanted values, and large parts of the loose ones, by their texts."""
    texts = {cache.text(want.value) for want in wants}
    texts |= {cache.text(part) for want in wants if want.loose for part in large_parts(want.value, cache)}
    everything = cache.text(document)
    if len(texts) < MOST:
        # A quick test: the text of a value is contained in that of the document.
        texts = {text for text in texts if text in everything}
    places: dict[str, list[Path]] = defaultdict(list)
    for path, value in iterate(document) if texts else ():
        if (text := cache.text(value)) in texts:
            places[text].append(path)
    return {text: sorted(paths, key=spares.rank)[:FEW] for text, paths in places.items()}


class _Spares:
    """The places whose value isn't needed there."""

    def __init__(self, differences: Sequence[Difference]) -> None:
        spares = [spare for spare in differences if isinstance(spare, Spare)]
        self.exact = {spare.path for spare in spares}
        self.whole = {spare.path for spare in spares if spare.whole}

    def saved(self, path: Path) -> int | None:
        """Return the bytes that moving the value away saves at best; None if it has to stay."""
        if path in self.exact:
            return size(pointer(path)) + 26  # of {"op":"remove","path":""},
        return 0 if any(path[:depth] in self.whole for depth in range(len(path))) else None

    def rank(self, path: Path) -> tuple[bool, int]:
        """Order places with the same value: spare ones first, then near ones."""
        return path not in self.exact, len(path)


def _transfers(
    document: Json, wants: Sequence[Want], spares: _Spares, places: Mapping[str, Sequence[Path]], cache: Cache
) -> Iterator[Transfer]:
    for want in wants:
        starts = places.get(cache.text(want.value), ())
        for start in starts:
            yield from _from_start(want, start, spares.saved(start), cache.size(want.value))
        if want.loose and not starts and isinstance(want.value, dict | list):
            yield from _from_similar(document, want, spares, cache)


def _from_start(want: Want, start: Path, freed: int | None, saved: int) -> Iterator[Transfer]:
    """Yield the copies of the value at `start`, and the moves, which free `freed` more bytes."""
    gain = saved - size(pointer(start))
    for path in want.paths:
        if gain > 0 and (want.fresh or start != path):
            yield Transfer(gain, want, path, Step("copy", path, start))
        end = after_removal(path, start)
        if freed is not None and end != start and not is_inside(path, start):
            yield Transfer(gain + freed, want, path, Step("move", end, start))


def _from_similar(document: Json, want: Want, spares: _Spares, cache: Cache) -> Iterator[Transfer]:
    """Yield the transfers of the spare value that shares most with the wanted one, to be edited there."""
    if len(spares.exact) > MOST:
        return
    shared = [(_shared_bytes(get(document, path), want.value, cache), path) for path in spares.exact if path]
    saved, start = max(shared, default=(0, ()), key=lambda entry: entry[0])
    if saved:
        yield from _from_start(want, start, spares.saved(start), saved)


def _shared_bytes(one: Json, other: Json, cache: Cache) -> int:
    """Return the bytes of the members or items that both values have."""
    if isinstance(one, dict) and isinstance(other, dict):
        pairs = ((value, other[key]) for key, value in one.items() if key in other)
        return sum(cache.size(value) for value, twin in pairs if cache.text(value) == cache.text(twin))
    if isinstance(one, list) and isinstance(other, list):
        texts = {cache.text(item) for item in other}
        return sum(cache.size(item) for item in one if cache.text(item) in texts)
    return 0


def _combine(transfers: Sequence[Transfer]) -> Proposal:
    """Return all moves that don't conflict, to be tried at once."""
    chosen: list[Transfer] = []
    for transfer in transfers[: 4 * MOST]:
        if transfer.step.op == "move" and not any(_conflict(transfer, other) for other in chosen):
            chosen.append(transfer)
    steps: list[Step] = []
    for transfer in sorted(chosen, key=lambda transfer: pointer(transfer.path)):
        start, path = _after(transfer.step.start, steps), _after(transfer.path, steps)
        steps.append(Step("move", after_removal(path, start), start))
    return steps


def _conflict(one: Transfer, other: Transfer) -> bool:
    """Whether two moves serve the same want, or one touches a place that the other takes from or puts to."""
    ends, others = (one.step.start, one.path), (other.step.start, other.path)
    return one.want is other.want or any(is_inside(a, b) or is_inside(b, a) for a in ends for b in others)


def _after(path: Path, steps: Sequence[Step]) -> Path:
    """Return a path as it is after these moves."""
    for step in steps:
        path = after_insertion(after_removal(path, step.start), step.path)
    return path


def _rotations(document: Json, wants: Sequence[Want], cache: Cache) -> Iterator[Proposal]:
    """Propose how members exchange their values: one is parked under a free name, the others follow."""
    members = [want for want in wants if want.path and not want.fresh]
    paths = {cache.text(get(document, want.path)): want.path for want in members}
    source = {want.path: paths.get(cache.text(want.value)) for want in members}
    for places in _rings(source):
        # A ring begins with its smallest pointer, wherever it was found.
        first = places.index(min(places, key=pointer))
        ring = [*places[first:], *places[:first]]
        parked = _free_path(document, ring[0])
        yield [Step("move", path, start) for path, start in zip([parked, *ring], [*ring, parked], strict=True)]


def _rings(source: Mapping[Path, Path | None]) -> Iterator[list[Path]]:
    """Yield the places that exchange their values in a ring: each has its value from the next one."""
    visited: set[Path] = set()
    for start in source:
        # Each place is visited once, so that thousands of members take linear time.
        trail: dict[Path, int] = {}
        place: Path | None = start
        while place is not None and place not in visited:
            visited.add(place)
            trail[place] = len(trail)
            place = source[place]
        ring = list(trail)[trail[place] :] if place in trail else []
        if len(ring) > 1:
            yield ring


def _free_path(document: Json, path: Path) -> Path:
    """Return a short path that is free: in the root if it has members, else beside `path`."""
    parent = () if isinstance(document, dict) else path[:-1]
    members = get(document, parent)
    names = ("", *map(str, range(len(members) + 1))) if isinstance(members, dict) else ()
    return (*parent, next(name for name in names if isinstance(members, dict) and name not in members))
