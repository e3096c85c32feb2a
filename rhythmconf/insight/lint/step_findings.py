"""What a rule about runs says about a step, and words that several of these rules use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from rhythmconf.model import Severity
from rhythmconf.model.code import Rule
from rhythmconf.model.dates import span, week_date
from rhythmconf.model.plural import counted

if TYPE_CHECKING:
    from rhythmconf.insight.windows.values import Step, Window

COVERED = 800
"""Days from today on whose runs and expiration dates are judged."""
SHOWN = 3
"""Ranges that a message names."""
QUARTERS = (
    "for quarters, run on the 1st, start `before 3 months, the beginning of the quarter` and end "
    "`before 1 days, the reference date`: that takes each date once"
)
_QUARTER = range(85, 96)
"""Days between two runs of a schedule that runs each quarter."""


class StepFinding(NamedTuple):
    """What a rule says about the step at `position`; `text` follows its name, and the name of `other` follows `text`.

    `severity` is None for that of the rule.
    """

    rule: Rule
    position: int
    text: str
    help: str = ""
    severity: Severity | None = None
    other: int | None = None


class Distances(NamedTuple):
    """How many days lie between two runs, at least and at most."""

    least: int
    most: int


def window_on(run: date, window: Window) -> str:
    """Return a window with its run: `on Mon 7 Dec 2026 it is from 1 Feb 2027 to 7 Feb 2027`."""
    return f"on {week_date(run)} it is {dates_of(window)}"


def dates_of(window: Window) -> str:
    """Return the dates of a window; one that ends before it begins is told as it is."""
    if window.end < window.start:
        return f"from {week_date(window.start)} to {week_date(window.end)}"
    return span(window.start, window.end)


def width(runs: Sequence[tuple[date, Window]]) -> int:
    """Return the days of the widest window."""
    return max(((window.end - window.start).days + 1 for _, window in runs), default=0)


def is_of_quarters(step: Step, distances: Distances | None) -> bool:
    """Tell whether a step is about quarters: by its bounds, or because it runs each quarter."""
    anchors = [bound.anchor for bound in (step.start, step.end) if bound is not None]
    runs_quarterly = distances is not None and distances.least in _QUARTER and distances.most in _QUARTER
    return runs_quarterly or any(anchor.endswith("quarter") for anchor in anchors)


def widen(distances: Distances | None) -> str:
    """Return the advice for a window that doesn't fit the time between two runs."""
    if distances is None:
        return "let each window begin on the day after the end of the one before"
    if distances.least == distances.most:
        return f"make the window {counted(distances.most, 'day')} wide, as many as lie between two runs"
    return (
        f"{distances.least} to {distances.most} days lie between two runs, and a window of days fits only one number: "
        "run every week with a window of 7 days, or take whole calendar months"
    )
