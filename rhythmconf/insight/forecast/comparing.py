"""Make the forecast of a change: count both sides, and put the numbers of each run and step beside each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from math import fsum
from typing import NamedTuple

from rhythmconf.catalog import Takes
from rhythmconf.insight.forecast.choosing import SAYS
from rhythmconf.insight.forecast.counting import Chosen, Count, Place, Taken, count_side
from rhythmconf.insight.forecast.unknowns import find_unknowns
from rhythmconf.insight.forecast.values import People, Side
from rhythmconf.insight.windows import Guess, Step, schedules_of
from rhythmconf.insight.windows.changes import pair_steps
from rhythmconf.insight.windows.readings import state_guesses
from rhythmconf.model import Does, Key
from rhythmconf.model.forecast import Forecast, Limit, Money, Pair, Row, Total
from rhythmconf.settings.calendar import CalendarSettings

WHO = Guess("G6", "who", "active", SAYS, "default")
"""The guess about whom runs touch. No setting changes it."""


class Change(NamedTuple):
    """A configuration before and after a change, and the people that both find."""

    before: Side
    after: Side
    people: Mapping[Takes, People]


class Sampled(NamedTuple):
    """Somebody whom a step takes on a day, by the id of the record."""

    day: date
    step: Step
    id: str


class _Entry(NamedTuple):
    """A step of a change: the version to show, and each side's own; a side without the step has None."""

    number: int
    step: Step
    after: Step | None
    before: Step | None


def make_forecast(
    change: Change, *, first: date, days: int, settings: CalendarSettings, keys: Collection[Key] = ()
) -> Forecast:
    """Return the forecast of `days` days from `first` for a change that is made at the start of `first`.

    `keys` are the templates and schedules to show; all if there are none. The others count in any case: they may drop
    people whom the runs of these would take.
    """
    last = first + timedelta(days - 1)
    chosen: Chosen = {}
    counts = [count_side(side, change.people, first, last, settings, chosen) for side in change[:2]]
    entries = _pair(change)
    found = _join(change, entries, *counts)
    shown = [each for each in found if not keys or each[0].schedule in keys or each[0].template in keys]
    unknown = find_unknowns(change.before, change.after, change.people, shown, keys)
    opaque = {(each.option, side) for each in unknown.opaque for side in each.sides}
    rows = tuple(_rows(shown, change))
    guesses = (*state_guesses(settings), WHO)
    return Forecast(
        first,
        settings.zone,
        days,
        tuple(dict(guess._asdict()) for guess in guesses),
        rows=rows,
        totals=tuple(_total(rows, _options(entries, change, keys), opaque)),
        unknown=unknown.each,
    )


def sample(
    change: Change, number: int, *, first: date, days: int, settings: CalendarSettings, keys: Collection[Key] = ()
) -> tuple[Sampled, ...]:
    """Return some of those whom steps take after a change and not before it, each once, beginning with the first run.

    If a change makes no difference to anybody, those whom the runs take anyway.
    """
    last = first + timedelta(days - 1)
    before, after = Taken(), Taken()
    for side, taken in ((change.before, before), (change.after, after)):
        count_side(side, change.people, first, last, settings, {}, taken)
    names = {(one.step.template, one.step.pointer): one for one in _pair(change).values() if one.after}
    found: dict[tuple[Takes, int], Sampled] = {}
    for only_new in (True, False):
        for place in sorted(after):
            entry = names[place.template, place.pointer]
            known = frozenset[int]()
            if only_new and entry.before:
                known = before.get(place._replace(pointer=entry.before.pointer), known)
            if not keys or place.schedule in keys or place.template in keys:
                for one in sorted(after[place] - known):
                    member = change.people[entry.step.takes].members[one]
                    found.setdefault((entry.step.takes, one), Sampled(place.day, entry.step, member.id))
        if found:
            break
    return tuple(found.values())[:number]


def _pair(change: Change) -> dict[tuple[Key, str], _Entry]:
    """Return the steps of both sides by template and pointer; those that only the former side has have no `after`."""
    before, after = change.before.setup.steps, change.after.setup.steps
    entries: dict[tuple[Key, str], _Entry] = {}
    for template in sorted({*before, *after}):
        pairs = pair_steps(after.get(template, ()), before.get(template, ()))
        for step in after.get(template, ()):
            entries[template, step.pointer] = _Entry(len(entries), step, step, pairs.get(step.pointer))
        kept = {step.pointer for step in pairs.values()}
        for step in before.get(template, ()):
            if step.pointer not in kept:
                entries[template, f"before:{step.pointer}"] = _Entry(len(entries), step, None, step)
    return entries


Found = tuple[Place, Step, Count, Count]
"""Where, the step to show, and what is counted before and after."""


