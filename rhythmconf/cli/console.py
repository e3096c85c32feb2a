"""The terminal: decide colours once, run flows and draw their progress, print everything but reports to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO, TypeVar

from rhythmconf.cli import diagnostic_text, streams
from rhythmconf.errors import RhythmconfError, SettingsError
from rhythmconf.flows import events
from rhythmconf.model import Event, Notice
from rhythmconf.platform.terminal import enable_colors
from rhythmconf.report import text_diagnostics
from rhythmconf.report.terminal import Line, render

if TYPE_CHECKING:
    from rhythmconf.flows.values import Flow

T = TypeVar("T")
EVERY_S = 10.0
"""Seconds between two lines about the progress in the log of a pipeline, as terraform has them."""


_kept: list[object] = []


def keep(*values: object) -> None:
    """Keep large values until the process ends: to free them one by one takes a twentieth of the time of a plan."""
    _kept[:] = values


class Console(NamedTuple):
    """How this run prints: colours per stream, and whether hints and progress are wanted.

    `width` is that of the terminal on stdout; None where stdout is no terminal, so that programs read whole lines.
    """

    color_out: bool
    color_err: bool
    quiet: bool = False
    interactive: bool = False
    width: int | None = None

    def hint(self, *lines: Line) -> None:
        """Print something on stderr that `-q` silences."""
        if not self.quiet:
            self.warn(*lines)

    def warn(self, *lines: Line) -> None:
        """Print something on stderr that must be read."""
        streams.write_err(render(lines, color=self.color_err))

    def run(self, flow: Flow[T], texts: Mapping[str, bytes] | None = None) -> T:
        """Run a flow to its value: draw its progress on a terminal and print its notices.

        An error that leaves the flow has its diagnostics printed; `texts` are the files that they refer to. The
        error's own message is printed at the very end of the program.
        """
        try:
            with interrupting(flow):
                if self.quiet or not self.interactive:
                    return tell(flow, self.notify, self.hint)
                from rhythmconf.cli.progress import draw

                return draw(flow, self.notify)
        except SettingsError:
            raise  # its diagnostics are printed at the end
        except RhythmconfError as error:
            self.warn(*diagnostic_text.further_lines(error, texts or {}))
            raise

    def notify(self, notice: Notice) -> None:
        """Print a notice of a flow."""
        show = self.warn if notice.severity == "warning" else self.hint
        if notice.message:
            show([("dim", notice.message)])
        show(*diagnostic_text.lines(notice.diagnostics, notice.texts))


def tell(
    flow: Flow[T],
    notify: Callable[[Notice], None],
    hint: Callable[[Line], None],
    now: Callable[[], float] = monotonic,
) -> T:
    """Run a flow to its value where no bar can be drawn: hand each Notice on, and hint every EVERY_S how far it is."""
    start = said = now()

    def handle(event: Event) -> None:
        nonlocal said
        if isinstance(event, Notice):
            notify(event)
        elif now() - said >= EVERY_S:
            said = now()
            of_total = f" of {event.total}" if event.total else ""
            hint([("dim", f"{event.stage}: {event.done}{of_total} after {said - start:.0f} s")])

    return events.run(flow, handle)


@contextmanager
def interrupting(flow: Flow[Any]) -> Iterator[None]:
    """Pass Ctrl-C between two steps of a flow on to the flow itself, so that it can record its end."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        flow.throw(interrupt)
        raise


def console(choice: str, *, quiet: bool) -> Console:
    """Decide colours: the flag, then NO_COLOR, FORCE_COLOR or CLICOLOR_FORCE, TERM=dumb, then the terminal."""
    color_out, color_err = wants_color(choice, sys.stdout, os.environ), wants_color(choice, sys.stderr, os.environ)
    if color_out or color_err:
        enable_colors()
    return Console(
        color_out=color_out,
        color_err=color_err,
        quiet=quiet,
        interactive=sys.stderr.isatty() and os.environ.get("TERM") != "dumb",
        width=_width() if sys.stdout.isatty() else None,
    )


def _width() -> int:
    from shutil import get_terminal_size  # slow to load, and a pipe has no width

    return get_terminal_size().columns


def wants_color(choice: str, stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Return whether this stream gets colours; `choice` is auto, always or never."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR") or environ.get("CLICOLOR_FORCE"):
        return True
    return environ.get("TERM") != "dumb" and stream.isatty()


def complain(error: RhythmconfError) -> None:
    """Print an error on stderr: what, where, what to do next."""
    streams.write_err(render(error_lines(error), color=wants_color("auto", sys.stderr, os.environ)))


def error_lines(error: RhythmconfError) -> Iterable[Line]:
    """Render an error; what follows the first line of its message is indented."""
    if isinstance(error, SettingsError) and len(error.diagnostics) > 1:
        # Each mistake of the project file has its own location.
        yield from text_diagnostics.diagnostics(error.diagnostics, {})
        return
    first, *more = error.message.splitlines() or [""]
    yield [("alarm", f"error[{error.code}]"), ("bold", f": {first}")]
    for line in more:
        yield [("plain", f"  {line.strip()}")]
    if error.where:
        yield [("blue", " --> "), ("plain", str(error.where))]
    if error.help:
        yield [("cyan", "  help: "), ("plain", error.help)]
