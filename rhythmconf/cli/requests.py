"""`-v`: each request that the client sends, told on stderr while a command runs."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rhythmconf.cli.console import wants_color
from rhythmconf.report.terminal import render

CLIENT = "rhythmconf.tenant.client"


class _Lines(logging.Handler):
    """Writes what the client logs as a line each; threads take turns."""

    def __init__(self, *, color: bool) -> None:
        super().__init__()
        self.color = color

    def emit(self, record: logging.LogRecord) -> None:
        # Nobody to read it is no reason to break off a run.
        with suppress(OSError, ValueError):
            sys.stderr.write(render([[("dim", record.getMessage())]], color=self.color))
            sys.stderr.flush()


@contextmanager
def told(color: str) -> Iterator[None]:
    """Tell the requests of the block."""
    logger, lines = logging.getLogger(CLIENT), _Lines(color=wants_color(color, sys.stderr, os.environ))
    logger.addHandler(lines)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(lines)
        logger.setLevel(logging.NOTSET)
        logger.propagate = True
