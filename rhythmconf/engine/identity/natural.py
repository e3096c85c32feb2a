"""Resources that nothing names yet -> adoptions by natural key. Ambiguity is an error, never a guess."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from rhythmconf.catalog import Catalog
from rhythmconf.engine.identity import codes
from rhythmconf.engine.identity.claims import Claim, Owner, Roster, foreign_owner, named, names
from rhythmconf.engine.identity.marks import external_id, mark_of
from rhythmconf.model import Body, Diagnostic, Json, Key, Record, Resource, canonical

Values: TypeAlias = tuple[bytes, ...]
"""The canonical values of a natural key."""


@dataclass(frozen=True, slots=True)
class Adoptions:
    """What was found, and what can't be decided."""

    claims: dict[Key, Claim] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def adopt(
    unclaimed: Sequence[Resource],
    rosters: Mapping[str, Roster],
    taken: Collection[tuple[str, str]],
    owner: Owner,
    catalog: Catalog,
    ids: Mapping[Key, str],
) -> Adoptions:
    """Match by natural key among the records that nobody has claimed (`taken` holds kind and id of the others).

    A natural key may hold references, so a round may make the next one possible.
    """
    done, known = Adoptions(), dict(ids)
    shelves = {kind: _shelve(kind, rosters, taken, catalog) for kind in {each.key.kind for each in unclaimed}}
    waiting = list(unclaimed)
    while True:
        ready = {each.key: _wanted(each, catalog, known) for each in waiting}
        found = _round([each for each in waiting if ready[each.key]], ready, shelves, owner)
        done.claims.update(found.claims)
        done.diagnostics.extend(found.diagnostics)
        waiting = [each for each in waiting if not ready[each.key]]
        known.update({key: claim.record.id for key, claim in found.claims.items()})
        if not found.claims or not waiting:
            return done


def _shelve(
    kind: str, rosters: Mapping[str, Roster], taken: Collection[tuple[str, str]], catalog: Catalog
) -> dict[Values, list[Record]]:
    """The records of a kind that may be adopted, by natural key."""
    shelf: dict[Values, list[Record]] = {}
    fields = catalog.kind(kind).natural_key
    for record in rosters[kind].by_id.values() if kind in rosters else ():
        values = _values(record.body, fields, {})
        if values and (kind, record.id) not in taken:
            shelf.setdefault(values, []).append(record)
    return shelf


def _wanted(resource: Resource, catalog: Catalog, ids: Mapping[Key, str]) -> Values:
    return _values(resource.body, catalog.kind(resource.key.kind).natural_key, ids)


def _values(body: Body, fields: Iterable[str], ids: Mapping[Key, str]) -> Values:
    """The natural key of a body; empty while a part of it has no value or no id."""
    parts = [_resolved(body.get(name), ids) for name in fields]
    return () if None in parts else tuple(canonical(part) for part in parts)


def _resolved(value: Json, ids: Mapping[Key, str]) -> Json:
    if isinstance(value, dict) and isinstance(ref := value.get("$ref"), str):
        return ids.get(Key.parse(ref))
    return value


def _round(
    resources: Sequence[Resource],
    wanted: Mapping[Key, Values],
    shelves: Mapping[str, Mapping[Values, Sequence[Record]]],
    owner: Owner,
) -> Adoptions:
    rivals: dict[tuple[str, Values], list[Resource]] = {}
    for resource in resources:
        rivals.setdefault((resource.key.kind, wanted[resource.key]), []).append(resource)
    done = Adoptions()
    for (kind, values), group in rivals.items():
        candidates = shelves[kind].get(values, ())
        found = _decide(group, candidates, owner) if candidates else None
        if isinstance(found, Claim):
            done.claims[group[0].key] = found
        elif found is not None:
            done.diagnostics.append(found)
    return done


def _decide(group: Sequence[Resource], candidates: Sequence[Record], owner: Owner) -> Claim | Diagnostic | None:
    key = group[0].key
    if len(group) > 1:
        return _rivals([each.key for each in group], candidates)
    if len(candidates) > 1:
        return _ambiguous(key, candidates)
    record = candidates[0]
    found = mark_of(record)
    if found is not None and found.project == owner.project:
        return _looks_renamed(key, record, found.key)
    if found is not None and owner.adopt_from.get(key) != found.project:
        return foreign_owner(key, record, found.project)
    if found is None and external_id(record) is not None and not owner.bind_imports:
        return _imported(key, record)
    return Claim(record, "adoption", "natural key")


def _rivals(keys: Sequence[Key], candidates: Sequence[Record]) -> Diagnostic:
    return Diagnostic(
        codes.SAME_RECORD,
        f"{' and '.join(map(str, keys))} have the same natural key and would both be record {names(candidates)}",
        key=keys[0],
        help="Give one of them another natural key, or say in the bindings file which one the record is.",
    )


def _ambiguous(key: Key, candidates: Sequence[Record]) -> Diagnostic:
    return Diagnostic(
        codes.AMBIGUOUS_NATURAL_KEY,
        f"{key}: {len(candidates)} records have its natural key: {names(candidates)}",
        key=key,
        help=f"Say in the bindings file which one it is ({key.name}: ID), or rename the others in Rhythm.",
    )


def _imported(key: Key, record: Record) -> Diagnostic:
    return Diagnostic(
        codes.FOREIGN_EXTERNAL_ID,
        f"{key}: record {named(record)} has its natural key, but carries the external id {external_id(record)!r} "
        "of another system, which is never overwritten",
        key=key,
        help=f"Manage it through a binding ({key.name}: {record.id} in the bindings file, or `rhythmconf adopt`), "
        "or give the document another natural key.",
    )


def _looks_renamed(key: Key, record: Record, old: str) -> Diagnostic:
    return Diagnostic(
        codes.ORPHAN_NATURAL_KEY,
        f"{key} will be created, though record {named(record)} with the same natural key is {key.kind}/{old}, "
        "which has no document any more",
        "warning",
        key=key,
        help=f"If the key was renamed, add `moved: [{old}]` to the document.",
    )
