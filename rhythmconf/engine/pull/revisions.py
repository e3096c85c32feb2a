"""Find the fields of existing documents that have to change, each in the document that has the last word on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

from rhythmconf.catalog import OPAQUE, Field, Kind, references, switched_on
from rhythmconf.engine.diff import Rules
from rhythmconf.engine.diff.target import Items, is_compared, make_target, match_items
from rhythmconf.engine.diff.threeway import Past, make_past
from rhythmconf.engine.pull.conform import LeftOut, keep_valid
from rhythmconf.engine.pull.names import Names
from rhythmconf.engine.pull.spec_writer import SpecWriter, without_item_id
from rhythmconf.engine.pull.values import ProjectFiles, PullScope, Revision
from rhythmconf.model import (
    MISSING,
    Body,
    Document,
    Identity,
    Json,
    Key,
    Missing,
    Record,
    Resource,
    at,
    pointer,
    same,
    tokens,
)
from rhythmconf.source.desired.locate import setting_document
from rhythmconf.source.desired.overlays import merge


def revise(
    identity: Identity, names: Names, files: ProjectFiles, scope: PullScope, kept: list[tuple[Key, LeftOut]]
) -> Iterator[Revision]:
    """Yield what differs between documents and their records. With a base, only what the tenant changed since then.

    What the schema refuses is added to `kept`: there the documents keep their values.
    """
    by_origin = {document.origin: document for document in (*files.base.documents, *files.overlays.documents)}
    past = make_past(scope.base, files.desired, files.site.catalog) if scope.base else None
    for pair in identity.pairs:
        if pair.record is not None and scope.includes(pair.key, pair.record.id):
            resource = files.desired.resources[pair.key]
            documents = [by_origin[origin] for origin in resource.origins]
            for revision in _revise_record(resource, documents, pair.record, identity, names, files, scope, kept):
                if past is None or not _is_changed_in_files(revision, past, files):
                    yield revision


def _revise_record(
    resource: Resource,
    documents: Sequence[Document],
    record: Record,
    identity: Identity,
    names: Names,
    files: ProjectFiles,
    scope: PullScope,
    kept: list[tuple[Key, LeftOut]],
) -> Iterator[Revision]:
    kind = files.site.catalog.kind(resource.key.kind)
    spec = reduce(merge, [document.spec for document in documents])
    writer = SpecWriter(
        names,
        empty_lists=True,
        empty_options=True,
        fill_required=files.site.dialect.empty_lists == "same-as-absent",
        item_ids=True,
        spelled=_spelled_references(kind, spec, resource, identity.ids),
    )
    live = writer.write(kind.root, record.body)
    target = update_spec(kind.root, spec, live, Rules.of({}, files.site.dialect))
    if isinstance(target, dict) and target is not spec:
        target, left_out = keep_valid(kind, spec, target)
        kept += [(resource.key, one) for one in left_out]
    unmanaged = {tokens(where) for document in documents for where in document.unmanaged}
    for path, old, new in _differences(spec, target):
        if new is None and writer.unwritable and at(record.body, pointer(path)) not in (None, MISSING):
            kept.append((resource.key, LeftOut(path, "a file can't contain the tenant's value")))
            continue
        if not any(path[: len(where)] == where for where in unmanaged):
            document = _document_to_change(documents, path, new, writer, files, scope)
            yield Revision(resource.key, document.origin if document else None, path, old, new)


def _differences(old: Json, new: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Json, Json]]:
    """Yield path, old and new value of each member that differs, as deep as both are objects."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name, value in new.items():
            yield from _differences(old.get(name), value, (*path, name))
    elif not same(old, new):
        yield path, old, new


