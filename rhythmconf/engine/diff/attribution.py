"""A pair, its target and the base -> the fields that differ, each with its side; and what both sides changed alike."""

from __future__ import annotations

from typing import NamedTuple

from rhythmconf.catalog import Kind
from rhythmconf.engine.diff import threeway
from rhythmconf.engine.diff.lay import Rules, lay
from rhythmconf.engine.diff.threeway import Past
from rhythmconf.engine.diff.view import field_changes
from rhythmconf.model import MISSING, Agreed, Body, FieldChange, Json, Key, Missing, Resource, Side


class Sided(NamedTuple):
    """What differs, and what no longer does."""

    fields: tuple[FieldChange, ...]
    both: tuple[Agreed, ...] = ()


def wanted(kind: Kind, resource: Resource, live: Body, past: Past | None) -> Body:
    """What the files want of a record, with null for what they have withdrawn since the base."""
    before = past.bodies.get(resource.key) if past and past.descends else None
    if before is None or before == resource.body:
        return resource.body
    made = threeway.withdraw(kind.root, before, resource.body, live)
    return made if isinstance(made, dict) else resource.body


def compare(kind: Kind, key: Key, live: Body, target: Body, past: Past | None, rules: Rules) -> Sided:
    """The differences between a record and its target; without a base, or without the key in it, they are yours."""
    differences = field_changes(kind, live, target)
    if past is None:
        return Sided(differences)
    ours, theirs = _edits(kind, past.bodies.get(key), live, target, rules)
    both = threeway.agreed(differences, ours, theirs)
    return Sided(threeway.sides(differences, ours, theirs), tuple(Agreed(key, each) for each in both))


def agreed(kind: Kind, resource: Resource, live: Body, past: Past | None, rules: Rules) -> tuple[Agreed, ...]:
    """What both sides changed alike in a record that is as the files want it."""
    before = past.bodies.get(resource.key) if past else None
    if before is None or before == resource.body:
        return ()
    return compare(kind, resource.key, live, live, past, rules).both


def of_delete(kind: Kind, key: Key, live: Body, past: Past | None, rules: Rules) -> tuple[FieldChange, ...]:
    """What the tenant changed in a record whose document is gone: that would be lost, so it is a conflict."""
    before = past.bodies.get(key) if past else None
    _, theirs = _edits(kind, before, live, live, rules)
    return tuple(_lost(each) for each in theirs)


def of_create(fields: tuple[FieldChange, ...], key: Key, past: Past | None) -> tuple[FieldChange, ...]:
    """A record that the base had and the tenant hasn't has vanished there: it is put back."""
    if past is None:
        return fields
    side: Side = "drift" if key in past.bodies else "yours"
    return tuple(each._replace(side=side) for each in fields)


def _edits(
    kind: Kind, before: Body | None, live: Body, target: Body, rules: Rules
) -> tuple[tuple[FieldChange, ...], tuple[FieldChange, ...]]:
    """Ours and theirs, as edits of what the record was at the base."""
    was = live if before is None else _object(lay(kind.root, before, live, rules))
    if was is live:
        return field_changes(kind, live, target), ()
    return field_changes(kind, was, target), field_changes(kind, was, live)


def _lost(edit: FieldChange) -> FieldChange:
    was = None if isinstance(edit.old, Missing) else edit.old
    return edit._replace(old=edit.new, new=MISSING, side="conflict", base=was)


def _object(value: Json | Missing) -> Body:
    return value if isinstance(value, dict) else {}
