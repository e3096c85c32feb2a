"""Read the text of a schedule, and tell when it runs: `understand` and `occurrences`.

Each language of schedules has its module. A text that none of them reads exactly is not understood: nothing is guessed,
because a wrong run date would be believed.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache

from rhythmconf.insight.windows.schedules.clock import to_zone
from rhythmconf.insight.windows.schedules.lead import prepared_on
from rhythmconf.insight.windows.schedules.values import MOST_RUNS, Occurrence, Question, Reading, Recurrence
from rhythmconf.settings import CalendarSettings

__all__ = [
    "MOST_RUNS",
    "Occurrence",
    "Reading",
    "Recurrence",
    "find_runs",
    "occurrences",
    "prepared_on",
    "read_as",
    "understand",
]

LONGEST = 1000
"""The letters of the longest text that is read."""
DAYS_OF_WEEK = 7
MARGIN = 2
"""The days around the asked ones whose runs may fall into them, in another zone or after a gap."""


@lru_cache(maxsize=4096)
def understand(text: str) -> Recurrence | None:
    """Return when a schedule runs; None if its text isn't understood. docs/calendar.md lists what is.

    Upper and lower case are the same, as are one blank and several.
    """
    words = " ".join(text.split()).lower() if len(text) <= LONGEST else ""
    # Imported here: a project uses one or two of the languages.
    if words.startswith("every "):
        from rhythmconf.insight.windows.schedules.plain import read_words

        return read_words(words)
    if words.startswith(("cron(", "rate(")):
        from rhythmconf.insight.windows.schedules.aws import read_aws

        return read_aws(words)
    if words.startswith(("rrule", "freq", "dtstart")):
        from rhythmconf.insight.windows.schedules.rrules import read_rule

        return read_rule(words)
    from rhythmconf.insight.windows.schedules.cron import read_cron

    return read_cron(words) if words else None


def occurrences(recurrence: Recurrence, first: date, last: date, settings: CalendarSettings) -> tuple[Occurrence, ...]:
    """Return the runs from `first` to `last`, both included, by date and time in the zone of the tenant.

    Two runs of one day are two occurrences; two at the same moment are one. The settings decide whether the schedule
    tells local time (G5), and what becomes of a run on the 31st of a short month or in a skipped hour (G8).
    """
    return find_runs(recurrence, first, last, read_as(recurrence, settings))


def read_as(recurrence: Recurrence, settings: CalendarSettings) -> Reading:
    """Return what the settings mean for a recurrence; a setting that makes no difference to it has one value."""
    told_in = recurrence.zone or ("UTC" if settings.clock == "utc" else settings.zone)
    return Reading(
        told_in,
        settings.zone,
        settings.short == "clip" and recurrence.is_ever_short,
        settings.gap == "shift" or told_in == "UTC",  # its clocks never skip an hour
    )


@lru_cache(maxsize=256)
def find_runs(recurrence: Recurrence, first: date, last: date, reading: Reading) -> tuple[Occurrence, ...]:
    """Return the runs from `first` to `last`, both included, as `occurrences` does."""
    told_in, zone, is_clipped, is_shifted = reading
    question = Question(_moved(first, -MARGIN), _moved(last, MARGIN), is_clipped, told_in)
    found = _find_in_weeks(recurrence, question) if recurrence.is_weekly else sorted(set(recurrence.find(question)))
    moments = to_zone(found, told_in, zone, is_shifted=is_shifted)
    return tuple(Occurrence(one.date(), one.time()) for one in moments if first <= one.date() <= last)


def _find_in_weeks(recurrence: Recurrence, question: Question) -> list[datetime]:
    """Return the times of runs that are the same in each week: the library is asked about one week, which is faster."""
    begin, end = question.first.toordinal(), question.last.toordinal()
    week = question._replace(last=date.fromordinal(min(begin + DAYS_OF_WEEK - 1, end)))
    runs = sorted(set(recurrence.find(week)))
    return [
        run + timedelta(days)
        for days in range(0, end - begin + 1, DAYS_OF_WEEK)
        for run in runs
        if run.toordinal() + days <= end
    ]


def _moved(day: date, days: int) -> date:
    """Return a date some days later, or the nearest one that exists."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))
