"""Say what a forecast can't tell, and why. Whatever is unknown in a row stands here, too."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from rhythmconf.catalog import Takes
from rhythmconf.insight.forecast.counting import Count, Place
from rhythmconf.insight.forecast.values import People, Side
from rhythmconf.insight.windows import Step, schedules_of
from rhythmconf.model import Key
from rhythmconf.model.forecast import Unknown
from rhythmconf.model.plural import counted


class Opaque(NamedTuple):
    """An option of a template with a schedule that isn't understood, and the sides on which it is one."""

    option: str
    sides: tuple[str, ...]


class Unknowns(NamedTuple):
    """All that is unknown, and the options of which some runs are."""

    each: tuple[Unknown, ...]
    opaque: tuple[Opaque, ...]


def find_unknowns(
    before: Side,
    after: Side,
    people: Mapping[Takes, People],
    found: Iterable[tuple[Place, Step, Count, Count]],
    keys: Collection[Key],
) -> Unknowns:
    """Return what is unknown about the templates and schedules in `keys`, about all if there are none."""
    each: dict[tuple[str, str], Unknown] = {}
    opaque = []
    for unknown in (*_schedules(before, after, keys), *_rows(found, after, people), *_unseen(before, after, keys)):
        each.setdefault((unknown.subject, unknown.reason), unknown)
    for unknown in _undated(people):
        each.setdefault((unknown.subject, unknown.reason), unknown)
    for name, side in (("before", before), ("after", after)):
        for schedule in side.setup.schedules:
            if schedule.recurrence is None and _is_shown(keys, schedule.key, schedule.template):
                opaque += [Opaque(step.option, (name,)) for step in side.setup.steps[schedule.template]]
    return Unknowns(tuple(each.values()), tuple(opaque))


def _is_shown(keys: Collection[Key], *owners: Key) -> bool:
    return not keys or any(owner in keys for owner in owners)


def _schedules(before: Side, after: Side, keys: Collection[Key]) -> Iterator[Unknown]:
    """Yield each schedule that isn't understood, and the steps of its template."""
    for side in (after, before):
        names = side.setup.names
        for template, schedules in schedules_of(side.setup).items():
            strange = [one for one in schedules if one.recurrence is None and _is_shown(keys, one.key, template)]
            for schedule in strange:
                yield Unknown(names.key(schedule.key), "schedule", f"the schedule {schedule.text!r} is not understood")
            for step in side.setup.steps[template] if strange else ():
                yield Unknown(_subject(step, side), "schedule")


def _rows(
    found: Iterable[tuple[Place, Step, Count, Count]], side: Side, people: Mapping[Takes, People]
) -> Iterator[Unknown]:
    """Yield each step with a number that is unknown."""
    seen: set[tuple[Key, str, str]] = set()
    for place, step, before, after in found:
        for why in {count.why for count in (before, after) if count.why}:
            if (place.template, place.pointer, why) in seen:
                continue
            seen.add((place.template, place.pointer, why))
            known = people.get(step.takes, People())
            detail = step.unclear if why == "window" else known.detail if known.why == why else ""
            yield Unknown(_subject(step, side), why, detail)


def _unseen(before: Side, after: Side, keys: Collection[Key]) -> Iterator[Unknown]:
    """Yield what takes memberships: nobody has seen the shape of these options."""
    for side in (after, before):
        for template in side.unseen:
            if _is_shown(keys, template):
                yield Unknown(side.setup.names.key(template), "fields", "the shape of its options was not seen")
        for template in schedules_of(side.setup):
            for step in side.setup.steps[template]:
                if step.takes == "memberships" and _is_shown(keys, template):
                    yield Unknown(_subject(step, side), "fields", "whom it takes was not seen")


def _undated(people: Mapping[Takes, People]) -> Iterator[Unknown]:
    for takes, known in people.items():
        if number := sum(member.undated for member in known.members):
            yield Unknown(takes, "fields", f"{counted(number, 'expiration date')} can't be read")


def _subject(step: Step, side: Side) -> str:
    return " ".join(filter(None, (side.setup.names.key(step.template), step.option, step.name)))
