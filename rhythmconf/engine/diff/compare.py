"""Pairs of resource and record -> Changes: desired laid over live, and the patch that gets there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from rhythmconf.catalog import OPAQUE, Catalog, Field, Kind
from rhythmconf.catalog.field import switched_on
from rhythmconf.engine.diff import attribution, codes
from rhythmconf.engine.diff.keyed import patch
from rhythmconf.engine.diff.lay import Rules, fresh, is_ours, lay
from rhythmconf.engine.diff.problems import dangling, lacking, unmatched
from rhythmconf.engine.diff.threeway import Past, worst
from rhythmconf.engine.diff.view import field_changes, managed, restorable
from rhythmconf.engine.identity.marks import FIELD, external_id
from rhythmconf.model import (
    Agreed,
    Body,
    Change,
    Diagnostic,
    FieldChange,
    Identity,
    Json,
    Key,
    Pair,
    Record,
    Resource,
    Side,
)
from rhythmconf.settings import Dialect

ACTIVE = "is_active"


class Difference(NamedTuple):
    """A change, the record as it is (None for a create) and as it shall be (None for a delete)."""

    change: Change
    live: Body | None
    target: Body | None


class Comparison(NamedTuple):
    """All differences in the order of the pairs, how many records have none, and what is wrong or odd about it."""

    differences: tuple[Difference, ...]
    unchanged: int = 0
    both: tuple[Agreed, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


class _Tenant(NamedTuple):
    """What a comparison needs to know beside a pair; `created` are the keys that this plan creates.

    `past` is None where there is no base.
    """

    catalog: Catalog
    dialect: Dialect
    rules: Rules
    created: frozenset[str]
    past: Past | None


def compare(
    identity: Identity,
    *,
    catalog: Catalog,
    dialect: Dialect,
    prune: Collection[Key] = (),
    retire: Collection[Key] = (),
    past: Past | None = None,
) -> Comparison:
    """Compare every pair; of the orphans only those of `prune` are deleted, those of `retire` switched off instead.

    With a `past`, differences have sides.
    """
    ids = {str(key): id for key, id in identity.ids.items()}
    created = frozenset(str(pair.key) for pair in identity.pairs if pair.record is None)
    tenant = _Tenant(catalog, dialect, Rules.of(ids, dialect), created, past)
    differences: list[Difference] = []
    both: list[Agreed] = []
    diagnostics = list(_not_pruned(identity, prune))
    for pair in identity.pairs:
        found = _create(pair, tenant) if pair.record is None else _existing(pair, pair.record, tenant, both)
        if found is not None:
            differences.append(found)
            diagnostics.extend(_problems(pair, found, tenant))
    unchanged = len(identity.pairs) - len(differences)
    for pair in identity.orphans:
        if pair.key in prune and pair.record:
            differences += _pruned(pair, pair.record, tenant, retire=pair.key in retire)
    return Comparison(tuple(differences), unchanged, tuple(both), tuple(diagnostics))


def can_retire(kind: Kind) -> bool:
    """Whether a record of the kind can be switched off."""
    field = (kind.root.fields or {}).get(ACTIVE)
    return field is not None and is_ours(field) and field.kind_of == "boolean"


def _wanted(pair: Pair) -> Resource:
    if pair.resource is None:
        raise ValueError(f"{pair.key} has no document")
    return pair.resource


def _create(pair: Pair, tenant: _Tenant) -> Difference:
    kind = tenant.catalog.kind(pair.key.kind)
    made = fresh(kind.root, _wanted(pair).body, tenant.rules)
    bare: Body = made if isinstance(made, dict) else {}
    fields = attribution.of_create(field_changes(kind, {}, bare), pair.key, tenant.past)
    body = _switched_off(kind.root, bare, _FILLERS[tenant.dialect.off_options])
    if pair.mark is not None:
        body = {**body, FIELD: pair.mark}
    change = Change(pair.key, "create", body=body, fields=fields, reason=pair.reason, side=_side(fields, tenant))
    return Difference(change, None, body)


def _existing(pair: Pair, record: Record, tenant: _Tenant, both: list[Agreed]) -> Difference | None:
    """The change of a record, if it needs one; what both sides changed alike is added to `both`."""
    kind, live = tenant.catalog.kinds[pair.key.kind], record.body
    body = attribution.wanted(kind, _wanted(pair), live, tenant.past)
    target = lay(kind.root, body, live, tenant.rules)
    if pair.mark is not None and (live.get(FIELD) or "") != pair.mark and isinstance(target, dict):
        target = _marked(target, pair.mark)
    adopted = pair.how == "adoption" or (pair.mark is not None and external_id(record) is None)
    if (target is live and not adopted and pair.renamed_from is None) or not isinstance(target, dict):
        both += attribution.agreed(kind, _wanted(pair), live, tenant.past, tenant.rules)
        return None
    before = managed(kind.root, body, live) | ({FIELD: live.get(FIELD)} if pair.mark is not None else {})
    found = attribution.compare(kind, pair.key, live, target, tenant.past, tenant.rules)
    both += found.both
    fields = tuple(field for field in found.fields if not (adopted and field.path == f"/{FIELD}"))
    change = Change(
        pair.key,
        "adopt" if adopted else "update",
        id=record.id,
        patch=patch(kind.root, live, target, tenant.dialect),
        before=before,
        fields=fields,
        reason=pair.reason if adopted or pair.renamed_from else "",
        side=_side(fields, tenant),
    )
    return Difference(change, live, target)


def _pruned(pair: Pair, record: Record, tenant: _Tenant, *, retire: bool) -> list[Difference]:
    """What becomes of a record without a document; nothing where it is switched off already."""
    if not retire or not can_retire(tenant.catalog.kind(pair.key.kind)):
        return [_delete(pair, record, tenant)]
    return [_retire(pair, record, tenant)] if record.body.get(ACTIVE) is not False else []


def _retire(pair: Pair, record: Record, tenant: _Tenant) -> Difference:
    kind, live = tenant.catalog.kind(pair.key.kind), record.body
    target: Body = {**live, ACTIVE: False}
    change = Change(
        pair.key,
        "update",
        id=record.id,
        patch=patch(kind.root, live, target, tenant.dialect),
        before={ACTIVE: live.get(ACTIVE)},
        fields=attribution.compare(kind, pair.key, live, target, None, tenant.rules).fields,
        reason=f"retired: {pair.reason}",
        side="yours" if tenant.past else None,
    )
    return Difference(change, live, target)


def _marked(target: Body, mark: str) -> Body:
    """The target with its mark; an empty one, which only a rollback asks for, takes the mark away."""
    return {name: value for name, value in target.items() if name != FIELD} | ({FIELD: mark} if mark else {})


def _delete(pair: Pair, record: Record, tenant: _Tenant) -> Difference:
    kind = tenant.catalog.kind(pair.key.kind)
    fields = attribution.of_delete(kind, pair.key, record.body, tenant.past, tenant.rules)
    change = Change(
        pair.key,
        "delete",
        id=record.id,
        before=restorable(kind.root, record.body),
        fields=fields,
        reason=pair.reason,
        side=_side(fields, tenant),
    )
    return Difference(change, record.body, None)


def _side(fields: Sequence[FieldChange], tenant: _Tenant) -> Side | None:
    return worst(fields) if tenant.past else None


_FILLERS: dict[str, dict[str, Json]] = {
    "omit": {},
    "empty": {"object": {}, "array": [], "string": ""},
    "null": dict.fromkeys(("object", "array", "string", "number", "boolean", "any")),
}


def _switched_off(field: Field, body: Body, fillers: dict[str, Json]) -> Body:
    """Fill in what the schema requires though its switch is off, in the way the dialect asks for."""
    if not fillers:
        return body
    filled: Body = {}
    for name, child in (field.fields or {}).items():
        value = body.get(name)
        if name in body:
            filled[name] = _filled_in(child, value, fillers)
        elif child.when is not None and child.kind_of in fillers and not switched_on(child.when, body):
            filled[name] = fillers[child.kind_of]
    return {**body, **filled}


def _filled_in(field: Field, value: Json, fillers: dict[str, Json]) -> Json:
    if isinstance(value, list):
        return [_filled_in(field.items or OPAQUE, item, fillers) for item in value]
    return _switched_off(field, value, fillers) if isinstance(value, dict) and not field.targets else value


def _problems(pair: Pair, found: Difference, tenant: _Tenant) -> Iterator[Diagnostic]:
    kind, resource = tenant.catalog.kind(pair.key.kind), _wanted(pair)
    if found.target is not None:
        yield from dangling(kind, pair.key, found.target, tenant.created)
        yield from lacking(kind, resource, found.live, found.target)
    if found.live is not None:
        yield from unmatched(kind, resource, found.live, tenant.rules)


def _not_pruned(identity: Identity, prune: Collection[Key]) -> Iterator[Diagnostic]:
    wanted, orphans = {pair.key for pair in identity.pairs}, {pair.key for pair in identity.orphans}
    for key in sorted(set(prune) - orphans):
        if key in wanted:
            help = "Remove the document first: with a base, its record is pruned then without being named."
            yield Diagnostic(codes.NOT_PRUNED, f"{key} is not deleted: it has a document", key=key, help=help)
        else:
            why = "it has no record of this project here"
            yield Diagnostic(codes.NOT_PRUNED, f"{key} is not deleted: {why}", "warning", key=key)
