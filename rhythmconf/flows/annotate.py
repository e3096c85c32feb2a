"""Add to a plan what people need to read it: keys for ids, locations in files, the lines that settle a conflict."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache

from rhythmconf.catalog import OPAQUE, Catalog, Field, Kind
from rhythmconf.engine import diff, pull
from rhythmconf.flows import codes
from rhythmconf.insight.lint.lookalike_items import LOOKALIKE_ITEMS
from rhythmconf.insight.lint.repeated_steps import REPEATED_STEP
from rhythmconf.model import (
    Change,
    DesiredState,
    Diagnostic,
    FieldChange,
    Identity,
    Json,
    Key,
    LiveState,
    Missing,
    Pair,
    Plan,
    Record,
    Resource,
    canonical,
    pointer,
)
from rhythmconf.source import desired
from rhythmconf.source.documents import Locator
from rhythmconf.source.project.values import Site

_NAMED = 10
"""How many records one line names; the rest is counted."""


def locate_fields(changes: Iterable[Change], state: DesiredState, texts: Mapping[str, bytes]) -> tuple[Change, ...]:
    """Add to each field of each change the location where a document declares it."""
    return tuple(
        change._replace(fields=tuple(_located(field, state.resources[change.key], texts) for field in change.fields))
        if change.key in state.resources
        else change
        for change in changes
    )


def locate_diagnostics(
    diagnostics: Iterable[Diagnostic], state: DesiredState, site: Site, texts: Mapping[str, bytes]
) -> Iterator[Diagnostic]:
    """Add to each diagnostic about a key the location of the line that it is about.

    That is the line of the field that its pointer names. Without a pointer, it is the line that binds the key, or the
    natural key of its document: by these a record is found.
    """
    locator = Locator(texts)
    for diagnostic in diagnostics:
        key = diagnostic.key
        if key is None or diagnostic.location is not None:
            yield diagnostic
            continue
        resource = state.resources.get(key)
        if diagnostic.pointer.startswith("/bindings/") or (not diagnostic.pointer and key in site.bindings):
            path = (key.kind, key.name)
            entry, line = desired.locate_binding(path, site.catalog, site.environment.name, locator)
            yield diagnostic._replace(location=line, pointer=entry)
        elif resource is None or not resource.origins:
            yield diagnostic
        elif diagnostic.pointer in ("", "/spec") or diagnostic.pointer.startswith("/spec/"):
            natural = site.catalog.kind(key.kind).natural_key if not diagnostic.pointer else ()
            field = pointer(natural[:1]) or diagnostic.pointer.removeprefix("/spec")
            yield diagnostic._replace(location=desired.locate_field(resource, field, texts), pointer=f"/spec{field}")
        else:
            yield diagnostic._replace(location=locator.value(resource.origins[0], diagnostic.pointer))


def leave_out_known(found: Iterable[Diagnostic], known: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Leave out what the comparison says of an item of a list that a rule has named already: one cause, one finding."""
    items = {(one.key, one.pointer.rpartition("/")[0]) for one in known if one.code in (LOOKALIKE_ITEMS, REPEATED_STEP)}
    return (one for one in found if one.code != diff.UNMATCHED_ITEMS or (one.key, one.pointer) not in items)


def name_references(plan: Plan, identity: Identity, live: LiveState, catalog: Catalog) -> Plan:
    """Add to each reference that changes the keys of its ids, and the names of records without a key."""
    names = _RecordNames({(key.kind, id): key for key, id in identity.ids.items()}, live)
    changes = tuple(
        change._replace(fields=tuple(_named(field, catalog.kinds[change.key.kind], names) for field in change.fields))
        for change in plan.changes
    )
    both = tuple(
        agreed._replace(field=_named(agreed.field, catalog.kinds[agreed.key.kind], names)) for agreed in plan.both
    )
    return plan._replace(changes=changes, both=both)


class _RecordNames:
    """What the records of a tenant are called. Names are looked up only for ids without a key, which are few."""

    def __init__(self, keys: Mapping[tuple[str, str], Key], live: LiveState) -> None:
        self._keys = keys
        self._live = live
        self._names: dict[str, Mapping[str, str]] = {}

    def of(self, kinds: Iterable[str], id: str) -> Key | str | None:
        """Return the key, or the name, of the record of some kinds that has an id; None if it is not known."""
        for kind in kinds:
            if (kind, id) in self._keys:
                return self._keys[kind, id]
            if kind not in self._names:
                self._names[kind] = _names(self._live.records.get(kind, ()))
            if id in self._names[kind]:
                return self._names[kind][id]
        return None


