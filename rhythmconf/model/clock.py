"""The clock and the randomness that functions are given, so that tests can hand in their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


def do_nothing() -> None:
    """Stand in for a callback where there is nothing to do."""


class Clock(NamedTuple):
    """Time and randomness: `now` in epoch seconds, `sleep` for seconds, `random` in [0, 1).

    `stop` cuts all sleeps short, also later ones. `sleep` returns True if it was cut short.
    """

    now: Callable[[], float]
    sleep: Callable[[float], bool | None]
    random: Callable[[], float]
    stop: Callable[[], None] = do_nothing
