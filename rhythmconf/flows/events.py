"""Run a flow to its value, and hand on what it yields on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from rhythmconf.flows.values import Flow
from rhythmconf.model import Event

T = TypeVar("T")


def run(flow: Flow[T], on_event: Callable[[Event], None] | None = None) -> T:
    """Run a flow to its value. `on_event` is called with each Progress and Notice on the way.

    Raises what the flow raises: RhythmconfError and its subclasses.
    """
    while True:
        try:
            event = next(flow)
        except StopIteration as end:
            value: T = end.value
            return value
        if on_event is not None:
            on_event(event)
