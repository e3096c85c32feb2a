"""Read schedules in words, such as `every week on Monday at 06:00`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time

from rhythmconf.insight.windows.schedules.values import Rules

WEEKDAYS = {"monday": "MO", "tuesday": "TU", "wednesday": "WE", "thursday": "TH", "friday": "FR", "saturday": "SA",
            "sunday": "SU"}  # fmt: skip
MONTHS = {"january": 31, "february": 29, "march": 31, "april": 30, "may": 31, "june": 30, "july": 31, "august": 31,
          "september": 30, "october": 31, "november": 30, "december": 31}  # fmt: skip
"""The most days of each month."""
ORDINALS = {f"{n}{'th' if 10 < n < 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}": n for n in range(1, 32)}
POSITIONS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
PLACES = {"first": (1, 4, 7, 10), "second": (2, 5, 8, 11), "third": (3, 6, 9, 12), "last": (3, 6, 9, 12)}
"""The months that are the first, second, third and last of their quarters."""
NEVER_SHORT = 28
"""Every month has this day."""
EARLIEST, LATEST = 1900, 2199
"""The years in which a schedule can begin."""

TIME = r"([0-9]{1,2}:[0-9]{2})"
SENTENCE = re.compile(rf"(.+?)(?: at {TIME})?(?: from ([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})(?: at {TIME})?)?")
INTERVAL = re.compile(r"every ([1-9][0-9]{0,2}) (days?|weeks?)(?: on (.+))?")
COMMA = re.compile(r" ?, ?(?:and )?| and ")


def read_words(words: str) -> Rules | None:
    """Return when a schedule in words runs, at 00:00 if it tells no time; None if it isn't understood."""
    match = SENTENCE.fullmatch(words)
    if match is None or (match[2] and match[4]):
        return None
    sentence, began = match[1], match[3]
    hour, minute = map(int, (match[2] or match[4] or "0:00").split(":"))
    if hour > 23 or minute > 59:
        return None
    at = f"BYHOUR={hour};BYMINUTE={minute};BYSECOND=0"
    if began:
        return _read_interval(sentence, began, at)
    for beginning, reader in READERS.items():
        if sentence.startswith(beginning):
            return reader(sentence.removeprefix(beginning), at)
    return None


def _read_day(rest: str, at: str) -> Rules | None:
    return None if rest else _always(f"FREQ=DAILY;{at}")


def _read_weekday(rest: str, at: str) -> Rules | None:
    return None if rest else _always(f"FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;{at}")


def _read_week(rest: str, at: str) -> Rules | None:
    days = _weekdays(rest)
    return _always(f"FREQ=WEEKLY;BYDAY={days};{at}") if days else None


def _read_month(rest: str, at: str) -> Rules | None:
    position, _, name = rest.removeprefix("the ").partition(" ")
    if (position, name) == ("last", "day"):
        return _always(f"FREQ=MONTHLY;BYMONTHDAY=-1;{at}")
    if position in POSITIONS and name in WEEKDAYS:
        return _always(f"FREQ=MONTHLY;BYDAY={POSITIONS[position]}{WEEKDAYS[name]};{at}")
    days = [ORDINALS.get(part.removeprefix("the ")) for part in COMMA.split(rest)]
    return _on_days(range(1, 13), [day for day in days if day], at) if all(days) else None


def _read_quarter(rest: str, at: str) -> Rules | None:
    ordinal, found, place = rest.removeprefix("the ").partition(" of its ")
    day, months = ORDINALS.get(ordinal), PLACES.get(place.removesuffix(" month"))
    return _on_days(months, [day], at) if found and day and months and place.endswith(" month") else None


def _read_year(rest: str, at: str) -> Rules | None:
    name, _, day = rest.partition(" ")
    if name not in MONTHS or not re.fullmatch(r"[1-9][0-9]?", day) or int(day) > MONTHS[name]:
        return None
    return _on_days([[*MONTHS].index(name) + 1], [int(day)], at)


READERS: dict[str, Callable[[str, str], Rules | None]] = {
    "every day": _read_day,
    "every weekday": _read_weekday,
    "every week on ": _read_week,
    "every month on ": _read_month,
    "every quarter on ": _read_quarter,
    "every year on ": _read_year,
}


def _read_interval(sentence: str, began: str, at: str) -> Rules | None:
    """Read `every N days` or `every N weeks`, perhaps `on DAY`, from a date that is the first run."""
    match = INTERVAL.fullmatch(sentence)
    try:
        first = date.fromisoformat(began)
    except ValueError:
        return None
    if match is None or not EARLIEST <= first.year <= LATEST:
        return None
    count, unit, on = match[1], match[2].removesuffix("s"), match[3]
    own = [*WEEKDAYS.values()][first.weekday()]
    days = own if on is None else _weekdays(on)
    # Of a date on another weekday, readers would not agree on whether its own week counts.
    if own not in days.split(",") or (on is not None and unit == "day"):
        return None
    rule = f"FREQ=DAILY;INTERVAL={count};{at}" if unit == "day" else f"FREQ=WEEKLY;INTERVAL={count};BYDAY={days};{at}"
    return _always(rule, datetime.combine(first, time.min))


def _weekdays(text: str) -> str:
    """Return `Monday, Tuesday and Friday` as RRULEs have it; empty if it is something else."""
    names = COMMA.split(text)
    return ",".join(code for name, code in WEEKDAYS.items() if name in names) if {*names} <= WEEKDAYS.keys() else ""


def _always(rule: str, start: datetime | None = None) -> Rules:
    return Rules((rule,), (rule,), start)


def _on_days(months: Sequence[int], days: Sequence[int], at: str) -> Rules:
    """Return runs on some days of some months. In a shorter month, the clipped rule has the last day that there is."""
    of = "" if len(months) == 12 else f"BYMONTH={','.join(map(str, months))};"
    rules, clipped = [], []
    for day in sorted(set(days)):
        rules.append(f"FREQ=MONTHLY;{of}BYMONTHDAY={day};{at}")
        nearest = ",".join(map(str, range(NEVER_SHORT, day + 1)))
        clipped.append(rules[-1] if day <= NEVER_SHORT else f"FREQ=MONTHLY;{of}BYMONTHDAY={nearest};BYSETPOS=-1;{at}")
    return Rules(tuple(rules), tuple(clipped))
