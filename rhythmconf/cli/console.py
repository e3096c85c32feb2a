"""Streams: colour decided once, reports to stdout or files, everything else to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterable, Mapping
from typing import NamedTuple, TextIO, TypeVar

from rhythmconf.cli.steps import drain
from rhythmconf.errors import RhythmconfError, SettingsError
from rhythmconf.model import Progress
from rhythmconf.report.formats import text
from rhythmconf.report.terminal import Line, render

T = TypeVar("T")


class Console(NamedTuple):
    """What this run may draw: colours per stream, and whether hints and progress are wanted."""

    color_out: bool
    color_err: bool
    quiet: bool = False
    interactive: bool = False

    def hint(self, *lines: Line) -> None:
        """Say something on stderr that isn't the report; `-q` silences it."""
        if not self.quiet:
            self.warn(*lines)

    def warn(self, *lines: Line) -> None:
        """Say something on stderr that must be heard."""
        sys.stderr.write(render(lines, color=self.color_err))
        sys.stderr.flush()

    def finish(self, steps: Generator[Progress, None, T]) -> T:
        """Run a long step to its value, drawing its progress on a terminal."""
        if self.quiet or not self.interactive:
            return drain(steps)
        from rhythmconf.cli.progress import draw

        return draw(steps)


def console(choice: str, *, quiet: bool) -> Console:
    """Decide colours: the flag, then NO_COLOR, FORCE_COLOR or CLICOLOR_FORCE, TERM=dumb, then the terminal."""
    return Console(
        color_out=wants_color(choice, sys.stdout, os.environ),
        color_err=wants_color(choice, sys.stderr, os.environ),
        quiet=quiet,
        interactive=sys.stderr.isatty() and os.environ.get("TERM") != "dumb",
    )


def wants_color(choice: str, stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether this stream gets colours; `choice` is auto, always or never."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR") or environ.get("CLICOLOR_FORCE"):
        return True
    return environ.get("TERM") != "dumb" and stream.isatty()


def complain(error: RhythmconfError) -> None:
    """Print an error on stderr: what, where, what to do next."""
    sys.stderr.write(render(error_lines(error), color=wants_color("auto", sys.stderr, os.environ)))


def error_lines(error: RhythmconfError) -> Iterable[Line]:
    """Render an error; what follows the first line of its message is indented."""
    if isinstance(error, SettingsError) and error.diagnostics:
        # Each mistake of the project file has a place of its own.
        yield from text.diagnostics(error.diagnostics, {})
        return
    first, *more = error.message.splitlines() or [""]
    yield [("alarm", f"error[{error.code}]"), ("bold", f": {first}")]
    for line in more:
        yield [("plain", f"  {line.strip()}")]
    if error.where:
        yield [("blue", " --> "), ("plain", str(error.where))]
    if error.help:
        yield [("cyan", "  help: "), ("plain", error.help)]
