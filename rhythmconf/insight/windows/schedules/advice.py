"""Advise how to write a schedule that isn't understood.

Every offer is a text that is understood. Nothing is assumed: a reader decides whether it is meant.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from rhythmconf.insight.windows.schedules import LONGEST, understand
from rhythmconf.insight.windows.schedules.plain import MONTHS, ORDINALS, POSITIONS, WEEKDAYS
from rhythmconf.model.plural import joined
from rhythmconf.model.suggest import nearest
from rhythmconf.model.written_dates import advise_date, is_date

CRON_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
"""The fields of a cron line with the numbers that they allow; 0 and 7 are Sunday."""
MACROS = {
    "@yearly": "every year on January 1",
    "@annually": "every year on January 1",
    "@monthly": "every month on the 1st",
    "@weekly": "every week on Sunday",
    "@daily": "every day",
    "@midnight": "every day",
}
UNITS = {
    **dict.fromkeys(("day", "days", "daily"), "day"),
    **dict.fromkeys(("week", "weeks", "weekly"), "week"),
    **dict.fromkeys(("month", "months", "monthly"), "month"),
    **dict.fromkeys(("quarter", "quarters", "quarterly"), "quarter"),
    **dict.fromkeys(("year", "years", "yearly", "annually", "annual"), "year"),
    **dict.fromkeys(("weekday", "weekdays", "workday", "workdays"), "weekday"),
}
USUAL = {
    "day": "every day",
    "weekday": "every weekday",
    "week": "every week on Monday",
    "month": "every month on the 1st",
    "quarter": "every quarter on the 1st of its first month",
    "year": "every year on January 1",
}
"""What is offered for a unit alone."""
FILLERS = frozenset(("every", "each", "on", "the", "of", "in", "and", "at", "a", "once", "per", "runs", "run", "all"))
SHORT_DAYS = {"tues": "tuesday", "thur": "thursday", "thurs": "thursday"} | {day[:3]: day for day in WEEKDAYS}
SHORT_MONTHS = {"sept": "september"} | {month[:3]: month for month in MONTHS}
FROM = "from YYYY-MM-DD`, with the day of the first run"

_CRON = re.compile(r"[0-9*][0-9*/,?#a-z-]*(?: [0-9a-z*?][0-9*/,?#a-z-]*){3,6}")
_WORKING = re.compile(r"\b(?:mon(?:day)?s? ?(?:-|\u2013|to|through|until) ?fri(?:day)?s?|(?:working|business) days?)\b")
_OTHER = re.compile(
    r"\b(?:every (?:other|second|2nd)|bi-?weekly|fortnightly|every (?P<count>[0-9]{1,3})) ?(?P<unit>[a-z]*)"
)
_TIMES = (
    re.compile(r"(?:\bat )?\b(?P<hour>[0-9]{1,2})[:.h](?P<minute>[0-9]{2}) ?(?P<half>[ap]\.?m\b\.?)?"),
    re.compile(r"(?:\bat )?\b(?P<hour>[0-9]{1,2}) ?(?P<half>[ap]\.?m\b\.?|o'clock|h\b)"),
    re.compile(r"\bat (?P<hour>[0-9]{1,2})(?![0-9]|st|nd|rd|th)\b"),
)
_DAY_TIME = re.compile(r" at (?:[01][0-9]|2[0-3]):[0-5][0-9]")
_DATE = re.compile(r"\b[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}\b")


class Advice(NamedTuple):
    """What a schedule may mean (a text that is understood), or what is wrong with it; empty where it isn't known."""

    meaning: str = ""
    problem: str = ""


class _Words(NamedTuple):
    """The words of a schedule by what they are; `positions` are `first` to `last`."""

    days: list[str]
    ordinals: list[str]
    positions: list[str]
    months: list[str]
    numbers: list[str]
    units: set[str]


def advise(text: str) -> Advice:
    """Return how a schedule that isn't understood could be written."""
    words = " ".join(text.split()).lower() if len(text) <= LONGEST else ""
    if words in MACROS:
        return Advice(MACROS[words])
    if words.startswith("rate("):
        return Advice(problem=f"`rate` doesn't say when it begins: write `every 7 days {FROM}")
    if words.startswith(("rrule", "freq", "dtstart")):
        needs = "a rule with INTERVAL or COUNT needs a DTSTART, and no day may have more than 24 runs"
        return Advice(problem=f"as an RRULE it is incomplete or has a mistake: {needs}")
    for found in _DATE.findall(words):
        if not is_date(found):
            return Advice(problem=f"`{found}` is not a date: {advise_date(found)}")
    if _CRON.fullmatch(words) and not re.match(r"[0-9]{1,2}(?:st|nd|rd|th)\b", words):
        return _advise_cron(words.split())
    return _advise_words(words)


def _advise_cron(fields: list[str]) -> Advice:
    line = " ".join(fields)
    plain = ["*" if field == "?" else _short_names(field) for field in fields]
    if len(fields) > 5:
        # Such crons also count weekdays from another day: a number would be guessed.
        of_minutes = plain[1:6] if plain[0] in ("0", "00") else plain[:5] if len(fields) == 6 else []
        if of_minutes and not re.search("[0-9]", of_minutes[-1]) and (offered := _offer(" ".join(of_minutes))):
            return Advice(offered)
    if len(fields) != 5:
        what = "minute, hour, day, month and weekday"
        return Advice(problem=f"a cron line has five fields ({what}), and `{line}` has {len(fields)}")
    for field, (name, low, high) in zip(fields, CRON_FIELDS, strict=True):
        for number in re.findall(r"(?<!/)\b[0-9]+", field):
            if not low <= int(number) <= high:
                if name == "hour" and number != "24" and (offered := _offer(" ".join((number, fields[0], *plain[2:])))):
                    return Advice(offered)
                days = " (0 and 7 are Sunday)" if name == "weekday" else ""
                article = "an" if name == "hour" else "a"
                return Advice(problem=f"in a cron line {article} {name} is {low} to {high}{days}, not {number}")
    return Advice(_offer(" ".join(plain)))


