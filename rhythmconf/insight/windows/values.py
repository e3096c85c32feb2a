"""What billing runs do and when, as immutable values: the setup that is read from bodies, and the calendar made of it.

This module leaves out `from __future__ import annotations`, as `model/values.py` does.
"""

from collections.abc import Mapping
from datetime import date, time
from typing import Literal, NamedTuple

from rhythmconf.catalog import Takes
from rhythmconf.insight.windows.schedules import Recurrence
from rhythmconf.model import WITH_MODULES, Does, Json, Key, KindNames

Position = Literal["before", "after", "on"]
Unit = Literal["days", "weeks", "months", "years"]
Reason = Literal["schedule", "window"]
"""Why something is unknown: the schedule isn't understood, or the window isn't clear."""

Ranges = tuple[tuple[date, date], ...]
"""Ranges of dates, sorted, with a gap between each two; both ends are included."""


class Bound(NamedTuple):
    """One bound of a window: `number` units before or after the anchor, or `on` the anchor (then 0 days).

    `anchor` is as the API writes it (`the end of the month`).
    """

    position: Position
    anchor: str
    number: int
    unit: Unit


class Restriction(NamedTuple):
    """What a step is restricted to: all (`none`), only `keys` (`include`) or all but `keys` (`exclude`)."""

    mode: Literal["none", "include", "exclude"] = "none"
    keys: frozenset[Key] = frozenset()


class Step(NamedTuple):
    """A step of the runs of a template: an option that is switched on, or one reminder of it.

    `name` is that of a reminder (`60#1` for the first of several with one name, `#1` for the first without a name);
    None for an option without reminders. `pointer` leads to it below `spec`. `start` and `end` are None for a step
    without a window, and where a bound isn't clear; then `unclear` says why. `marks` has what identifies a reminder:
    a value for each choice of `x-list-map-keys`, None for no value. JSON leaves it out.
    """

    template: Key
    option: str
    pointer: str
    name: str | None
    does: Does
    takes: Takes
    start: Bound | None = None
    end: Bound | None = None
    unclear: str = ""
    programs: Restriction = Restriction()
    marks: tuple[Json, ...] = ()


class Schedule(NamedTuple):
    """An active schedule of an active template.

    `recurrence` is None where `text` isn't understood. `lead` counts the business days from preparation to run.
    """

    key: Key
    template: Key
    text: str
    recurrence: Recurrence | None
    lead: int = 0


class Setup(NamedTuple):
    """What runs of one configuration do: the steps of each active template, and the schedules that have runs.

    A schedule has runs while it is active and its template is an active document. `names` says how kinds are shown.
    `unscheduled` are the kinds of templates that no kind of schedule can name, so nobody knows when they run.
    """

    steps: Mapping[Key, tuple[Step, ...]]
    schedules: tuple[Schedule, ...]
    names: KindNames = WITH_MODULES
    unscheduled: frozenset[str] = frozenset()


class Window(NamedTuple):
    """The expiration dates that a step takes on one run, both included; nothing where `end` is before `start`."""

    start: date
    end: date

    def unexpired_on(self, run: date) -> "Window | None":
        """Return the dates that have not expired on the day of a run: that day itself has not; None for no date."""
        return Window(max(self.start, run), self.end) if self.end >= max(self.start, run) else None


class Coverage(NamedTuple):
    """How many expiration dates of a range are in no run, in one and in more; `most` is the largest number of runs."""

    never: int
    once: int
    more: int
    most: int
    never_on: Ranges = ()


class Guess(NamedTuple):
    """A setting about behaviour that nobody has documented: `says` puts its value into words."""

    id: str
    setting: str
    value: str
    says: str
    source: Literal["default", "project", "observed"]


class RunStep(NamedTuple):
    """A step of one run; `window` is None where it isn't clear, or where the step has none."""

    option: str
    name: str | None
    window: Window | None


class Run(NamedTuple):
    """One run of a schedule: its day and its time of day in the tenant's zone, and its steps."""

    day: date
    at: time
    schedule: Key
    template: Key
    prepared_on: date
    steps: tuple[RunStep, ...]


class Reading(NamedTuple):
    """What a window is if one setting has another value, on the first run (`run`) on which it differs from `base`."""

    guess: str
    setting: str
    value: str
    run: date
    base: Window
    window: Window
    coverage: Coverage | None


class Changeover(NamedTuple):
    """What the change of a step does to expiration dates from `first` to `last`, where old and new runs meet.

    `never_on` are dates that no run takes, though each version alone takes them. `twice_on` are dates that more runs
    take than of each version alone.
    """

    first: date
    last: date
    never: int = 0
    never_on: Ranges = ()
    twice: int = 0
    twice_on: Ranges = ()


class Backlog(NamedTuple):
    """Expiration dates that the first run takes in addition, because no run took them before."""

    run: date
    days: int = 0
    dates: Ranges = ()


class StepCalendar(NamedTuple):
    """What is known about a step. What is None is unknown, or doesn't apply.

    `relative` says in words what the window is, where the runs aren't known.
    """

    step: Step
    coverage: Coverage | None = None
    readings: tuple[Reading, ...] = ()
    changeover: Changeover | None = None
    backlog: Backlog | None = None
    relative: str | None = None


class RunsReading(NamedTuple):
    """The runs if one setting has another value: how many (`runs`), which are missing (`away`) and new (`extra`)."""

    guess: str
    setting: str
    value: str
    runs: int
    away: tuple[date, ...]
    extra: tuple[date, ...]


class ScheduleCalendar(NamedTuple):
    """What is known about a schedule: whether it is understood, and the readings that move its runs."""

    key: Key
    template: Key
    text: str
    understood: bool
    readings: tuple[RunsReading, ...] = ()


class Unknown(NamedTuple):
    """Something that can't be told: `subject` is `kind/key`, followed by option and step where it is about one."""

    subject: str
    reason: Reason


class Calendar(NamedTuple):
    """The runs of `days` days from `as_of`, their windows, and what is known about each step.

    Coverage is counted over the 800 expiration dates from `as_of`.
    """

    as_of: date
    zone: str
    days: int
    guesses: tuple[Guess, ...] = ()
    runs: tuple[Run, ...] = ()
    steps: tuple[StepCalendar, ...] = ()
    schedules: tuple[ScheduleCalendar, ...] = ()
    unknown: tuple[Unknown, ...] = ()
