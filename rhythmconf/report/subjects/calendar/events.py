"""Write the runs of a calendar as iCalendar (RFC 5545), for the calendar program of the staff."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import icalendar
from icalendar.parser import Contentline

from rhythmconf.insight.windows.outlook import Outlook
from rhythmconf.insight.windows.values import Run
from rhythmconf.report.dates import span, week_date
from rhythmconf.report.subjects.calendar import sentences
from rhythmconf.report.subjects.calendar.steps import StepFacts, StepRun, list_steps
from rhythmconf.report.terminal import safe

FOLDED = 74
"""Bytes of a line that are left beside the blank of a new line."""


class StepName(NamedTuple):
    """How events name a step, and what they say that it does."""

    label: str
    act: str


def ics(outlook: Outlook) -> Iterator[str]:
    """Yield the parts of a calendar with one event for each run.

    An event keeps its UID for the same schedule and day, so importing a later file changes events instead of adding
    them again. The same calendar gives the same bytes.
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//rhythmconf//calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"Billing runs of {safe(outlook.environment)}")
    zone, runs = outlook.calendar.zone, outlook.calendar.runs
    # Times in UTC need no zone, but a calendar must have a component: programs refuse one that has none.
    if zone != "UTC" or not runs:
        first = outlook.calendar.as_of
        last = first + timedelta(days=outlook.calendar.days)
        calendar.add_component(icalendar.Timezone.from_tzid(zone, first_date=first, last_date=last))
    head, end, rest = calendar.to_ical().decode().rpartition("END:VCALENDAR")
    yield head
    # There may be 100,000 events, and the library takes 0.3 ms and 8 KB for each: only the texts are escaped by it.
    for line in _event_lines(outlook):
        yield fold(line)
        yield "\r\n"
    yield end + rest


def fold(line: str) -> str:
    """Break a line as the library does: into 75 bytes at most with the blank of a new line, and not behind a backslash.

    The library looks at each character. That takes half a minute for the 200 MB of a thousand templates.
    """
    if not line.isascii():
        contentline: Any = Contentline  # the library has no types for it
        return str(contentline(line).to_ical().decode())
    parts = []
    start = 0
    while len(line) - start > FOLDED:
        end = start + FOLDED - (line[start + FOLDED - 1] in "\\^")
        parts.append(line[start:end])
        start = end
    parts.append(line[start:])
    return "\r\n ".join(parts)


def _event_lines(outlook: Outlook) -> Iterator[str]:
    zone = outlook.calendar.zone
    start = "DTSTART:{:%Y%m%dT%H%M%S}Z" if zone == "UTC" else f"DTSTART;TZID={zone}:{{:%Y%m%dT%H%M%S}}"
    names = {(one.step.template, one.step.option, one.step.name): _name(one) for one in list_steps(outlook)}
    made = f"DTSTAMP:{outlook.calendar.as_of:%Y%m%d}T000000Z"
    before: Run | None = None
    number = 0
    for run in sorted(outlook.calendar.runs, key=lambda run: (run.schedule, run.day, run.at)):
        number = number + 1 if before and (before.schedule, before.day) == (run.schedule, run.day) else 0
        before = run
        windows = [
            (names[run.template, one.option, one.name], StepRun(run, one.window))
            for one in run.steps
            if (run.template, one.option, one.name) in names
        ]
        yield "BEGIN:VEVENT"
        yield f"SUMMARY:{_escaped(_summary(outlook, run, windows))}"
        yield start.format(datetime.combine(run.day, run.at))
        yield made
        yield f"UID:{_uid(outlook, run, number)}"
        yield f"DESCRIPTION:{_escaped(chr(10).join(_description(outlook, run, windows)))}"
        # A run takes nobody's time: it must not block a day of the staff.
        yield "TRANSP:TRANSPARENT"
        yield "END:VEVENT"


def _name(one: StepFacts) -> StepName:
    name = "" if one.step.name is None else f"{one.label}, "
    return StepName(one.label, safe(f"{name}{sentences.describe_act(one.step)}"))


def _escaped(text: str) -> str:
    return icalendar.vText(text).to_ical().decode()


def _uid(outlook: Outlook, run: Run, number: int) -> str:
    """Return an identifier that stays the same when the time or the windows of a run change."""
    names = (outlook.project, outlook.environment, str(run.schedule), run.day.isoformat(), str(number))
    digest = hashlib.sha256("\0".join(names).encode()).hexdigest()
    return f"{digest[:32]}@rhythmconf"


def _summary(outlook: Outlook, run: Run, windows: Sequence[tuple[StepName, StepRun]]) -> str:
    title = outlook.titles.get(run.schedule) or run.schedule.name
    parts = [f"{one.label} {span(*each.window, run.day)}" if each.window else one.label for one, each in windows]
    return safe(f"{title}: {', '.join(parts)}" if parts else title)


def _description(outlook: Outlook, run: Run, windows: Sequence[tuple[StepName, StepRun]]) -> Iterator[str]:
    names = outlook.setup.names
    for one, each in windows:
        yield one.act + (f": {sentences.describe_window(each)}" if each.window else "")
    if not windows:
        yield "No step is switched on: this run does nothing."
    yield f"Prepared on {week_date(run.prepared_on)}. Until the run, staff can look at the list in Rhythm."
    yield safe(f"Template {names.key(run.template)}, schedule {names.key(run.schedule)}.")
