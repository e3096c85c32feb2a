"""Write diagnostics as Markdown: in full, or only how many have each code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rhythmconf.model import Diagnostic
from rhythmconf.report.markdown_escaping import NAME_LIMIT, code, prose

_CODES = 150
"""Codes that are named; the others are counted."""


def with_help(diagnostics: Sequence[Diagnostic]) -> Iterator[str]:
    """Yield each diagnostic with its help."""
    for diagnostic in diagnostics:
        help = f". {prose(diagnostic.help)}" if diagnostic.help and not diagnostic.suppressed else ""
        yield _diagnostic_item(diagnostic).removesuffix(".") + help
    yield from [""] * bool(diagnostics)


def without_help(diagnostics: Sequence[Diagnostic]) -> Iterator[str]:
    """Yield each diagnostic without its help."""
    yield from map(_diagnostic_item, diagnostics)
    yield from [""] * bool(diagnostics)


def _diagnostic_item(diagnostic: Diagnostic) -> str:
    location = f" {code(str(diagnostic.location))}" if diagnostic.location else ""
    if diagnostic.suppressed:
        return f"- suppressed {code(diagnostic.code)}{location} because {prose(diagnostic.suppressed)}"
    return f"- **{diagnostic.severity}** {code(diagnostic.code)}{location} {prose(diagnostic.message)}"


def code_counts(diagnostics: Sequence[Diagnostic]) -> Iterator[str]:
    """Yield how often each code occurs."""
    codes = sorted(diagnostic.code for diagnostic in diagnostics)
    groups = [(name, len(list(group))) for name, group in groupby(codes)]
    yield from (f"- {code(name, NAME_LIMIT)}: {count:,}" for name, count in groups[:_CODES])
    if len(groups) > _CODES:
        yield f"- and {len(groups) - _CODES:,} more codes"
    yield from [""] * bool(groups)
