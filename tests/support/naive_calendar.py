"""Windows and runs in the most obvious way: walk from day to day, and compare each expiration date with each run.

Months are moved by dateutil's relativedelta. Nothing here comes from the code that it is compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from rhythmconf.insight.windows import Bound
from rhythmconf.settings import CalendarSettings

DAY = timedelta(1)


class Cadence(NamedTuple):
    """A schedule: its text, on which days it runs, and at what time it says that it runs."""

    text: str
    runs_on: Callable[[date], bool]
    at: time


def _is_last(day: date) -> bool:
    return (day + DAY).month != day.month


def _is_last_friday(day: date) -> bool:
    return day.weekday() == 4 and (day + 7 * DAY).month != day.month


def _is_second_tuesday(day: date) -> bool:
    return day.weekday() == 1 and 8 <= day.day <= 14


def _ends_quarter(day: date) -> bool:
    return day.day == 25 and day.month in (3, 6, 9, 12)


CADENCES = (
    Cadence("every day at 06:00", lambda day: True, time(6)),
    Cadence("every day at 02:30", lambda day: True, time(2, 30)),
    Cadence("every weekday at 23:30", lambda day: day.weekday() < 5, time(23, 30)),
    Cadence("every week on Monday at 06:00", lambda day: day.weekday() == 0, time(6)),
    Cadence("every week on Sunday and Thursday at 02:30", lambda day: day.weekday() in (6, 3), time(2, 30)),
    Cadence("every month on the 1st at 06:00", lambda day: day.day == 1, time(6)),
    Cadence("every month on the last day at 01:00", _is_last, time(1)),
    Cadence("every month on the second Tuesday at 09:00", _is_second_tuesday, time(9)),
    Cadence("every quarter on the 25th of its last month at 07:00", _ends_quarter, time(7)),
    Cadence("every year on March 1 at 06:00", lambda day: (day.month, day.day) == (3, 1), time(6)),
    Cadence("30 2 * * 0", lambda day: day.weekday() == 6, time(2, 30)),
    Cadence("FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=9;BYMINUTE=0", _is_last_friday, time(9)),
)


def find_runs(cadence: Cadence, first: date, last: date, settings: CalendarSettings) -> Iterator[date]:
    """Yield the day of each run in the tenant's zone, from day to day."""
    zone = ZoneInfo(settings.zone)
    day = first - 2 * DAY
    while day <= last + 2 * DAY:
        if cadence.runs_on(day):
            run = _place(datetime.combine(day, cadence.at), zone, settings)
            if run and first <= run <= last:
                yield run
        day += DAY


def _place(moment: datetime, zone: ZoneInfo, settings: CalendarSettings) -> date | None:
    """Return the day of a run; None where the clocks skip its time and such runs are left out."""
    if settings.clock == "utc":
        return moment.replace(tzinfo=UTC).astimezone(zone).date()
    there = moment.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    if there.replace(tzinfo=None) != moment and settings.gap == "skip":
        return None
    return there.date()


def find_prepared(run: date, lead: int) -> date:
    """Return the day that is `lead` working days before a run."""
    while lead:
        run -= DAY
        lead -= run.weekday() < 5
    return run


def find_window(start: Bound, end: Bound, run: date, lead: int, settings: CalendarSettings) -> tuple[date, date]:
    """Return the first and the last day of a window."""
    reference = run if settings.reference == "run" else find_prepared(run, lead)
    last = find_bound(end, reference, settings)
    return find_bound(start, reference, settings), last if settings.bounds == "closed" else last - DAY


def find_bound(bound: Bound, reference: date, settings: CalendarSettings) -> date:
    """Return the day of a bound."""
    number = {"before": -bound.number, "on": 0, "after": bound.number}[bound.position]
    if settings.order == "offset-first":
        return find_edge(bound.anchor, _move(reference, number, bound.unit, settings), settings.week)
    return _move(find_edge(bound.anchor, reference, settings.week), number, bound.unit, settings)


@cache
def find_edge(anchor: str, day: date, week: str) -> date:
    """Walk from a day to the first or the last day of its period."""
    if anchor == "the reference date":
        return day
    starts: dict[str, Callable[[date], bool]] = {
        "week": lambda day: day.weekday() == (0 if week == "monday" else 6),
        "month": lambda day: day.day == 1,
        "quarter": lambda day: day.day == 1 and day.month in (1, 4, 7, 10),
        "year": lambda day: day.day == 1 and day.month == 1,
    }
    begins = starts[anchor.rsplit(maxsplit=1)[-1]]
    if "beginning" in anchor:
        while not begins(day):
            day -= DAY
        return day
    while not begins(day + DAY):
        day += DAY
    return day


def _move(day: date, number: int, unit: str, settings: CalendarSettings) -> date:
    if settings.months == "clip" or unit in ("days", "weeks"):
        return day + relativedelta(**{unit: number})  # type: ignore[arg-type]
    moved = day.replace(day=1) + relativedelta(**{unit: number})  # type: ignore[arg-type]
    for _ in range(day.day - 1):
        moved += DAY
    return moved
