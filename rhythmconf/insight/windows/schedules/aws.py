"""Read `cron(...)` and `rate(...)` as AWS documents them. Its cron counts weekdays from 1, Sunday.

Of the libraries for it, one needs an old dateutil and the other is not kept, so the fields are read here.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, NamedTuple

from rhythmconf.insight.windows.schedules.values import MOST_RUNS, Question, Rules, is_weekly_rule

WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
WEEKDAY_NAMES = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"), 1)}
MONTH_NAMES = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
)}  # fmt: skip
ITEM = re.compile(r"(?:(\*)|([0-9]{1,4}|[a-z]{3})(?:-([0-9]{1,4}|[a-z]{3}))?)(?:/([0-9]{1,4}))?")
NEAREST = re.compile(r"([0-9]{1,2})w")
NTH = re.compile(r"([0-9]|[a-z]{3})(?:(l)|#([1-5]))")
RATE = re.compile(r"rate\( ?([1-9][0-9]{0,3}) (minute|hour|day)(s?) ?\)")
MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60}
SATURDAY = 5


class Field(NamedTuple):
    """The values that a field may have."""

    low: int
    high: int
    names: Mapping[str, int] = {}

    def read(self, text: str) -> list[int]:
        """Return the values that a text with lists, ranges and steps names; nothing if it is wrong."""
        values = set[int]()
        for item in text.split(","):
            found = self._read_item(item)
            if not found:
                return []
            values |= {*found}
        return sorted(values)

    def _read_item(self, item: str) -> range:
        match = ITEM.fullmatch(item)
        if match is None:
            return range(0)
        every, first, last, step = match.groups()
        low = self.low if every else self.value(first)
        high = self.value(last) if last else self.high if every or step else low
        if not self.low <= low <= high <= self.high or step in ("0", "00", "000", "0000"):
            return range(0)
        return range(low, high + 1, int(step or 1))

    def value(self, word: str) -> int:
        """Return the number of a word; -1 if it has none."""
        return self.names.get(word, int(word) if word.isdigit() else -1)


MINUTE, HOUR, DAY, MONTH = Field(0, 59), Field(0, 23), Field(1, 31), Field(1, 12, MONTH_NAMES)
WEEKDAY, YEAR = Field(1, 7, WEEKDAY_NAMES), Field(1970, 2199)


@dataclass(frozen=True, slots=True)
class AwsCron:
    """A cron of six fields as an RRULE. It runs in `years`, or in every year if there are none.

    With `is_nearest`, a run is on the working day nearest to that of the rule.
    """

    rule: str
    years: frozenset[int]
    is_nearest: bool
    zone: str = ""
    is_ever_short: ClassVar[bool] = False

    @property
    def is_weekly(self) -> bool:
        """Whether it has the same runs in each week of every year."""
        return not self.years and is_weekly_rule(self.rule)

    def find(self, question: Question) -> Iterator[datetime]:
        """Yield the times of runs."""
        from rhythmconf.insight.windows.schedules.expand import expand

        for found in expand(self.rule, None, question.first, question.last):
            if not self.years or found.year in self.years:
                yield datetime.combine(nearest_working_day(found.date()), found.time()) if self.is_nearest else found


def read_aws(words: str) -> Rules | AwsCron | None:
    """Return when a `cron(...)` or a `rate(...)` runs; None if it isn't understood, or for too many runs a day."""
    if words.startswith("rate("):
        return _read_rate(words)
    fields = words[len("cron(") : -1].split() if words.endswith(")") else []
    if len(fields) != 6 or [fields[2], fields[4]].count("?") != 1:
        return None
    minutes, hours = MINUTE.read(fields[0]), HOUR.read(fields[1])
    months, years = MONTH.read(fields[3]), YEAR.read(fields[5])
    days = _read_days(fields[2]) if fields[4] == "?" else _read_weekdays(fields[4])
    if not (minutes and hours and months and years and days) or len(minutes) * len(hours) > MOST_RUNS:
        return None
    of = _part("BYMONTH", months) if len(months) < len(MONTH_NAMES) else []
    parts = [days, *of, *_part("BYHOUR", hours), *_part("BYMINUTE", minutes), "BYSECOND=0"]
    return AwsCron(";".join(parts), frozenset(years if fields[5] != "*" else ()), bool(NEAREST.fullmatch(fields[2])))


def _read_days(field: str) -> str:
    """Return the start of the RRULE for days of the month; empty if the field is wrong."""
    if field == "l":
        return "FREQ=MONTHLY;BYMONTHDAY=-1"
    nearest = NEAREST.fullmatch(field)
    days = DAY.read(nearest[1] if nearest else field)
    return f"FREQ=MONTHLY;BYMONTHDAY={','.join(map(str, days))}" if days else ""


def _read_weekdays(field: str) -> str:
    """Return the start of the RRULE for weekdays; empty if the field is wrong."""
    if field == "l":  # the last day of the week
        return "FREQ=WEEKLY;BYDAY=SA"
    if nth := NTH.fullmatch(field):
        day = WEEKDAY.value(nth[1])
        return f"FREQ=MONTHLY;BYDAY={nth[3] or -1}{WEEKDAYS[day - 1]}" if 1 <= day <= 7 else ""
    days = WEEKDAY.read(field)
    return f"FREQ=WEEKLY;BYDAY={','.join(WEEKDAYS[day - 1] for day in days)}" if days else ""


def _part(name: str, values: list[int]) -> list[str]:
    return [f"{name}={','.join(map(str, values))}"]


def _read_rate(words: str) -> Rules | None:
    """Return runs at 00:00 and then at the rate. It must divide a day: otherwise the dates depend on its first run."""
    match = RATE.fullmatch(words)
    if match is None or (match[1] == "1") == bool(match[3]):
        return None
    minutes = int(match[1]) * MINUTES[match[2]]
    hours = minutes // 60
    if minutes % 60 or 24 % hours:
        return None
    rule = f"FREQ=DAILY;BYHOUR={','.join(map(str, range(0, 24, hours)))};BYMINUTE=0;BYSECOND=0"
    return Rules((rule,), (rule,))


def nearest_working_day(day: date) -> date:
    """Return the day itself, or the working day beside a weekend, without leaving the month."""
    beyond = day.weekday() - SATURDAY
    if beyond < 0:
        return day
    if beyond == 0:
        return day + timedelta(days=-1 if day.day > 1 else 2)
    return day + timedelta(days=1 if day.day < monthrange(day.year, day.month)[1] else -2)
