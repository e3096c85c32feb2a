"""Tell what to ask the tenant for, so that every person whom a run of either side can take is in the answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from rhythmconf.catalog import Takes
from rhythmconf.insight.forecast.choosing import RULES
from rhythmconf.insight.forecast.counting import list_windows
from rhythmconf.insight.forecast.values import Property, Side
from rhythmconf.insight.windows import Step, Window, schedules_of
from rhythmconf.settings.calendar import CalendarSettings

MARGIN = timedelta(2)
"""What a search is widened by at both ends: a tenant may compare instants of another zone, or texts."""
NEAR = timedelta(60)
"""Windows that are no further apart are asked for together: that takes fewer requests than a second search."""


class Question(NamedTuple):
    """What to ask for. `programs` are their ids, None for all programs. `ranges` are expiration dates, widened.

    `statuses` are all that matter, None for any. `needed` are the properties that decide.
    """

    programs: frozenset[str] | None
    ranges: tuple[Window, ...]
    statuses: frozenset[str] | None
    needed: frozenset[Property]


def make_question(
    sides: Sequence[Side], takes: Takes, first: date, last: date, settings: CalendarSettings
) -> Question | None:
    """Return what to ask for about one sort of people; None where no run of either side takes any."""
    windows: list[Window] = []
    programs: set[str] | None = set()
    needed: set[Property] = set()
    statuses: frozenset[str] | None = frozenset()
    for side in sides:
        for template, schedules in schedules_of(side.setup).items():
            for step in side.setup.steps[template]:
                runs = [each for one in schedules for each in list_windows(step, one, first, last, settings)]
                if step.takes != takes or step.unclear or not runs:
                    continue
                windows += [window for _, window in runs if window and window.start <= window.end]
                passing = RULES[step.takes, step.does].statuses
                statuses = None if statuses is None or passing is None else statuses | passing
                needed |= _needs(step, side)
                programs = _join(programs, step, side)
    if not needed:
        return None
    ids = None if programs is None else frozenset(programs)
    return Question(ids, tuple(_merge(windows)), statuses, frozenset(needed))


def join_questions(questions: Iterable[Question | None]) -> Question | None:
    """Return what to ask for where several questions are to be answered at once."""
    every = [each for each in questions if each is not None]
    if not every:
        return None
    programs = [each.programs for each in every if each.programs is not None]
    statuses = [each.statuses for each in every if each.statuses is not None]
    # The ranges are widened already, so joining them takes no margin.
    ranges = _merge((window for each in every for window in each.ranges), timedelta(0))
    return Question(
        frozenset[str]().union(*programs) if len(programs) == len(every) else None,
        tuple(ranges),
        frozenset[str]().union(*statuses) if len(statuses) == len(every) else None,
        frozenset[Property]().union(*(each.needed for each in every)),
    )


def _needs(step: Step, side: Side) -> set[Property]:
    filters = side.filters.get((step.template, step.option), ())
    needed: set[Property] = {RULES[step.takes, step.does].property, *(each.property for each in filters)}
    if step.does == "drop":
        needed.add("do_not_drop")
    if step.start is not None:
        needed.add("expires")
    return needed if step.takes == "applications" else needed - {"type"}


def _join(programs: set[str] | None, step: Step, side: Side) -> set[str] | None:
    """Return the programs with those of a step; None as soon as a step takes more than a list of them."""
    filters = side.filters.get((step.template, step.option), ())
    named = [each.values for each in filters if each.property == "program" and not each.excludes]
    if programs is None or not named:
        return None
    return programs.union(*named)


def _merge(windows: Iterable[Window], margin: timedelta = MARGIN) -> Iterable[Window]:
    """Return ranges that hold all windows, widened by a margin."""
    merged: list[Window] = []
    for window in sorted(windows):
        start, end = _shift(window.start, -margin), _shift(window.end, margin)
        if merged and start <= _shift(merged[-1].end, NEAR):
            merged[-1] = Window(merged[-1].start, max(merged[-1].end, end))
        else:
            merged.append(Window(start, end))
    return merged


def _shift(day: date, by: timedelta) -> date:
    try:
        return day + by
    except OverflowError:
        return day
