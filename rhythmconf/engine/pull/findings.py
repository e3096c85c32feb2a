"""What a reviewer of pulled files should know: literal ids, ids in texts, what the schema refuses, who else manages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rhythmconf.catalog import OPAQUE, Field
from rhythmconf.engine.identity import mark_of
from rhythmconf.engine.pull import codes
from rhythmconf.engine.pull.names import opaque_ids
from rhythmconf.engine.pull.new import Chosen, Desk
from rhythmconf.engine.pull.values import Files, New, Revision
from rhythmconf.model import Diagnostic, Json, Key, LiveState, Location, pointer


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
        yield _warning(codes.PULL_NO_TARGET, key, f"a reference leads to {id!r}, and the tenant has no such record")
    for key in desk.lost:
        yield _warning(codes.HALF_CHARACTER, key, "a text with half a character was left out")
    for one in chosen:
        found = mark_of(one.record)
        if found is not None and found.project != desk.files.project:
            yield _warning(codes.PULL_OTHER_PROJECT, one.key, f"the record is managed by project {found.project!r}")


_HELP: dict[str, str] = {
    codes.PULL_NO_TARGET: "Correct it in Rhythm, or in the overlay where the literal id stands now.",
    codes.ID_IN_TEXT: "It is written as it is: another environment has other ids. Is it meant as a reference?",
    codes.AGAINST_SCHEMA: "The document needs a hand, or the schema does.",
    codes.PULL_OTHER_PROJECT: "Leave it to that project, or run `rhythmconf adopt KIND/KEY --from-project P`.",
    codes.HALF_CHARACTER: "Correct it in Rhythm.",
}


def _warning(code: str, key: Key, message: str, file: str = "") -> Diagnostic:
    place = Location(file) if file else None
    return Diagnostic(code, f"{key}: {message}", "warning", place, key=key, help=_HELP[code])


def _of_new(each: New, ids: frozenset[str], files: Files) -> Iterator[Diagnostic]:
    kind, spec = files.catalog.kind(each.key.kind), each.document["spec"]
    yield from _ids(each.key, spec, kind.root, ids, each.file)
    if isinstance(spec, dict) and not each.texts and each.file.startswith(f"{files.folder}/") and not kind.check(spec):
        where, message = next(kind.complaints(spec), ("", "it is refused"))
        yield _warning(codes.AGAINST_SCHEMA, each.key, f"{where or 'the record'}: {message}", each.file)


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
        yield _warning(codes.ID_IN_TEXT, key, f"{value!r} is the id of a record", file)
