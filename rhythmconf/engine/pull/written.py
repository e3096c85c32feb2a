"""A pull -> the texts of the files that have to be written, one at a time: a tenant's worth of them is never held."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

from rhythmconf.catalog import Field
from rhythmconf.engine.pull.values import Files, New, Pulled
from rhythmconf.model import Key
from rhythmconf.text import scribe
from rhythmconf.text.scribe import Target


def written(pulled: Pulled, files: Files) -> Iterator[tuple[str, str]]:
    """Project-relative path and whole text of each file; raises DocumentError before the first, for an edit that fails.

    Documents of one file stand below one another, those that were there first.
    """
    changed = {file: _revised(file, pulled, files) for file in dict.fromkeys(origin.file for origin in pulled.changed)}
    extended = {each.file for each in pulled.new} & changed.keys()
    yield from ((file, text) for file, text in changed.items() if file not in extended)
    yield from pulled.texts.items()
    by_file = attrgetter("file")
    for file, of_file in groupby(sorted(pulled.new, key=by_file), by_file):
        group = [*of_file]
        before = changed.get(file) or files.texts.get(file, b"").decode("utf-8-sig")
        yield file, _joined(before, group, file, files)
        for each in group:
            yield from each.texts


def _revised(file: str, pulled: Pulled, files: Files) -> str:
    text = files.texts[file].decode()
    targets = {
        origin.position: Target(value, scribe.shape(files.catalog.kind(str(value["kind"]))))
        for origin, value in pulled.changed.items()
        if origin.file == file
    }
    return scribe.revise(text, targets, file=file)


def _joined(before: str, group: list[New], file: str, files: Files) -> str:
    parts = [before if not before or before.endswith("\n") else f"{before}\n"] if before else []
    for each in group:
        modeline = "" if parts or not files.schema else _modeline(file, files.schema)
        parts.append(scribe.write(each.document, _shape(each.key, files), modeline=modeline))
    return "---\n".join(parts)


def _shape(key: Key, files: Files) -> Field:
    return scribe.shape(files.catalog.kind(key.kind))


def _modeline(file: str, schema: str) -> str:
    return f"# yaml-language-server: $schema={posixpath.relpath(schema, posixpath.dirname(file) or '.')}"
