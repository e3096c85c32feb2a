"""What several rules need about the values of a document: its texts, and a warning about one of its values."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.insight.lint.bodies import Path
from rhythmconf.insight.lint.subject import Subject
from rhythmconf.model import Diagnostic, Json
from rhythmconf.model.code import Rule
from rhythmconf.source.desired.locate import locate_value
from rhythmconf.source.desired.overlays import MergedSpec


def find_texts(value: Json, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield path and text of each string in a value; references are left out."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from find_texts(item, (*path, position))
    elif isinstance(value, dict) and "$ref" not in value:
        for name, item in value.items():
            yield from find_texts(item, (*path, name))


def warn_of_value(rule: Rule, subject: Subject, merged: MergedSpec, path: Path, message: str, help: str) -> Diagnostic:
    """Return a warning about the value at a path. The message begins with the key of the document."""
    pointer, location = locate_value(subject.desired.locator, merged.documents, path)
    key = subject.desired.names.catalog.shown(str(merged.key))
    return Diagnostic(rule, f"{key} {message}", "warning", location, pointer, merged.key, help)
