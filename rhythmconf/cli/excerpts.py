"""The line that a finding points at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rhythmconf.model import Diagnostic


def of(found: Iterable[Diagnostic], texts: Mapping[str, bytes]) -> dict[Diagnostic, str]:
    """The source line of each finding that has a place in one of the texts."""
    lines: dict[str, list[str]] = {}
    excerpts: dict[Diagnostic, str] = {}
    for value in found:
        if value.location is None or value.location.file not in texts:
            continue
        file = value.location.file
        if file not in lines:
            lines[file] = texts[file].decode("utf-8", "replace").splitlines()
        if value.location.line <= len(lines[file]):
            excerpts[value] = lines[file][value.location.line - 1].replace("\t", " ")
    return excerpts
