"""Find what a change does to members, in dates: compare the calendar before it with the calendar after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import combinations
from typing import NamedTuple

from rhythmconf.insight.windows.bounds import LAST
from rhythmconf.insight.windows.changes import Side, count_mixed, pair_steps
from rhythmconf.insight.windows.counting import count_days, find_ranges
from rhythmconf.insight.windows.running import COVERED, spans
from rhythmconf.insight.windows.values import Calendar, Run, Schedule, Setup, Step, StepCalendar, Window
from rhythmconf.model import Key
from rhythmconf.model.effects import Effect, EffectName, Ranges
from rhythmconf.settings.calendar import CalendarSettings

WORST_FIRST: tuple[EffectName, ...] = (
    "unexpired",
    "gap",
    "missed",
    "repeat",
    "twice",
    "overlap",
    "backlog",
    "starts",
    "stops",
    "window",
    "runs",
    "joins",
    "unknown",
)


NO_SCHEDULE = "whom its runs take, because rhythmconf knows no kind of schedule for it"
"""What can't be told of a step of a template of which no kind has the schedules."""


class _Side(NamedTuple):
    """One calendar: the steps by template and pointer, and the runs of each template in order."""

    steps: Mapping[Key, Mapping[str, StepCalendar]]
    runs: Mapping[Key, list[Run]]


class Change(NamedTuple):
    """A configuration before and after a change, each with its calendar; `after_calendar` has the change-over."""

    before: Setup
    after: Setup
    before_calendar: Calendar
    after_calendar: Calendar
    settings: CalendarSettings

    @staticmethod
    def schedules(setup: Setup, template: Key) -> tuple[Schedule, ...]:
        """Return the schedules of a template."""
        return tuple(schedule for schedule in setup.schedules if schedule.template == template)


def find_effects(change: Change) -> tuple[Effect, ...]:
    """Return the effects of a change, the worst first."""
    old, new = _side(change.before_calendar), _side(change.after_calendar)
    effects = [
        effect
        for template in sorted({*old.steps, *new.steps})
        for effect in (
            *_compare_steps(template, change, old, new),
            *_compare_overlaps(template, old, new),
            *_compare_runs(template, old, new),
        )
    ]
    effects += _find_unscheduled(change)
    effects += _find_unknown(change.before_calendar, change.after_calendar)
    return tuple(sorted(effects, key=lambda effect: (WORST_FIRST.index(effect.name), effect.template)))


def _side(calendar: Calendar) -> _Side:
    steps: dict[Key, dict[str, StepCalendar]] = {}
    runs: dict[Key, list[Run]] = {}
    for each in calendar.steps:
        steps.setdefault(each.step.template, {})[each.step.pointer] = each
    for run in calendar.runs:
        runs.setdefault(run.template, []).append(run)
    return _Side(steps, runs)


def _compare_steps(template: Key, change: Change, old: _Side, new: _Side) -> Iterator[Effect]:
    """Yield the effects on the steps of one template."""
    left = dict(old.steps.get(template, {}))
    pairs = pair_steps(change.after.steps.get(template, ()), change.before.steps.get(template, ()))
    for pointer, each in new.steps.get(template, {}).items():
        former = left.pop(pairs[pointer].pointer, None) if pointer in pairs else None
        yield from _compare_step(each, former, change, old, new)
    for gone in left.values():
        yield _first_run(_effect("stops", gone.step), gone.step, old.runs.get(template, []))


def _compare_step(
    each: StepCalendar, former: StepCalendar | None, change: Change, old: _Side, new: _Side
) -> Iterator[Effect]:
    step, runs = each.step, new.runs.get(each.step.template, [])
    if former is None:
        yield _first_run(_effect("starts", step), step, runs)
    elif not step.unclear and (moved := _first_moved_window(former.step, step, old.runs.get(step.template, []), runs)):
        run, was, now = moved
        yield _effect("window", step)._replace(run=run, before=was and (*was,), after=now and (*now,))
    yield from _find_unexpired(step, former.step if former else None, runs, old.runs.get(step.template, []))
    yield from _compare_coverage(each, former, change)
    if changeover := each.changeover:
        if changeover.never:
            yield _effect("missed", step)._replace(dates=changeover.never_on, number=changeover.never)
        if changeover.twice and step.does in ("remind", "invoice"):
            yield _effect("twice", step)._replace(dates=changeover.twice_on, number=changeover.twice)
    if each.backlog is not None and each.backlog.days:
        backlog = each.backlog
        yield _effect("backlog", step)._replace(run=backlog.run, dates=backlog.dates, number=backlog.days)