def _join(
    change: Change,
    entries: Mapping[tuple[Key, str], _Entry],
    before: Mapping[Place, Count],
    after: Mapping[Place, Count],
) -> list[Found]:
    """Return both counts of each step and day on which one of the sides runs it, in their order."""
    names = {(entry.before.template, entry.before.pointer): name for name, entry in entries.items() if entry.before}
    former = {place._replace(pointer=names[place.template, place.pointer][1]): count for place, count in before.items()}
    opaque = [{schedule.key for schedule in side.setup.schedules if schedule.recurrence is None} for side in change[:2]]
    found = []
    for place in {**former, **after}:
        entry = entries[place.template, place.pointer]
        was = former.get(place) or _absent(entry.before, place.schedule in opaque[0])
        now = after.get(place) or _absent(entry.after, place.schedule in opaque[1])
        found.append((entry.number, (place, entry.step, was, now)))
    return [each for _, each in sorted(found, key=lambda one: (one[1][0][:3], one[0]))]


def _absent(step: Step | None, opaque: bool) -> Count:
    """Return the count of a side that doesn't run a step on a day: nobody, unless its schedule isn't understood."""
    return Count(None, why="schedule") if step and opaque else Count(0, "exact", 0.0, 0, off=step is None)


def _rows(found: Iterable[Found], change: Change) -> Iterator[Row]:
    name = _namer(change)
    for place, step, before, after in found:
        people = Pair(before.people, after.people)
        yield Row(
            place.day,
            name[place.schedule],
            name[place.template],
            step.option,
            step.name,
            step.does,
            people,
            _weaker(before, after),
            _money(step, before, after),
            after.why or before.why,
            (*(("before",) if before.off else ()), *(("after",) if after.off else ())),
        )


def _weaker(before: Count, after: Count) -> Limit:
    limits = {count.limit for count in (before, after) if count.people is not None}
    return next((limit for limit in _WEAKEST if limit in limits), "exact")


_WEAKEST: tuple[Limit, ...] = ("at_least", "at_most")


def _money(step: Step, before: Count, after: Count) -> Money | None:
    if before.people is None and after.people is None:
        return None
    if step.does == "invoice":
        return Money(None, None, Pair(before.people, after.people))
    if step.takes != "certifications":
        return None
    return Money(before.amount, after.amount, Pair(before.amount_unknown, after.amount_unknown))


def _namer(change: Change) -> Mapping[Key, str]:
    """Return the names of templates and schedules: alone, or with their kind where several kinds have one."""
    names: dict[Key, str] = {}
    schedules = {schedule.key for side in change[:2] for schedule in side.setup.schedules}
    for keys in (schedules, {key for side in change[:2] for key in side.setup.steps}):
        counts = Counter(key.name for key in keys)
        names |= {key: key.name if counts[key.name] == 1 else str(key) for key in keys}
    return names


def _options(
    entries: Mapping[tuple[Key, str], _Entry], change: Change, keys: Collection[Key]
) -> dict[str, tuple[Does, Takes]]:
    """Return the options that have runs on a side and are shown, with what they do."""
    scheduled = [schedules_of(side.setup) for side in change[:2]]
    options: dict[str, tuple[Does, Takes]] = {}
    for (template, _), entry in entries.items():
        schedules = {one.key for each in scheduled for one in each.get(template, ())}
        shown = not keys or template in keys or not schedules.isdisjoint(keys)
        if schedules and shown and entry.step.takes != "memberships":
            options[entry.step.option] = (entry.step.does, entry.step.takes)
    return options


def _total(
    rows: Collection[Row], options: Mapping[str, tuple[Does, Takes]], opaque: Collection[tuple[str, str]]
) -> Iterator[Total]:
    for option, (does, takes) in options.items():
        own = [row for row in rows if row.option == option]
        limits = {row.limit for row in own}
        mixed = {"at_most", "at_least"} <= limits
        sides = []
        for side in ("before", "after"):
            numbers = [getattr(row.people, side) for row in own]
            sides.append(None if mixed or None in numbers or (option, side) in opaque else sum(numbers))
        limit: Limit = next((one for one in _WEAKEST if one in limits), "exact")
        yield Total(option, does, Pair(*sides), limit, _total_money(own, Pair(*sides), does, takes))


def _total_money(rows: Collection[Row], people: Pair, does: Does, takes: Takes) -> Money | None:
    if people == (None, None):
        return None
    if does == "invoice":
        return Money(None, None, people)
    if takes != "certifications":
        return None
    money = [row.money for row in rows if row.money]
    before, after = (
        None if known is None else round(fsum(getattr(each, side) or 0 for each in money), 2)
        for side, known in zip(("before", "after"), people, strict=True)
    )
    unknown = [
        None if known is None else sum(getattr(each.unknown, side) or 0 for each in money)
        for side, known in zip(("before", "after"), people, strict=True)
    ]
    return Money(before, after, Pair(*unknown))
