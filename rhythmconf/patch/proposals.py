"""What may be worth carrying: a document and its target -> proposals, each some moves and copies.

Proposals needn't pay, they should only be few and likely: each is tried, and stays where it saves bytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rhythmconf.patch.differences import Shuffle, Spare, Want, differences
from rhythmconf.patch.places import Path, behind, get, inside, pointer, walk, without
from rhythmconf.patch.prices import Ledger
from rhythmconf.patch.steps import Proposal, Step
from rhythmconf.patch.values import Json, size
from rhythmconf.patch.writes import large, repeats, splits

MOST = 48
"""How many single steps are proposed at a time: those that may save most."""
FEW = 12
"""How many places with the same value are looked at."""


class Carry(NamedTuple):
    """A step that puts a wanted value in its place; `gain` estimates the bytes saved."""

    gain: int
    want: Want
    path: Path
    step: Step


def proposals(document: Json, target: Json, ledger: Ledger) -> Iterator[Proposal]:
    """What to try next, the likeliest first."""
    found = list(differences(document, target, (), ledger))
    wants = [want for want in found if isinstance(want, Want)]
    loose = [want for want in wants if want.loose]
    spares = _Spares(found)
    places = _places(document, wants, spares, ledger)
    carries = sorted(_carries(document, wants, spares, places, ledger), key=lambda carry: -carry.gain)
    candidates = (
        *_shuffles([shuffle for shuffle in found if isinstance(shuffle, Shuffle) and shuffle.moves]),
        _together([carry for carry in carries if carry.step.start in spares.exact]),
        _together(carries),
        *([carry.step] for carry in carries[:MOST]),
        *_rotations(document, wants, ledger),
        *splits(loose, places, ledger),
        *repeats(loose, places, ledger),
    )
    return (proposal for proposal in candidates if proposal)


def _shuffles(shuffles: Sequence[Shuffle]) -> Iterator[Proposal]:
    """All arrays put in order, inner ones first, or one of them."""
    each = [
        [Step("move", (*shuffle.path, end), (*shuffle.path, start)) for start, end in shuffle.moves]
        for shuffle in reversed(shuffles)
    ]
    yield [step for steps in each for step in steps]
    yield from each[1:] and each


def _places(document: Json, wants: Sequence[Want], spares: _Spares, ledger: Ledger) -> Mapping[str, Sequence[Path]]:
    """Where the document has the wanted values, and large parts of those that are all new, by their texts."""
    asked = {ledger.text(want.value) for want in wants}
    asked |= {ledger.text(part) for want in wants if want.loose for part in large(want.value, ledger)}
    everywhere = ledger.text(document)
    if len(asked) < MOST:
        asked = {text for text in asked if text in everywhere}
    places: dict[str, list[Path]] = defaultdict(list)
    for path, value in walk(document) if asked else ():
        if (text := ledger.text(value)) in asked:
            places[text].append(path)
    return {text: sorted(paths, key=spares.rank)[:FEW] for text, paths in places.items()}


class _Spares:
    """The places whose value isn't needed there."""

    def __init__(self, found: Sequence[object]) -> None:
        spares = [spare for spare in found if isinstance(spare, Spare)]
        self.exact = {spare.path for spare in spares}
        self.whole = {spare.path for spare in spares if spare.whole}

    def saved(self, path: Path) -> int | None:
        """Bytes that moving the value away saves elsewhere, at best; None if it has to stay."""
        if path in self.exact:
            return size(pointer(path)) + 26
        return 0 if any(path[:depth] in self.whole for depth in range(len(path))) else None

    def rank(self, path: Path) -> tuple[bool, int]:
        """The order in which to carry from places with the same value: spare ones, then near ones."""
        return path not in self.exact, len(path)


