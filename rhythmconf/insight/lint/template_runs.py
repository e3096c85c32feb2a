"""What the rules about runs look at: the steps of a template and its schedules, with their windows and coverage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from rhythmconf.insight.lint.step_findings import COVERED, Distances
from rhythmconf.insight.windows.bounds import day, rules, windows
from rhythmconf.insight.windows.counting import find_ranges
from rhythmconf.insight.windows.readings import Deviation, deviations
from rhythmconf.insight.windows.running import (
    count_days_of,
    coverage,
    references,
    run_days,
    run_windows,
    span_of_runs,
)
from rhythmconf.insight.windows.values import Bound, Coverage, Ranges, Schedule, Step, Window
from rhythmconf.model import Key
from rhythmconf.settings import CalendarSettings

NOBODY = Key("", "")
Shape = tuple[tuple[tuple[Any, ...], ...], tuple[tuple[Any, ...], ...]]
"""The steps of a template and its schedules, without names: templates of one shape have the same findings."""


class TemplateRuns(NamedTuple):
    """The steps of a template, and its schedules, all of which are understood, on `COVERED` days from `first`."""

    steps: tuple[Step, ...]
    schedules: tuple[Schedule, ...]
    first: date
    settings: CalendarSettings

    @property
    def last(self) -> date:
        """The last day that is judged."""
        return day(self.first.toordinal() + COVERED - 1)

    def windows(self, step: Step) -> Sequence[tuple[date, Window]]:
        """Return each run with the window of a step on it, in the order of days."""
        each = [self.windows_of(step, schedule) for schedule in self.schedules]
        return each[0] if len(each) == 1 else sorted(run for runs in each for run in runs)

    def windows_of(self, step: Step, schedule: Schedule) -> tuple[tuple[date, Window], ...]:
        """Return each run of one schedule with the window of a step on it."""
        return run_windows(step, schedule, self.first, self.last, self.settings)

    def coverage(self, step: Step) -> Coverage | None:
        """Return how the expiration dates of these days are covered; None where that isn't known."""
        return coverage(step, self.schedules, self.first, self.last, self.settings)

    def repeated_on(self, step: Step) -> Ranges:
        """Return the expiration dates that more than one run takes."""
        counts = count_days_of(step, self.schedules, self.first, self.last, self.settings) or ()
        return find_ranges([count > 1 for count in counts], self.first.toordinal())

    def is_inverted(self, step: Step) -> bool:
        """Tell whether the window of a step ends before it begins on every run."""
        runs = self.windows(step)
        return bool(runs) and all(window.end < window.start for _, window in runs)

    def first_and_last(self, step: Step) -> tuple[tuple[int, int] | None, ...]:
        """Return for each expiration date the days of the first and the last run that takes it, in a steady state."""
        if step.start is None or step.end is None:
            return ()
        schedules = tuple([(schedule.recurrence, schedule.lead) for schedule in self.schedules])
        return _first_and_last(step.start, step.end, schedules, self.first, self.last, self.settings[:-2])

    def distances(self) -> Distances | None:
        """Return how many days lie between two runs at least and at most; None for a single run."""
        step = next((step for step in self.steps if step.start is not None), None)
        days = sorted({run for run, _ in self.windows(step)}) if step else []
        between = [(later - earlier).days for earlier, later in pairwise(days)]
        return Distances(min(between), max(between)) if between else None

    def other_readings(self, step: Step) -> Iterator[tuple[Deviation, Sequence[tuple[date, Window]]]]:
        """Yield each setting that the project doesn't state and the windows that another value gives."""
        for deviation in deviations(self.settings, "windows"):
            if deviation.setting in self.settings.given or step.start is None or step.end is None:
                continue
            bounds = (step.start, step.end)
            if any(rules(bound, self.settings) != rules(bound, deviation.settings) for bound in bounds):
                yield deviation, self._replace(settings=deviation.settings).windows(step)


@lru_cache(maxsize=256)
def _first_and_last(
    start: Bound, end: Bound, schedules: tuple[tuple[Any, ...], ...], first: date, last: date, values: tuple[Any, ...]
) -> tuple[tuple[int, int] | None, ...]:
    settings = CalendarSettings(*values)
    step = Step(NOBODY, "", "", None, "remind", "certifications", start, end)
    known = [Schedule(NOBODY, NOBODY, "", *schedule) for schedule in schedules]
    begin, until = span_of_runs(step, known, first.toordinal(), last.toordinal())
    runs: list[tuple[int, int] | None] = [None] * COVERED
    for schedule in known:
        days = run_days(schedule, begin, until, settings)
        spans = zip(*windows(step, references(days, schedule.lead, settings), settings), strict=True)
        for run, (earliest, latest) in zip(days, spans, strict=True):
            for position in range(max(earliest - first.toordinal(), 0), min(latest - first.toordinal() + 1, COVERED)):
                there = runs[position]
                runs[position] = (min(there[0], run), max(there[1], run)) if there else (run, run)
    return tuple(runs)


def shape_of(steps: Sequence[Step], schedules: Sequence[Schedule]) -> Shape:
    """Return what is equal for templates whose findings are the same."""
    shapes = [(step.does, step.takes, step.start, step.end, step.unclear) for step in steps]
    return tuple(shapes), tuple([(schedule.recurrence, schedule.lead) for schedule in schedules])


def runs_of(shape: Shape, first: date, settings: CalendarSettings) -> TemplateRuns:
    """Return the steps and schedules of a shape."""
    steps, schedules = shape
    return TemplateRuns(
        tuple([Step(NOBODY, "", "", None, *step) for step in steps]),
        tuple([Schedule(NOBODY, NOBODY, "", *schedule) for schedule in schedules]),
        first,
        settings,
    )


def without_leads(schedules: tuple[tuple[Any, ...], ...], settings: CalendarSettings) -> tuple[tuple[Any, ...], ...]:
    """Return the schedules of a shape without lead times where no window depends on them."""
    return schedules if settings.reference == "prepared" else tuple([(recurrence, 0) for recurrence, _ in schedules])
