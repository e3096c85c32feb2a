"""Say who made each difference since the base: the files (yours), the tenant (drift), or both (conflict).

This module compares no values: it finds which edits since the base, of the files and of the tenant, overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rhythmconf.catalog import Kind
from rhythmconf.engine.diff.target import Rules, make_target
from rhythmconf.engine.diff.threeway import Past, withdraw
from rhythmconf.engine.diff.view import field_changes
from rhythmconf.model import MISSING, Agreed, Body, FieldChange, Json, Key, Missing, Resource, Side

_MOST_DOUBTFUL_FIRST: tuple[Side, ...] = ("conflict", "drift", "yours")


class Attribution(NamedTuple):
    """The fields that differ, each with its side, and the edits that both sides made alike."""

    fields: tuple[FieldChange, ...]
    both: tuple[Agreed, ...] = ()


def desired_body(kind: Kind, resource: Resource, live: Body, past: Past | None) -> Body:
    """Return what the files declare of a record, with null for what they have withdrawn since the base."""
    before = past.bodies.get(resource.key) if past and past.descends else None
    if before is None or before == resource.body:
        return resource.body
    body = withdraw(kind.root, before, resource.body, live)
    return body if isinstance(body, dict) else resource.body


def compare(kind: Kind, key: Key, live: Body, target: Body, past: Past | None, rules: Rules) -> Attribution:
    """Return the differences of a record and its target. Without a base they have no side."""
    differences = field_changes(kind, live, target)
    if past is None:
        return Attribution(differences)
    ours, theirs = _edits(kind, past.bodies.get(key), live, target, rules)
    both = find_agreed(differences, ours, theirs)
    return Attribution(attribute(differences, ours, theirs), tuple(Agreed(key, field) for field in both))


def compare_unchanged(
    kind: Kind, resource: Resource, live: Body, past: Past | None, rules: Rules
) -> tuple[Agreed, ...]:
    """Return the edits that both sides made alike in a record that is as the files declare it."""
    before = past.bodies.get(resource.key) if past else None
    if before is None or before == resource.body:
        return ()
    return compare(kind, resource.key, live, live, past, rules).both


def attribute_delete(kind: Kind, key: Key, live: Body, past: Past | None, rules: Rules) -> tuple[FieldChange, ...]:
    """Return what the tenant changed in a record without a document. The delete would lose it: a conflict."""
    before = past.bodies.get(key) if past else None
    _, theirs = _edits(kind, before, live, live, rules)
    return tuple(
        edit._replace(
            old=edit.new, new=MISSING, side="conflict", base=None if isinstance(edit.old, Missing) else edit.old
        )
        for edit in theirs
    )


def attribute_create(fields: tuple[FieldChange, ...], key: Key, past: Past | None) -> tuple[FieldChange, ...]:
    """Give the fields of a create their side: drift where the base has the key, because its record vanished."""
    if past is None:
        return fields
    side: Side = "drift" if key in past.bodies else "yours"
    return tuple(field._replace(side=side) for field in fields)


def attribute(
    differences: Sequence[FieldChange], ours: Sequence[FieldChange], theirs: Sequence[FieldChange]
) -> tuple[FieldChange, ...]:
    """Give each difference its side.

    `ours` are the edits from the base to the files, `theirs` those from the base to the tenant.
    """
    attributed: list[FieldChange] = []
    for difference in differences:
        own_edits, tenant_edits = _overlapping(difference, ours), _overlapping(difference, theirs)
        if own_edits and tenant_edits:
            # The base is known only where an edit is of exactly this field, not of a part or of what holds it.
            bases = [
                edit.old
                for edit in [*own_edits, *tenant_edits]
                if edit.name == difference.name and edit.old is not MISSING
            ]
            attributed.append(difference._replace(side="conflict", base=bases[0] if bases else None))
        else:
            attributed.append(difference._replace(side="drift" if tenant_edits else "yours"))
    return tuple(attributed)


def find_agreed(
    differences: Sequence[FieldChange], ours: Sequence[FieldChange], theirs: Sequence[FieldChange]
) -> tuple[FieldChange, ...]:
    """Return the edits that both sides made alike, so that no difference is left."""
    return tuple(
        edit._replace(side="both")
        for edit in ours
        if _overlapping(edit, theirs) and not _overlapping(edit, differences)
    )


def worst_side(fields: Sequence[FieldChange]) -> Side | None:
    """Return the most doubtful side of some fields, yours without any."""
    sides = {field.side for field in fields}
    return next((side for side in _MOST_DOUBTFUL_FIRST if side in sides), "yours")


def _edits(
    kind: Kind, before: Body | None, live: Body, target: Body, rules: Rules
) -> tuple[tuple[FieldChange, ...], tuple[FieldChange, ...]]:
    """Return the edits of the files and those of the tenant since the base."""
    base = live if before is None else _object(make_target(kind.root, before, live, rules))
    if base is live:
        return field_changes(kind, live, target), ()
    return field_changes(kind, base, target), field_changes(kind, base, live)


def _object(value: Json | Missing) -> Body:
    return value if isinstance(value, dict) else {}


def _overlapping(change: FieldChange, edits: Sequence[FieldChange]) -> list[FieldChange]:
    """Return the edits of the same field, of a part of it, or of what holds it."""
    return [edit for edit in edits if _overlap(change.name, edit.name)]


def _overlap(label: str, other: str) -> bool:
    short, long = sorted((label, other), key=len)
    return long.startswith(short) and long[len(short) : len(short) + 1] in ("", ".", "[")
