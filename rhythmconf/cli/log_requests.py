"""Log each request of the client to stderr, for `-v`."""

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
    """Write each log record of the client as a line. The handler's own lock keeps threads apart."""

    def __init__(self, *, color: bool) -> None:
        super().__init__()
        self.color = color

    def emit(self, record: logging.LogRecord) -> None:
        # A closed stderr must not stop a run.
        with suppress(OSError, ValueError):
            sys.stderr.write(render([[("dim", record.getMessage())]], color=self.color))
            sys.stderr.flush()


@contextmanager
def log_requests(color: str) -> Iterator[None]:
    """Log the requests of the block; `color` is auto, always or never."""
    logger, handler = logging.getLogger(CLIENT), _Lines(color=wants_color(color, sys.stderr, os.environ))
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
        logger.propagate = True
