"""Format documents: members in the order of the schema, one style of lists and indents, comments kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from rhythmconf.catalog import Catalog, Field, widen_all
from rhythmconf.errors import DocumentError, RhythmconfError, UsageError
from rhythmconf.model import Diagnostic, Json
from rhythmconf.settings import Settings
from rhythmconf.source.project import files, inside
from rhythmconf.source.project.opening import open_catalog
from rhythmconf.text import scribe, yaml12


class Formatted(NamedTuple):
    """The texts of all files, the new texts of those that change, and what can't be formatted, and why."""

    texts: Mapping[str, bytes]
    changed: dict[str, bytes]
    unreadable: list[Diagnostic]
    failed: dict[str, RhythmconfError]

    @property
    def failed_names(self) -> list[str]:
        """Return the files that can't be read or formatted."""
        unreadable = [
            diagnostic.location.file
            for diagnostic in self.unreadable
            if diagnostic.location and diagnostic.severity == "error"
        ]
        return [*unreadable, *self.failed]


def format_documents(settings: Settings, paths: Iterable[Path] = ()) -> Formatted:
    """Format some files, or all documents of the project, overlays included. Nothing is written: `write` does that.

    Raises UsageError for a file outside the project.
    """
    tree = _read(settings, [*paths])
    catalog = widen_all(open_catalog(settings))
    changed: dict[str, bytes] = {}
    failed: dict[str, RhythmconfError] = {}
    for name, data in tree.texts.items():
        try:
            values = yaml12.load_all(data, file=name)
            formatted = scribe.reformat(data.decode(), [*_shapes(values, catalog)], file=name).encode()
        except DocumentError as error:
            failed[name] = error
            continue
        if formatted != data:
            changed[name] = formatted
    return Formatted(tree.texts, changed, tree.diagnostics, failed)


def write(settings: Settings, formatted: Formatted) -> None:
    """Write the files that change."""
    for name in formatted.changed:
        inside.check(settings.root, name)
    for name, data in formatted.changed.items():
        inside.write(settings.root, name, data)


def _read(settings: Settings, paths: list[Path]) -> files.Tree:
    chosen = [_relative(settings.root, path) for path in paths]
    if chosen:
        return files.Tree({name: files.read(settings.root, name) for name in chosen}, [], [])
    folders = [*settings.sources, *(["overlays"] if (settings.root / "overlays").is_dir() else [])]
    trees = [files.read_tree(settings.root, folder) for folder in folders]
    texts = {name: data for tree in trees for name, data in tree.texts.items()}
    return files.Tree(texts, [diagnostic for tree in trees for diagnostic in tree.diagnostics], [])


def _relative(root: Path, path: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        raise UsageError("the file is not in the project", where=str(path)) from None


def _shapes(values: Iterable[Json], catalog: Catalog) -> Iterator[Field]:
    """Return the field that describes each document of a text."""
    for value in values:
        kind = value.get("kind") if isinstance(value, dict) else None
        yield scribe.document_field(catalog.kinds.get(catalog.qualify(kind)) if isinstance(kind, str) else None)
