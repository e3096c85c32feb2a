"""Adopt records by natural key, for resources that no mark and no binding names. Ambiguity is an error, not a guess."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from rhythmconf.catalog import Catalog
from rhythmconf.engine.identity import codes
from rhythmconf.engine.identity.claims import Claim, KindRecords, Owner, differences, named, names, other_project
from rhythmconf.engine.identity.marks import external_id, mark_of
from rhythmconf.model import Body, Diagnostic, Key, Record, Resource, canonical
from rhythmconf.model.quoting import quoted

Values: TypeAlias = tuple[bytes, ...]
"""The canonical values of a natural key."""


class Adoptions(NamedTuple):
    """The records that were found, and what can't be decided."""

    claims: dict[Key, Claim]
    diagnostics: list[Diagnostic]


def adopt(
    unclaimed: Sequence[Resource],
    indexes: Mapping[str, KindRecords],
    claimed: Collection[tuple[str, str]],
    owner: Owner,
    catalog: Catalog,
    ids: Mapping[Key, str],
) -> Adoptions:
    """Match resources and records by natural key. `claimed` has kind and id of the records that belong to other keys.

    A natural key may hold a reference to a record that is itself adopted. So each round may make a further one
    possible.
    """
    adoptions, ids = Adoptions({}, []), dict(ids)
    candidates = {
        kind: _candidates(kind, indexes, claimed, catalog) for kind in {resource.key.kind for resource in unclaimed}
    }
    waiting = list(unclaimed)
    while True:
        values = {
            resource.key: _values(resource.body, catalog.kind(resource.key.kind).natural_key, ids)
            for resource in waiting
        }
        claims = _match(
            [resource for resource in waiting if values[resource.key]], values, candidates, owner, adoptions
        )
        waiting = [resource for resource in waiting if not values[resource.key]]
        ids.update({key: claim.record.id for key, claim in claims.items()})
        if not claims or not waiting:
            return adoptions


def _candidates(
    kind: str, indexes: Mapping[str, KindRecords], claimed: Collection[tuple[str, str]], catalog: Catalog
) -> dict[Values, list[Record]]:
    """Return the records of a kind that may be adopted, by natural key."""
    candidates: dict[Values, list[Record]] = {}
    fields = catalog.kind(kind).natural_key
    for record in indexes[kind].by_id.values() if kind in indexes else ():
        values = _values(record.body, fields, {})
        if values and (kind, record.id) not in claimed:
            candidates.setdefault(values, []).append(record)
    return candidates


def _values(body: Body, fields: Iterable[str], ids: Mapping[Key, str]) -> Values:
    """Return the natural key of a body; empty while a part of it has no value, or refers to a key without an id."""
    parts = natural_key(body, fields, ids).values()
    return () if None in parts else tuple(map(canonical, parts))


def natural_key(body: Body, fields: Iterable[str], ids: Mapping[Key, str]) -> Body:
    """Return the natural key of a body by field, with the ids of references; None for a part without a value or id."""
    parts: Body = {}
    for name in fields:
        value = body.get(name)
        if isinstance(value, dict) and isinstance(reference := value.get("$ref"), str):
            value = ids.get(Key.parse(reference))
        parts[name] = value
    return parts


def _match(
    resources: Sequence[Resource],
    values: Mapping[Key, Values],
    candidates: Mapping[str, Mapping[Values, Sequence[Record]]],
    owner: Owner,
    adoptions: Adoptions,
) -> dict[Key, Claim]:
    """Add to `adoptions` what the natural keys of these resources decide. Return the new claims."""
    rivals: dict[tuple[str, Values], list[Resource]] = {}
    for resource in resources:
        rivals.setdefault((resource.key.kind, values[resource.key]), []).append(resource)
    claims: dict[Key, Claim] = {}
    for (kind, natural_key), group in rivals.items():
        records = candidates[kind].get(natural_key, ())
        decision = _decide(group, records, owner) if records else None
        if isinstance(decision, Claim):
            claims[group[0].key] = decision
        elif decision is not None:
            adoptions.diagnostics.append(decision)
    adoptions.claims.update(claims)
    return claims


def _decide(rivals: Sequence[Resource], records: Sequence[Record], owner: Owner) -> Claim | Diagnostic:
    """Return the claim of the resources and records with one natural key, or what stands against it."""
    key = rivals[0].key
    shown = owner.shown.key(key)
    if len(rivals) > 1:
        keys = " and ".join(owner.shown.key(resource.key) for resource in rivals)
        return Diagnostic(
            codes.SAME_RECORD,
            f"{keys} have the same natural key and would both be record {names(records)}"
            f"{differences(records) if len(records) > 1 else ''}",
            key=key,
            help=f"Give one of them another natural key, or bind each to its record in {owner.file}, for example "
            f"{owner.line(key, records[0].id)}.",
        )
    if len(records) > 1:
        return Diagnostic(
            codes.AMBIGUOUS_NATURAL_KEY,
            f"{shown}: {len(records)} records have its natural key: {names(records)}{differences(records)}",
            key=key,
            help=f"Write the id of the right one into {owner.file} ({owner.line(key, records[0].id)}), or rename "
            "the other records in Rhythm.",
        )
    record = records[0]
    own = mark_of(record)
    if own is not None and own.project == owner.project:
        return Diagnostic(
            codes.ORPHAN_NATURAL_KEY,
            f"{shown} will be created, though record {named(record)} with the same natural key is "
            f"{owner.shown.key(Key(key.kind, own.key))}, which has no document any more",
            "warning",
            key=key,
            help=f"If the key was renamed, add `moved: [{own.key}]` to the document.",
        )
    other = _other_owner(key, record, owner, "has its natural key", ", or give the document another natural key")
    return other or Claim(record, "adoption", "natural key")


def _other_owner(key: Key, record: Record, owner: Owner, why: str, otherwise: str = "") -> Diagnostic | None:
    """Return the error for a record that a document would adopt, for the reason `why`, but that somebody else has."""
    own = mark_of(record)
    if own is not None and owner.adopt_from.get(key) != own.project:
        return other_project(key, record, own.project, owner)
    if own is None and external_id(record) is not None and not owner.bind_imports:
        return Diagnostic(
            codes.FOREIGN_EXTERNAL_ID,
            f"{owner.shown.key(key)}: record {named(record)} {why}, but carries the external id "
            f"{quoted(str(external_id(record)))} of another system, which is never overwritten",
            key=key,
            help=f"Manage it through a binding ({owner.line(key, record.id)} in {owner.file}, or `rhythmconf "
            f"adopt`){otherwise}.",
        )
    return None


def claim_singleton(key: Key, index: KindRecords | None, owner: Owner) -> Claim | Diagnostic | None:
    """Return the claim of a singleton's record, whatever its key was before; None while the tenant has no record."""
    record = next(iter(index.by_id.values()), None) if index else None
    if record is None:
        return None
    own = mark_of(record)
    if own is not None and own.project == owner.project:
        return Claim(record, "mark", f"renamed from {own.key}", Key(key.kind, own.key))
    other = _other_owner(key, record, owner, "is the only one of its kind")
    return other or Claim(record, "adoption", "the only record of its kind")
