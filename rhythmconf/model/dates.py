"""Write dates and ranges of dates for people, in English whatever the locale: `Mon 7 Dec 2026`, `5 Feb-11 Feb`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def month(value: date) -> str:
    """Return the month: `Dec`."""
    return _MONTHS[value.month - 1]


def short_date(value: date) -> str:
    """Return day and month: `7 Dec`."""
    return f"{value.day} {month(value)}"


def full_date(value: date) -> str:
    """Return day, month and year: `7 Dec 2026`."""
    return f"{short_date(value)} {value.year}"


def week_date(value: date) -> str:
    """Return the date with its day of the week: `Mon 7 Dec 2026`."""
    return f"{_DAYS[value.weekday()]} {full_date(value)}"


def span(start: date, end: date, near: date | None = None) -> str:
    """Return the first and the last date of a range: `5 Feb-11 Feb 2027`, or one date.

    Without the year where both are in the year of `near`, a date that stands beside it.
    """
    year = near.year if near else None
    if start == end:
        return short_date(start) if start.year == year else full_date(start)
    if start.year != end.year:
        return f"{full_date(start)}-{full_date(end)}"
    return f"{short_date(start)}-{short_date(end) if end.year == year else full_date(end)}"


def spans(ranges: Sequence[tuple[date, date]], most: int) -> str:
    """Return the first ranges of a sorted list, and how many more there are: `..., and 49 more until 27 Feb 2028`."""
    shown = [span(start, end) for start, end in ranges[:most]]
    if len(ranges) > most:
        shown.append(f"and {len(ranges) - most:,} more until {full_date(ranges[-1][1])}")
    return ", ".join(shown)
