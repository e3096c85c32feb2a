"""What stops a command, told with every finding that it has, and the lines that these point at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rhythmconf.cli import excerpts
from rhythmconf.cli.console import Console
from rhythmconf.errors import RhythmconfError
from rhythmconf.model import Diagnostic
from rhythmconf.report.formats import text
from rhythmconf.report.terminal import Line


@contextmanager
def telling(screen: Console, texts: Mapping[str, bytes]) -> Iterator[None]:
    """An error that leaves the block has its further findings told on stderr; its own words come at the very end."""
    try:
        yield
    except RhythmconfError as error:
        found = error.diagnostics
        screen.warn(*lines([each for each in found if not error.message.startswith(each.message)], texts))
        raise


def lines(found: Sequence[Diagnostic], texts: Mapping[str, bytes]) -> Iterator[Line]:
    """Findings as text, each with the line that it points at."""
    return text.diagnostics(found, excerpts.of(found, texts))
