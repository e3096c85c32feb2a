"""The settings about what nobody has documented, and what differs if one of them has another value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from rhythmconf.insight.windows.bounds import day, make_window, windows
from rhythmconf.insight.windows.running import coverage, references, run_days
from rhythmconf.insight.windows.schedules import occurrences
from rhythmconf.insight.windows.values import Guess, Reading, RunsReading, Schedule, Step
from rhythmconf.settings.calendar import CalendarSettings


class Question(NamedTuple):
    """A setting with two values, each in words; `moves` says what the other value can move."""

    guess: str
    setting: str
    moves: str
    says: Mapping[str, str]


QUESTIONS = (
    Question(
        "G1",
        "order",
        "windows",
        {
            "anchor-first": "A bound is counted from its anchor: the end of the month, then 3 months before.",
            "offset-first": "A bound is the anchor of a shifted date: 3 months before, then the end of that month.",
        },
    ),
    Question(
        "G2",
        "week",
        "windows",
        {"monday": "A week begins on Monday.", "sunday": "A week begins on Sunday."},
    ),
    Question(
        "G3",
        "bounds",
        "windows",
        {"closed": "The last day of a window counts.", "end-open": "The last day of a window doesn't count."},
    ),
    Question(
        "G4",
        "reference",
        "windows",
        {
            "run": "The reference date is the day of the run.",
            "prepared": "The reference date is the day on which the run is prepared.",
        },
    ),
    Question(
        "G5",
        "clock",
        "runs",
        {"local": "A schedule tells the time of the tenant's zone.", "utc": "A schedule tells UTC."},
    ),
    Question(
        "G7",
        "months",
        "windows",
        {
            "clip": "A month after 31 January is the last day of February.",
            "roll": "A month after 31 January is in March: the missing days are counted on.",
        },
    ),
    Question(
        "G8",
        "short",
        "runs",
        {
            "skip": "A run on the 31st is left out in a shorter month.",
            "clip": "A run on the 31st is on the last day of a shorter month.",
        },
    ),
    Question(
        "G8",
        "gap",
        "runs",
        {
            "shift": "A run in the hour that the clocks skip is moved on by that hour.",
            "skip": "A run in the hour that the clocks skip is left out.",
        },
    ),
)


class Deviation(NamedTuple):
    """The settings with another value for one of them."""

    guess: str
    setting: str
    value: str
    settings: CalendarSettings


def state_guesses(settings: CalendarSettings) -> tuple[Guess, ...]:
    """Return every guess about dates, with its value in words and where the value comes from."""
    zone = Guess("G5", "zone", settings.zone, f"Days are those of the zone {settings.zone}.", _source("zone", settings))
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
    step: Step, schedules: Sequence[Schedule], first: date, last: date, covered: date, settings: CalendarSettings
) -> Iterator[Reading]:
    """Yield the readings that move a window of a run from `first` to `last`; coverage is counted until `covered`."""
    for deviation in deviations(settings, "windows"):
        found = [_first_moved(step, schedule, first, last, settings, deviation) for schedule in schedules]
        moved = [each for each in found if each is not None]
        if moved:
            run, base, other = min(moved)
            yield Reading(
                *deviation[:3],
                day(run),
                make_window(*base),
                make_window(*other),
                coverage(step, schedules, first, covered, deviation.settings),
            )


def _first_moved(
    step: Step, schedule: Schedule, first: date, last: date, settings: CalendarSettings, deviation: Deviation
) -> tuple[int, tuple[int, int], tuple[int, int]] | None:
    """Return the first run whose window differs, its window in `settings` and that in the deviation."""
    runs = run_days(schedule, first.toordinal(), last.toordinal(), settings)
    base = windows(step, references(runs, schedule.lead, settings), settings)
    other = windows(step, references(runs, schedule.lead, deviation.settings), deviation.settings)
    if base == other:
        return None
    for run, window, changed in zip(runs, zip(*base, strict=True), zip(*other, strict=True), strict=True):
        if window != changed:
            return run, window, changed
    return None


def read_runs(schedule: Schedule, first: date, last: date, settings: CalendarSettings) -> Iterator[RunsReading]:
    """Yield the readings in which a schedule runs on other days from `first` to `last`."""
    if schedule.recurrence is None:
        return
    base = Counter(each.date for each in occurrences(schedule.recurrence, first, last, settings))
    for deviation in deviations(settings, "runs"):
        other = Counter(each.date for each in occurrences(schedule.recurrence, first, last, deviation.settings))
        if other != base:
            away, extra = sorted((base - other).elements()), sorted((other - base).elements())
            yield RunsReading(*deviation[:3], other.total(), tuple(away), tuple(extra))
