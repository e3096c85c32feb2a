"""Say who made each difference since the base: the files (yours), the tenant (drift), or both (conflict).

In a checkout that lacks applied commits, what these changed is not yours but `behind`.

This module compares no values: it finds which edits since the base, of the files and of the tenant, overlap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rhythmconf.catalog import Kind
from rhythmconf.engine.diff.target import Rules, make_target
from rhythmconf.engine.diff.threeway import Past, withdraw
from rhythmconf.engine.diff.view import field_changes
from rhythmconf.model import MISSING, Agreed, Body, FieldChange, Json, Key, Missing, Resource, Side

_MOST_DOUBTFUL_FIRST: tuple[Side, ...] = ("conflict", "behind", "drift", "yours")


class Attribution(NamedTuple):
    """The fields that differ, each with its side, and the edits that both sides made alike."""

    fields: tuple[FieldChange, ...]
    both: tuple[Agreed, ...] = ()


def desired_body(kind: Kind, resource: Resource, live: Body, past: Past | None) -> Body:
    """Return what the files declare of a record, with null for what they have withdrawn since the base."""
    before = past.own.get(resource.key) if past else None
    if before is None or before == resource.body:
        return resource.body
    body = withdraw(kind.root, before, resource.body, live)
    return body if isinstance(body, dict) else resource.body


class EarlierRules(NamedTuple):
    """The rules by which values of an earlier commit compare: with the ids of its bindings."""

    base: Rules
    fork: Rules

    @classmethod
    def of(cls, rules: Rules, past: Past | None) -> EarlierRules:
        """Return the rules of the base and of the fork."""
        base = _with_ids(rules, past.ids if past else {})
        return cls(base, _with_ids(rules, past.fork.ids) if past and past.fork else base)


def _with_ids(rules: Rules, ids: Mapping[str, str]) -> Rules:
    changed = {key: id for key, id in ids.items() if rules.ids.get(key) != id}
    return rules._replace(ids={**rules.ids, **changed}) if changed else rules


def compare(kind: Kind, key: Key, live: Body, target: Body, past: Past | None, rules: EarlierRules) -> Attribution:
    """Return the differences of a record and its target. Without a base they have no side."""
    differences = field_changes(kind, live, target)
    if past is None:
        return Attribution(_finish(differences))
    base = _complete(kind, past.bodies.get(key), live, rules.base)
    ours, theirs = field_changes(kind, base, target), field_changes(kind, base, live) if base is not live else ()
    attributed, both = attribute(differences, ours, theirs), find_agreed(differences, ours, theirs)
    if past.fork is not None and (key in past.bodies or key in past.fork.bodies):
        before = past.fork.bodies.get(key)
        # Without a common ancestor every edit of the files may be a mistake about an applied one.
        fork = _complete(kind, before, live, rules.fork) if before is not None else {}
        own = field_changes(kind, fork, target)
        attributed = attribute_behind(attributed, own, field_changes(kind, fork, base))
        both = tuple(edit for edit in both if _overlapping(edit, own))
    return Attribution(_finish(attributed), tuple(Agreed(key, field) for field in _finish(both)))


def _finish(fields: Iterable[FieldChange]) -> tuple[FieldChange, ...]:
    """Drop the former labels: only this comparison needs them, and a plan file doesn't have them."""
    return tuple(field._replace(former="") if field.former else field for field in fields)


def attribute_unknown_apply(fields: Sequence[FieldChange], key: Key, past: Past | None) -> tuple[FieldChange, ...]:
    """Correct the sides of fields of a record that an apply has created, although the base has no document of it.

    The apply was killed, its files were not committed, or its base is not here. Nobody knows the value that the files
    declared then, so each value of the tenant that would be overwritten is a conflict.
    """
    if past is None or key in past.bodies or (past.fork is not None and key in past.fork.bodies):
        return tuple(fields)
    return tuple(
        field._replace(side="conflict") if field.side == "yours" and field.old not in (MISSING, None) else field
        for field in fields
    )


