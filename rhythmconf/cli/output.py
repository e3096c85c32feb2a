"""Write reports to stdout and to files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import TextIOWrapper
from typing import NamedTuple

from rhythmconf.cli import streams
from rhythmconf.cli.console import Console
from rhythmconf.cli.options import Options
from rhythmconf.errors import RhythmconfError, SettingsError
from rhythmconf.model import Plan
from rhythmconf.platform.terminal import is_closed_pipe
from rhythmconf.report.facts import PLAN, ReportKind
from rhythmconf.report.formats import text
from rhythmconf.report.terminal import Line, render
from rhythmconf.source.project import files


class Parts(NamedTuple):
    """A report that is too long to be kept as a whole: its parts are made while it is written."""

    parts: Iterator[str]


Writer = Callable[[], "Iterable[Line] | str | Parts"]
"""A function that renders one format: lines of spans for text, a string or its parts for everything else."""
CHUNK = 256 * 1024
"""Characters that are written at once."""


def emit(options: Options, console: Console, writers: Mapping[str, Writer]) -> bool:
    """Write each requested format to its file, or to stdout. Return whether all of it was taken.

    One that can't be written doesn't keep the others from being written; the first error is raised at the end. A
    reader that has closed stdout is no error.
    """
    unwritten = _write_all(options, console, writers)
    for one in unwritten:
        if not one.closed:
            raise one.error
    return not unwritten


def emit_result(options: Options, console: Console, writers: Mapping[str, Writer], *, again: str = "") -> None:
    """Write the reports of a command that is over, and whose exit code is certain whatever becomes of them.

    What can't be written is a warning on stderr; `again` is the command that shows it again.
    """
    for one in _write_all(options, console, writers):
        place = f"{one.error.where}: " if one.error.where else ""
        help = f"; `{again}` shows it again" if again else ""
        console.warn([("yellow", f"warning: {place}{one.error.message}{help}")])


class _Unwritten(NamedTuple):
    """A report that could not be written. `closed` says that its reader has closed stdout."""

    error: RhythmconfError
    closed: bool = False


def _write_all(options: Options, console: Console, writers: Mapping[str, Writer]) -> list[_Unwritten]:
    unwritten = []
    for format, path in options.outputs:
        shown = console if path is None else console._replace(color_out=False, width=None)
        chunks = _chunks(writers[format](), shown)
        if path is not None:
            encoded = (chunk.encode("utf-8", "backslashreplace") for chunk in chunks)
            try:
                files.write_parts(options.directory / path, encoded)
            except SettingsError as error:
                unwritten.append(_Unwritten(error))
            continue
        if failed := next(filter(None, (_print(chunk, utf8=format != "text") for chunk in chunks)), None):
            unwritten.append(failed)
    return unwritten


def _chunks(report: Iterable[Line] | str | Parts, console: Console) -> Iterator[str]:
    """Yield the text of a report: as a whole where it is there, else in chunks of some size."""
    if not isinstance(report, Parts):
        whole = report if isinstance(report, str) else render(report, color=console.color_out, width=console.width)
        if whole:
            yield whole
        return
    chunk: list[str] = []
    size = 0
    for part in report.parts:
        chunk.append(part)
        size += len(part)
        if size >= CHUNK:
            yield "".join(chunk)
            chunk, size = [], 0
    if chunk:
        yield "".join(chunk)


def plan_text(options: Options, plan: Plan, report_kind: ReportKind = PLAN) -> Iterable[Line]:
    """Return a plan or drift as text, with its patches where `-v` asks for them."""
    return text.plan_with_patches(plan, report_kind) if options.verbose else text.plan(plan, report_kind)


def print_utf8(text: str) -> None:
    """Print text to stdout in UTF-8, whatever the terminal's encoding. Raises RhythmconfError for a full disk."""
    failed = _print(text, utf8=True)
    if failed and not failed.closed:
        raise failed.error


def _print(text: str, *, utf8: bool) -> _Unwritten | None:
    if utf8 and isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    error = streams.write_out(text)
    return _Unwritten(streams.explain(error), is_closed_pipe(error)) if error else None
