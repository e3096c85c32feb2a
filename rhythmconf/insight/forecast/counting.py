"""Let the runs of one configuration happen day by day, and count whom each step touches.

Within a day nobody leaves. Whoever is dropped, expired, activated or invoiced on a day is not taken again for the same
reason by runs of later days. Where a filter of such a step can't be seen, it is not certain whom it takes: then these
people leave that step alone, and other steps that take them hold at most so many.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from math import fsum
from typing import NamedTuple

from rhythmconf.catalog import Takes
from rhythmconf.insight.forecast.choosing import Choice, choose
from rhythmconf.insight.forecast.values import Filters, People, Side
from rhythmconf.insight.windows import Schedule, Step, Window, run_windows, schedules_of
from rhythmconf.insight.windows.running import runs_of
from rhythmconf.model import Does, Key
from rhythmconf.model.forecast import Limit, Why
from rhythmconf.settings.calendar import CalendarSettings

ENDS: Mapping[Does, str] = {"drop": "status", "expire": "status", "activate": "status", "invoice": "billing"}
"""What a step changes about the people it takes, so that no later run takes them for that again."""

Chosen = dict[tuple[Takes, Does, bool, Filters], Choice]
"""Whom steps take apart from their windows: steps with equal filters share it, also those of the other side."""


class Count(NamedTuple):
    """Whom one step touches on one day; None where that is unknown. `amount` is None where there are no amounts.

    `off` marks a side that doesn't have the step at all.
    """

    people: int | None
    limit: Limit = "exact"
    amount: float | None = None
    amount_unknown: int | None = None
    why: Why | None = None
    off: bool = False


class Place(NamedTuple):
    """A step on a day of runs of a schedule; `pointer` leads to it in its template."""

    day: date
    schedule: Key
    template: Key
    pointer: str


class _Event(NamedTuple):
    place: Place
    step: Step
    window: Window | None


@dataclass(slots=True)
class _Gone:
    """Whom runs of earlier days have taken for good, by what they changed.

    `certain` are gone. `doubtful` may be gone. `own` are those that one step has taken, certain or not.
    """

    certain: dict[tuple[Takes, str], set[int]] = field(default_factory=dict)
    doubtful: dict[tuple[Takes, str], set[int]] = field(default_factory=dict)
    own: dict[tuple[Key, str], set[int]] = field(default_factory=dict)


Taken = dict[Place, frozenset[int]]
"""Whom each step takes on each day, as positions among the members of a People."""


def count_side(
    side: Side,
    people: Mapping[Takes, People],
    first: date,
    last: date,
    settings: CalendarSettings,
    chosen: Chosen,
    taken_by: Taken | None = None,
) -> dict[Place, Count]:
    """Return how many each step of a configuration touches on each of its run days from `first` to `last`.

    `taken_by` gets whom.
    """
    counts: dict[Place, Count] = {}
    gone = _Gone()
    events = sorted(_list_events(side, first, last, settings), key=lambda event: event.place)
    for _, day in groupby(events, key=lambda event: event.place.day):
        taken: list[tuple[_Event, Choice, frozenset[int]]] = []
        for event in day:
            known = people.get(event.step.takes, People(why="fields"))
            if why := _why(event, known):
                counts[event.place] = Count(None, why=why)
                continue
            choice = _choose(event.step, side, known, chosen)
            took = _take(event, choice, gone)
            counts[event.place] = _count(event.step, choice, took, gone, known)
            taken.append((event, choice, took))
            if taken_by is not None:
                taken_by[event.place] = took
        for event, choice, took in taken:
            _remove(event, choice, took, gone)
    return counts


def _list_events(side: Side, first: date, last: date, settings: CalendarSettings) -> Iterator[_Event]:
    """Yield each step once for each day on which a schedule runs it. Two runs of one day touch the same people."""
    for template, schedules in schedules_of(side.setup).items():
        for step in side.setup.steps[template]:
            if step.takes == "memberships":
                continue
            for schedule in schedules:
                for day, window in dict(list_windows(step, schedule, first, last, settings)).items():
                    yield _Event(Place(day, schedule.key, template, step.pointer), step, window)


def list_windows(
    step: Step, schedule: Schedule, first: date, last: date, settings: CalendarSettings
) -> Iterable[tuple[date, Window | None]]:
    """Return each run of a schedule with the window of a step; None where it has no window or an unclear one."""
    if step.start is not None and step.end is not None:
        return run_windows(step, schedule, first, last, settings)
    return [(run.date, None) for run in runs_of(schedule, first, last, settings)]


def _why(event: _Event, people: People) -> Why | None:
    """Return why nothing is known about a step of a run."""
    if event.step.unclear:
        return "window"
    if people.why:
        return people.why
    return "fields" if event.step.start and "expires" in people.hidden else None


def _choose(step: Step, side: Side, people: People, chosen: Chosen) -> Choice:
    filters = side.filters.get((step.template, step.option), ())
    key = (step.takes, step.does, step.start is None, filters)
    if key not in chosen:
        chosen[key] = choose(step, filters, people)
    return chosen[key]


def _take(event: _Event, choice: Choice, gone: _Gone) -> frozenset[int]:
    step = event.step
    certain, own = gone.certain.get(_aspect(step), ()), gone.own.get((step.template, step.pointer), ())
    return frozenset(number for number in choice.within(event.window) if number not in certain and number not in own)


def _aspect(step: Step) -> tuple[Takes, str]:
    return step.takes, "billing" if step.does == "invoice" else "status"


def _remove(event: _Event, choice: Choice, took: frozenset[int], gone: _Gone) -> None:
    step = event.step
    if step.does not in ENDS:
        return
    if not choice.uncertain:
        gone.certain.setdefault(_aspect(step), set()).update(took)
        return
    gone.doubtful.setdefault(_aspect(step), set()).update(took)
    gone.own.setdefault((step.template, step.pointer), set()).update(took)


def _count(step: Step, choice: Choice, took: frozenset[int], gone: _Gone, people: People) -> Count:
    doubtful = not took.isdisjoint(gone.doubtful.get(_aspect(step), ()))
    at_most = choice.uncertain or doubtful
    # What an invoice is for may also be a course or an exam, which nobody counts here.
    at_least = step.does == "invoice" or choice.undated > 0
    if (at_most and at_least) or (choice.undated and not took):
        return Count(None, why="fields")
    limit: Limit = "at_most" if at_most else "at_least" if at_least else "exact"
    if step.does == "invoice":
        return Count(len(took), limit, None, len(took))
    if step.takes != "certifications":
        return Count(len(took), limit)
    amounts = [amount for number in took if (amount := people.members[number].amount) is not None]
    return Count(len(took), limit, round(fsum(amounts), 2), len(took) - len(amounts))
