"""Draw one line on a terminal that says how far a flow is."""

from __future__ import annotations

from collections.abc import Callable
from shutil import get_terminal_size
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from rhythmconf.cli import streams
from rhythmconf.flows import events
from rhythmconf.model import Event, Notice, Progress
from rhythmconf.platform.terminal import enable_colors

if TYPE_CHECKING:
    from rhythmconf.flows.values import Flow

T = TypeVar("T")
CLEAR = "\r\x1b[K"
EVERY_S = 0.1
"""Seconds between two drawings: a plan yields thousands of events in one."""
CELLS = 30


def draw(flow: Flow[T], notify: Callable[[Notice], None], now: Callable[[], float] = monotonic) -> T:
    """Run a flow to its value: draw each Progress over the one before it, and hand each Notice on.

    Nothing of the line stays: it is removed before a notice and at the end.
    """
    enable_colors()  # the escape sequence that clears the line is one of those that Windows has to be told of
    starts: dict[str, float] = {}
    drawn: float | None = None

    def clear() -> None:
        nonlocal drawn
        if drawn is not None:
            streams.write_err(CLEAR)
        drawn = None

    def handle(event: Event) -> None:
        nonlocal drawn
        if isinstance(event, Notice):
            clear()
            notify(event)
            return
        time = now()
        start = starts.setdefault(event.stage, time)
        if drawn is None or time - drawn >= EVERY_S:
            # One column stays free: a terminal wraps a full line, and only its last row would be cleared.
            streams.write_err(CLEAR + _line(event, time - start)[: get_terminal_size().columns - 1])
            drawn = time

    try:
        return events.run(flow, handle)
    finally:
        clear()


def _line(progress: Progress, elapsed_s: float) -> str:
    """Return the stage, a bar, the count, and the time that is left if the steps go on at the speed of those before."""
    done, total = progress.done, progress.total
    if not total:
        return f"{progress.stage}: {done}"
    filled = CELLS * min(done, total) // total
    left_s = round(elapsed_s * (total - done) / done) if 0 < done < total else 0
    left = f", {left_s // 60}:{left_s % 60:02} left" if left_s else ""
    return f"{progress.stage} [{'=' * filled}{' ' * (CELLS - filled)}] {done}/{total}{left}"