def _spelled_references(
    kind: Kind, spec: Body, resource: Resource, ids: Mapping[Key, str]
) -> dict[tuple[tuple[str, ...], str], str]:
    """Return how the documents write each id that they refer to."""
    spelled: dict[tuple[tuple[str, ...], str], str] = {}
    for where, field, text in references(kind, spec):
        value = at(resource.body, where)
        id = ids.get(Key.parse(str(value["$ref"]))) if isinstance(value, dict) else value
        if isinstance(id, str):
            spelled[field.targets, id] = str(text)
    return spelled


def _is_changed_in_files(revision: Revision, past: Past, files: ProjectFiles) -> bool:
    """Whether the files declare another value here than at the base."""
    if revision.key not in past.bodies:
        return True
    where = pointer(revision.path)
    now = files.desired.resources[revision.key].body
    return not same(at(past.bodies[revision.key], where), at(now, where))


def _document_to_change(
    documents: Sequence[Document],
    path: tuple[str, ...],
    new: Json,
    writer: SpecWriter,
    files: ProjectFiles,
    scope: PullScope,
) -> Document | None:
    """Return the document that has the last word, or the overlay of this key; None for an overlay to be created.

    A literal id means something in this environment only, and a `match` document applies to other records too. So
    both lead to the overlay.
    """
    overlay = documents[-1] if _is_overlay(documents[-1], files) and not documents[-1].match else None
    last = setting_document(documents, path)
    literal = bool(writer.dangling) and _has_literal_id(new, writer)
    if scope.as_overlay or last.match or (literal and not _is_overlay(last, files)):
        return overlay
    return last


def _is_overlay(document: Document, files: ProjectFiles) -> bool:
    return document.origin.file.startswith(f"overlays/{files.site.environment.name}/")


def _has_literal_id(value: Json, writer: SpecWriter) -> bool:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return any(_has_literal_id(child, writer) for child in inner)
    return isinstance(value, str) and value.startswith("id:") and value[3:] in writer.dangling


def update_spec(field: Field, spec: Json, live: Json | Missing, rules: Rules) -> Json:
    """Return the spec as it must be to agree with `live`, which is written as documents write it.

    What agrees stays as it is, object by object. A declared field without a value in the tenant becomes null; a field
    that isn't declared is not added.
    """
    # The same comparison as in a plan: so a plan of the result has nothing to change.
    if make_target(field, spec, live, rules) is live:
        return spec
    if isinstance(live, Missing):
        return None
    if isinstance(spec, dict) and isinstance(live, dict) and not field.targets:
        fields = field.fields or {}
        updated: Body = {}
        for name, value in spec.items():
            child = fields.get(name, OPAQUE)
            updated[name] = update_spec(child, value, live.get(name, MISSING), rules) if is_compared(child) else value
        return {**updated, **_needed_members(field, updated, live)}
    if isinstance(spec, list) and isinstance(live, list):
        return _update_list(field, spec, live, rules)
    return live


def _needed_members(field: Field, spec: Body, live: Body) -> Body:
    """Return the members that a switch makes necessary now, and that the spec didn't declare before."""
    return {
        name: live[name]
        for name, child in (field.fields or {}).items()
        if name not in spec and name in live and child.when is not None and switched_on(child.when, spec)
    }


def _update_list(field: Field, spec: list[Json], live: list[Json], rules: Rules) -> list[Json]:
    """Remove items that are gone, and add new ones at the end unless the order is significant."""
    if field.list_type == "set" and not field.ordered:
        return [item for item in spec if item in live] + [item for item in live if item not in spec]
    matched = match_items(field, spec, live, rules)
    if matched is None:
        return [without_item_id(field, item) for item in live]
    return _update_items(field, *matched, rules)


def _update_items(field: Field, spec: Items, live: Items, rules: Rules) -> list[Json]:
    items = field.items or OPAQUE
    kept, added = [key for key in spec if key in live], [key for key in live if key not in spec]
    return [
        update_spec(items, spec[key], live[key], rules) if key in spec else without_item_id(field, live[key])
        for key in (list(live) if field.ordered else kept + added)
    ]
