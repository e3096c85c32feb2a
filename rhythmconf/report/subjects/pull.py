"""A pull as people and pipelines read it: each file, each field, each binding; the last line counts them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from rhythmconf.engine.pull import New, Pulled, Revision
from rhythmconf.model import Json, dump
from rhythmconf.model.plural import counted
from rhythmconf.report.facts import brief
from rhythmconf.report.terminal import Line


def text(value: Pulled, environment: str) -> Iterator[Line]:
    """What a pull has written; its last line is `Pull: 3 documents added, 1 changed, 2 bindings.` or `No changes.`"""
    for new in value.new:
        yield [("green", "  + "), ("bold", _named(new)), ("dim", f"  {new.file}")]
    for key in dict.fromkeys(revision.key for revision in value.revisions):
        yield [("yellow", "  ~ "), ("bold", f"{key.kind.rpartition('/')[2]}/{key.name}")]
        yield from (_field(each) for each in value.revisions if each.key == key)
    for binding in value.binds:
        kind = binding.key.kind.rpartition("/")[2]
        yield [
            ("cyan", f"  bound {kind}/{binding.key.name} to {binding.id}"),
            ("dim", f"  bindings/{environment}.yaml"),
        ]
    for project, count in sorted(value.left_out.items()):
        yield [("dim", f"  left out: {counted(count, 'record')} of project {project}; name one to have it")]
    if value.new or value.revisions or value.binds or value.left_out:
        yield [("plain", "")]
    yield [("bold", last_line(value))]


def last_line(value: Pulled) -> str:
    """The fixed last line."""
    if not (value.new or value.revisions or value.binds):
        return "No changes."
    changed, bound = len({revision.key for revision in value.revisions}), len(value.binds)
    bindings = f", {bound} binding{'s' * (bound != 1)}" if bound else ""
    return f"Pull: {len(value.new)} document{'s' * (len(value.new) != 1)} added, {changed} changed{bindings}."


def difference(file: str, before: str, after: str) -> Iterator[Line]:
    """What would change in a file, as a unified diff."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), f"a/{file}", f"b/{file}", lineterm="")
    styles = {"+": "green", "-": "red", "@": "cyan"}
    yield from ([(styles.get(line[:1], "plain"), line)] for line in lines)


def json(value: Pulled, environment: str, tenant: str) -> str:
    """The same for machines."""
    return dump(
        {
            "environment": environment,
            "tenant": tenant,
            "documents": [_document(new) for new in value.new],
            "fields": [_change(revision) for revision in value.revisions],
            "bindings": [{"kind": each.key.kind, "key": each.key.name, "id": each.id} for each in value.binds],
            "left_out": dict(value.left_out),
            "requests": value.requests,
            "diagnostics": [found.to_json() for found in value.diagnostics],
        }
    )


def _named(new: New) -> str:
    return f"{new.key.kind.rpartition('/')[2]}/{new.key.name}"


def _field(each: Revision) -> Line:
    place = each.origin.file if each.origin else "an overlay of its own"
    values = f"{'.'.join(each.path)}: {brief(each.old)} -> {brief(each.new)}"
    return [("yellow", "      ~ "), ("plain", values), ("dim", f"  {place}")]


def _document(new: New) -> Json:
    files: list[Json] = [new.file, *(path for path, _ in new.texts)]
    return {"kind": new.key.kind, "key": new.key.name, "id": new.id, "files": files}


def _change(each: Revision) -> Json:
    file = each.origin.file if each.origin else None
    path: list[Json] = [*each.path]
    return {"kind": each.key.kind, "key": each.key.name, "file": file, "path": path, "old": each.old, "new": each.new}


def differences(files: Iterable[tuple[str, str, str]]) -> Iterator[Line]:
    """The unified diffs of all files, given as path, text before and text after."""
    for file, before, after in files:
        yield from difference(file, before, after)
