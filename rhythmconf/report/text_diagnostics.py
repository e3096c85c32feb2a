"""Write diagnostics, and the result of `validate`, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest

from rhythmconf.model import Diagnostic, Severity
from rhythmconf.model.plural import counted
from rhythmconf.report.display import cut_line
from rhythmconf.report.facts import count_diagnostics, describe_suppressed
from rhythmconf.report.terminal import Line

_SEVERITY_STYLES: dict[Severity, str] = {"error": "alarm", "warning": "yellow", "note": "cyan"}


def validation(documents: int, values: Sequence[Diagnostic], excerpts: Mapping[Diagnostic, str]) -> Iterator[Line]:
    """Yield the diagnostics of `validate`; the last line counts them."""
    yield from diagnostics(values, excerpts)
    checked = counted(documents, "document")
    if all(diagnostic.suppressed for diagnostic in values):
        yield [("green", f"All checks passed: {checked}, 0 problems.")]
    else:
        yield [("bold", f"Found {count_diagnostics(values)} in {checked}.")]


def diagnostics(values: Iterable[Diagnostic], excerpts: Mapping[Diagnostic, str]) -> Iterator[Line]:
    """Yield each diagnostic with its location, its source line from `excerpts` and its help.

    Where the same help follows for the next one of its code, it is printed once after the group. What is suppressed
    comes last, in one line.
    """
    values = list(values)
    shown = [diagnostic for diagnostic in values if not diagnostic.suppressed]
    for diagnostic, following in zip_longest(shown, shown[1:]):
        if following is not None and _group(diagnostic) == _group(following) is not None:
            yield from _diagnostic(diagnostic._replace(help=""), excerpts.get(diagnostic))
            continue
        yield from _diagnostic(diagnostic, excerpts.get(diagnostic))
        yield [("plain", "")]
    yield from ([("dim", line)] for line in describe_suppressed(values))


def _group(diagnostic: Diagnostic) -> tuple[str, str] | None:
    """Return what diagnostics have in common that one help repairs; None for those that stand alone."""
    return (diagnostic.code, diagnostic.help) if diagnostic.help else None


def _diagnostic(diagnostic: Diagnostic, excerpt: str | None) -> Iterator[Line]:
    style = _SEVERITY_STYLES[diagnostic.severity]
    yield [(style, f"{diagnostic.severity}[{diagnostic.code}]"), ("bold", f": {diagnostic.message}")]
    if diagnostic.location:
        yield [("blue", " --> "), ("plain", str(diagnostic.location))]
    if diagnostic.location and excerpt is not None:
        number = str(diagnostic.location.line)
        line, column = cut_line(excerpt, diagnostic.location.column)
        yield [("blue", f"  {number} | "), ("plain", line)]
        yield [("blue", f"  {' ' * len(number)} | "), ("red", " " * (column - 1) + "^")]
    if diagnostic.help:
        yield [("cyan", "  help: "), ("plain", diagnostic.help)]
