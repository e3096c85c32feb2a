"""Apply revisions to the documents that they are in and to their text files, and find those that this frees."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from rhythmconf.engine.pull.paths import Paths
from rhythmconf.engine.pull.text_files import fits_file, text_file_name, with_member
from rhythmconf.engine.pull.values import ProjectFiles, Revision, UnusedText
from rhythmconf.model import Body, Document, Json, Origin, pointer, tokens
from rhythmconf.source.documents.texts import resolve_path
from rhythmconf.text import yaml12


@dataclass(slots=True)
class Edits:
    """The new values of documents by origin, and of text files by path."""

    documents: dict[Origin, Body] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


def edit_files(revisions: Iterable[Revision], files: ProjectFiles, paths: Paths) -> Edits:
    """Apply the revisions of existing documents."""
    documents = {document.origin: document for document in (*files.base.documents, *files.overlays.documents)}
    users = Counter(path for document in (*documents.values(), *files.elsewhere) for path in document.files.values())
    edits = Edits()
    parsed: dict[str, list[Json]] = {}
    for revision in revisions:
        if revision.origin is None:
            continue
        file, position = revision.origin
        if file not in parsed:
            parsed[file] = yaml12.load_all(files.texts[file], file=file)
        value = parsed[file][position]
        before = edits.documents.get(revision.origin, value if isinstance(value, dict) else {})
        after = _revise(before, documents[revision.origin], revision, edits, users, paths)
        if after is not value:
            edits.documents[revision.origin] = after
    return edits


def _revise(
    value: Body, document: Document, revision: Revision, edits: Edits, users: Counter[str], paths: Paths
) -> Body:
    """Return the value of the document after a revision. A text that is in a file is revised in `edits` instead."""
    where = pointer(revision.path)
    files = value.get("files")
    if where in document.files and isinstance(revision.new, str) and fits_file(revision.new):
        path = document.files[where]
        if users[path] == 1:
            edits.texts[path] = revision.new
            return value
        # Other documents use the file too, so this one gets a file of its own.
        folder = posixpath.dirname(document.origin.file)
        own = paths.free(posixpath.join(folder, text_file_name(document.key, tokens(where), revision.new)))
        edits.texts[own] = revision.new
        return {**value, "files": {**(files if isinstance(files, dict) else {}), where: posixpath.relpath(own, folder)}}
    if isinstance(files, dict):
        # The new value stands in the document itself: its `files` may not name the path any more.
        kept = {name: path for name, path in files.items() if tokens(name)[: len(revision.path)] != revision.path}
        rest = {name: member for name, member in value.items() if name != "files"}
        value = {**rest, "files": kept} if kept else rest
    return {**value, "spec": with_member(value.get("spec", {}), revision.path, revision.new)}


def find_unused(files: ProjectFiles, changed: Mapping[Origin, Body]) -> tuple[UnusedText, ...]:
    """Return the text files that a changed document named and that no document will use any more."""
    documents = (*files.base.documents, *files.overlays.documents, *files.elsewhere)
    used: set[str] = set()
    freed: dict[str, str] = {}
    for document in documents:
        if document.origin in changed:
            used.update(_text_files(changed[document.origin], document.origin.file))
            freed |= dict.fromkeys(document.files.values(), posixpath.dirname(document.origin.file))
        else:
            used.update(document.files.values())
    return tuple(
        # Beside the documents, or below them, a file is there for them. Anywhere else something else may use it.
        UnusedText(path, removed=path.startswith(f"{folder}/"))
        for path, folder in sorted(freed.items())
        if path not in used
    )


def _text_files(value: Body, file: str) -> Iterator[str]:
    names = value.get("files")
    for path in names.values() if isinstance(names, dict) else ():
        yield resolve_path(file, str(path))