def compare_unchanged(
    kind: Kind, resource: Resource, live: Body, past: Past | None, rules: EarlierRules
) -> tuple[Agreed, ...]:
    """Return the edits that both sides made alike in a record that is as the files declare it."""
    before = past.bodies.get(resource.key) if past else None
    if before is None or before == resource.body:
        return ()
    return compare(kind, resource.key, live, live, past, rules).both


def attribute_delete(
    kind: Kind, key: Key, live: Body, past: Past | None, rules: EarlierRules
) -> tuple[FieldChange, ...]:
    """Return what was changed in a record whose document was removed. The delete would lose it: a conflict."""
    before = past.own.get(key) if past else None
    base = _complete(kind, before, live, rules.fork)
    return tuple(
        edit._replace(
            old=edit.new, new=MISSING, side="conflict", base=None if isinstance(edit.old, Missing) else edit.old
        )
        for edit in (_finish(field_changes(kind, base, live)) if base is not live else ())
    )


def attribute_create(fields: tuple[FieldChange, ...], resource: Resource, past: Past | None) -> tuple[FieldChange, ...]:
    """Give the fields of a create their side: drift where the base has the key, because its record vanished."""
    if past is None:
        return fields
    side = _side_of_create(resource, past)
    return tuple(field._replace(side=side) for field in fields)


def _side_of_create(resource: Resource, past: Past) -> Side:
    key = resource.key
    before = past.own.get(key)
    if past.fork is not None and before is not None and key not in past.bodies:
        # An applied commit deleted the document, and the record with it.
        return "behind" if before == resource.body else "conflict"
    if past.fork is not None and str(key) in past.ids and str(key) not in past.fork.ids:
        return "behind"  # an applied commit has the binding by which the record would be found
    return "drift" if key in past.bodies else "yours"


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
                if _labels(edit) & _labels(difference) and edit.old is not MISSING
            ]
            attributed.append(difference._replace(side="conflict", base=bases[0] if bases else None))
        else:
            attributed.append(difference._replace(side="drift" if tenant_edits else "yours"))
    return tuple(attributed)


def attribute_behind(
    attributed: Sequence[FieldChange], own: Sequence[FieldChange], applied: Sequence[FieldChange]
) -> tuple[FieldChange, ...]:
    """Correct the sides of fields in a checkout that lacks applied commits.

    `own` are the edits from the fork to the files, `applied` those from the fork to the base. What is as at the fork
    was edited by nobody here. What both edited is a conflict, because files that merely drifted agree with the base.
    """
    corrected: list[FieldChange] = []
    for field in attributed:
        own_edits, applied_edits = _overlapping(field, own), _overlapping(field, applied)
        if field.side == "drift":
            corrected.append(field)
        elif not own_edits:
            corrected.append(field._replace(side="behind", base=MISSING))
        elif applied_edits:
            bases = [edit.old for edit in own_edits if _labels(edit) & _labels(field) and edit.old is not MISSING]
            corrected.append(field._replace(side="conflict", base=bases[0] if bases else None))
        else:
            corrected.append(field)
    return tuple(corrected)


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


def _complete(kind: Kind, before: Body | None, live: Body, rules: Rules) -> Body:
    """Return the record as it would be with what was declared before; `live` itself where nothing was."""
    return live if before is None else _object(make_target(kind.root, before, live, rules))


def _object(value: Json | Missing) -> Body:
    return value if isinstance(value, dict) else {}


def _overlapping(change: FieldChange, edits: Sequence[FieldChange]) -> list[FieldChange]:
    """Return the edits of the same field, of a part of it, or of what holds it."""
    return [
        edit for edit in edits if any(_overlap(label, other) for label in _labels(change) for other in _labels(edit))
    ]


def _labels(change: FieldChange) -> set[str]:
    """Return the field's label, and the one with the names that list items had before."""
    return {change.name, change.former} if change.former else {change.name}


def _overlap(label: str, other: str) -> bool:
    short, long = sorted((label, other), key=len)
    return long.startswith(short) and long[len(short) : len(short) + 1] in ("", ".", "[")
