"""The cyclic collector at rest while values are loaded."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_resting = 0
_was_on = False


@contextmanager
def quiet_collector() -> Iterator[None]:
    """Switch the cyclic collector off, and on again when the last of all threads that asked for it is done.

    Loading makes many values and not one cycle, but each of the collector's rounds walks all values loaded so
    far: it costs more than parsing them.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _resting, _was_on
    with _lock:
        if _resting == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _resting += 1


def _leave() -> None:
    global _resting
    with _lock:
        _resting -= 1
        if _resting == 0 and _was_on:
            gc.enable()
