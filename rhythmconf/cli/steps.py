"""Long steps run to their values; Ctrl-C reaches the step that is running."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rhythmconf.model import Progress

T = TypeVar("T")


def drain(steps: Generator[Progress, None, T]) -> T:
    """Run a long step to its value."""
    with interrupting(steps):
        while True:
            try:
                next(steps)
            except StopIteration as end:
                value: T = end.value
                return value


@contextmanager
def interrupting(steps: Generator[Progress, None, T]) -> Iterator[None]:
    """Ctrl-C in the block, between two steps, reaches the step itself, so that it can put its end on record."""
    try:
        yield
    except KeyboardInterrupt as stop:
        steps.throw(stop)
        raise