def _names(records: Iterable[Record]) -> Mapping[str, str]:
    return {record.id: name for record in records if isinstance(name := record.body.get("name"), str) and name}


def _named(field: FieldChange, kind: Kind, names: _RecordNames) -> FieldChange:
    place = _place(kind, field.path)
    if place is None:
        return field
    ids = {id: targets for side in (field.old, field.new, field.base) for id, targets in _ids(place, side)}
    named = ((id, names.of(ids[id], id)) for id in sorted(ids))
    return field._replace(names=tuple((id, name) for id, name in named if name is not None))


def _ids(field: Field, value: Json | Missing) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each id in a value, with the kinds that it may be of."""
    if isinstance(value, str):
        if field.targets:
            yield value, field.targets
    elif isinstance(value, list):
        for item in value if field.items else ():
            yield from _ids(field.items or OPAQUE, item)
    elif isinstance(value, dict):
        for name, child in (field.fields or {}).items():
            if name in value:
                yield from _ids(child, value[name])


@lru_cache(maxsize=4096)
def _place(kind: Kind, path: str) -> Field | None:
    """Return the Field at a path if it is a reference or has references below it."""
    field = kind.field(path)
    return field if field is not None and _has_references(field) else None


def _has_references(field: Field) -> bool:
    below = [*(field.fields or {}).values(), *([field.items] if field.items else [])]
    return bool(field.targets) or any(map(_has_references, below))


def conflict_lines(
    changes: Iterable[Change], theirs: Collection[Key], identity: Identity, live: LiveState, catalog: Catalog
) -> Iterator[Diagnostic]:
    """Say for each conflict settled by --theirs what to write where, so that the files agree with the tenant."""
    for change in changes:
        for field_change in change.fields if change.key in theirs else ():
            if field_change.side == "conflict":
                # A document says a key where the record has an id.
                field = catalog.kind(change.key.kind).field(field_change.path)
                yield _line(change, field_change, pull.document_value(field, field_change.old, identity, live), catalog)


def records_without_documents(identity: Identity, deleted: Collection[Key], catalog: Catalog) -> Iterator[Diagnostic]:
    """Warn of records of this project that have no document and that this plan leaves as they are.

    Records that the plan deletes (`deleted`) or that are already switched off are not mentioned.
    """
    left = (pair for pair in identity.orphans if pair.key not in deleted and not _is_off(pair))
    keys = sorted(catalog.names.key(pair.key) for pair in left)
    if keys:
        more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
        flags = " ".join(f"--prune {key}" for key in keys[:_NAMED])
        yield Diagnostic(
            codes.WITHOUT_DOCUMENT,
            f"these records have no document and are left as they are: {', '.join(keys[:_NAMED])}{more}",
            "warning",
            help=f"`rhythmconf plan {flags}` would delete what it names; `rhythmconf pull KIND/KEY` writes a document",
        )


def _is_off(pair: Pair) -> bool:
    return pair.record is not None and pair.record.body.get(diff.ACTIVE) is False


def _line(change: Change, field: FieldChange, theirs: Json | Missing, catalog: Catalog) -> Diagnostic:
    value = "nothing" if isinstance(theirs, Missing) else canonical(theirs).decode()
    shown = catalog.names.key(change.key)
    edit = "write that here, or let `rhythmconf pull` do it"
    restore = f"bring the document back with that (`rhythmconf pull {shown}` writes a new one)"
    return Diagnostic(
        codes.CONFLICT_LINE,
        f"{shown}: the tenant has {value} at {field.name}",
        "warning",
        location=field.location,
        pointer=f"/spec{field.path}",
        key=change.key,
        help=f"{restore if change.action == 'delete' else edit}; commit, and plan again",
    )


def _located(field: FieldChange, resource: Resource, texts: Mapping[str, bytes]) -> FieldChange:
    return field._replace(location=desired.locate_field(resource, field.path, texts))
