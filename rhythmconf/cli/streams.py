"""Write to stdout and stderr where they may be closed or full.

A reader that closes its end, such as `| head -1`, has seen enough: that ends no command. stderr is only for people, so
what can't be written there never changes what a command does.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rhythmconf.errors import RhythmconfError


def write_out(text: str) -> OSError | None:
    """Write text to stdout at once. Return why it could not be written; later texts are then dropped as well."""
    if _is_dropped(sys.stdout):
        return BrokenPipeError("stdout is closed")
    try:
        if text:  # an empty text would be written too, and fail on a full disk
            sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        sys.stdout = _drop(sys.stdout)
        return error
    return None


def write_err(text: str) -> None:
    """Write text to stderr, if that is possible."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        sys.stderr = _drop(sys.stderr)


def explain(error: OSError) -> RhythmconfError:
    """Return the error of an output that could not be written."""
    from rhythmconf.errors import RhythmconfError

    message = f"the output can't be written: {error.strerror or error}"
    return RhythmconfError(message, help="nothing was undone: `rhythmconf history` lists the runs")


def _is_dropped(stream: TextIO) -> bool:
    """Return whether a stream stands for a closed one: `_drop` or the start of the program has put it there."""
    return isinstance(stream, TextIOWrapper) and getattr(stream, "name", "") == os.devnull


def _drop(stream: TextIO) -> TextIO:
    """Return a stream that takes everything. What the old one holds back goes nowhere too, so its end is silent."""
    nowhere = open(os.devnull, "w")  # noqa: PTH123, SIM115 -- as in __main__
    if isinstance(stream, TextIOWrapper):
        os.dup2(nowhere.fileno(), stream.fileno())
    return nowhere
