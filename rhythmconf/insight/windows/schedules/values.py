"""The values that describe when a schedule runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple, Protocol

WEEKLY = frozenset(("FREQ", "BYDAY", "BYHOUR", "BYMINUTE", "BYSECOND"))
"""The parts of a daily or a weekly RRULE by which each week is like the one before."""
MOST_RUNS = 24
"""The most runs on one day. A schedule with more counts as not understood: it can't be one of billing runs."""


class Occurrence(NamedTuple):
    """A run, in the civil time of the tenant's zone."""

    date: date
    time: time


class Question(NamedTuple):
    """Which runs are asked for: from `first` to `last`, both included.

    With `is_clipped`, a run on the 31st is on the last day of a shorter month. `zone` is that of the schedule's times.
    """

    first: date
    last: date
    is_clipped: bool
    zone: str


class Reading(NamedTuple):
    """What decides when a recurrence runs, besides itself: equal readings of a recurrence give equal runs.

    The times of its text are those of `told_in`, and its runs have those of `zone`. With `is_clipped`, a run on the
    31st is on the last day of a shorter month. With `is_shifted`, a run in a skipped hour is moved on.
    """

    told_in: str
    zone: str
    is_clipped: bool
    is_shifted: bool


class Recurrence(Protocol):
    """When a schedule runs. Recurrences are immutable and hashable, and equal only where their runs are.

    `zone` is the time zone that the text names; empty if it names none.
    """

    @property
    def zone(self) -> str:
        """The time zone that the text names, or an empty text."""
        ...

    @property
    def is_ever_short(self) -> bool:
        """Whether it has runs on days that some months lack, and these can be moved to their last day."""
        ...

    @property
    def is_weekly(self) -> bool:
        """Whether it has the same runs in each week, so that those of one week tell all others."""
        ...

    def find(self, question: Question) -> Iterator[datetime]:
        """Yield the times of runs, in any order and perhaps repeated, without their zone."""
        ...

    def __hash__(self) -> int: ...


def is_weekly_rule(rule: str) -> bool:
    """Tell whether an RRULE without a start has the same runs in each week."""
    parts = {part.partition("=")[0] for part in rule.split(";")}
    return parts <= WEEKLY and not {"FREQ=DAILY", "FREQ=WEEKLY"}.isdisjoint(rule.split(";"))


@dataclass(frozen=True, slots=True)
class Rules:
    """A recurrence as RRULEs: a run of any of them is a run.

    `clipped` has the rules for a run on the 31st that is on the last day of a shorter month. Without `start`, no rule
    depends on when it began.
    """

    rules: tuple[str, ...]
    clipped: tuple[str, ...]
    start: datetime | None = None
    zone: str = ""

    @property
    def is_ever_short(self) -> bool:
        """Whether the rules of a shorter month are others."""
        return self.rules != self.clipped

    @property
    def is_weekly(self) -> bool:
        """Whether each rule has the same runs in each week."""
        return self.start is None and all(is_weekly_rule(rule) for rule in (*self.rules, *self.clipped))

    def find(self, question: Question) -> Iterator[datetime]:
        """Yield the times of runs."""
        from rhythmconf.insight.windows.schedules.expand import expand

        for rule in self.clipped if question.is_clipped else self.rules:
            yield from expand(rule, self.start, question.first, question.last)
