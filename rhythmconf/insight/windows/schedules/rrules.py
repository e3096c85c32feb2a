"""Read recurrence rules of iCalendar (RFC 5545), and expand them with dateutil."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from math import prod
from typing import ClassVar

from rhythmconf.insight.windows.schedules.plain import EARLIEST, LATEST
from rhythmconf.insight.windows.schedules.values import MOST_RUNS, Question, is_weekly_rule
from rhythmconf.settings.calendar import zones

BOUNDS = {"INTERVAL": 1000, "COUNT": 100_000, "BYSECOND": 59, "BYMINUTE": 59, "BYHOUR": 23, "BYMONTH": 12,
          "BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": 53, "BYSETPOS": 366}  # fmt: skip
"""The highest value of each numeric part."""
FROM_ZERO = ("BYSECOND", "BYMINUTE", "BYHOUR")
FROM_THE_END = ("BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS")
"""The parts that may count from the end, with a minus."""
SINGLE = ("INTERVAL", "COUNT")
NOT_WITH = {
    "DAILY": {"BYYEARDAY", "BYWEEKNO"},
    "WEEKLY": {"BYYEARDAY", "BYWEEKNO", "BYMONTHDAY"},
    "MONTHLY": {"BYYEARDAY", "BYWEEKNO"},
    "YEARLY": set[str](),
}
"""The parts that RFC 5545 forbids for each frequency. A rule that runs more often than daily isn't understood."""
DAYS = {"BYDAY", "BYMONTHDAY", "BYYEARDAY"}
WEEKDAY = re.compile(r"([+-]?[1-9][0-9]?)?(MO|TU|WE|TH|FR|SA|SU)")
NUMBER = re.compile(r"[+-]?[0-9]{1,6}")
MOMENT = r"([0-9]{8})(?:T([0-9]{6})(Z)?)?"
START = re.compile(rf"DTSTART(?:;VALUE=DATE(?:-TIME)?|;TZID=([^:;]+))*:{MOMENT}")
UNTIL = re.compile(MOMENT)


@dataclass(frozen=True, slots=True)
class IcalRule:
    """An RRULE. `until` is its last moment, with a zone where the text says UTC."""

    rule: str
    start: datetime | None
    until: datetime | None
    zone: str = ""
    is_ever_short: ClassVar[bool] = False

    @property
    def is_weekly(self) -> bool:
        """Whether it has the same runs in each week, without a beginning or an end."""
        return self.start is None and self.until is None and is_weekly_rule(self.rule)

    def find(self, question: Question) -> Iterator[datetime]:
        """Yield the times of runs."""
        from rhythmconf.insight.windows.schedules.expand import expand

        until = _in_zone(self.until, question.zone)
        for found in expand(self.rule, self.start, question.first, question.last):
            if until is not None and found > until:
                return
            yield found


def read_rule(words: str) -> IcalRule | None:
    """Return when an RRULE runs, with or without a line DTSTART; None if it isn't understood."""
    lines = re.sub(r" ?([;=,:]) ?", r"\1", words.upper()).split()
    rules = [line.removeprefix("RRULE:") for line in lines if line.startswith(("RRULE:", "FREQ="))]
    starts = [START.fullmatch(line) for line in lines if line.startswith("DTSTART")]
    if len(rules) != 1 or len(starts) > 1 or len(lines) != 1 + len(starts):
        return None
    parts = _read_parts(rules[0])
    if not starts:
        return _make(parts, None, "") if parts and _runs_alike_from_any_start(parts) else None
    return _read_start(parts, starts[0]) if parts and starts[0] else None


def _read_start(parts: Mapping[str, str], match: re.Match[str]) -> IcalRule | None:
    """Return a rule that begins at its DTSTART; None if that can't be read."""
    name, day, clock, is_utc = match.groups()
    start, zone = _moment(day, clock or "000000"), "UTC" if is_utc else _zone(name)
    if start is None or zone is None or (is_utc and name) or not EARLIEST <= start.year <= LATEST:
        return None
    return _make(parts, start, zone)


def _read_parts(rule: str) -> Mapping[str, str]:
    """Return the parts of a rule by name; nothing if one of them is wrong or unknown."""
    pairs = [part.partition("=") for part in rule.split(";")]
    parts = {name: value for name, _, value in pairs}
    frequency = parts.get("FREQ", "")
    checked = all(_is_part(name, value) for name, value in parts.items())
    if not checked or len(parts) != len(pairs) or NOT_WITH[frequency] & parts.keys() or {"COUNT", "UNTIL"} <= {*parts}:
        return {}
    numbered = any(character.isdigit() for character in parts.get("BYDAY", ""))
    if numbered and (frequency not in ("MONTHLY", "YEARLY") or "BYWEEKNO" in parts):
        return {}
    by = [name for name in parts if name.startswith("BY")]
    runs = prod(len(set(parts[name].split(","))) for name in FROM_ZERO if name in parts)
    return {} if by == ["BYSETPOS"] or runs > MOST_RUNS else parts


def _is_part(name: str, value: str) -> bool:
    values = value.split(",")
    if name == "FREQ":
        return value in NOT_WITH
    if name == "WKST":
        return bool(re.fullmatch(r"MO|TU|WE|TH|FR|SA|SU", value))
    if name == "UNTIL":
        match = UNTIL.fullmatch(value)
        return match is not None and _moment(match[1], match[2] or "000000") is not None
    if name == "BYDAY":
        return all(WEEKDAY.fullmatch(word) for word in values)
    if name not in BOUNDS or (name in SINGLE and len(values) > 1):
        return False
    numbers = [int(word) if NUMBER.fullmatch(word) else None for word in values]
    lowest = 0 if name in FROM_ZERO else -BOUNDS[name] if name in FROM_THE_END else 1
    return all(number is not None and lowest <= number <= BOUNDS[name] for number in numbers) and (
        name in FROM_ZERO or 0 not in numbers
    )


def _runs_alike_from_any_start(parts: Mapping[str, str]) -> bool:
    """Tell whether a rule without DTSTART says by itself on which days it runs."""
    counted = "COUNT" in parts or int(parts.get("INTERVAL", "1")) > 1
    return not counted and (parts["FREQ"] == "DAILY" or bool(DAYS & parts.keys()))


def _make(parts: Mapping[str, str], start: datetime | None, zone: str) -> IcalRule:
    until = None
    if match := UNTIL.fullmatch(parts.get("UNTIL", "")):
        until = _moment(match[1], match[2] or "235959")
        until = until.replace(tzinfo=UTC) if until and match[3] else until
    # A run has the time of its start, or 00:00, where the rule has none. `expand` begins at 00:00.
    rule = ";".join(f"{name}={value}" for name, value in parts.items() if name != "UNTIL")
    return IcalRule(rule, start, until, zone)


def _moment(day: str, clock: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock))
    except ValueError:
        return None


def _zone(name: str | None) -> str | None:
    """Return the time zone of a name in any case, an empty text for no name, None for an unknown one."""
    if name is None:
        return ""
    return next((zone for zone in zones() if zone.upper() == name), None)


def _in_zone(moment: datetime | None, zone: str) -> datetime | None:
    if moment is None or moment.tzinfo is None:
        return moment
    from zoneinfo import ZoneInfo

    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
