"""Add to a plan what people need to read it: keys for ids, locations in files, the lines that settle a conflict."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache

from rhythmconf.catalog import Catalog, Kind
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


def name_references(plan: Plan, identity: Identity, catalog: Catalog) -> Plan:
    """Add to each reference that changes the keys of its ids."""
    keys = {(key.kind, id): key for key, id in identity.ids.items()}
    changes = tuple(
        change._replace(fields=tuple(_named(field, catalog.kinds[change.key.kind], keys) for field in change.fields))
        for change in plan.changes
    )
    both = tuple(
        agreed._replace(field=_named(agreed.field, catalog.kinds[agreed.key.kind], keys)) for agreed in plan.both
    )
    return plan._replace(changes=changes, both=both)


def _named(field: FieldChange, kind: Kind, keys: Mapping[tuple[str, str], Key]) -> FieldChange:
    targets = _targets(kind, field.path)
    if not targets:
        return field
    sides = (field.old, field.new, field.base)
    ids = {id for side in sides for id in (side if isinstance(side, list) else [side]) if isinstance(id, str)}
    names = ((id, keys[target, id]) for id in sorted(ids) for target in targets if (target, id) in keys)
    return field._replace(names=tuple(names))


@lru_cache(maxsize=4096)
def _targets(kind: Kind, path: str) -> tuple[str, ...]:
    """Return the kinds that a reference, or a list of references, refers to; none for any other field."""
    field = kind.field(path)
    if field is None:
        return ()
    return field.targets or (field.items.targets if field.items else ())


def conflict_lines(
    changes: Iterable[Change], theirs: Collection[Key], identity: Identity, live: LiveState, catalog: Catalog
) -> Iterator[Diagnostic]:
    """Say for each conflict settled by --theirs what to write where, so that the files agree with the tenant."""
    for change in changes:
        for field_change in change.fields if change.key in theirs else ():
            if field_change.side == "conflict":
                # A document says a key where the record has an id.
                field = catalog.kind(change.key.kind).field(field_change.path)
                yield _line(change, field_change, pull.document_value(field, field_change.old, identity, live))


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


def _line(change: Change, field: FieldChange, theirs: Json | Missing) -> Diagnostic:
    value = "nothing" if isinstance(theirs, Missing) else canonical(theirs).decode()
    edit = "write that here, or let `rhythmconf pull` do it"
    restore = f"bring the document back with that (`rhythmconf pull {change.key}` writes a new one)"
    return Diagnostic(
        codes.CONFLICT_LINE,
        f"{change.key}: the tenant has {value} at {field.name}",
        "warning",
        location=field.location,
        pointer=f"/spec{field.path}",
        key=change.key,
        help=f"{restore if change.action == 'delete' else edit}; commit, and plan again",
    )


def _located(field: FieldChange, resource: Resource, texts: Mapping[str, bytes]) -> FieldChange:
    return field._replace(location=desired.locate_field(resource, field.path, texts))
