"""What a reviewer of pulled files should know: literal ids, ids in texts, what the schema refuses, who else manages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rhythmconf.catalog import OPAQUE, Field
from rhythmconf.engine.identity import mark_of
from rhythmconf.engine.pull.names import opaque_ids
from rhythmconf.engine.pull.new import Chosen, Desk
from rhythmconf.engine.pull.values import Files, New, Revision
from rhythmconf.model import Diagnostic, Json, Key, LiveState, Location, pointer

CODES = {
    "RC600": "which record a document is about can't be decided",
    "RC601": "a reference leads to no record",
    "RC602": "a text holds the id of a record",
    "RC603": "a record is not as the schema says",
    "RC604": "a record of another project",
    "RC605": "a text that no file can hold",
}


def findings(
    new: Iterable[New], revised: Iterable[Revision], chosen: Iterable[Chosen], desk: Desk, live: LiveState
) -> Iterator[Diagnostic]:
    """All warnings of a pull."""
    ids = opaque_ids((record.kind, record.id) for record in live.all())
    for each in new:
        yield from _of_new(each, ids, desk.files)
    for revision in revised:
        field = desk.files.catalog.kind(revision.key.kind).field(pointer(revision.path)) or OPAQUE
        yield from _ids(revision.key, revision.new, field, ids, revision.origin.file if revision.origin else "")
    for key, id in desk.dangling:
        yield _warning("RC601", key, f"a reference leads to {id!r}, and the tenant has no such record")
    for key in desk.lost:
        yield _warning("RC605", key, "a text with half a character was left out")
    for one in chosen:
        found = mark_of(one.record)
        if found is not None and found.project != desk.files.project:
            yield _warning("RC604", one.key, f"the record is managed by project {found.project!r}")


_HELP = {
    "RC601": "Correct it in Rhythm, or in the overlay where the literal id stands now.",
    "RC602": "It is written as it is: another environment has other ids. Is it meant as a reference?",
    "RC603": "The document needs a hand, or the schema does.",
    "RC604": "Leave it to that project, or take it over with `rhythmconf adopt KIND/KEY --from-project P`.",
    "RC605": "Correct it in Rhythm.",
}


def _warning(code: str, key: Key, message: str, file: str = "") -> Diagnostic:
    place = Location(file) if file else None
    return Diagnostic(code, f"{key}: {message}", "warning", place, key=key, help=_HELP[code])


def _of_new(each: New, ids: frozenset[str], files: Files) -> Iterator[Diagnostic]:
    kind, spec = files.catalog.kind(each.key.kind), each.document["spec"]
    yield from _ids(each.key, spec, kind.root, ids, each.file)
    if isinstance(spec, dict) and not each.texts and each.file.startswith(f"{files.folder}/") and not kind.check(spec):
        where, message = next(kind.complaints(spec), ("", "it is refused"))
        yield _warning("RC603", each.key, f"{where or 'the record'}: {message}", each.file)


def _ids(key: Key, value: Json, field: Field, ids: frozenset[str], file: str) -> Iterator[Diagnostic]:
    """Each string that is an id, where no reference is expected."""
    if field.targets:
        return
    if isinstance(value, dict):
        for name, below in value.items():
            yield from _ids(key, below, (field.fields or {}).get(name, OPAQUE), ids, file)
    elif isinstance(value, list):
        for item in value:
            yield from _ids(key, item, field.items or OPAQUE, ids, file)
    elif isinstance(value, str) and value in ids:
        yield _warning("RC602", key, f"{value!r} is the id of a record", file)
