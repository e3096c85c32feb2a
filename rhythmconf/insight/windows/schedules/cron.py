"""Read five-field cron lines, and expand them with cronsim."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import ClassVar

from cronsim import CronSim, CronSimError

from rhythmconf.insight.windows.schedules.values import MOST_RUNS, Question

VALUE = r"(?:[0-9]{1,2}|[a-z]{3})"
ITEM = rf"(?:\*|{VALUE}(?:-{VALUE})?)(?:/[0-9]{{1,2}})?"
FIELD = re.compile(rf"{ITEM}(?:,{ITEM})*")
UNCLEAR = re.compile(r"([0-9a-z]+)-\1/|[0-9]-[a-z]|[a-z]-[0-9]")
"""What readers of cron lines disagree about: a step over a range of one, and ranges from a number to a name."""
ANY = ("*", "*/1")
ANY_DAY = "1-31"
ANY_WEEKDAY = "0-6"


@dataclass(frozen=True, slots=True)
class CronLine:
    """A line of five fields, as cronsim expands it."""

    line: str
    zone: str = ""
    is_ever_short: ClassVar[bool] = False

    @property
    def is_weekly(self) -> bool:
        """Whether it names neither days of the month nor months."""
        return self.line.split()[2:4] == ["*", "*"]

    def find(self, question: Question) -> Iterator[datetime]:
        """Yield the times of runs."""
        end = datetime.combine(question.last, time.max)
        before = datetime.combine(question.first, time.min)
        if before > datetime.min:
            before -= timedelta(seconds=1)
        try:
            for found in CronSim(self.line, before):
                if found > end:
                    return
                yield found
        except OverflowError:  # the end of the last year
            return


def read_cron(words: str) -> CronLine | None:
    """Return when a cron line runs; None if it isn't one, or for too many runs a day."""
    fields = words.split()
    if len(fields) != 5 or not all(FIELD.fullmatch(field) and not UNCLEAR.search(field) for field in fields):
        return None
    minute, hour, day, month, weekday = fields
    # Of a date and a weekday that are both set, either is enough. cronsim takes both for `*/2`, as some crons do.
    day = "*" if day in ANY else day.replace("*", ANY_DAY)
    weekday = "*" if weekday in ANY else weekday.replace("*", ANY_WEEKDAY)
    line = " ".join((minute, hour, day, month, weekday))
    try:
        cron = CronSim(line, datetime.min)
    except CronSimError:
        return None
    return CronLine(line) if len(cron.minutes) * len(cron.hours) <= MOST_RUNS else None
