"""Expand an RRULE to the runs of some days, with dateutil."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time

from dateutil.rrule import rrulestr

CYCLE = 400
"""The calendar repeats after so many years, with its weekdays and leap years."""
LAST_YEAR = 9999


def expand(rule: str, start: datetime | None, first: date, last: date) -> Iterator[datetime]:
    """Yield the times at which a rule runs from `first` to `last`.

    A rule without `start` may not depend on when it began.
    """
    # dateutil looks for the next run until the year 9999. A rule that never runs, such as the 30th of February, would
    # take it seconds. So the rule runs in the last cycle of the calendar, where that search is short.
    ahead = (LAST_YEAR - last.year) // CYCLE * CYCLE
    # A week, a month or a year that has begun before is cut off: dateutil cuts weeks only.
    begin = start or (datetime(first.year - 1, 12, 1) if first.year > 1 else datetime(1, 1, 1))
    low, high = _ahead(datetime.combine(first, time.min), ahead), _ahead(datetime.combine(last, time.max), ahead)
    if _ahead(begin, ahead) > high:
        return
    for found in rrulestr(rule, dtstart=_ahead(begin, ahead)):
        if found > high:
            return
        if found >= low:
            yield _ahead(found, -ahead)


def _ahead(moment: datetime, years: int) -> datetime:
    return moment.replace(year=moment.year + years)
