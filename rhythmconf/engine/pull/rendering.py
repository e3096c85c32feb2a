"""Render the files that a pull writes, one at a time, so that the texts of a whole tenant are never in memory."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

from rhythmconf.engine.pull.values import NewDocument, ProjectFiles, Pulled
from rhythmconf.text import scribe
from rhythmconf.text.scribe import Target


def render_files(pulled: Pulled, files: ProjectFiles) -> Iterator[tuple[str, str]]:
    """Yield project-relative path and whole text of each file to write.

    New documents of an existing file are appended to it. Raises DocumentError, before the first file, for an edit that
    fails.
    """
    changed = {file: _revised(file, pulled, files) for file in dict.fromkeys(origin.file for origin in pulled.changed)}
    extended = {new.file for new in pulled.new} & changed.keys()
    yield from ((file, text) for file, text in changed.items() if file not in extended)
    yield from pulled.texts.items()
    by_file = attrgetter("file")
    for file, group in groupby(sorted(pulled.new, key=by_file), by_file):
        new = [*group]
        before = changed.get(file) or files.texts.get(file, b"").decode("utf-8-sig")
        yield file, _joined(before, new, file, files)
        for document in new:
            yield from document.texts


def _revised(file: str, pulled: Pulled, files: ProjectFiles) -> str:
    text = files.texts[file].decode()
    targets = {
        origin.position: Target(value, scribe.document_field(files.site.catalog.kind(str(value["kind"]))))
        for origin, value in pulled.changed.items()
        if origin.file == file
    }
    return scribe.revise(text, targets, file=file)


def _joined(before: str, new: list[NewDocument], file: str, files: ProjectFiles) -> str:
    """Return the text before and the new documents, each with a modeline for editors if the file is new or has one."""
    parts = [before if not before or before.endswith("\n") else f"{before}\n"] if before else []
    modeline = scribe.last_modeline(before) if before else _modeline(file, files)
    for document in new:
        field = scribe.document_field(files.site.catalog.kind(document.key.kind))
        parts.append(scribe.write(document.document, field, modeline=modeline))
    return "---\n".join(parts)


def _modeline(file: str, files: ProjectFiles) -> str:
    schema = files.overlay_schema if file.startswith("overlays/") else files.schema
    return scribe.modeline(posixpath.relpath(schema, posixpath.dirname(file) or ".")) if schema else ""
