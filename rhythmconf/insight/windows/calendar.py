"""Make the Calendar of a configuration, and of its change: all runs of some days, and what is known about each step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from rhythmconf.insight.windows.bounds import LAST, day, window_column, windows
from rhythmconf.insight.windows.changes import Side, compare, find_backlog, pair_steps
from rhythmconf.insight.windows.readings import Deviation, deviations, read_runs, read_windows, state_guesses
from rhythmconf.insight.windows.relative import relate
from rhythmconf.insight.windows.running import COVERED, Horizon, coverage, references, runs_of, schedules_of
from rhythmconf.insight.windows.schedules import prepared_on
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
)
from rhythmconf.settings.calendar import CalendarSettings


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
    moved = tuple(deviations(settings, "windows")), tuple(deviations(settings, "runs"))
    return _make(_Work(after, before, horizon, settings, *moved), days)


def make_former_calendar(setup: Setup, *, first: date, days: int, settings: CalendarSettings) -> Calendar:
    """Return the calendar of a configuration before a change, without its readings: nobody asks about them."""
    horizon = Horizon(first, _add(first, days - 1), _add(first, COVERED - 1))
    return _make(_Work(setup, None, horizon, settings, (), ()), days)


def _make(work: _Work, days: int) -> Calendar:
    horizon, settings = work.horizon, work.settings
    steps = work.steps()
    return Calendar(
        as_of=horizon.first,
        zone=settings.zone,
        days=days,
        guesses=state_guesses(settings),
        runs=tuple(sorted(work.runs(), key=lambda run: (run.day, run.at, run.schedule))),
        steps=tuple(steps),
        schedules=tuple(work.schedules()),
        unknown=tuple(work.unknown()),
    )


class _Work:
    """What the parts of a calendar are made from."""

    def __init__(
        self,
        after: Setup,
        before: Setup | None,
        horizon: Horizon,
        settings: CalendarSettings,
        moved_windows: Sequence[Deviation],
        moved_runs: Sequence[Deviation],
    ) -> None:
        self.after = after
        self.before = before
        self.horizon = horizon
        self.settings = settings
        self.moved_windows = moved_windows
        self.moved_runs = moved_runs
        former = schedules_of(before) if before else {}
        self.sides = [
            (Side(step, schedules), Side(old, former.get(template, ())) if old else None)
            for template, schedules in schedules_of(after).items()
            for step, old in _pair(after.steps[template], before.steps.get(template, ()) if before else ())
        ]

    def steps(self) -> list[StepCalendar]:
        """Return what is known about each step.

        Steps with the same schedules are done one after the other: they share most of what is computed.
        """
        made: dict[int, StepCalendar] = {}
        for number in sorted(range(len(self.sides)), key=lambda number: self._cadence(self.sides[number][0])):
            new, old = self.sides[number]
            made[number] = self._compare(self._describe(new), new, old) if self.before else self._describe(new)
        return [made[number] for number in range(len(self.sides))]

    @staticmethod
    def _cadence(side: Side) -> list[tuple[str, int]]:
        return [(schedule.text, schedule.lead) for schedule in side.schedules]

    def _describe(self, side: Side) -> StepCalendar:
        """Return what is known about a step without regard to a change."""
        step, schedules = side
        # Its marks are for comparisons only.
        shown = step._replace(marks=()) if step.marks else step
        if step.start is None or step.end is None:
            return StepCalendar(shown)
        opaque = any(schedule.recurrence is None for schedule in schedules)
        return StepCalendar(
            shown,
            coverage(step, schedules, self.horizon.first, self.horizon.covered, self.settings),
            tuple(read_windows(step, schedules, self.horizon, self.settings, self.moved_windows)),
            relative=relate(step, self.settings) if opaque else None,
        )

    def _compare(self, made: StepCalendar, new: Side, old: Side | None) -> StepCalendar:
        """Return what is known about a step with what a change does to it."""
        first, last, settings = self.horizon.first, self.horizon.last, self.settings
        catches_up = new.step.does in ("drop", "expire")
        return made._replace(
            changeover=compare(new, old, first, settings) if old else None,
            backlog=find_backlog(new, old, first, last, settings) if catches_up else None,
        )

    def runs(self) -> Iterator[Run]:
        """Yield the runs of all schedules."""
        for schedule in sorted(self.after.schedules, key=lambda schedule: (schedule.text, schedule.lead)):
            yield from _make_runs(schedule, self.after.steps[schedule.template], self.horizon, self.settings)

    def schedules(self) -> Iterator[ScheduleCalendar]:
        """Yield what is known about each schedule."""
        for schedule in self.after.schedules:
            readings = tuple(read_runs(schedule, self.horizon, self.settings, self.moved_runs))
            understood = schedule.recurrence is not None
            yield ScheduleCalendar(schedule.key, schedule.template, schedule.text, understood, readings)

    def unknown(self) -> Iterator[Unknown]:
        """Yield what can't be told: schedules first, then steps."""
        names = self.after.names
        for schedule in self.after.schedules:
            if schedule.recurrence is None:
                yield Unknown(names.key(schedule.key), "schedule")
        for new, old in self.sides:
            if reason := _why(new) or (old and _why(old)):
                step = new.step
                yield Unknown(" ".join(filter(None, (names.key(step.template), step.option, step.name))), reason)


def _pair(new: Sequence[Step], old: Sequence[Step]) -> list[tuple[Step, Step | None]]:
    pairs = pair_steps(new, old) if old else {}
    return [(step, pairs.get(step.pointer)) for step in new]


def _why(side: Side) -> Reason | None:
    """Return why something about a step is unknown; None where all is known, or where it has no window."""
    if side.is_known or (side.step.start is None and not side.step.unclear):
        return None
    opaque = any(schedule.recurrence is None for schedule in side.schedules)
    return "schedule" if opaque and not side.step.unclear else "window"


def _make_runs(
    schedule: Schedule, steps: Sequence[Step], horizon: Horizon, settings: CalendarSettings
) -> Iterator[Run]:
    if schedule.recurrence is None:
        return
    found = runs_of(schedule, horizon.first, horizon.last, settings)
    days = references(tuple([each.date.toordinal() for each in found]), schedule.lead, settings)
    columns = [_place(step, days, settings) for step in steps]
    rows = zip(*columns, strict=True) if columns else [()] * len(found)
    for each, row in zip(found, rows, strict=True):
        yield Run(each.date, each.time, schedule.key, schedule.template, prepared_on(each.date, schedule.lead), row)


def _place(step: Step, references: tuple[int, ...], settings: CalendarSettings) -> list[RunStep]:
    """Return a step on each run."""
    if step.start is None or step.end is None:
        return [RunStep(step.option, step.name, None)] * len(references)
    option, name = step.option, step.name
    return [RunStep(option, name, window) for window in window_column(*windows(step, references, settings))]


def _add(first: date, days: int) -> date:
    return day(min(first.toordinal() + days, LAST))
