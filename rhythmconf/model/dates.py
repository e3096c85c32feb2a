"""Write dates and ranges of dates for people, in English whatever the locale: `Mon 7 Dec 2026`, `5 Feb-11 Feb`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
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
    return f"{_DAYS[value.weekday()][:3]} {full_date(value)}"


@lru_cache(maxsize=32768)
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


def name_dates(ranges: Sequence[tuple[date, date]], first: date, days: int, most: int) -> str:
    """Return the dates of sorted ranges: `every Friday from 5 Feb 2027 on`, or at most `most` ranges.

    The dates were looked for in the `days` days from `first` on.
    """
    return _name_weekdays(tuple(ranges), first, days) or spans(ranges, most)


@lru_cache(maxsize=1024)
def _name_weekdays(ranges: tuple[tuple[date, date], ...], first: date, days: int) -> str:
    """Return `every Friday from 5 Feb 2027 on` where the dates are every such day to the end of the `days` days."""
    if len(ranges) < 3 or any((last - first).days > 5 for first, last in ranges):
        return ""
    # Numbers of days: there may be hundreds of dates for each of thousands of steps. Day 1 of all dates is a Monday.
    dates = [number for start, last in ranges for number in range(start.toordinal(), last.toordinal() + 1)]
    weekdays = {(number - 1) % 7 for number in dates}
    end = (first + timedelta(days)).toordinal()
    if dates != [number for number in range(dates[0], end) if (number - 1) % 7 in weekdays]:
        return ""
    return f"every {join([_DAYS[day] for day in sorted(weekdays)])} from {full_date(ranges[0][0])} on"


def join(names: Sequence[str]) -> str:
    """Return a list in words: `a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
