"""A plan's changes and the files -> where a document declares each field, and which lines a conflict waits for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from rhythmconf import desired, pull, threeway
from rhythmconf.catalog import Catalog
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
    Resource,
    canonical,
)


def located(changes: Iterable[Change], state: DesiredState, texts: Mapping[str, bytes]) -> tuple[Change, ...]:
    """Say for each field of each change where a document declares it."""
    return tuple(
        change._replace(fields=tuple(_located(field, state.resources[change.key], texts) for field in change.fields))
        if change.key in state.resources
        else change
        for change in changes
    )


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


def _line(change: Change, field: FieldChange, theirs: Json | Missing) -> Diagnostic:
    value = "nothing" if isinstance(theirs, Missing) else canonical(theirs).decode()
    here = "write that here, or let `rhythmconf pull` do it"
    back = f"bring the document back with that (`rhythmconf pull {change.key}` writes a new one)"
    return Diagnostic(
        "RC331",
        f"{change.key}: the tenant has {value} at {threeway.words(field)}",
        "warning",
        location=field.location,
        pointer=f"/spec{field.path}",
        key=change.key,
        help=f"{back if change.action == 'delete' else here}; commit, and plan again",
    )


def _located(field: FieldChange, resource: Resource, texts: Mapping[str, bytes]) -> FieldChange:
    return field._replace(location=desired.locate_field(resource, field.path, texts))
