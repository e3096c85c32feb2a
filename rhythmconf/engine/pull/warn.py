"""Warn a reviewer of pulled files: of literal ids, ids in texts, records against the schema, other projects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from rhythmconf.catalog import OPAQUE, Field
from rhythmconf.engine.identity import mark_of
from rhythmconf.engine.pull import codes
from rhythmconf.engine.pull.conform import LeftOut
from rhythmconf.engine.pull.names import opaque_ids
from rhythmconf.engine.pull.new_documents import DocumentWriter, NamedRecord
from rhythmconf.engine.pull.values import NewDocument, ProjectFiles, Revision
from rhythmconf.model import Diagnostic, Json, Key, Location, pointer
from rhythmconf.text.scribe.render import write_flow_members


def warn(
    new: Iterable[NewDocument],
    revisions: Iterable[Revision],
    chosen: Iterable[NamedRecord],
    writer: DocumentWriter,
    kept: Iterable[tuple[Key, LeftOut]] = (),
) -> Iterator[Diagnostic]:
    """Yield all warnings of a pull. `kept` has what the schema refuses of records that have a document."""
    files = writer.files
    ids = opaque_ids(record.id for record in writer.names.live.all())
    for document in new:
        yield from _warn_new(document, ids, files)
    for revision in revisions:
        field = files.site.catalog.kind(revision.key.kind).field(pointer(revision.path)) or OPAQUE
        yield from _warn_ids(revision.key, revision.new, field, ids, revision.origin.file if revision.origin else "")
    for key, id in writer.dangling:
        yield _warning(codes.PULL_NO_TARGET, key, f"a reference has the id {id!r}, but the tenant has no such record")
    for key, left_out in writer.refused:
        yield _warn_refused(files, key, left_out, "left out of the document", "no document was written")
    for key, left_out in kept:
        yield _warn_refused(
            files, key, left_out, "the document keeps its value, and the next plan would put that back", ""
        )
    for key, what in writer.unwritable:
        yield _warning(codes.HALF_CHARACTER, key, f"{what} was left out")
    yield from _warn_key_map(writer)
    for named in chosen:
        mark = mark_of(named.record)
        if mark is not None and mark.project != files.site.project:
            yield _warning(codes.PULL_OTHER_PROJECT, named.key, f"the record is managed by project {mark.project!r}")


_HELP: dict[str, str] = {
    codes.PULL_NO_TARGET: "Correct it in Rhythm, or in the overlay that now has the id.",
    codes.ID_IN_TEXT: "It is written as it is: another environment has other ids. Is it meant as a reference?",
    codes.AGAINST_SCHEMA: "Correct the record in Rhythm, or the schema by notes on the kind, and pull again.",
    codes.PULL_OTHER_PROJECT: "Leave it to that project, or run `rhythmconf adopt KIND/KEY --from-project P`.",
    codes.HALF_CHARACTER: "Correct it in Rhythm.",
    codes.KEY_MAP_UNUSED: "Correct the id, or remove the line from the key map.",
}


def _warning(code: str, key: Key, message: str, file: str = "") -> Diagnostic:
    location = Location(file) if file else None
    return Diagnostic(code, f"{key}: {message}", "warning", location, key=key, help=_HELP[code])


def _warn_refused(files: ProjectFiles, key: Key, left_out: LeftOut, one: str, whole: str) -> Diagnostic:
    what = f"{pointer(left_out.path)}: {left_out.reason}" if left_out.path else left_out.reason
    warning = _warning(codes.AGAINST_SCHEMA, key, f"{what}; {one if left_out.path or not whole else whole}")
    if not left_out.notes:
        return warning
    file = files.site.catalog.kind(key.kind).notes_file
    return warning._replace(
        help=f"Correct the record in Rhythm. Or, if the value is right, add this to {file}, and pull again: "
        f"{write_flow_members(left_out.notes)}"
    )


def _warn_key_map(writer: DocumentWriter) -> Iterator[Diagnostic]:
    """Warn of each line of the key map that has named no record, or a record that has another key already."""
    named = writer.names.named
    existing = {(record.kind, record.id) for record in writer.names.live.all()} if writer.scope.chosen else frozenset()
    for (kind, id), name in writer.scope.chosen.items():
        if (kind, id) not in existing and kind in writer.names.live.records:
            message = f"the key map names record {id!r}, but the tenant has no such record"
            yield _warning(codes.KEY_MAP_UNUSED, Key(kind, name), message)
        elif named.get((kind, id), name) != name:
            message = f"the key map is not followed: record {id!r} has the key {named[kind, id]} already"
            yield _warning(codes.KEY_MAP_UNUSED, Key(kind, name), message)


def _warn_new(new: NewDocument, ids: Set[str], files: ProjectFiles) -> Iterator[Diagnostic]:
    kind, spec = files.site.catalog.kind(new.key.kind), new.document["spec"]
    yield from _warn_ids(new.key, spec, kind.root, ids, new.file)


def _warn_ids(key: Key, value: Json, field: Field, ids: Set[str], file: str) -> Iterator[Diagnostic]:
    """Warn of each string that is the id of a record, though the schema expects no reference there."""
    if field.targets:
        return
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _warn_ids(key, member, (field.fields or {}).get(name, OPAQUE), ids, file)
    elif isinstance(value, list):
        for item in value:
            yield from _warn_ids(key, item, field.items or OPAQUE, ids, file)
    elif isinstance(value, str) and value in ids:
        yield _warning(codes.ID_IN_TEXT, key, f"{value!r} is the id of a record", file)
