"""Revisions -> the new values of the documents they are in, and of the text files that these take."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from rhythmconf.engine.pull.paths import Paths
from rhythmconf.engine.pull.texts import file_name, fits_file, with_value
from rhythmconf.engine.pull.values import Files, Revision
from rhythmconf.model import Body, Document, Json, Origin, pointer, tokens
from rhythmconf.text import yaml12


@dataclass(slots=True)
class Changes:
    """The documents and texts as they shall be."""

    documents: dict[Origin, Body] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


def changes(revisions: Iterable[Revision], files: Files, paths: Paths) -> Changes:
    """Put the revisions of existing documents together."""
    known = {document.origin: document for document in (*files.base.documents, *files.overlays.documents)}
    every = (*known.values(), *files.elsewhere)
    users = Counter(path for document in every for path in document.files.values())
    made = Changes()
    raw: dict[str, list[Json]] = {}
    for each in revisions:
        if each.origin is None:
            continue
        file, position = each.origin
        if file not in raw:
            raw[file] = yaml12.load_all(files.texts[file], file=file)
        value = raw[file][position]
        before = made.documents.get(each.origin, value if isinstance(value, dict) else {})
        after = _revised(before, known[each.origin], each, made, users, paths)
        if after is not value:
            made.documents[each.origin] = after
    return made


def _revised(
    value: Body, document: Document, change: Revision, made: Changes, users: Counter[str], paths: Paths
) -> Body:
    where = pointer(change.path)
    if where in document.files and isinstance(change.new, str) and fits_file(change.new):
        return _with_text(value, document, where, change.new, made, users, paths)
    files = value.get("files")
    if isinstance(files, dict):
        kept = {name: path for name, path in files.items() if tokens(name)[: len(change.path)] != change.path}
        rest = {name: member for name, member in value.items() if name != "files"}
        value = {**rest, "files": kept} if kept else rest
    return {**value, "spec": with_value(value.get("spec", {}), change.path, change.new)}


def _with_text(
    value: Body, document: Document, where: str, text: str, made: Changes, users: Counter[str], paths: Paths
) -> Body:
    """The text goes to its file; where other documents take it from there too, to one of its own."""
    path = document.files[where]
    if users[path] == 1:
        made.texts[path] = text
        return value
    folder = posixpath.dirname(document.origin.file)
    own = paths.free(posixpath.join(folder, file_name(document.key, tokens(where), text)))
    made.texts[own] = text
    files = value["files"]
    return {**value, "files": {**(files if isinstance(files, dict) else {}), where: posixpath.relpath(own, folder)}}
