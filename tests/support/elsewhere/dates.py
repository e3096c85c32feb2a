"""Tell dates as the specification words them, one day at a time: runs of schedules, and ends of windows."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4}


def runs_on(text: str, day: date) -> bool | None:
    """Say whether a schedule has a run on a day; None where it is not understood."""
    for pattern, rule in RULES:
        if found := re.fullmatch(pattern, text, re.IGNORECASE):
            return rule(day, *found.groups())
    return None


def _weekday(name: str) -> int:
    return next(n for n, one in enumerate(DAYS) if one.startswith(name.lower()[:2]))


def _numbers(text: str) -> list[int]:
    return [int(one) for one in re.findall(r"\d+", text)]


def _last(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _every_weeks(day: date, count: str, name: str, start: str) -> bool:
    begin = date.fromisoformat(start)
    monday = begin - timedelta(begin.weekday())
    return day >= begin and day.weekday() == _weekday(name) and (day - monday).days // 7 % int(count) == 0


def _nth_weekday(day: date, nth: str, name: str) -> bool:
    if day.weekday() != _weekday(name):
        return False
    return day.day + 7 > _last(day) if nth == "last" else (day.day - 1) // 7 + 1 == NTH[nth]


AT = r"(?: at \d\d:\d\d)?"
RULES: tuple[tuple[str, Callable[..., bool]], ...] = (
    (rf"every day{AT}", lambda day: True),
    (rf"every weekday{AT}", lambda day: day.weekday() < 5),
    (rf"every week on ([a-z, ]+?){AT}", lambda day, names: DAYS[day.weekday()] in re.split(r", | and ", names.lower())),
    (rf"every month on the last day{AT}", lambda day: day.day == _last(day)),
    (rf"every month on the (first|second|third|fourth|last) (\w+day){AT}", _nth_weekday),
    (rf"every month on the ((?:\d+(?:st|nd|rd|th)(?:, | and )?)+){AT}", lambda day, text: day.day in _numbers(text)),
    (
        rf"every quarter on the (\d+)\w\w of its (first|second|third|last) month{AT}",
        lambda day, nth, month: day.day == int(nth) and (day.month - 1) % 3 == {"last": 3, **NTH}[month] - 1,
    ),
    (rf"every (\d+) weeks on (\w+){AT} from (\d{{4}}-\d\d-\d\d)", _every_weeks),
    (r"\d+ \d+ \* \* (\d)", lambda day, number: day.isoweekday() % 7 == int(number) % 7),
    (r"\d+ \d+ (\d+) \* \*", lambda day, number: day.day == int(number)),
    (r"FREQ=WEEKLY;BYDAY=(\w\w);BYHOUR=\d+", lambda day, name: day.weekday() == _weekday(name)),
)


def bound_of(bound: Mapping[str, Any], day: date) -> date:
    """Return the date of one end of a window for a run on `day`; ValueError where it is not clear."""
    anchor = anchor_of(bound["relative_to"], day)
    if bound["position"] == "on":
        return anchor
    if bound["number"] != int(bound["number"]):
        raise ValueError("half")
    count = int(bound["number"]) * (1 if bound["position"] == "after" else -1)
    unit = bound["unit_of_time"]
    if unit in ("days", "weeks"):
        return anchor + timedelta(count * (7 if unit == "weeks" else 1))
    months = anchor.year * 12 + anchor.month - 1 + count * (12 if unit == "years" else 1)
    first = date(months // 12, months % 12 + 1, 1)
    return first.replace(day=min(anchor.day, _last(first)))


@cache
def anchor_of(relative: str, day: date) -> date:
    """Return the day that a bound is counted from: of all days about it, the first or last that shares its period."""
    if relative == "the reference date":
        return day
    _, side, _, _, unit = relative.split()
    same = [one for one in around(day) if part(one, unit) == part(day, unit)]
    return min(same) if side == "beginning" else max(same)


def around(day: date) -> Iterator[date]:
    """Return every day of the years about a day."""
    return (day + timedelta(n) for n in range(-370, 371))


def part(day: date, unit: str) -> object:
    """Return what a day has in common with the days of its week, month, quarter or year."""
    parts: dict[str, object] = {
        "week": day - timedelta(day.weekday()),
        "month": (day.year, day.month),
        "quarter": (day.year, (day.month - 1) // 3),
        "year": day.year,
    }
    return parts[unit]


def expires(record: Mapping[str, Any], zone: str) -> date | None:
    """Return the date on which a record expires in a zone."""
    text = record.get("expiration_date")
    return read_date(text, zone) if isinstance(text, str) else None


@cache
def read_date(text: str, zone: str) -> date | None:
    """Return a date, or the date of an instant in a zone; None where it is neither."""
    try:
        return (
            datetime.fromisoformat(text).astimezone(ZoneInfo(zone)).date() if "T" in text else date.fromisoformat(text)
        )
    except ValueError:
        return None
