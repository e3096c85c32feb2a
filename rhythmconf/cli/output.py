"""Write reports to stdout and to files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from io import TextIOWrapper

from rhythmconf.cli.console import Console
from rhythmconf.cli.options import Options
from rhythmconf.report.terminal import Line, render
from rhythmconf.source.project import files

Writer = Callable[[], "Iterable[Line] | str"]
"""A function that renders one format: lines of spans for text, a string for everything else."""


def emit(options: Options, console: Console, writers: Mapping[str, Writer]) -> None:
    """Write each requested format to its file, or to stdout."""
    for format, path in options.outputs:
        report = writers[format]()
        if path is not None:
            text = report if isinstance(report, str) else render(report, color=False)
            files.write(options.directory / path, text.encode("utf-8", "backslashreplace"))
        else:
            put = sys.stdout.write if format == "text" else write_utf8
            put(report if isinstance(report, str) else render(report, color=console.color_out))


def write_utf8(text: str) -> None:
    """Write text to stdout in UTF-8, whatever the terminal's encoding: JSON, XML, HTML."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.stdout.write(text)
