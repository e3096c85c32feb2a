"""Print diagnostics together with the source lines that they refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rhythmconf.errors import RhythmconfError, SettingsError
from rhythmconf.model import Diagnostic
from rhythmconf.report import text_diagnostics
from rhythmconf.report.terminal import Line


def lines(diagnostics: Iterable[Diagnostic], texts: Mapping[str, bytes]) -> Iterator[Line]:
    """Render diagnostics as text, each with the source line that it refers to."""
    diagnostics = [*diagnostics]
    return text_diagnostics.diagnostics(diagnostics, excerpts(diagnostics, texts))


def further_lines(error: RhythmconfError, texts: Mapping[str, bytes]) -> Iterator[Line]:
    """Render the diagnostics of an error, except the one that the error's own message repeats.

    A help without a location is not printed here if the error's own message ends with it.
    """
    if isinstance(error, SettingsError):
        return iter(())  # they are printed with the error, which is mostly raised before a flow begins
    others = (diagnostic for diagnostic in error.diagnostics if diagnostic != error.repeats)
    return lines([_without_repeated_help(diagnostic, error) for diagnostic in others], texts)


def _without_repeated_help(diagnostic: Diagnostic, error: RhythmconfError) -> Diagnostic:
    repeated = diagnostic.location is None and diagnostic.help == error.help and diagnostic.code == error.code
    return diagnostic._replace(help="") if repeated else diagnostic


def excerpts(diagnostics: Iterable[Diagnostic], texts: Mapping[str, bytes]) -> dict[Diagnostic, str]:
    """Return the source line of each diagnostic whose location is in one of the texts."""
    split: dict[str, list[str]] = {}
    found: dict[Diagnostic, str] = {}
    for diagnostic in diagnostics:
        location = diagnostic.location
        if location is None or location.file not in texts:
            continue
        if location.file not in split:
            split[location.file] = texts[location.file].decode("utf-8", "replace").splitlines()
        if location.line <= len(split[location.file]):
            found[diagnostic] = split[location.file][location.line - 1].replace("\t", " ")
    return found
