"""Write what a pull did: each document, field and binding."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence

from rhythmconf.engine.pull import NewDocument, Pulled, Revision, UnusedText, WithoutRecord
from rhythmconf.model import Json, KindNames, dump
from rhythmconf.model.plural import counted
from rhythmconf.model.quoting import shown_name
from rhythmconf.report.display import old_and_new
from rhythmconf.report.terminal import Line

SHOWN = 20
"""The number of documents without a record that are shown one by one; the JSON has them all."""


def text(pulled: Pulled, environment: str, *, command: str = "Pull") -> Iterator[Line]:
    """Yield each change of the files; the last line is `Pull: 3 documents added, 1 changed.` or `No changes.`

    `command` is the word that the last line begins with. A plan follows that of `Promote`, so it says what has none.
    """
    names = pulled.names
    for new in pulled.new:
        yield [("green", "  + "), ("bold", names.key(new.key)), ("dim", f"  {new.file}")]
    for key in dict.fromkeys(revision.key for revision in pulled.revisions):
        yield [("yellow", "  ~ "), ("bold", names.key(key))]
        yield from (_field(revision) for revision in pulled.revisions if revision.key == key)
    for binding in pulled.binds:
        yield [
            ("cyan", f"  bound {names.key(binding.key)} to {shown_name(binding.id)}"),
            ("dim", f"  bindings/{environment}.yaml"),
        ]
    for unused in pulled.unused:
        yield _unused(unused)
    yield from _without_record(pulled.without_record, environment, names)
    for project, count in sorted(pulled.left_out.items()):
        yield [("dim", f"  skipped: {counted(count, 'record')} of project {project}; name a record to pull it")]
    if pulled.new or pulled.revisions or pulled.binds or pulled.left_out or pulled.without_record:
        yield [("plain", "")]
    yield [("bold", _last_line(pulled, environment, command))]


def _field(revision: Revision) -> Line:
    file = revision.origin.file if revision.origin else "a new overlay"
    values = f"{'.'.join(revision.path)}: {' -> '.join(old_and_new(revision.old, revision.new))}"
    return [("yellow", "      ~ "), ("plain", values), ("dim", f"  {file}")]


def _unused(unused: UnusedText) -> Line:
    if unused.removed:
        return [("red", "  - "), ("plain", unused.file), ("dim", "  removed: no document uses it any more")]
    return [("yellow", "  ! "), ("plain", unused.file), ("dim", "  no document uses it any more; delete it")]


def _without_record(without: Sequence[WithoutRecord], environment: str, names: KindNames) -> Iterator[Line]:
    for document in without[:SHOWN]:
        bound = f"; its bound record {shown_name(document.bound)} is gone" if document.bound else ""
        reason = f"  {document.file}  no record in {environment}{bound}"
        yield [("yellow", "  ! "), ("bold", names.key(document.key)), ("dim", reason)]
    if len(without) > SHOWN:
        yield [("dim", f"  ! and {len(without) - SHOWN} more documents without a record; --format json lists all")]
    if without:
        help = "the next plan creates the record; if it was deleted on purpose, delete the document"
        yield [("cyan", "    help: "), ("plain", help)]


def _last_line(pulled: Pulled, environment: str, command: str) -> str:
    if not (pulled.new or pulled.revisions or pulled.binds):
        if not pulled.without_record:
            return "No changes." if command == "Pull" else f"{command}: no file changes."
        verb = "has" if len(pulled.without_record) == 1 else "have"
        return f"No file changes; {counted(len(pulled.without_record), 'document')} {verb} no record in {environment}."
    changed = len({revision.key for revision in pulled.revisions})
    bindings = f", {counted(len(pulled.binds), 'binding')}" if pulled.binds else ""
    return f"{command}: {counted(len(pulled.new), 'document')} added, {changed} changed{bindings}."


def differences(files: Iterable[tuple[str, str, str]]) -> Iterator[Line]:
    """Yield unified diffs of files, each given as path, text before and text after."""
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for file, before, after in files:
        lines = difflib.unified_diff(before.splitlines(), after.splitlines(), f"a/{file}", f"b/{file}", lineterm="")
        yield from ([(styles.get(line[:1], "plain"), line)] for line in lines)


def json(pulled: Pulled, environment: str, tenant: str) -> str:
    """Return the pull as JSON."""
    return dump(
        {
            "environment": environment,
            "tenant": tenant,
            "documents": [_document(new) for new in pulled.new],
            "fields": [_revision(revision) for revision in pulled.revisions],
            "bindings": [
                {"kind": binding.key.kind, "key": binding.key.name, "id": binding.id} for binding in pulled.binds
            ],
            "unused_files": [unused._asdict() for unused in pulled.unused],
            "without_record": [
                {"kind": document.key.kind, "key": document.key.name, "file": document.file, "bound": document.bound}
                for document in pulled.without_record
            ],
            "unknown_fields": [
                {"kind": field.kind, "path": field.path, "records": len(field.records), "empty": field.empty}
                for field in pulled.unknown
            ],
            "left_out": dict(pulled.left_out),
            "requests": pulled.requests,
            "diagnostics": [diagnostic.to_json() for diagnostic in pulled.diagnostics],
        }
    )


def _document(new: NewDocument) -> Json:
    files: list[Json] = [new.file, *(path for path, _ in new.texts)]
    return {"kind": new.key.kind, "key": new.key.name, "id": new.id, "files": files}


def _revision(revision: Revision) -> Json:
    return {
        "kind": revision.key.kind,
        "key": revision.key.name,
        "file": revision.origin.file if revision.origin else None,
        "path": [*revision.path],
        "old": revision.old,
        "new": revision.new,
    }
