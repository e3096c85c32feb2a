"""Compute the bounds of windows, for many runs at once.

Days are ordinals (`date.toordinal`): calendars of a thousand templates compute millions of them. A day before year 1 or
after year 9999 becomes the first or the last day that there is.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from rhythmconf.insight.windows.values import Bound, Step, Window
from rhythmconf.settings.calendar import CalendarSettings

Spans = tuple[tuple[int, ...], tuple[int, ...]]
"""The first and the last days of windows, in the same order. A window whose end is before its start is empty."""

FIRST: int = date.min.toordinal()
LAST: int = date.max.toordinal()
_LENGTH: Mapping[str, float] = {"months": 365.2425 / 12, "years": 365.2425}
"""The length of each unit in days, on average."""
_IRREGULAR = 7
"""The most by which some months or years differ from the average in all, and from what is left of a short month."""
_PERIODS = {"": 0, "week": 6, "month": 30, "quarter": 91, "year": 365}
"""How far an edge of each period is at most from a day inside of it, in days."""
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Rules(NamedTuple):
    """The settings that a bound depends on; each is a default where the bound is the same at any value."""

    offset_first: bool
    sunday: bool
    roll: bool


def rules(bound: Bound, settings: CalendarSettings) -> Rules:
    """Return the settings that `bound` depends on, so that equal results are computed once."""
    return _rules(bound, settings.order, settings.week, settings.months)


@lru_cache(maxsize=8192)
def _rules(bound: Bound, order: str, week: str, months: str) -> Rules:
    return Rules(
        order == "offset-first" and bound.number != 0 and bound.anchor != "the reference date",
        week == "sunday" and bound.anchor.endswith("week"),
        months == "roll" and bound.unit in ("months", "years"),
    )


@lru_cache(maxsize=1024)
def resolve_all(bound: Bound, references: tuple[int, ...], rules: Rules) -> tuple[int, ...]:
    """Return where a bound lies for each reference date."""
    if bound.anchor == "the reference date" and bound.unit in ("days", "weeks"):
        offset = bound.number * (7 if bound.unit == "weeks" else 1) * (-1 if bound.position == "before" else 1)
        if references and min(references) + offset >= FIRST and max(references) + offset <= LAST:
            return tuple([reference + offset for reference in references])
    return tuple([_resolve(bound, reference, rules) for reference in references])


def windows(step: Step, references: tuple[int, ...], settings: CalendarSettings) -> Spans:
    """Return the first and the last days of a step's windows; none where a bound isn't clear."""
    if step.start is None or step.end is None:
        return (), ()
    return between(step.start, step.end, references, settings)


def between(start: Bound, end: Bound, references: tuple[int, ...], settings: CalendarSettings) -> Spans:
    """Return the first and the last days of the windows between two bounds."""
    starts = resolve_all(start, references, rules(start, settings))
    ends = resolve_all(end, references, rules(end, settings))
    return starts, ends if settings.bounds == "closed" else _before(ends)


def make_window(start: int, end: int) -> Window:
    """Return a window of ordinals as dates."""
    return Window(day(start), day(end))


@lru_cache(maxsize=1024)
def window_column(starts: tuple[int, ...], ends: tuple[int, ...]) -> tuple[Window, ...]:
    """Return windows as dates; steps with equal windows share them."""
    return tuple([Window(day(start), day(end)) for start, end in zip(starts, ends, strict=True)])


@lru_cache(maxsize=16384)
def day(ordinal: int) -> date:
    """Return the date of an ordinal, shared by all who ask for it."""
    return date.fromordinal(_clamp(ordinal))


def reach(step: Step) -> tuple[int, int]:
    """Return the first and the last day that a window can hold, in days after its reference date, or a bit more."""
    if step.start is None or step.end is None:
        return 0, 0
    return _extent(step.start)[0], _extent(step.end)[1]


@lru_cache(maxsize=8192)
def _extent(bound: Bound) -> tuple[int, int]:
    """Return how far a bound is at least and at most from its reference date, in days."""
    if bound.unit in ("days", "weeks"):
        least = most = bound.number * (7 if bound.unit == "weeks" else 1)
    else:
        length = round(bound.number * _LENGTH[bound.unit])
        least, most = length - _IRREGULAR, length + _IRREGULAR
    if bound.position == "before":
        least, most = -most, -least
    edge, period = _anchor(bound.anchor)
    return least - (_PERIODS[period] if edge == "beginning" else 0), most + (_PERIODS[period] if edge == "end" else 0)


def _resolve(bound: Bound, reference: int, rules: Rules) -> int:
    sign = -1 if bound.position == "before" else 1
    if rules.offset_first:
        return _edge(bound.anchor, _shift(reference, sign * bound.number, bound.unit, rules), rules)
    return _shift(_edge(bound.anchor, reference, rules), sign * bound.number, bound.unit, rules)


def _shift(ordinal: int, number: int, unit: str, rules: Rules) -> int:
    if unit in ("days", "weeks"):
        return _clamp(ordinal + number * (7 if unit == "weeks" else 1))
    origin = date.fromordinal(ordinal)
    year, month = divmod(origin.year * 12 + origin.month - 1 + number * (12 if unit == "years" else 1), 12)
    if not date.min.year <= year <= date.max.year:
        return FIRST if year < date.min.year else LAST
    length = monthrange(year, month + 1)[1]
    # `roll` counts on into the next month: the 31st of a month of 30 days is the 1st.
    kept = origin.day if rules.roll else min(origin.day, length)
    return _clamp(date(year, month + 1, 1).toordinal() + kept - 1)


def _edge(anchor: str, ordinal: int, rules: Rules) -> int:
    """Return the anchor for a reference date: the date itself, or the first or the last day of its period."""
    edge, period = _anchor(anchor)
    if not period:
        return ordinal
    if period == "week":
        # Day 1 is a Monday.
        begin = ordinal - (ordinal if rules.sunday else ordinal - 1) % 7
        return _clamp(begin if edge == "beginning" else begin + 6)
    inside = date.fromordinal(ordinal)
    size = _MONTHS[period]
    month = (inside.month - 1) // size * size + 1
    if edge == "beginning":
        return date(inside.year, month, 1).toordinal()
    last = month + size - 1
    return date(inside.year, last, monthrange(inside.year, last)[1]).toordinal()


@lru_cache
def _anchor(text: str) -> tuple[str, str]:
    """Return edge and period of an anchor (`the end of the month`); both are empty for the reference date."""
    if text == "the reference date":
        return "", ""
    words = text.split()
    return words[1], words[-1]


def _clamp(ordinal: int) -> int:
    return min(max(ordinal, FIRST), LAST)


@lru_cache(maxsize=256)
def _before(ends: tuple[int, ...]) -> tuple[int, ...]:
    return tuple([end - 1 for end in ends])
