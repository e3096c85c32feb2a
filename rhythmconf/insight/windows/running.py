"""Find the runs whose windows can hold given days, and their windows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from rhythmconf.insight.windows.bounds import FIRST, LAST, Spans, between, day, make_window, reach, windows
from rhythmconf.insight.windows.counting import count_days, cover, join
from rhythmconf.insight.windows.schedules import Occurrence, Reading, Recurrence, find_runs, prepared_on, read_as
from rhythmconf.insight.windows.values import Bound, Coverage, Schedule, Setup, Step, Window
from rhythmconf.model import Key
from rhythmconf.settings.calendar import CalendarSettings

COVERED = 800
"""Expiration dates over which coverage is counted."""

LONGEST = 100 * 366
"""The longest time from the first to the last day of a window and its run, in days. Beyond, nothing is counted."""

_AHEAD = 400
"""Days that are looked up before and after those that a step asks for."""

_ENOUGH = 1500
"""Days of a look-up that needs nothing before and after it."""

_GRID = 128
"""Days to which the time of the runs is rounded out, so that steps with other windows share the same runs."""


Values = tuple[Any, ...]


class Horizon(NamedTuple):
    """The days of a calendar: runs are told from `first` to `last`, coverage is counted from `first` to `covered`."""

    first: date
    last: date
    covered: date


def schedules_of(setup: Setup) -> Mapping[Key, tuple[Schedule, ...]]:
    """Return the schedules of each template that has any."""
    found: dict[Key, list[Schedule]] = {}
    for schedule in setup.schedules:
        found.setdefault(schedule.template, []).append(schedule)
    return {template: tuple(schedules) for template, schedules in found.items()}


def is_known(step: Step, schedules: Sequence[Schedule]) -> bool:
    """Tell whether the windows of all runs of a step can be computed."""
    if step.start is None or step.end is None or any(schedule.recurrence is None for schedule in schedules):
        return False
    return _length(step) <= LONGEST


def window(step: Step, occurrence: Occurrence, lead: int, settings: CalendarSettings) -> Window | None:
    """Return the window of a step on one run, whose schedule has this lead time; None where there is none.

    The window may be inverted: then it holds nothing.
    """
    if step.start is None or step.end is None:
        return None
    [start], [end] = windows(step, references((occurrence.date.toordinal(),), lead, settings), settings)
    return make_window(start, end)


def run_windows(
    step: Step, schedule: Schedule, first: date, last: date, settings: CalendarSettings
) -> tuple[tuple[date, Window], ...]:
    """Return each run of a schedule from `first` to `last` with its window; nothing where a step has no window.

    The result is kept: steps with equal bounds and equal schedules share it.
    """
    if step.start is None or step.end is None or schedule.recurrence is None:
        return ()
    return _run_windows(step.start, step.end, schedule.recurrence, schedule.lead, first, last, _values(settings))


@lru_cache(maxsize=256)
def _run_windows(
    start: Bound, end: Bound, recurrence: Recurrence, lead: int, first: date, last: date, values: Values
) -> tuple[tuple[date, Window], ...]:
    settings = CalendarSettings(*values)
    runs = _run_days(recurrence, first.toordinal(), last.toordinal(), settings)
    starts, ends = between(start, end, references(runs, lead, settings), settings)
    return tuple([(day(run), make_window(*spans)) for run, *spans in zip(runs, starts, ends, strict=True)])


def count_days_of(
    step: Step, schedules: Sequence[Schedule], first: date, last: date, settings: CalendarSettings
) -> tuple[int, ...] | None:
    """Return for each expiration date from `first` to `last` how many runs take it in a steady state.

    None where the window isn't clear, or a schedule isn't understood.
    """
    if not is_known(step, schedules):
        return None
    earliest, latest = first.toordinal(), last.toordinal()
    return count_days(spans(step, schedules, earliest, latest, settings), earliest, latest)


def coverage(
    step: Step, schedules: Sequence[Schedule], first: date, last: date, settings: CalendarSettings
) -> Coverage | None:
    """Return how the expiration dates from `first` to `last` are covered in a steady state by all runs of a template.

    None where the window isn't clear, or a schedule isn't understood.
    """
    if not is_known(step, schedules):
        return None
    earliest, latest = first.toordinal(), last.toordinal()
    return cover(spans(step, schedules, earliest, latest, settings), earliest, latest)


def spans(step: Step, schedules: Sequence[Schedule], first: int, last: int, settings: CalendarSettings) -> Spans:
    """Return the windows of all runs that can hold a day from `first` to `last`, and of some that can't."""
    begin, end = span_of_runs(step, schedules, first, last)
    return runs_between(step, schedules, begin, end, settings)


