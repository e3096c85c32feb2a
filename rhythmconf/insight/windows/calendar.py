"""Make the Calendar of a configuration, and of its change: all runs of some days, and what is known about each step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from rhythmconf.insight.windows.bounds import LAST, day, windows
from rhythmconf.insight.windows.changes import Side, compare, find_backlog, pair_steps
from rhythmconf.insight.windows.readings import read_runs, read_windows, state_guesses
from rhythmconf.insight.windows.relative import relate
from rhythmconf.insight.windows.running import COVERED, coverage, references, schedules_of
from rhythmconf.insight.windows.schedules import occurrences, prepared_on
from rhythmconf.insight.windows.values import (
    Calendar,
    Reason,
    Run,
    RunStep,
    Schedule,
    ScheduleCalendar,
    Setup,
    Step,
    StepCalendar,
    Unknown,
    Window,
)
from rhythmconf.settings.calendar import CalendarSettings


class Horizon(NamedTuple):
    """The days of a calendar: runs are told from `first` to `last`, coverage is counted from `first` to `covered`."""

    first: date
    last: date
    covered: date


def make_calendar(
    after: Setup,
    before: Setup | None,
    *,
    first: date,
    days: int,
    settings: CalendarSettings,
) -> Calendar:
    """Return the calendar of `days` days from `first`.

    `before` is the configuration before a change that is made at the start of `first`; None where nothing is changed.
    """
    horizon = Horizon(first, _add(first, days - 1), _add(first, COVERED - 1))
    steps, unknown = _make_steps(after, before, horizon, settings)
    make = _RunMaker(settings)
    runs = [run for each in after.schedules for run in make.runs(each, after.steps[each.template], first, horizon.last)]
    return Calendar(
        as_of=first,
        zone=settings.zone,
        days=days,
        guesses=state_guesses(settings),
        runs=tuple(sorted(runs, key=lambda run: (run.day, run.at, run.schedule))),
        steps=tuple(steps),
        schedules=tuple(_make_schedule(schedule, horizon, settings) for schedule in after.schedules),
        unknown=tuple(unknown),
    )


def _make_steps(
    after: Setup, before: Setup | None, horizon: Horizon, settings: CalendarSettings
) -> tuple[list[StepCalendar], list[Unknown]]:
    former = schedules_of(before) if before else {}
    steps: list[StepCalendar] = []
    unknown: list[Unknown] = []
    for template, schedules in schedules_of(after).items():
        shown = after.names.key(template)
        opaque = [schedule for schedule in schedules if schedule.recurrence is None]
        unknown += [Unknown(after.names.key(schedule.key), "schedule") for schedule in opaque]
        pairs = pair_steps(after.steps[template], before.steps.get(template, ())) if before else {}
        for step in after.steps[template]:
            new, old = Side(step, schedules), pairs.get(step.pointer)
            side = Side(old, former.get(template, ())) if old else None
            made = _describe(new, horizon, settings)
            steps.append(_compare(made, new, side, horizon, settings) if before else made)
            if reason := _why(new) or (side and _why(side)):
                unknown.append(Unknown(" ".join(filter(None, (shown, step.option, step.name))), reason))
    return steps, unknown


def _describe(side: Side, horizon: Horizon, settings: CalendarSettings) -> StepCalendar:
    """Return what is known about a step without regard to a change."""
    step, schedules = side
    # Its marks are for comparisons only.
    shown = step._replace(marks=())
    if step.start is None or step.end is None:
        return StepCalendar(shown)
    return StepCalendar(
        shown,
        coverage(step, schedules, horizon.first, horizon.covered, settings),
        tuple(read_windows(step, schedules, *horizon, settings)),
        relative=relate(step, settings) if any(schedule.recurrence is None for schedule in schedules) else None,
    )


def _compare(
    made: StepCalendar, new: Side, old: Side | None, horizon: Horizon, settings: CalendarSettings
) -> StepCalendar:
    """Return what is known about a step with what a change does to it."""
    catches_up = new.step.does in ("drop", "expire")
    return made._replace(
        changeover=compare(new, old, horizon.first, settings) if old else None,
        backlog=find_backlog(new, old, horizon.first, horizon.last, settings) if catches_up else None,
    )


def _make_schedule(schedule: Schedule, horizon: Horizon, settings: CalendarSettings) -> ScheduleCalendar:
    readings = tuple(read_runs(schedule, horizon.first, horizon.last, settings))
    understood = schedule.recurrence is not None
    return ScheduleCalendar(schedule.key, schedule.template, schedule.text, understood, readings)


def _why(side: Side) -> Reason | None:
    """Return why something about a step is unknown; None where all is known, or where it has no window."""
    if side.is_known or (side.step.start is None and not side.step.unclear):
        return None
    clear = not side.step.unclear and all(schedule.recurrence is None for schedule in side.schedules)
    return "schedule" if clear else "window"


class _RunMaker:
    """Makes runs. Equal steps with equal windows are shared: a calendar of many templates has a million of them."""

    def __init__(self, settings: CalendarSettings) -> None:
        self.settings = settings
        self.shared: dict[RunStep, RunStep] = {}

    def runs(self, schedule: Schedule, steps: Sequence[Step], first: date, last: date) -> Iterator[Run]:
        """Yield the runs of a schedule from `first` to `last`."""
        if schedule.recurrence is None:
            return
        found = occurrences(schedule.recurrence, first, last, self.settings)
        days = references(tuple([each.date.toordinal() for each in found]), schedule.lead, self.settings)
        columns = [self._steps(step, days) for step in steps]
        rows = zip(*columns, strict=True) if columns else [()] * len(found)
        for each, row in zip(found, rows, strict=True):
            yield Run(each.date, each.time, schedule.key, schedule.template, prepared_on(each.date, schedule.lead), row)

    def _steps(self, step: Step, references: tuple[int, ...]) -> list[RunStep]:
        """Return a step on each run."""
        if step.start is None or step.end is None:
            return [self._share(RunStep(step.option, step.name, None))] * len(references)
        spans = zip(*windows(step, references, self.settings), strict=True)
        return [self._share(RunStep(step.option, step.name, Window(day(start), day(end)))) for start, end in spans]

    def _share(self, step: RunStep) -> RunStep:
        return self.shared.setdefault(step, step)


def _add(first: date, days: int) -> date:
    return day(min(first.toordinal() + days, LAST))
