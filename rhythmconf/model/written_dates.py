"""Read the dates of files and options, and say how a date in another form is written: with the year first."""

from __future__ import annotations

import calendar
import re
from datetime import datetime

FORM = "write year, month and day: 2026-12-01"
MONTHS = {name[:3].lower(): number for number, name in enumerate(calendar.month_name) if name}
_RIGHT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T.+)?")
# These are texts, because only mistakes need them: `re` compiles them then.
_YEAR_FIRST = r"([0-9]{4})[-/. ]?([0-9]{1,2})[-/. ]?([0-9]{1,2})"
_YEAR_LAST = r"([0-9]{1,2})([-/.]) ?([0-9]{1,2})\2 ?([0-9]{4})"
_DAY_AND_NAME = r"([0-9]{1,2})(?:st|nd|rd|th|\.)?(?: of)? ([a-z]{3,9})\.?,? ([0-9]{4})"
_NAME_AND_DAY = r"([a-z]{3,9})\.? ([0-9]{1,2})(?:st|nd|rd|th)?,? ([0-9]{4})"


def is_date(text: str) -> bool:
    """Tell whether a text is a date that exists, with or without a time: `2026-12-01`."""
    if not _RIGHT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def advise_date(text: str) -> str:
    """Return what is wrong with a text that is no date and how it is written, as far as that can be told."""
    forms = sorted({f"{one[0]:04}-{one[1]:02}-{one[2]:02}" for one in _readings(" ".join(text.lower().split()))})
    real = [form for form in forms if is_date(form)]
    if real:
        return f"write {' or '.join(real)}" + (": the year first, then the month" if len(real) > 1 else "")
    for form in forms:
        year, month = int(form[:4]), int(form[5:7])
        if 1 <= month <= 12 and year:
            days = calendar.monthrange(year, month)[1]
            return f"{calendar.month_name[month]} {year} has {days} days: correct the day"
    return FORM


def _readings(text: str) -> list[tuple[int, int, int]]:
    """Return year, month and day of each way to read a text; none of them need exist."""
    if match := re.fullmatch(_YEAR_FIRST, text):
        year, month, day = map(int, match.groups())
        return [(year, month, day)] if month <= 12 else [(year, day, month)]
    if match := re.fullmatch(_YEAR_LAST, text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        # With dots, the day is first everywhere.
        return [(year, second, first)] if match[2] == "." else [(year, first, second), (year, second, first)]
    if match := re.fullmatch(_DAY_AND_NAME, text):
        return _named(match[3], match[2], match[1])
    if match := re.fullmatch(_NAME_AND_DAY, text):
        return _named(match[3], match[1], match[2])
    return []


def _named(year: str, name: str, day: str) -> list[tuple[int, int, int]]:
    month = MONTHS.get(name[:3])
    whole = calendar.month_name[month].lower() if month else ""
    return [(int(year), month, int(day))] if month and whole.startswith(name) else []
