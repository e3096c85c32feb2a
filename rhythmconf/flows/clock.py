"""The clock and the random numbers of the flows: nothing else reads them from the system."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from threading import Event

from rhythmconf.model.clock import Clock


def chance() -> float:
    """Return a random number in [0, 1)."""
    from random import random  # only a repeated request needs one

    return random()  # noqa: S311 -- it spreads waits, and keeps nothing secret


CLOCK: Clock = Clock(now=time.time, sleep=time.sleep, random=chance)


def stoppable() -> Clock:
    """Return a clock whose sleeps can be cut short."""
    stopped = Event()
    return CLOCK._replace(sleep=stopped.wait, stop=stopped.set)


def now() -> str:
    """Return the time as plans write it: ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def today(zone: str) -> date:
    """Return the date in a zone of the IANA database."""
    if zone == "UTC":
        return datetime.now(UTC).date()
    from zoneinfo import ZoneInfo  # few projects need it at once, and it is slow to load

    return datetime.now(ZoneInfo(zone)).date()