def _find_unexpired(step: Step, former: Step | None, runs: list[Run], old: list[Run]) -> Iterator[Effect]:
    """Yield a drop or an expiry that takes what has not expired, unless it reached as far ahead before the change."""
    if step.does not in ("drop", "expire"):
        return
    before = max((days for _, _, days in _unexpired(former, old)), default=0) if former else 0
    ahead = [*_unexpired(step, runs)]
    if any(days > before for _, _, days in ahead):
        run, dates, _ = ahead[0]
        number = (dates.end - dates.start).days + 1
        yield _effect("unexpired", step)._replace(run=run, dates=((*dates,),), number=number, other=step.takes)


def _unexpired(step: Step, runs: Iterable[Run]) -> Iterator[tuple[date, Window, int]]:
    """Yield each run that takes dates of its day or later, these dates, and how many days it reaches ahead."""
    for run in runs:
        window = _window(step, run)
        if window and (dates := window.unexpired_on(run.day)):
            yield run.day, dates, (dates.end - run.day).days + 1


def _compare_coverage(each: StepCalendar, former: StepCalendar | None, change: Change) -> Iterator[Effect]:
    """Yield the dates that no run takes any more, and the dates that more runs take; a forecast may do both."""
    step, new, old = each.step, each.coverage, former.coverage if former else None
    if new is None or step.does == "forecast":
        return
    # What the new runs take is not lost: mostly they take every date.
    lost = _find_lost(each, former, change) if new.never else ()
    if lost:
        number = sum((last - first).days + 1 for first, last in lost)
        yield _effect("gap", step)._replace(dates=lost, number=number, of=COVERED)
    more, most = (old.more, old.most) if old else (0, 1)
    if step.does == "remind" and (new.more > more or (new.more and new.most > most)):
        yield _effect("repeat", step)._replace(number=new.more, of=COVERED, most=new.most)


def _find_lost(each: StepCalendar, former: StepCalendar | None, change: Change) -> Ranges:
    """Return the dates that no run after the change takes, and that without the change one would take.

    Dates that old runs have taken already are not among them.
    """
    after = Side(each.step, change.schedules(change.after, each.step.template))
    if former is None:
        return ()  # nobody expects the runs of a new step; what it leaves out is a finding of lint
    before = Side(former.step, change.schedules(change.before, former.step.template))
    if not (before.is_known and after.is_known):
        return ()
    first = change.after_calendar.as_of.toordinal()
    last = min(first + COVERED - 1, LAST)
    mixed = count_mixed(after, before, first, first, last, change.settings)
    old, new = (count_days(spans(*side, first, last, change.settings), first, last) for side in (before, after))
    return find_ranges(
        [not now and not will and was > 0 for now, was, will in zip(mixed, old, new, strict=True)], first
    )


def _first_moved_window(
    earlier: Step, step: Step, old: list[Run], new: list[Run]
) -> tuple[date, Window | None, Window | None] | None:
    """Return the first run that takes another window than the run of the same day before the change, with both."""
    before = {run.day: _window(earlier, run) for run in reversed(old)}
    for run in new:
        window = _window(step, run)
        if run.day in before and before[run.day] != window:
            return run.day, before[run.day], window
    return None


def _window(step: Step, run: Run) -> Window | None:
    return next((each.window for each in run.steps if (each.option, each.name) == (step.option, step.name)), None)


