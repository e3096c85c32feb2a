"""The settings about what nobody has documented, and what differs if one of them has another value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from rhythmconf.insight.windows.bounds import Spans, day, make_window, windows
from rhythmconf.insight.windows.running import Horizon, coverage, references, run_days
from rhythmconf.insight.windows.values import Guess, Reading, RunsReading, Schedule, Step
from rhythmconf.settings.calendar import CalendarSettings


class Question(NamedTuple):
    """A setting with two values, each in words; `asks` is the question, `moves` what the other value can move."""

    guess: str
    setting: str
    moves: str
    asks: str
    says: Mapping[str, str]


QUESTIONS = (
    Question(
        "G1",
        "order",
        "windows",
        "`before 2 months, the end of the quarter`: from where is it counted?",
        {
            "anchor-first": "A bound is counted from its anchor: the end of the month, then 3 months before.",
            "offset-first": "A bound is the anchor of a shifted date: 3 months before, then the end of that month.",
        },
    ),
    Question(
        "G2",
        "week",
        "windows",
        "When does a week begin?",
        {"monday": "A week begins on Monday.", "sunday": "A week begins on Sunday."},
    ),
    Question(
        "G3",
        "bounds",
        "windows",
        "Does the last date of a window count?",
        {"closed": "The last day of a window counts.", "end-open": "The last day of a window doesn't count."},
    ),
    Question(
        "G4",
        "reference",
        "windows",
        "From which day is a window counted?",
        {
            "run": "The reference date is the day of the run.",
            "prepared": "The reference date is the day on which the run is prepared.",
        },
    ),
    Question(
        "G5",
        "clock",
        "runs",
        "Is the time of a schedule that of the zone?",
        {"local": "A schedule tells the time of the tenant's zone.", "utc": "A schedule tells UTC."},
    ),
    Question(
        "G7",
        "months",
        "windows",
        "What is a month after 31 January?",
        {
            "clip": "A month after 31 January is the last day of February.",
            "roll": "A month after 31 January is in March: the missing days are counted on.",
        },
    ),
    Question(
        "G8",
        "short",
        "runs",
        "Is there a run on the 31st of April?",
        {
            "skip": "A run on the 31st is left out in a shorter month.",
            "clip": "A run on the 31st is on the last day of a shorter month.",
        },
    ),
    Question(
        "G8",
        "gap",
        "runs",
        "What about a run at 02:30 when the clocks skip that hour?",
        {
            "shift": "A run in the hour that the clocks skip is moved on by that hour.",
            "skip": "A run in the hour that the clocks skip is left out.",
        },
    ),
)


ZONE = ("G5", "zone", "In which zone does the tenant tell days?")
"""Guess, setting and question of the zone, which has more values than two."""


class Answers(NamedTuple):
    """A question that nobody has documented the answer of: its guess, the setting, and what each value means."""

    guess: str
    setting: str
    asks: str
    says: Mapping[str, str]
    default: str


class Deviation(NamedTuple):
    """The settings with another value for one of them."""

    guess: str
    setting: str
    value: str
    settings: CalendarSettings


def list_questions() -> tuple[Answers, ...]:
    """Return every question, in the order in which `state_guesses` states them."""
    default = CalendarSettings()
    zone = Answers(*ZONE, {"NAME": "Days are those of this zone, for example America/New_York."}, default.zone)
    every = [Answers(one.guess, one.setting, one.asks, one.says, getattr(default, one.setting)) for one in QUESTIONS]
    return (*every[:4], zone, *every[4:])


def state_guesses(settings: CalendarSettings) -> tuple[Guess, ...]:
    """Return every guess about dates, with its value in words and where the value comes from."""
    zone = Guess(*ZONE[:2], settings.zone, f"Days are those of the zone {settings.zone}.", _source("zone", settings))
    guesses = []
    for question in QUESTIONS:
        value = getattr(settings, question.setting)
        guesses.append(
            Guess(question.guess, question.setting, value, question.says[value], _source(question.setting, settings))
        )
    return (*guesses[:4], zone, *guesses[4:])


def _source(setting: str, settings: CalendarSettings) -> Any:
    return "project" if setting in settings.given else "default"


def deviations(settings: CalendarSettings, moves: str) -> Iterator[Deviation]:
    """Yield the settings with one of them changed, for each setting that moves `windows`, or `runs`."""
    for question in QUESTIONS:
        if question.moves == moves:
            [value] = question.says.keys() - {getattr(settings, question.setting)}
            changed: dict[str, Any] = {question.setting: value}
            yield Deviation(question.guess, question.setting, value, settings._replace(**changed))


def read_windows(
    step: Step,
    schedules: Sequence[Schedule],
    horizon: Horizon,
    settings: CalendarSettings,
    others: Sequence[Deviation],
) -> Iterator[Reading]:
    """Yield the readings among `others` that move a window of a run within a horizon."""
    first, last = horizon.first.toordinal(), horizon.last.toordinal()
    runs = [run_days(schedule, first, last, settings) for schedule in schedules]
    base = [
        windows(step, references(days, schedule.lead, settings), settings)
        for days, schedule in zip(runs, schedules, strict=True)
    ]
    for other in others:
        moved = []
        for days, schedule, spans in zip(runs, schedules, base, strict=True):
            changed = windows(step, references(days, schedule.lead, other.settings), other.settings)
            if changed != spans:
                moved.append(_first_moved(days, spans, changed))
        if moved:
            run, was, now = min(moved)
            covered = coverage(step, schedules, horizon.first, horizon.covered, other.settings)
            yield Reading(*other[:3], day(run), make_window(*was), make_window(*now), covered)


def _first_moved(runs: Sequence[int], base: Spans, changed: Spans) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """Return the first run whose window differs, with both windows."""
    pairs = zip(runs, zip(*base, strict=True), zip(*changed, strict=True), strict=True)
    return next((run, was, now) for run, was, now in pairs if was != now)


def read_runs(
    schedule: Schedule, horizon: Horizon, settings: CalendarSettings, others: Sequence[Deviation]
) -> Iterator[RunsReading]:
    """Yield the readings among `others` in which a schedule runs on other days of a horizon."""
    first, last = horizon.first.toordinal(), horizon.last.toordinal()
    base = run_days(schedule, first, last, settings)
    for other in others:
        changed = run_days(schedule, first, last, other.settings)
        if changed != base:
            away, extra = Counter(base) - Counter(changed), Counter(changed) - Counter(base)
            yield RunsReading(*other[:3], len(changed), _days(away), _days(extra))


def _days(counts: Counter[int]) -> tuple[date, ...]:
    return tuple(day(each) for each in sorted(counts.elements()))
