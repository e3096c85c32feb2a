"""Find the steps that the rules about runs have to look at.

Most windows are some days before or after the run, and fit the time between two runs. A comparison of a few numbers
shows that no rule finds anything about such a step, so that no window has to be computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from rhythmconf.insight.lint.step_findings import COVERED
from rhythmconf.insight.lint.template_runs import NOBODY, TemplateRuns
from rhythmconf.insight.windows.bounds import LAST, reach
from rhythmconf.insight.windows.running import run_days
from rhythmconf.insight.windows.values import Bound, Schedule, Step
from rhythmconf.settings import CalendarSettings

FARTHEST = 512
"""Days between a run and its window; a step beyond is always looked at."""


class Cadence(NamedTuple):
    """The first and the last run of those whose windows can matter, and the days between two runs."""

    first: int
    last: int
    least: int
    most: int


def loud_steps(runs: TemplateRuns) -> list[int]:
    """Return the positions of the steps that a rule may find something about.

    If it finds that two steps overlap, both are among them.
    """
    settings = runs.settings
    recurrences = tuple([schedule.recurrence for schedule in runs.schedules])
    # A window that depends on the day of preparation moves with the days of the week.
    fixed = settings.reference == "run" or not any(schedule.lead for schedule in runs.schedules)
    cadence = _cadence(recurrences, runs.first, settings[:-2]) if fixed else None
    if cadence is None:
        return [*range(len(runs.steps))]
    offsets = [_offsets(step, settings) for step in runs.steps]
    first = runs.first.toordinal()
    overlap = _find_overlapping(runs.steps, offsets)
    return [
        position
        for position, (step, own) in enumerate(zip(runs.steps, offsets, strict=True))
        if own is None or position in overlap or _is_loud(step, own, cadence, first)
    ]


def _is_loud(step: Step, own: tuple[int, int], cadence: Cadence, first: int) -> bool:
    start, end = own
    width = end - start + 1
    if width < 1 or (step.does in ("drop", "expire") and end >= 0):
        return True
    begins_late = cadence.first + start > first
    ends_early = cadence.last + end < first + COVERED - 1
    if step.does != "forecast" and (width < cadence.most or begins_late or ends_early):
        return True
    return step.does == "remind" and width > cadence.least


def _find_overlapping(steps: Sequence[Step], offsets: Sequence[tuple[int, int] | None]) -> set[int]:
    """Return the positions of the reminders that may take the same people as another one on one run."""
    reminders: dict[str, list[tuple[int, int, int]]] = {}
    for position, (step, own) in enumerate(zip(steps, offsets, strict=True)):
        if step.does == "remind":
            reminders.setdefault(step.takes, []).append((*(own or (-LAST, LAST)), position))
    return {position for alike in reminders.values() for position in _overlapping(sorted(alike))}


def _overlapping(windows: Sequence[tuple[int, int, int]]) -> Iterator[int]:
    """Yield the positions of windows (first day, last day, position; sorted) that share a day with another one."""
    latest, holder = -LAST - 1, 0
    for start, end, position in windows:
        if start <= latest:
            yield position
            yield holder
        if end > latest:
            latest, holder = end, position


def _offsets(step: Step, settings: CalendarSettings) -> tuple[int, int] | None:
    """Return the first and the last day of each window, in days after its run; None where that differs or is far."""
    if not (_is_fixed(step.start) and _is_fixed(step.end)):
        return None
    start, end = reach(step)
    return (start, end - (settings.bounds == "end-open")) if max(abs(start), abs(end)) < FARTHEST else None


def _is_fixed(bound: Bound | None) -> bool:
    return bound is not None and bound.anchor == "the reference date" and bound.unit in ("days", "weeks")


@lru_cache(maxsize=1024)
def _cadence(recurrences: tuple[Any, ...], first: date, values: tuple[Any, ...]) -> Cadence | None:
    """Return the cadence of all runs that can take an expiration date of the days that are judged."""
    begin, end = first.toordinal() - FARTHEST, first.toordinal() + COVERED + FARTHEST
    if begin < 1 or end > LAST:
        return None
    settings = CalendarSettings(*values)
    schedules = [Schedule(NOBODY, NOBODY, "", recurrence, 0) for recurrence in recurrences]
    days = sorted(day for schedule in schedules for day in run_days(schedule, begin, end, settings))
    between = [later - earlier for earlier, later in pairwise(days)]
    return Cadence(days[0], days[-1], min(between), max(between)) if between else None