def _short_names(field: str) -> str:
    return re.sub("[a-z]{4,}", lambda word: word[0][:3] if word[0] in {*WEEKDAYS, *MONTHS} else word[0], field)


def _offer(text: str) -> str:
    """Return a text that is understood; empty for another one."""
    return text if understand(text) else ""


def _advise_words(words: str) -> Advice:
    words = words.replace("noon", "12:00").replace("midnight", "00:00")
    words, time = _take_time(words)
    if time is None:
        return Advice()
    if time and not _DAY_TIME.fullmatch(time):
        return Advice(problem=f"`{time.split()[-1]}` is not a time of day: write one from 00:00 to 23:59")
    if other := _OTHER.search(words):
        return _advise_interval(words, other, time)
    rest = _WORKING.sub("weekday", words)
    sentence = _sentence(re.findall(r"[a-z]+|[0-9]+(?:st|nd|rd|th)?", rest))
    return Advice(_offer(sentence + time) if sentence else "")


def _take_time(words: str) -> tuple[str, str | None]:
    """Return a text without its time, and the time for its end; None for several times or none that exists."""
    for pattern in _TIMES:
        found = [*pattern.finditer(words)]
        if len(found) > 1:
            return words, None
        if found:
            parts = {"minute": "00", "half": "", **{k: v for k, v in found[0].groupdict().items() if v}}
            hour = int(parts["hour"])
            if parts["half"][:1] in ("a", "p"):
                if not 1 <= hour <= 12:
                    return words, None
                hour = hour % 12 + 12 * (parts["half"][0] == "p")
            rest = words[: found[0].start()] + " " + words[found[0].end() :]
            return rest, f" at {hour:02}:{parts['minute']}"
    return words, ""


def _advise_interval(words: str, other: re.Match[str], time: str) -> Advice:
    """Advise on `every other week` and the like, whose first run has to be named."""
    unit = UNITS.get(other["unit"], "week" if not other["unit"] or other["unit"] in _known_days() else "")
    if unit not in ("day", "week"):
        return Advice()
    days = [day for word in re.findall("[a-z]+", words) if (day := _weekday(word))]
    on = f" on {joined([day.capitalize() for day in days])}" if days and unit == "week" else ""
    written = f"every {int(other['count'] or 2)} {unit}s{on}{time}"
    # The first run has to be one of the days that are named.
    first_week = [f"{written} from 2026-01-{day:02}" for day in range(1, 8)]
    return Advice(problem=f"write `{written} {FROM}") if any(map(_offer, first_week)) else Advice()


def _known_days() -> set[str]:
    return {*WEEKDAYS, *SHORT_DAYS}


def _weekday(word: str) -> str:
    """Return the weekday that a word means, in the singular or the plural or with a slip; empty for another word."""
    singular = word.removesuffix("s")
    if word in SHORT_DAYS or singular in SHORT_DAYS:
        return SHORT_DAYS.get(word) or SHORT_DAYS[singular]
    if singular in WEEKDAYS:
        return singular
    near = nearest(singular, WEEKDAYS) if len(word) > 4 else []
    return near[0] if len(near) == 1 else ""


def _sentence(words: list[str]) -> str:
    """Return the sentence that the words of a schedule without its time may mean; empty if a word is unknown."""
    said = _sort(words)
    if said is None:
        return ""
    days = joined([day.capitalize() for day in said.days])
    if said.months:
        dates = [*said.numbers, *(str(ORDINALS[ordinal]) for ordinal in said.ordinals)]
        return f"every year on {said.months[0].capitalize()} {dates[0]}" if len(said.months) == len(dates) == 1 else ""
    if said.positions:
        if len(said.positions) > 1 or len(said.days) > 1 or said.ordinals or said.units & {"year", "quarter", "week"}:
            return ""
        position = said.positions[0]
        what = f"{position} {days}" if days else {"last": "last day", "first": "1st"}.get(position, "")
        return f"every month on the {what}" if what else ""
    if said.ordinals or said.numbers:
        listed = [*said.ordinals, *(name for name, n in ORDINALS.items() if str(n) in said.numbers)]
        return f"every month on the {joined(listed)}" if not days and said.units <= {"month", "day"} else ""
    if days:
        return f"every week on {days}" if said.units <= {"week"} else ""
    return USUAL[next(iter(said.units))] if len(said.units) == 1 else ""


def _sort(words: list[str]) -> _Words | None:
    """Return the words by what they are; None if one is unknown."""
    said = _Words([], [], [], [], [], set())
    for word in words:
        if word in FILLERS:
            continue
        if word in UNITS:
            said.units.add(UNITS[word])
        elif word in ORDINALS:
            said.ordinals.append(word)
        elif word in POSITIONS:
            said.positions.append(word)
        elif month := SHORT_MONTHS.get(word, word if word in MONTHS else ""):
            said.months.append(month)
        elif word.isdigit():
            said.numbers.append(word)
        elif day := _weekday(word):
            said.days.append(day)
        elif len(word) > 2 and len(units := {UNITS[unit] for unit in nearest(word, UNITS)}) == 1:
            said.units.update(units)
        else:
            return None
    return said