def _compare_overlaps(template: Key, old: _Side, new: _Side) -> Iterator[Effect]:
    """Yield each reminder that a run now sends to people whom another reminder of that run goes to, too."""
    known = {pair for pair, _, _ in _find_overlaps(old.steps.get(template, {}), old.runs.get(template, ()))}
    for pair, run, dates in _find_overlaps(new.steps.get(template, {}), new.runs.get(template, ())):
        if pair not in known:
            other, step = pair
            number = (dates[1] - dates[0]).days + 1
            yield _effect("overlap", step)._replace(run=run, dates=(dates,), number=number, other=other.name or "")


def _find_overlaps(
    steps: Mapping[str, StepCalendar], runs: Iterable[Run]
) -> Iterator[tuple[tuple[Step, Step], date, tuple[date, date]]]:
    """Yield two reminders of one run, that run and the dates that both take, once for each two reminders."""
    reminders = {(each.step.option, each.step.name): each.step for each in steps.values() if each.step.does == "remind"}
    found: set[tuple[Step, Step]] = set()
    for run in runs:
        there = [(reminders[key], each.window) for each in run.steps if (key := (each.option, each.name)) in reminders]
        for (one, left), (other, right) in combinations(there, 2):
            if one.takes == other.takes and (one, other) not in found and left and right:
                start, end = max(left.start, right.start), min(left.end, right.end)
                if start <= end:
                    found.add((one, other))
                    yield (one, other), run.day, (start, end)


def _compare_runs(template: Key, old: _Side, new: _Side) -> Iterator[Effect]:
    """Yield the schedule of a template whose runs are on other days or at another time."""
    was, now = (
        {key: [run for run in side.runs.get(template, ()) if run.schedule == key] for key in _schedules(template, side)}
        for side in (old, new)
    )
    for key in sorted(was.keys() & now.keys()):
        pairs = zip(now[key], was[key], strict=False)
        if differing := next(
            ((run, other) for run, other in pairs if (run.day, run.at) != (other.day, other.at)), None
        ):
            run, other = differing
            at = "" if run.day != other.day else f"{run.at:%H:%M} instead of {other.at:%H:%M}"
            yield Effect("runs", key, run=run.day, before=(other.day, other.day), other=at)


def _schedules(template: Key, side: _Side) -> set[Key]:
    return {run.schedule for run in side.runs.get(template, ())}


def _find_unknown(before: Calendar, after: Calendar) -> Iterator[Effect]:
    """Yield what can't be told after the change and is not the same before it."""
    known = {schedule.text for schedule in before.schedules if not schedule.understood}
    for schedule in after.schedules:
        if not schedule.understood and schedule.text not in known:
            yield Effect("unknown", schedule.key, other=f"the schedule {schedule.text!r} is not understood")
    for each in after.steps:
        if each.step.unclear:
            yield _effect("unknown", each.step)._replace(other=each.step.unclear)


def _find_unscheduled(change: Change) -> Iterator[Effect]:
    """Yield the steps that start, stop or change in templates of which no kind has the schedules."""
    before, after = change.before.steps, change.after.steps
    for template in (key for key in {*before, *after} if key.kind in change.after.unscheduled):
        left = {step.pointer: step for step in before.get(template, ())}
        pairs = pair_steps(after.get(template, ()), before.get(template, ()))
        for step in after.get(template, ()):
            former = left.pop(pairs[step.pointer].pointer, None) if step.pointer in pairs else None
            if former is None:
                yield _effect("starts", step)
            if former is None or (former.start, former.end) != (step.start, step.end):
                yield _effect("unknown", step)._replace(other=NO_SCHEDULE)
        yield from (_effect("stops", step) for step in left.values())


def _effect(name: EffectName, step: Step) -> Effect:
    return Effect(name, step.template, step.option, step.name, step.does)


def _first_run(effect: Effect, step: Step, runs: list[Run]) -> Effect:
    """Return the effect with the first run of a step, and the window of that run."""
    if not runs:
        return effect
    window = _window(step, runs[0])
    pair = (window.start, window.end) if window else None
    effect = effect._replace(run=runs[0].day)
    return effect._replace(before=pair) if effect.name == "stops" else effect._replace(after=pair)