def runs_between(step: Step, schedules: Sequence[Schedule], begin: int, end: int, settings: CalendarSettings) -> Spans:
    """Return the windows of a step on all runs on the days from `begin` to `end`."""
    return join(
        [
            windows(step, references(run_days(schedule, begin, end, settings), schedule.lead, settings), settings)
            for schedule in schedules
        ]
    )


def span_of_runs(step: Step, schedules: Sequence[Schedule], first: int, last: int) -> tuple[int, int]:
    """Return the first and the last day on which a run can be that holds a day from `first` to `last`."""
    earliest, latest = reach(step)
    lead = max((lead_days(schedule.lead) for schedule in schedules), default=0)
    begin, end = (first - latest) // _GRID * _GRID, -((earliest - last - lead) // _GRID * _GRID)
    return max(begin, FIRST), min(end, LAST)


def lead_days(lead: int) -> int:
    """Return how many days `lead` business days are at most."""
    return lead + (lead + 4) // 5 * 2


def run_days(schedule: Schedule, begin: int, end: int, settings: CalendarSettings) -> tuple[int, ...]:
    """Return the days of all runs from `begin` to `end`, in their order."""
    if schedule.recurrence is None or begin > end:
        return ()
    return _run_days(schedule.recurrence, begin, end, settings)


def runs_of(schedule: Schedule, first: date, last: date, settings: CalendarSettings) -> tuple[Occurrence, ...]:
    """Return all runs from `first` to `last` with their times, in their order."""
    if schedule.recurrence is None or first > last:
        return ()
    begin, end = first.toordinal(), last.toordinal()
    found = _look_up(schedule.recurrence, begin, end, settings)
    return found.runs[bisect_left(found.days, begin) : bisect_right(found.days, end)]


def find_moments(
    schedule: Schedule, begin: datetime, end: datetime, settings: CalendarSettings
) -> tuple[datetime, ...]:
    """Return when a schedule runs from `begin` to `end`, in UTC; nothing where its text isn't understood."""
    from zoneinfo import ZoneInfo  # most plans need no zone

    zone = ZoneInfo(settings.zone)
    first, last = begin.astimezone(zone).date(), end.astimezone(zone).date()
    moments = [datetime.combine(*run, tzinfo=zone).astimezone(UTC) for run in runs_of(schedule, first, last, settings)]
    return tuple([moment for moment in moments if begin <= moment <= end])


def _run_days(recurrence: Recurrence, begin: int, end: int, settings: CalendarSettings) -> tuple[int, ...]:
    found = _look_up(recurrence, begin, end, settings)
    return found.days[bisect_left(found.days, begin) : bisect_right(found.days, end)]


def _look_up(recurrence: Recurrence, begin: int, end: int, settings: CalendarSettings) -> _Known:
    """Return the known runs of a recurrence, at least those from `begin` to `end`."""
    reading = read_as(recurrence, settings)
    found = _known_runs(recurrence, reading)
    if not found.begin <= begin <= end <= found.end:
        # One look-up of some years is cheaper than several of their parts, which steps ask for one after the other.
        if begin <= found.end + _AHEAD and found.begin <= end + _AHEAD:  # else they are too far apart to be joined
            begin_all, end_all = min(begin, found.begin), max(end, found.end)
        else:
            begin_all, end_all = begin, end
        ahead = _AHEAD if end - begin < _ENOUGH else 0
        found.begin, found.end = max(begin_all - ahead, FIRST), min(end_all + ahead, LAST)
        found.runs = find_runs(recurrence, day(found.begin), day(found.end), reading)
        found.days = tuple([each.date.toordinal() for each in found.runs])
    return found


@dataclass(slots=True)
class _Known:
    """The runs of a recurrence that were looked up, from `begin` to `end`; none yet where `end` is before `begin`."""

    begin: int = LAST
    end: int = FIRST
    days: tuple[int, ...] = ()
    runs: tuple[Occurrence, ...] = ()


@lru_cache(maxsize=512)
def _known_runs(_recurrence: Recurrence, _reading: Reading) -> _Known:
    return _Known()


def _values(settings: CalendarSettings) -> Values:
    """Return the settings that decide about runs and windows, as a key of what is kept."""
    return settings[:-2]


def references(runs: tuple[int, ...], lead: int, settings: CalendarSettings) -> tuple[int, ...]:
    """Return the reference date of each run: its own day, or that of its preparation."""
    return runs if settings.reference == "run" or lead == 0 else _prepared(runs, lead)


@lru_cache(maxsize=512)
def _prepared(runs: tuple[int, ...], lead: int) -> tuple[int, ...]:
    return tuple([prepared_on(day(run), lead).toordinal() for run in runs])


def _length(step: Step) -> int:
    """Return the time in days that a run and all days of its window span."""
    earliest, latest = reach(step)
    return max(latest, 0) - min(earliest, 0)
