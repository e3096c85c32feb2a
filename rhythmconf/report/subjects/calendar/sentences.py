"""Say in words what a calendar holds. All reports use the same sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache

from rhythmconf.insight.windows.outlook import Outlook
from rhythmconf.insight.windows.values import Coverage, Guess, Reading, RunsReading, ScheduleCalendar, Step, Window
from rhythmconf.model import Key
from rhythmconf.model.plural import counted
from rhythmconf.report.dates import full_date, name_dates, span, week_date
from rhythmconf.report.subjects.calendar.steps import NOUNS, StepFacts, StepRun

PROJECT_WIDE = ("bounds", "reference")
"""Settings that move nearly every window: texts count the steps once instead of naming each."""
_RANGES = 3
"""Ranges of dates that a sentence names."""
_PEOPLE: Mapping[str, str] = {
    "certifications": "people whose certification",
    "applications": "people whose application",
    "memberships": "people whose membership",
}
_ACTS: Mapping[str, str] = {
    "remind": "to {people} expires in its window",
    "forecast": "of the renewals of {people} expires in its window",
    "drop": "of {people} expires in its window",
    "expire": "of applications that expire in its window",
    "activate": "of every application that is complete, whatever its dates",
    "invoice": "to training providers, for applications that expire in its window",
    "renew": "of {people} expires in its window",
}
"""What follows the noun of a step."""
_TAKEN: Mapping[str, str] = {
    "remind": "they get this mail",
    "forecast": "their renewal is forecast",
    "drop": "they are dropped",
    "expire": "their application is closed",
    "activate": "they are activated",
    "invoice": "their training provider is invoiced",
    "renew": "their membership renews by itself",
}


def describe_act(step: Step) -> str:
    """Return what a step does: `reminder to people whose certification expires in its window`."""
    return f"{NOUNS[step.does]} {_ACTS[step.does].format(people=_PEOPLE[step.takes])}"


def explain_bars(facts: StepFacts) -> str:
    """Return the sentence above a picture, for somebody who has never heard of windows."""
    step, shown = facts.step, [one for one in facts.runs if one.window]
    if all(one.window and one.window.end < one.window.start for one in shown):
        return "Each window ends before it begins, so no bar holds anybody: they are dashed, with a cross at their end."
    if all(one.window and one.window.start > one.run.day for one in shown):
        place = "at its left"
    elif all(one.window and one.window.end < one.run.day for one in shown):
        place = "at its right"
    else:
        place = "in the same row"
    return (
        f"Each bar holds the {_PEOPLE[step.takes]} expires on those dates; {_TAKEN[step.does]} on the run {place} "
        f"(the circle)."
    )


def describe_gap(coverage: Coverage, first: date) -> str:
    """Return which expiry dates no run holds; the coverage was counted from `first` on."""
    dates = name_dates(coverage.never_on, first, _total(coverage), _RANGES)
    return f"{_of(coverage.never, coverage)} in no run: {dates}"


def describe_repeat(coverage: Coverage) -> str:
    """Return how many expiry dates several runs hold."""
    return f"{_of(coverage.more, coverage)} in more than one run, at most in {coverage.most}"


def describe_coverage(coverage: Coverage, first: date) -> str:
    """Return how many expiry dates from `first` on are in no run, in one and in several."""
    total = _total(coverage)
    if coverage.once == total:
        return f"each of the next {total} expiry dates is in one run"
    if coverage.more == total:
        return f"each of the next {total} expiry dates is in more than one run, at most in {coverage.most}"
    if coverage.never == total:
        return f"none of the next {total} expiry dates is in a run"
    parts = []
    if coverage.never:
        parts.append(describe_gap(coverage, first))
    if coverage.more:
        parts.append(describe_repeat(coverage))
    return "; ".join(parts)


def describe_result(facts: StepFacts, outlook: Outlook) -> str:
    """Return how the runs of a step cover the expiry dates, and why that is no problem where it is none.

    Empty for a step without a window.
    """
    coverage = facts.known.coverage
    if coverage is None:
        return "which expiry dates are in a run is not known" if facts.step.start or facts.step.unclear else ""
    result = describe_coverage(coverage, outlook.calendar.as_of)
    if coverage.more and facts.step.does in ("drop", "expire"):
        result += "; that does no harm, because it happens only once to each"
    return result


def praise(coverage: Coverage) -> str:
    """Return a word for a step without a problem."""
    if not coverage.never and not coverage.more:
        return "each date in one run"
    return "no gap" if not coverage.never else ""


def step_kind(step: Step) -> str:
    """Return what a step with a name is: `reminder` or `reminder to applicants`; empty where its label says so."""
    if step.name is None:
        return ""
    return NOUNS[step.does] + (" to applicants" if step.takes == "applications" else "")


_IDLE: Mapping[str, str] = {
    "inactive": "switched off ({field}: false)",
    "no-steps": "does nothing: none of its options is switched on",
    "no-schedule": "never runs: no active schedule names it",
    "schedule-inactive": "never runs: no active schedule names it",
    "no-schedule-kind": "is not in this calendar: rhythmconf knows no kind of schedule for it",
    "template-inactive": "has no runs: its template {other} is switched off",
    "no-template": "has no runs here: no document declares its template {other}",
}


def describe_idle(key: Key, outlook: Outlook) -> str:
    """Return why a template or schedule has no runs."""
    idle = outlook.idle[key]
    other = outlook.setup.names.key(idle.other) if idle.other else ""
    return _IDLE[idle.why].format(field=idle.field, other=other).rstrip()


def last_line(outlook: Outlook, steps: list[StepFacts]) -> str:
    """Return the counts of runs, schedules and steps, or why there is none."""
    if not outlook.calendar.schedules:
        return f"{describe_nothing(outlook)}."
    runs, schedules = len(outlook.calendar.runs), len(outlook.calendar.schedules)
    days = counted(outlook.calendar.days, "day")
    return f"{counted(runs, 'run')} in {days}, {counted(schedules, 'schedule')}, {counted(len(steps), 'step')}."


def _of(count: int, coverage: Coverage) -> str:
    return f"{count} of the next {_total(coverage)} expiry dates {'is' if count == 1 else 'are'}"


def _total(coverage: Coverage) -> int:
    return coverage.never + coverage.once + coverage.more


def describe_window(one: StepRun) -> str:
    """Return the window of a run: `5 Feb-11 Feb 2027 (7 days)`."""
    return "window not clear" if one.window is None else _measure_window(one.window, one.run.day)


@lru_cache(maxsize=32768)
def _measure_window(window: Window, near: date) -> str:
    days = (window.end - window.start).days + 1
    return _name_window(window, near) + (f" ({counted(days, 'day')})" if days > 0 else "")


def _name_window(window: Window, near: date) -> str:
    start, end = window
    if end < start:
        return f"{span(start, start, near)} to {span(end, end, near)}: ends before it begins"
    return span(start, end, near)


def describe_schedule(schedule: ScheduleCalendar, outlook: Outlook) -> str:
    """Return when a schedule runs, and when its runs are prepared."""
    meaning = outlook.settings.schedules.get(schedule.key.name)
    text = f"{meaning} (the project says so; the schedule is '{schedule.text}')" if meaning else schedule.text
    lead = next((one.lead for one in outlook.setup.schedules if one.key == schedule.key), 0)
    prepared = f"prepared {counted(lead, 'business day')} before" if lead else "prepared on the same day"
    return f"{text}; {prepared}"


def describe_reading(reading: Reading, outlook: Outlook) -> str:
    """Return how a window differs under another reading, on the first run on which it does."""
    result = f"; then {describe_coverage(reading.coverage, outlook.calendar.as_of)}" if reading.coverage else ""
    return (
        f"if {_name_reading(reading)}, the window on {week_date(reading.run)} is "
        f"{_name_window(reading.window, reading.run)}, not {_name_window(reading.base, reading.run)}{result}"
    )


def _name_reading(reading: Reading | RunsReading) -> str:
    return f"{reading.setting} is {reading.value} ({reading.guess})"


def describe_runs_reading(reading: RunsReading) -> str:
    """Return which runs another reading takes away or adds."""
    parts = []
    if reading.away:
        parts.append(f"{counted(len(reading.away), 'run')} fewer, first {week_date(reading.away[0])}")
    if reading.extra:
        parts.append(f"{counted(len(reading.extra), 'run')} more, first {week_date(reading.extra[0])}")
    return f"if {_name_reading(reading)}, these days have {' and '.join(parts)}"


_RELY: Mapping[tuple[str, str], str] = {
    ("bounds", "end-open"): "both ends of a window counting",
    ("bounds", "closed"): "the last date of a window not counting",
    ("reference", "prepared"): "windows being counted from the day of the run",
    ("reference", "run"): "windows being counted from the day of the preparation",
}
"""What a step relies on that another value of a setting would move."""


def describe_project_wide(steps: Iterable[StepFacts]) -> Iterator[str]:
    """Yield how many steps rely on the base reading of a setting that moves nearly every window."""
    windows = [facts for facts in steps if facts.step.start is not None]
    reminders = [facts for facts in windows if facts.step.does == "remind"]
    others = [facts for facts in windows if facts.step.does != "remind"]
    groups = [(reminders, "reminder step"), (others, "other step" if reminders else "step")]
    for setting in PROJECT_WIDE:
        moved = [
            [reading for facts in group for reading in facts.known.readings if reading.setting == setting]
            for group, _ in groups
        ]
        parts = [
            f"{len(readings)} of {counted(len(group), noun)}"
            for readings, (group, noun) in zip(moved, groups, strict=True)
            if group
        ]
        verb = "relies" if parts in (["1 of 1 step"], ["1 of 1 reminder step"]) else "rely"
        for first in (*moved[0], *moved[1])[:1]:
            yield f"{' and '.join(parts)} {verb} on {_RELY[setting, first.value]} ({first.guess})"


def describe_zone(outlook: Outlook) -> str:
    """Return the zone of all dates, and why where nobody has set one."""
    zone = outlook.calendar.zone
    return zone if "zone" in outlook.settings.given else f"{zone}, because `calendar: {{zone: ...}}` is not set"


def describe_guess(guess: Guess) -> str:
    """Return a guess with its id, its setting, and what that means."""
    source = {"default": "", "project": " (set in rhythmconf.yaml)", "observed": " (observed)"}[guess.source]
    return f"{guess.id} {guess.setting}: {guess.value}{source}. {guess.says.removesuffix('.')}"


def describe_nothing(outlook: Outlook) -> str:
    """Return why there is no run at all."""
    if outlook.keys:
        names = " or ".join(map(outlook.setup.names.key, sorted(outlook.keys)))
        return f"No run of {names} in {outlook.environment}"
    schedules = [idle for idle in outlook.idle.values() if idle.what == "schedule"]
    if not schedules:
        why = "it has no schedule"
    elif all(idle.why == "inactive" for idle in schedules):
        why = "every schedule is switched off"
    else:
        why = "no schedule has an active template"
    return f"Nothing runs in {outlook.environment}: {why}"


def describe_range(outlook: Outlook) -> str:
    """Return the first and the last day of the calendar."""
    first, days = outlook.calendar.as_of, outlook.calendar.days
    return f"{full_date(first)} to {full_date(first + timedelta(days=days - 1))} ({counted(days, 'day')})"
