"""Write a calendar as one HTML page without scripts, with a picture of each step, for a browser or a printer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from rhythmconf import __version__
from rhythmconf.insight.windows.outlook import Outlook, count_runs
from rhythmconf.insight.windows.values import ScheduleCalendar
from rhythmconf.model import Key
from rhythmconf.model.plural import counted
from rhythmconf.report.dates import full_date, week_date
from rhythmconf.report.display import capitalised
from rhythmconf.report.page import render_page
from rhythmconf.report.subjects.calendar import sentences
from rhythmconf.report.subjects.calendar.picture import Bar, Picture, bounds, draw
from rhythmconf.report.subjects.calendar.problems import Problem, find_problems, headline, name_problem
from rhythmconf.report.subjects.calendar.steps import StepFacts, StepRun, by_template, list_steps
from rhythmconf.report.terminal import safe

_PICTURES = 40
"""Steps that have a picture: those with a problem first. The others stand in a table."""
_RUNS = 13
"""Runs of a step in its picture and its table: a quarter of weekly runs."""
_PROBLEMS = 100


class Row(NamedTuple):
    """A run in the table of a step."""

    run: str
    prepared: str
    start: str
    end: str
    days: str


class Card(NamedTuple):
    """A step as the page shows it. `problem` is empty where there is none."""

    anchor: str
    name: str
    kind: str
    problem: str
    good: str
    sentence: str
    picture: Markup | str
    lines: Sequence[str]
    readings: Sequence[str]
    caption: str
    rows: Sequence[Row]
    more: str


class Group(NamedTuple):
    """A template with its schedules and steps."""

    anchor: str
    title: str
    key: str
    lines: Sequence[str]
    steps: Sequence[Card]


class Entry(NamedTuple):
    """A problem in the list at the top of the page, with the anchor of its step if that has a picture."""

    anchor: str
    name: str
    text: Markup


class Other(NamedTuple):
    """A step without a picture."""

    name: str
    run: str
    window: str
    result: str


def html(outlook: Outlook) -> str:
    """Return the page."""
    steps = list_steps(outlook)
    problems = find_problems(outlook, steps)
    bad = {id(problem.step): problem for problem in reversed(problems) if problem.step}
    pictured = _choose(steps, {*bad})
    anchors = {id(one): f"step-{number}" for number, one in enumerate(pictured, 1)}
    return render_page(
        "calendar.html",
        styles=("calendar.css",),
        environment=outlook.environment,
        headline=headline(outlook, steps, problems),
        bad=bool(problems),
        facts=f"{sentences.describe_range(outlook)}. Dates and times are in {sentences.describe_zone(outlook)}.",
        problems=[_entry(problem, outlook, anchors) for problem in problems[:_PROBLEMS]],
        more_problems=max(0, len(problems) - _PROBLEMS),
        groups=[*_groups(pictured, outlook, anchors, bad)],
        others=[_other(one, outlook) for one in steps if id(one) not in anchors],
        pictures=_PICTURES,
        first=full_date(outlook.calendar.as_of),
        notes=[*_notes(outlook, steps)],
        version=__version__,
    )


def _choose(steps: Sequence[StepFacts], bad: set[int]) -> list[StepFacts]:
    """Return the steps that get a picture, in their order: all, or those with a problem first."""
    if len(steps) <= _PICTURES:
        return [*steps]
    ranked = sorted(steps, key=lambda one: id(one) not in bad)
    chosen = {id(one) for one in ranked[:_PICTURES]}
    return [one for one in steps if id(one) in chosen]


def _entry(problem: Problem, outlook: Outlook, anchors: dict[int, str]) -> Entry:
    help = f". {capitalised(problem.help)}" if problem.help else ""
    return Entry(anchors.get(id(problem.step), ""), name_problem(problem, outlook), _mark_code(problem.text + help))


def _groups(
    steps: Iterable[StepFacts], outlook: Outlook, anchors: dict[int, str], bad: dict[int, Problem]
) -> Iterator[Group]:
    for number, (template, same) in enumerate(by_template(steps).items(), 1):
        cards = [_card(one, outlook, anchors[id(one)], bad.get(id(one))) for one in same]
        key = outlook.setup.names.key(template)
        yield Group(
            f"template-{number}", outlook.titles.get(template) or key, key, [*_schedules(template, outlook)], cards
        )


def _schedules(template: Key, outlook: Outlook) -> Iterator[str]:
    """Yield a sentence for each schedule of a template."""
    schedules = [one for one in outlook.calendar.schedules if one.template == template]
    for schedule in schedules:
        key = outlook.setup.names.key(schedule.key)
        title = outlook.titles.get(schedule.key)
        name = f"{title} ({key})" if title else key
        if schedule.understood:
            yield f"{name}: {sentences.describe_schedule(schedule, outlook)}."
        else:
            yield f"{name}: the schedule '{schedule.text}' is not understood, so its runs are not known."
        yield from (f"{capitalised(sentences.describe_runs_reading(reading))}." for reading in schedule.readings)
    if not schedules:
        yield "It never runs: no active schedule names it."


def _card(one: StepFacts, outlook: Outlook, anchor: str, problem: Problem | None) -> Card:
    shown = [each for each in one.runs if each.window][:_RUNS]
    coverage = one.known.coverage
    result = sentences.describe_result(one, outlook)
    lines = [f"{capitalised(result)}."] if result else []
    if one.known.relative:
        lines.append(f"Window: {one.known.relative}.")
    if problem and not coverage:
        lines.append(f"{capitalised(problem.text)}.")
    if not one.runs and any(schedule.understood for schedule in _own(one, outlook)):
        lines.append("There is no run in these days.")
    return Card(
        anchor,
        one.label,
        sentences.step_kind(one.step),
        problem.word if problem else "",
        "" if problem or coverage is None else sentences.praise(coverage),
        sentences.explain_bars(one) if shown else f"{capitalised(sentences.describe_act(one.step))}.",
        _draw(one, shown, outlook, anchor) if shown else "",
        lines,
        [f"{capitalised(sentences.describe_reading(reading, outlook))}." for reading in one.known.readings],
        f"Runs of {one.label} and the expiry dates that they hold",
        [_table_row(each) for each in (shown or one.runs[:_RUNS])],
        f"And {len(one.runs) - _RUNS:,} more until {full_date(one.runs[-1].run.day)}." if len(one.runs) > _RUNS else "",
    )


def _own(one: StepFacts, outlook: Outlook) -> Iterator[ScheduleCalendar]:
    return (schedule for schedule in outlook.calendar.schedules if schedule.template == one.step.template)


def _draw(one: StepFacts, shown: Sequence[StepRun], outlook: Outlook, anchor: str) -> Markup:
    bars = [Bar(each.run.day, *each.window) for each in shown if each.window]
    first, last = bounds(bars)
    counts = count_runs(outlook, one.step, first, last)
    result = capitalised(sentences.describe_result(one, outlook))
    described = f"{counted(len(bars), 'run')}, the first on {week_date(bars[0].run)} with {_window(shown[0])}. {result}"
    return Markup(  # noqa: S704 -- built from escaped parts
        draw(
            Picture(
                anchor,
                f"Runs and windows of {one.label}",
                f"{described}. The table below has the same dates.",
                bars,
                first,
                last,
                counts,
                repeats=one.step.does == "remind",
            )
        )
    )


def _window(each: StepRun) -> str:
    return f"the window {sentences.describe_window(each)}"


def _table_row(each: StepRun) -> Row:
    run, window = each.run, each.window
    when, prepared = f"{week_date(run.day)} {run.at:%H:%M}", week_date(run.prepared_on)
    if window is None:
        return Row(when, prepared, "", "", "")
    days = (window.end - window.start).days + 1
    size = str(days) if days > 0 else "none: it ends before it begins"
    return Row(when, prepared, full_date(window.start), full_date(window.end), size)


def _other(one: StepFacts, outlook: Outlook) -> Other:
    first = one.runs[0] if one.runs else None
    return Other(
        f"{outlook.setup.names.key(one.step.template)}, {one.label}",
        week_date(first.run.day) if first else "none in these days",
        sentences.describe_window(first) if first and first.window else one.known.relative or "",
        sentences.describe_result(one, outlook),
    )


def _notes(outlook: Outlook, steps: Sequence[StepFacts]) -> Iterator[tuple[str, list[str]]]:
    """Yield the sections at the end: what has no runs, and what the dates rest on."""
    idle = [f"{outlook.setup.names.key(key)}: {sentences.describe_idle(key, outlook)}." for key in outlook.idle]
    if idle:
        yield "Without runs", idle
    if outlook.calendar.guesses and outlook.calendar.schedules:
        guesses = [f"{sentences.describe_guess(guess)}." for guess in outlook.calendar.guesses]
        relied = [f"{line}." for line in sentences.describe_project_wide(steps)]
        yield "What the documentation of Rhythm leaves open, and how it is read here", [*guesses, *relied]


def _mark_code(text: str) -> Markup:
    """Return a text whose parts in backticks are code."""
    parts = (escape(safe(part)) for part in text.split("`"))
    return Markup("").join(Markup("<code>{}</code>").format(part) if n % 2 else part for n, part in enumerate(parts))
