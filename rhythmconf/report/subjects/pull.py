"""Write what a pull did: each document, field and binding."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from rhythmconf.engine.pull import NewDocument, Pulled, Revision
from rhythmconf.model import Json, dump
from rhythmconf.model.plural import counted
from rhythmconf.report.display import brief, short
from rhythmconf.report.terminal import Line


def text(pulled: Pulled, environment: str) -> Iterator[Line]:
    """Yield each change of the files; the last line is `Pull: 3 documents added, 1 changed.` or `No changes.`"""
    for new in pulled.new:
        yield [("green", "  + "), ("bold", short(new.key)), ("dim", f"  {new.file}")]
    for key in dict.fromkeys(revision.key for revision in pulled.revisions):
        yield [("yellow", "  ~ "), ("bold", short(key))]
        yield from (_field(revision) for revision in pulled.revisions if revision.key == key)
    for binding in pulled.binds:
        yield [
            ("cyan", f"  bound {short(binding.key)} to {binding.id}"),
            ("dim", f"  bindings/{environment}.yaml"),
        ]
    for project, count in sorted(pulled.left_out.items()):
        yield [("dim", f"  skipped: {counted(count, 'record')} of project {project}; name a record to pull it")]
    if pulled.new or pulled.revisions or pulled.binds or pulled.left_out:
        yield [("plain", "")]
    yield [("bold", _last_line(pulled))]


def _field(revision: Revision) -> Line:
    file = revision.origin.file if revision.origin else "a new overlay"
    values = f"{'.'.join(revision.path)}: {brief(revision.old)} -> {brief(revision.new)}"
    return [("yellow", "      ~ "), ("plain", values), ("dim", f"  {file}")]


def _last_line(pulled: Pulled) -> str:
    if not (pulled.new or pulled.revisions or pulled.binds):
        return "No changes."
    changed = len({revision.key for revision in pulled.revisions})
    bindings = f", {counted(len(pulled.binds), 'binding')}" if pulled.binds else ""
    return f"Pull: {counted(len(pulled.new), 'document')} added, {changed} changed{bindings}."


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
