"""Documents and the records they are about -> the fields that have to change, each in the document that owns it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

from rhythmconf.catalog import Kind, references
from rhythmconf.engine.diff import Rules, threeway
from rhythmconf.engine.diff.threeway import Past
from rhythmconf.engine.pull.adjust import adjust
from rhythmconf.engine.pull.form import Form, form
from rhythmconf.engine.pull.names import Names
from rhythmconf.engine.pull.values import Files, Revision, Scope
from rhythmconf.model import Body, Document, Identity, Json, Key, Pair, Resource, at, pointer, same, tokens
from rhythmconf.source.desired.locate import setting_document
from rhythmconf.source.desired.overlays import merge

Layers = Mapping[Key, Sequence[Document]]
"""The documents of each key, in merge order."""


def layers(files: Files) -> Layers:
    """Find the documents that each resource came from."""
    by_origin = {document.origin: document for document in (*files.base.documents, *files.overlays.documents)}
    return {
        key: [by_origin[origin] for origin in resource.origins] for key, resource in files.desired.resources.items()
    }


def revisions(who: Identity, names: Names, files: Files, scope: Scope) -> Iterator[Revision]:
    """What differs between the documents and the records that they are about."""
    above = layers(files)
    past = threeway.make_past(scope.base, files.desired, files.catalog) if scope.base else None
    for pair in who.pairs:
        if pair.record is not None and scope.takes(pair.key, pair.record.id):
            found = _of_pair(pair, above[pair.key], who, names, files, scope)
            yield from (each for each in found if past is None or not _is_yours(each, past, files))


def _of_pair(
    pair: Pair, documents: Sequence[Document], who: Identity, names: Names, files: Files, scope: Scope
) -> Iterator[Revision]:
    kind = files.catalog.kind(pair.key.kind)
    spec = reduce(merge, [document.spec for document in documents])
    spelled = _spelled(kind, spec, files.desired.resources[pair.key], who.ids)
    fill_in = files.dialect.empty_lists == "same-as-absent"
    how = Form(names, empty_lists=True, fill_in=fill_in, numbers=True, spelled=spelled)
    live = form(kind.root, pair.record.body if pair.record else {}, how)
    wanted = adjust(kind.root, spec, live, Rules.of({}, files.dialect))
    for path, old, new in differences(spec, wanted):
        if _is_managed(documents, path):
            home = _home(documents, path, new, how, files, scope)
            yield Revision(pair.key, home.origin if home else None, path, old, new)


def differences(old: Json, new: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Json, Json]]:
    """Each member that differs, as deep as both are objects."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name, value in new.items():
            yield from differences(old.get(name), value, (*path, name))
    elif not same(old, new):
        yield path, old, new


def _spelled(
    kind: Kind, spec: Body, resource: Resource, ids: Mapping[Key, str]
) -> dict[tuple[tuple[str, ...], str], str]:
    """How the documents write each id that they refer to."""
    found: dict[tuple[tuple[str, ...], str], str] = {}
    for where, field, text in references(kind, spec):
        value = at(resource.body, where)
        id = ids.get(Key.parse(str(value["$ref"]))) if isinstance(value, dict) else value
        if isinstance(id, str):
            found[field.targets, id] = str(text)
    return found


def _is_managed(documents: Sequence[Document], path: tuple[str, ...]) -> bool:
    unmanaged = {tokens(where) for document in documents for where in document.unmanaged}
    return not any(path[: len(where)] == where for where in unmanaged)


def _is_yours(change: Revision, past: Past, files: Files) -> bool:
    """Whether the files want something else here than at the base."""
    where, now = pointer(change.path), files.desired.resources[change.key].body
    return change.key not in past.bodies or not same(at(past.bodies[change.key], where), at(now, where))


def _home(
    documents: Sequence[Document], path: tuple[str, ...], new: Json, how: Form, files: Files, scope: Scope
) -> Document | None:
    """The document to change: the one that has the last word, or the overlay of this key; None where there is none.

    A literal id means something in this environment only, and a `match` speaks for other records too.
    """
    overlay = documents[-1] if is_overlay(documents[-1], files) and not documents[-1].match else None
    last = setting_document(documents, path)
    literal = bool(how.dangling) and _has_literal(new, how)
    if scope.as_overlay or last.match or (literal and not is_overlay(last, files)):
        return overlay
    return last


def is_overlay(document: Document, files: Files) -> bool:
    """Whether a document speaks for one environment only."""
    return document.origin.file.startswith(f"overlays/{files.environment}/")


def _has_literal(value: Json, how: Form) -> bool:
    if isinstance(value, dict | list):
        return any(_has_literal(below, how) for below in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and value.startswith("id:") and value[3:] in how.dangling
