"""Compute what a change of a step does to expiration dates: those that fall between old and new runs, and the backlog.

The change is made at the start of a day: runs before it are old, runs on it and after it are new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from rhythmconf.insight.windows.bounds import FIRST, LAST, Spans, day, reach, windows
from rhythmconf.insight.windows.counting import count_days, find_ranges, join
from rhythmconf.insight.windows.running import (
    is_known,
    lead_days,
    references,
    run_days,
    runs_between,
    span_of_runs,
    spans,
)
from rhythmconf.insight.windows.values import Backlog, Changeover, Schedule, Step
from rhythmconf.settings.calendar import CalendarSettings


class Side(NamedTuple):
    """A step with the schedules of its template, before a change or after it."""

    step: Step
    schedules: tuple[Schedule, ...]

    @property
    def is_known(self) -> bool:
        """Whether the windows of all runs can be computed."""
        return is_known(self.step, self.schedules)


def pair_steps(new: Sequence[Step], old: Sequence[Step]) -> Mapping[str, Step]:
    """Return the former version of each step that has one, by the pointer of the new version.

    Reminders are the same if they have the same id, else the same name, as in a plan; other steps by their option.
    """
    pairs: dict[str, Step] = {}
    left = list(old)
    for choice in range(max((len(step.marks) for step in new), default=0) or 1):
        for step in new:
            if step.pointer not in pairs and (former := next(_former(step, left, choice), None)):
                pairs[step.pointer] = former
                left.remove(former)
    return pairs


def _former(step: Step, left: Sequence[Step], choice: int) -> Iterator[Step]:
    for former in left:
        alike = former.option == step.option and len(former.marks) == len(step.marks)
        if alike and (not step.marks or (step.marks[choice] and step.marks[choice] == former.marks[choice])):
            yield former


def count_mixed(
    new: Side, old: Side, change: int, first: int, last: int, settings: CalendarSettings
) -> tuple[int, ...]:
    """Return for each day from `first` to `last` how many runs take it if the change is made at the start of `change`.

    Both sides must be known.
    """
    begin, _ = span_of_runs(*old, first, last)
    _, end = span_of_runs(*new, first, last)
    before = runs_between(*old, begin, change - 1, settings)
    after = runs_between(*new, change, end, settings)
    return count_days(join([before, after]), first, last)


def compare(new: Side, old: Side, change: date, settings: CalendarSettings) -> Changeover | None:
    """Return which expiration dates no run takes, or more runs than usual, only because of the change.

    None where one side isn't known.
    """
    if not new.is_known or not old.is_known:
        return None
    day_of_change = change.toordinal()
    first, last = _affected(new, old, day_of_change)
    if (new.step.start, new.step.end) == (old.step.start, old.step.end) and _runs(new) == _runs(old):
        return Changeover(day(first), day(last))
    mixed = count_mixed(new, old, day_of_change, first, last, settings)
    before = count_days(spans(*old, first, last, settings), first, last)
    after = count_days(spans(*new, first, last, settings), first, last)
    counts = list(zip(mixed, before, after, strict=True))
    never = [not now and min(was, will) > 0 for now, was, will in counts]
    twice = [now > max(was, will) for now, was, will in counts]
    return Changeover(
        day(first), day(last), sum(never), find_ranges(never, first), sum(twice), find_ranges(twice, first)
    )


def _affected(new: Side, old: Side, change: int) -> tuple[int, int]:
    """Return the first and the last day that both an old and a new run can take."""
    reaches = [reach(side.step) for side in (new, old)]
    lead = max((lead_days(schedule.lead) for side in (new, old) for schedule in side.schedules), default=0)
    first = change - lead + min(earliest for earliest, _ in reaches)
    last = change + max(latest for _, latest in reaches)
    return max(min(first, last), FIRST), min(max(first, last), LAST)


def _runs(side: Side) -> list[tuple[object, int]]:
    return sorted(((schedule.recurrence, schedule.lead) for schedule in side.schedules), key=repr)


def find_backlog(new: Side, old: Side | None, first: date, last: date, settings: CalendarSettings) -> Backlog | None:
    """Return which dates the first run from `first` to `last` takes only because no run took them before.

    An ordinary run would have left them to earlier runs. Dates that old runs have taken don't count. None without a
    run, and where a side isn't known.
    """
    if not new.is_known or (old is not None and not old.is_known):
        return None
    change = first.toordinal()
    found = [
        (run, windows(new.step, references((run,), schedule.lead, settings), settings))
        for schedule in new.schedules
        for run in run_days(schedule, change, last.toordinal(), settings)[:1]
    ]
    if not found:
        return None
    run, ([start], [end]) = min(found)
    if end < start:
        return Backlog(day(run))
    usual = count_days(_earlier(new, change, start, end, settings), start, end)
    taken = count_days(_earlier(old, change, start, end, settings), start, end) if old else (0,) * len(usual)
    late = [would > 0 and not was for would, was in zip(usual, taken, strict=True)]
    return Backlog(day(run), sum(late), find_ranges(late, start))


def _earlier(side: Side, change: int, start: int, end: int, settings: CalendarSettings) -> Spans:
    begin, _ = span_of_runs(*side, start, end)
    return runs_between(*side, begin, change - 1, settings)