def _carries(
    document: Json, wants: Sequence[Want], spares: _Spares, places: Mapping[str, Sequence[Path]], ledger: Ledger
) -> Iterator[Carry]:
    for want in wants:
        starts = places.get(ledger.text(want.value), ())
        for start in starts:
            yield from _ways(want, start, spares.saved(start), ledger.size(want.value))
        if want.loose and not starts and isinstance(want.value, dict | list):
            yield from _alike(document, want, spares, ledger)


def _ways(want: Want, start: Path, freed: int | None, saved: int) -> Iterator[Carry]:
    """To copy the value from `start`, or to move it, which frees so many more bytes."""
    gain = saved - size(pointer(start))
    for path in want.paths:
        if gain > 0 and (want.fresh or start != path):
            yield Carry(gain, want, path, Step("copy", path, start))
        end = without(path, start)
        if freed is not None and end != start and not inside(path, start):
            yield Carry(gain + freed, want, path, Step("move", end, start))


def _alike(document: Json, want: Want, spares: _Spares, ledger: Ledger) -> Iterator[Carry]:
    """To carry what shares most with the wanted value, and edit it there."""
    if len(spares.exact) > MOST:
        return
    shared = [(_shared(get(document, path), want.value, ledger), path) for path in spares.exact if path]
    best = max(shared, default=(0, ()), key=lambda entry: entry[0])
    if best[0]:
        yield from _ways(want, best[1], spares.saved(best[1]), best[0])


def _shared(one: Json, other: Json, ledger: Ledger) -> int:
    """Bytes of the members or items that both have."""
    if isinstance(one, dict) and isinstance(other, dict):
        pairs = ((value, other[key]) for key, value in one.items() if key in other)
        return sum(ledger.size(value) for value, twin in pairs if ledger.text(value) == ledger.text(twin))
    if isinstance(one, list) and isinstance(other, list):
        texts = {ledger.text(item) for item in other}
        return sum(ledger.size(item) for item in one if ledger.text(item) in texts)
    return 0


def _together(carries: Sequence[Carry]) -> Proposal:
    """Every move that gets in no other's way, all at once."""
    chosen: list[Carry] = []
    for carry in carries[: 4 * MOST]:
        if carry.step.op == "move" and not any(_tangled(carry, other) for other in chosen):
            chosen.append(carry)
    steps: list[Step] = []
    for carry in sorted(chosen, key=lambda carry: pointer(carry.path)):
        start, path = _after(carry.step.start, steps), _after(carry.path, steps)
        steps.append(Step("move", without(path, start), start))
    return steps


def _tangled(one: Carry, other: Carry) -> bool:
    """Whether one of two moves serves the want of the other, or touches what the other takes or puts."""
    ends, others = (one.step.start, one.path), (other.step.start, other.path)
    return one.want is other.want or any(inside(a, b) or inside(b, a) for a in ends for b in others)


def _after(path: Path, steps: Sequence[Step]) -> Path:
    for step in steps:
        path = behind(without(path, step.start), step.path)
    return path


def _rotations(document: Json, wants: Sequence[Want], ledger: Ledger) -> Iterator[Proposal]:
    """Members that exchange their values: one is parked under a name that is free, the others follow."""
    members = [want for want in wants if want.path and not want.fresh]
    here = {ledger.text(get(document, want.path)): want.path for want in members}
    source = {want.path: here.get(ledger.text(want.value)) for want in members}
    for first in source:
        ring = [first]
        while (following := source[ring[-1]]) is not None and following not in ring:
            ring.append(following)
        if following == first == min(ring, key=pointer) and len(ring) > 1:
            parked = _parking(document, first)
            yield [Step("move", path, start) for path, start in zip([parked, *ring], [*ring, parked], strict=True)]


def _parking(document: Json, path: Path) -> Path:
    """A short place that is free, in the root if that has members, else beside the path."""
    parent = () if isinstance(document, dict) else path[:-1]
    members = get(document, parent)
    names = ("", *map(str, range(len(members) + 1))) if isinstance(members, dict) else ()
    return (*parent, next(name for name in names if isinstance(members, dict) and name not in members))
