"""A plan's changes -> what people need to read them: keys for ids, places in files, lines that a conflict waits for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache

from rhythmconf.catalog import Catalog, Kind
from rhythmconf.engine import diff, pull
from rhythmconf.engine import plan as planning
from rhythmconf.flows import codes
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
)
from rhythmconf.source import desired

_NAMED = 10
"""How many records one line names; the rest is counted."""


def located(changes: Iterable[Change], state: DesiredState, texts: Mapping[str, bytes]) -> tuple[Change, ...]:
    """Say for each field of each change where a document declares it."""
    return tuple(
        change._replace(fields=tuple(_located(field, state.resources[change.key], texts) for field in change.fields))
        if change.key in state.resources
        else change
        for change in changes
    )


def named(made: Plan, who: Identity, catalog: Catalog) -> Plan:
    """Say for each reference that changes which keys its ids are."""
    keys = {(key.kind, id): key for key, id in who.ids.items()}
    changes = tuple(
        each._replace(fields=tuple(_named(field, catalog.kinds[each.key.kind], keys) for field in each.fields))
        for each in made.changes
    )
    both = tuple(each._replace(field=_named(each.field, catalog.kinds[each.key.kind], keys)) for each in made.both)
    return made._replace(changes=changes, both=both)


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
    """The kinds that a reference, or the references of a list, lead to; nothing for any other field."""
    field = kind.field(path)
    if field is None:
        return ()
    return field.targets or (field.items.targets if field.items else ())


def lines_to_change(
    changes: Iterable[Change], theirs: Collection[Key], who: Identity, found: LiveState, catalog: Catalog
) -> Iterator[Diagnostic]:
    """What to write where, so that the files take the tenant's side."""
    for change in changes:
        for one in change.fields if change.key in theirs else ():
            if one.side == "conflict":
                # A document says a key where the record has an id.
                field = catalog.kind(change.key.kind).field(one.path)
                yield _line(change, one, pull.spoken(field, one.old, who, found))


def without_documents(who: Identity, gone: Collection[Key], catalog: Catalog) -> Iterator[Diagnostic]:
    """The records of this project that no document wants, and that this plan leaves as they are.

    Told is neither what goes (`gone`) nor what is switched off already.
    """
    left = (pair for pair in who.orphans if pair.key not in gone and not _is_off(pair))
    keys = sorted(planning.short(str(pair.key), catalog) for pair in left)
    if keys:
        more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
        flags = " ".join(f"--prune {key}" for key in keys[:_NAMED])
        yield Diagnostic(
            codes.WITHOUT_DOCUMENT,
            f"without a document, and left as they are: {', '.join(keys[:_NAMED])}{more}",
            "warning",
            help=f"`rhythmconf plan {flags}` would delete what it names; `rhythmconf pull KIND/KEY` writes a document",
        )


def _is_off(pair: Pair) -> bool:
    return pair.record is not None and pair.record.body.get(diff.ACTIVE) is False


def _line(change: Change, field: FieldChange, theirs: Json | Missing) -> Diagnostic:
    value = "nothing" if isinstance(theirs, Missing) else canonical(theirs).decode()
    here = "write that here, or let `rhythmconf pull` do it"
    back = f"bring the document back with that (`rhythmconf pull {change.key}` writes a new one)"
    return Diagnostic(
        codes.CONFLICT_LINE,
        f"{change.key}: the tenant has {value} at {diff.field_label(field)}",
        "warning",
        location=field.location,
        pointer=f"/spec{field.path}",
        key=change.key,
        help=f"{back if change.action == 'delete' else here}; commit, and plan again",
    )


def _located(field: FieldChange, resource: Resource, texts: Mapping[str, bytes]) -> FieldChange:
    return field._replace(location=desired.locate_field(resource, field.path, texts))
