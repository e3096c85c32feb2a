"""Compare each pair of resource and record, and make the changes of a plan."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from rhythmconf.catalog import OPAQUE, Catalog, Field, Kind
from rhythmconf.catalog.field import is_switched_off
from rhythmconf.engine.diff import attribution, codes
from rhythmconf.engine.diff.keyed import make_keyed_patch
from rhythmconf.engine.diff.problems import dangling_references, missing_values, unmatched_items
from rhythmconf.engine.diff.renames import warn_of_renames
from rhythmconf.engine.diff.target import Rules, is_compared, make_new, make_target
from rhythmconf.engine.diff.threeway import Past
from rhythmconf.engine.diff.view import field_changes, managed_fields, restorable_body
from rhythmconf.engine.identity.marks import external_id
from rhythmconf.model import (
    MARK_FIELD,
    Agreed,
    Body,
    Change,
    Diagnostic,
    FieldChange,
    Identity,
    Json,
    Key,
    Missing,
    Pair,
    Record,
    Resource,
    Side,
)
from rhythmconf.source.project.values import Site

ACTIVE = "is_active"
"""The field that switches a record on and off."""


class Difference(NamedTuple):
    """A change, the record before it (None for a create) and after it (None for a delete)."""

    change: Change
    live: Body | None
    target: Body | None


class Comparison(NamedTuple):
    """All differences in the order of the pairs.

    `unchanged` counts the records without a difference; `both` has the fields that files and tenant changed alike.
    """

    differences: tuple[Difference, ...]
    unchanged: int = 0
    both: tuple[Agreed, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def compare(
    identity: Identity,
    site: Site,
    *,
    prune: Collection[Key] = (),
    retire: Collection[Key] = (),
    past: Past | None = None,
) -> Comparison:
    """Compare every pair. Of the orphans, those in `prune` are deleted, or switched off if `retire` has them too.

    With a `past`, each field has its side.
    """
    ids = {str(key): id for key, id in identity.ids.items()}
    created = frozenset(str(pair.key) for pair in identity.pairs if pair.record is None)
    rules = Rules.of(ids, site.dialect)
    comparer = _Comparer(site, rules, attribution.EarlierRules.of(rules, past), created, past)
    differences: list[Difference] = []
    both: list[Agreed] = []
    diagnostics = list(_not_pruned(identity, prune, site))
    for pair in identity.pairs:
        if pair.record is None:
            difference: Difference | None = comparer.create(pair)
        else:
            difference, agreed = comparer.update(pair, pair.record)
            both += agreed
        if difference is not None:
            differences.append(difference)
            diagnostics.extend(comparer.check(pair, difference))
    unchanged = len(identity.pairs) - len(differences)
    for pair in identity.orphans:
        if pair.key in prune and pair.record:
            if pair.key not in retire or not can_retire(site.catalog.kind(pair.key.kind)):
                differences.append(comparer.delete(pair, pair.record))
            elif pair.record.body.get(ACTIVE) is not False:
                differences.append(comparer.retire(pair, pair.record))
    diagnostics.extend(warn_of_renames((difference.change for difference in differences), site))
    return Comparison(tuple(differences), unchanged, tuple(both), tuple(diagnostics))


def can_retire(kind: Kind) -> bool:
    """Whether a record of the kind can be switched off."""
    field = (kind.root.fields or {}).get(ACTIVE)
    return field is not None and is_compared(field) and field.kind_of == "boolean"


class _Comparer(NamedTuple):
    """Compare pairs in one tenant. `created` has the keys that the plan creates; `past` is None without a base."""

    site: Site
    rules: Rules
    earlier: attribution.EarlierRules
    created: frozenset[str]
    past: Past | None

    @property
    def catalog(self) -> Catalog:
        """The kinds of the project."""
        return self.site.catalog

    def create(self, pair: Pair) -> Difference:
        """Return the create of a resource without a record."""
        kind = self.catalog.kind(pair.key.kind)
        new = make_new(kind.root, _resource(pair).body, self.rules)
        declared: Body = new if isinstance(new, dict) else {}
        fields = attribution.attribute_create(field_changes(kind, {}, declared), _resource(pair), self.past)
        body = _fill_switched_off(kind.root, declared, self.site.dialect.off_options)
        if pair.mark is not None:
            body = {**body, MARK_FIELD: pair.mark}
        side, name = self._side(fields), kind.record_name(body)
        change = Change(pair.key, "create", body=body, fields=fields, reason=pair.reason, side=side, name=name)
        return Difference(change, None, body)

    def update(self, pair: Pair, record: Record) -> tuple[Difference | None, tuple[Agreed, ...]]:
        """Return the change of a record, or None, and what files and tenant changed alike."""
        kind, live = self.catalog.kinds[pair.key.kind], record.body
        body = attribution.desired_body(kind, _resource(pair), live, self.past)
        target = make_target(kind.root, body, live, self.rules)
        if pair.mark is not None and (live.get(MARK_FIELD) or "") != pair.mark and isinstance(target, dict):
            # An empty mark, which only a rollback asks for, removes the field.
            target = {name: value for name, value in target.items() if name != MARK_FIELD}
            target |= {MARK_FIELD: pair.mark} if pair.mark else {}
        adopted = pair.how == "adoption" or (pair.mark is not None and external_id(record) is None)
        if (target is live and not adopted and pair.renamed_from is None) or not isinstance(target, dict):
            return None, attribution.compare_unchanged(kind, _resource(pair), live, self.past, self.earlier)
        before = managed_fields(kind.root, body, live) | (
            {MARK_FIELD: live.get(MARK_FIELD)} if pair.mark is not None else {}
        )
        attributed = attribution.compare(kind, pair.key, live, target, self.past, self.earlier)
        # The mark of an adoption is no edit of a field: the action says it.
        fields = tuple(field for field in attributed.fields if not (adopted and field.path == f"/{MARK_FIELD}"))
        if pair.how == "mark":
            fields = attribution.attribute_unknown_apply(fields, pair.key, self.past)
        change = Change(
            pair.key,
            "adopt" if adopted else "update",
            id=record.id,
            patch=make_keyed_patch(kind.root, live, target, self.site.dialect),
            before=before,
            fields=fields,
            reason=pair.reason if adopted or pair.renamed_from else "",
            side=self._side(fields),
            name=kind.record_name(target),
        )
        return Difference(change, live, target), attributed.both

    def retire(self, pair: Pair, record: Record) -> Difference:
        """Return the change that switches off a record without a document."""
        kind, live = self.catalog.kind(pair.key.kind), record.body
        target: Body = {**live, ACTIVE: False}
        change = Change(
            pair.key,
            "update",
            id=record.id,
            patch=make_keyed_patch(kind.root, live, target, self.site.dialect),
            before={ACTIVE: live.get(ACTIVE)},
            fields=field_changes(kind, live, target),
            reason=f"retired: {pair.reason}",
            side="yours" if self.past else None,
            name=kind.record_name(target),
        )
        return Difference(change, live, target)

    def delete(self, pair: Pair, record: Record) -> Difference:
        """Return the delete of a record without a document."""
        kind = self.catalog.kind(pair.key.kind)
        fields = attribution.attribute_delete(kind, pair.key, record.body, self.past, self.earlier)
        change = Change(
            pair.key,
            "delete",
            id=record.id,
            before=restorable_body(kind.root, record.body),
            fields=fields,
            reason=pair.reason,
            side=self._side(fields),
            name=kind.record_name(record.body),
        )
        return Difference(change, record.body, None)

    def check(self, pair: Pair, difference: Difference) -> Iterator[Diagnostic]:
        """Report what is wrong with the target of a difference."""
        kind, resource = self.catalog.kind(pair.key.kind), _resource(pair)
        if difference.target is not None:
            yield from dangling_references(kind, pair.key, difference.target, self.created, self.site)
            yield from missing_values(kind, resource, difference.live, difference.target, self.site)
        if difference.live is not None:
            yield from unmatched_items(kind, resource, difference.live, self.rules, self.site)

    def _side(self, fields: Sequence[FieldChange]) -> Side | None:
        return attribution.worst_side(fields) if self.past else None


def _resource(pair: Pair) -> Resource:
    if pair.resource is None:
        raise ValueError(f"{pair.key} has no document")
    return pair.resource


def _fill_switched_off(field: Field, body: Body, off_options: str) -> Body:
    """Add what the schema requires though its switch is off: null or an empty value, as the dialect asks for it.

    An option that is switched off itself stays as it was declared: nothing in it is required.
    """
    if off_options == "omit":
        return body
    filled: Body = {}
    for name, child in (field.fields or {}).items():
        off = is_switched_off(child, body)
        if name in body and not off:
            filled[name] = _fill_value(child, body[name], off_options)
        elif name not in body and off:
            filler = None if off_options == "null" else child.blank
            if not isinstance(filler, Missing):
                filled[name] = filler
    return {**body, **filled}


def _fill_value(field: Field, value: Json, off_options: str) -> Json:
    if isinstance(value, list):
        return [_fill_value(field.items or OPAQUE, item, off_options) for item in value]
    return _fill_switched_off(field, value, off_options) if isinstance(value, dict) and not field.targets else value


def _not_pruned(identity: Identity, prune: Collection[Key], site: Site) -> Iterator[Diagnostic]:
    """Report each key of `--prune` that names no orphan."""
    wanted, orphans = {pair.key for pair in identity.pairs}, {pair.key for pair in identity.orphans}
    for key in sorted(set(prune) - orphans):
        shown = site.catalog.names.key(key)
        if key in wanted:
            help = "Remove the document first. With a base, the next plan then deletes its record without --prune."
            yield Diagnostic(codes.NOT_PRUNED, f"{shown} is not deleted: it has a document", key=key, help=help)
        else:
            reason = "it has no record of this project here"
            yield Diagnostic(codes.NOT_PRUNED, f"{shown} is not deleted: {reason}", "warning", key=key)
