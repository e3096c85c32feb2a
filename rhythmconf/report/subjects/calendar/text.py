"""Write a calendar as text for a terminal: what to look at first, then one block for each schedule."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby

from rhythmconf.insight.windows.outlook import Outlook, count_runs
from rhythmconf.insight.windows.values import ScheduleCalendar
from rhythmconf.model import Key
from rhythmconf.model.plural import counted
from rhythmconf.report.dates import full_date, short_date, week_date
from rhythmconf.report.subjects.calendar import sentences
from rhythmconf.report.subjects.calendar.problems import Problem, find_problems, name_problem
from rhythmconf.report.subjects.calendar.steps import StepFacts, StepRun, by_template, list_steps
from rhythmconf.report.terminal import Line, Span

WIDTH = 80
"""Characters of a line."""
_RUNS = 8
"""Runs of a step that are listed; of the others the number and the last date are said."""
_WEEKS = 26
_WEEKS_A_LINE = 9
_DATE = re.compile(r"(?<=\d) (?=[A-Z][a-z]{2}\b)|(?<=\b[A-Z][a-z]{2}) (?=\d)")
"""The blanks of a date: `Mon 7 Dec 2026`."""
_JOIN = "\N{NO-BREAK SPACE}"
_SIGNS = {0: (".", "red"), 1: ("#", "green")}
LEGEND = "# in one run, . in none, 2 to 9 in so many, + in more"


def text(outlook: Outlook, *, all_readings: bool = False) -> Iterator[Line]:
    """Yield the calendar; the last line counts the runs.

    A reading is shown where it differs. Those of `bounds` and `reference`, which differ nearly everywhere, are counted
    once for the project, unless `all_readings` asks for each.
    """
    steps = list_steps(outlook)
    problems = find_problems(outlook, steps)
    yield [("bold", f"Calendar of {outlook.environment}"), ("plain", f"  {sentences.describe_range(outlook)}")]
    yield from _prose("dim", f"Dates and times are in {sentences.describe_zone(outlook)}.")
    yield from _problems(problems, outlook)
    if outlook.calendar.steps:
        yield _EMPTY
        yield from _prose(
            "dim",
            "A window is the expiry dates that a run takes; both dates shown are among them. A strip has one sign "
            f"for each expiry date of {_WEEKS} weeks from {full_date(outlook.calendar.as_of)} on: {LEGEND}.",
        )
    own = by_template(steps)
    # What several schedules of a template hold together is said once, with the last of them.
    last = {schedule.template: schedule.key for schedule in outlook.calendar.schedules}
    for schedule in outlook.calendar.schedules:
        yield from _heading(schedule, outlook)
        for one in own.get(schedule.template, ()):
            yield from _step(one, schedule, outlook, all_readings=all_readings, last=last)
        if schedule.template not in own:
            yield from _prose("yellow", "its template has no step that is switched on, so a run does nothing", 2)
    yield from _idle(outlook)
    yield from _guesses(outlook, steps)
    yield _EMPTY
    yield [("bold", sentences.last_line(outlook, steps))]


_EMPTY: Line = [("plain", "")]


def _problems(problems: Sequence[Problem], outlook: Outlook) -> Iterator[Line]:
    if not problems:
        return
    yield _EMPTY
    yield [("bold", "Look at these first:")]
    for problem in problems:
        name = name_problem(problem, outlook)
        yield from _hanging([("alarm", "  ! "), ("bold", name)], f"  {problem.text}", 6)
        if problem.help:
            yield from _prose("cyan", problem.help, 6)


def _heading(schedule: ScheduleCalendar, outlook: Outlook) -> Iterator[Line]:
    """Yield the name of a schedule, when it runs, and which readings would move its runs."""
    names = outlook.setup.names
    title = outlook.titles.get(schedule.key, "")
    yield _EMPTY
    yield from _hanging([("bold", names.key(schedule.key))], f"  {title}" if title else "", 2)
    yield from _prose(
        "plain", f"{sentences.describe_schedule(schedule, outlook)}; runs {names.key(schedule.template)}", 2
    )
    for reading in schedule.readings:
        yield from _prose("yellow", sentences.describe_runs_reading(reading), 2)


def _step(
    one: StepFacts, schedule: ScheduleCalendar, outlook: Outlook, *, all_readings: bool, last: Mapping[Key, Key]
) -> Iterator[Line]:
    """Yield a step: its runs by this schedule, readings that move its window, and which expiry dates are in a run."""
    yield _EMPTY
    act = sentences.describe_act(one.step)
    noun = act.partition(" ")[0]
    # A step without a name of its own begins with its noun.
    bold, rest = (one.label, f"  {act}") if one.label != noun else (noun, act.removeprefix(noun))
    yield from _hanging([("bold", f"  {bold}")], rest, 4)
    runs = [each for each in one.runs if each.run.schedule == schedule.key]
    yield from _runs(one, runs, schedule)
    for reading in one.known.readings:
        if all_readings or reading.setting not in sentences.PROJECT_WIDE:
            yield from _prose("yellow", sentences.describe_reading(reading, outlook), 4)
    result = sentences.describe_result(one, outlook)
    if not result:
        return
    if last[schedule.template] != schedule.key:
        yield from _prose("dim", "the dates that are in a run: see the last schedule of this template", 4)
        return
    yield from _prose("plain", result, 4)
    if one.known.coverage is None:
        return
    first = outlook.calendar.as_of
    yield from _strip(count_runs(outlook, one.step, first, first + timedelta(days=_WEEKS * 7 - 1)), first)


def _runs(one: StepFacts, runs: Sequence[StepRun], schedule: ScheduleCalendar) -> Iterator[Line]:
    """Yield the first runs of a step, one a line."""
    if one.known.relative:
        yield from _prose("plain", f"window: {one.known.relative}", 4)
    if not schedule.understood:
        return
    if not runs:
        yield from _prose("yellow", "no run in these days; a larger --days shows the next", 4)
    elif one.step.unclear:
        yield from _prose("alarm", f"the window is not clear: {one.step.unclear}", 4)
    elif all(each.window is None for each in runs):
        first, last = runs[0].run.day, runs[-1].run.day
        yield from _prose("plain", f"{counted(len(runs), 'run')}: {week_date(first)} to {week_date(last)}", 4)
    else:
        # The schedule says when a run is, unless it has several times or the clocks have changed.
        timed = len({each.run.at for each in runs}) > 1
        for each in runs[:_RUNS]:
            wrong = each.window is not None and each.window.end < each.window.start
            day = f"{week_date(each.run.day):<17}" + (f"{each.run.at:%H:%M}  " if timed else "")
            yield [("plain", f"    {day}"), ("alarm" if wrong else "plain", sentences.describe_window(each))]
        if len(runs) > _RUNS:
            yield [("dim", f"    and {len(runs) - _RUNS:,} more until {full_date(runs[-1].run.day)}")]


def _strip(counts: Sequence[int], first: date) -> Iterator[Line]:
    """Yield one sign for each expiry date, in groups of a week; a line begins with the date of its first sign."""
    weeks = [counts[at : at + 7] for at in range(0, len(counts), 7)]
    for at in range(0, len(weeks), _WEEKS_A_LINE):
        line: list[Span] = [("dim", f"  {short_date(first + timedelta(weeks=at)):>6}")]
        for week in weeks[at : at + _WEEKS_A_LINE]:
            line.append(("plain", " "))
            for count, same in groupby(week):
                sign, style = _SIGNS.get(count) or (str(count) if count < 10 else "+", "yellow")
                line.append((style, sign * len([*same])))
        yield line


def _idle(outlook: Outlook) -> Iterator[Line]:
    """Yield what has no runs: templates that no schedule names, and what is switched off."""
    names = outlook.setup.names
    if outlook.idle:
        yield _EMPTY
        yield [("bold", "Without runs:")]
    for key in outlook.idle:
        yield from _hanging([("plain", f"  {names.key(key)}")], f"  {sentences.describe_idle(key, outlook)}", 6)


def _guesses(outlook: Outlook, steps: Sequence[StepFacts]) -> Iterator[Line]:
    """Yield the guesses that the dates rest on, and how many steps rely on those that move nearly every window."""
    if not outlook.calendar.guesses or not outlook.calendar.schedules:
        return
    yield _EMPTY
    yield [("bold", "What the documentation of Rhythm leaves open, and how it is read here:")]
    for guess in outlook.calendar.guesses:
        yield from _prose("plain", sentences.describe_guess(guess), 2)
    for line in sentences.describe_project_wide(steps):
        yield from _prose("yellow", line, 2)


def _prose(style: str, sentence: str, indent: int = 0) -> Iterator[Line]:
    """Yield a text in lines of at most 80 characters; further lines are two characters further in."""
    space = " " * indent
    for line in _wrap(sentence, space, space + "  " * bool(indent)):
        yield [(style, line)]


def _hanging(head: Sequence[Span], sentence: str, indent: int) -> Iterator[Line]:
    """Yield spans and the text that follows them, in lines of at most 80 characters."""
    lead = "".join(span for _, span in head)
    after = sentence.lstrip(" ")
    if len(lead) > WIDTH - 20:
        # A long name leaves no room beside it.
        yield from [[*head]] if len(lead) <= WIDTH else _prose(head[-1][0], lead.strip(), indent - 2)
        yield from _prose("plain", after, indent)
        return
    lines = _wrap(after, lead + " " * (len(sentence) - len(after)), " " * indent)
    first, *rest = lines or (lead,)
    yield [*head, ("plain", first[len(lead) :])]
    for line in rest:
        yield [("plain", line)]


@lru_cache(maxsize=4096)
def _wrap(sentence: str, first: str, others: str) -> tuple[str, ...]:
    """Break a text into lines with these beginnings, but not inside a date."""
    # Templates are alike, and most sentences are short: breaking each of them takes seconds for a thousand templates.
    if len(first) + len(sentence) <= WIDTH and sentence.isprintable() and sentence and sentence == sentence.strip():
        return (first + sentence,)
    joined = _DATE.sub(_JOIN, sentence)
    lines = textwrap.wrap(
        joined, WIDTH, initial_indent=first, subsequent_indent=others, break_long_words=False, break_on_hyphens=False
    )
    return tuple([line.replace(_JOIN, " ") for line in lines])
