"""Base, ours, theirs -> who made each difference, and what the files no longer declare.

The base is what the files wanted when the tenant last agreed with them; ours is what they want now, theirs what the
tenant holds. All comparing of values is done elsewhere: here edits are only set against each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rhythmconf.catalog import OPAQUE, Catalog, Field, substitute
from rhythmconf.model import MISSING, Base, Body, DesiredState, FieldChange, Json, Key, Resource, Side

_DOUBT: tuple[Side, ...] = ("conflict", "drift", "yours")
"""The most doubtful side first."""


class Earlier(NamedTuple):
    """A base, and what the files wanted then."""

    base: Base
    state: DesiredState


@dataclass(frozen=True, slots=True)
class Past:
    """What the files wanted at the base, under today's keys.

    `gone` are the keys that had a document then and have none now; none where the work tree doesn't descend from
    the base, for then somebody else may have added them since.
    """

    bodies: Mapping[Key, Body] = field(default_factory=dict)
    gone: frozenset[Key] = frozenset()
    descends: bool = True


def past(earlier: Earlier, now: DesiredState, catalog: Catalog) -> Past:
    """Bring the base up to today's names. What is left unmanaged or skipped today had no value then either."""
    names = {Key(key.kind, old): key for key, each in now.resources.items() for old in each.moved}
    was = {names.get(key, key): each for key, each in earlier.state.resources.items()}
    known = now.resources.keys() | now.skipped
    gone = frozenset(key for key in was if key not in known) if earlier.base.descends else frozenset()
    bodies = {key: _body(key, each, now, names, catalog) for key, each in was.items()}
    return Past(bodies, gone, earlier.base.descends)


def withdraw(field: Field, base: Json, ours: Json, live: Json) -> Json:
    """What the files want now, with null for each field that they declared at the base and no longer do."""
    if field.targets:
        return ours
    if isinstance(base, dict) and isinstance(ours, dict):
        return _withdrawn(field, base, ours, live if isinstance(live, dict) else {})
    if isinstance(base, list) and isinstance(ours, list) and field.list_type == "map":
        return _withdrawn_items(field, base, ours, live if isinstance(live, list) else [])
    return ours


def sides(
    differences: Sequence[FieldChange], ours: Sequence[FieldChange], theirs: Sequence[FieldChange]
) -> tuple[FieldChange, ...]:
    """The differences between tenant and files, each with its side.

    `ours` are the edits from the base to the files, `theirs` those from the base to the tenant.
    """
    return tuple(_sided(each, ours, theirs) for each in differences)


def agreed(
    differences: Sequence[FieldChange], ours: Sequence[FieldChange], theirs: Sequence[FieldChange]
) -> tuple[FieldChange, ...]:
    """The edits that both sides have made alike, so that no difference is left."""
    return tuple(
        each._replace(side="both") for each in ours if _touching(each, theirs) and not _touching(each, differences)
    )


def worst(fields: Sequence[FieldChange]) -> Side | None:
    """The most doubtful side of some fields; yours where there are none."""
    found = {each.side for each in fields}
    return next((side for side in _DOUBT if side in found), "yours")


def words(change: FieldChange) -> str:
    """A field's place with list items by their names, which is the same whatever their positions."""
    return change.label or change.path[1:].replace("/", ".")


def _body(key: Key, resource: Resource, now: DesiredState, names: Mapping[Key, Key], catalog: Catalog) -> Body:
    body = _renamed(resource, names, catalog) if names else resource.body
    today = now.resources.get(key)
    for where in today.unmanaged if today else ():
        body = _without(body, where[1:].split("/"))
    return body


def _renamed(resource: Resource, names: Mapping[Key, Key], catalog: Catalog) -> Body:
    """The body with references by today's keys."""
    texts: dict[str, Json] = {str(old): {"$ref": str(new)} for old, new in names.items()}

    def rename(field: Field, value: Json) -> Json:
        return texts.get(str(value.get("$ref")), value) if isinstance(value, dict) else value

    return substitute(catalog.kind(resource.key.kind), resource.body, rename)


def _without(body: Body, path: Sequence[str]) -> Body:
    """The body without the member at a path of (escaped) names; nothing changes where there is none."""
    head, rest = path[0].replace("~1", "/").replace("~0", "~"), path[1:]
    if head not in body:
        return body
    inner = body[head]
    if not rest:
        return {name: value for name, value in body.items() if name != head}
    return {**body, head: _without(inner, rest)} if isinstance(inner, dict) else body


def _withdrawn(field: Field, base: Body, ours: Body, live: Body) -> Body:
    fields = field.fields or {}
    kept = {
        name: withdraw(fields.get(name, OPAQUE), base[name], value, live.get(name)) if name in base else value
        for name, value in ours.items()
    }
    lost = {
        name: _nothing(fields.get(name, OPAQUE), value, live.get(name))
        for name, value in base.items()
        if name not in ours and not _is_tenants(fields.get(name, OPAQUE))
    }
    return {**kept, **lost}


def _nothing(field: Field, base: Json, live: Json) -> Json:
    """Null, or the object that empties only what the base declared, where the tenant has more in it."""
    if not isinstance(base, dict) or not isinstance(live, dict) or field.targets or live.keys() <= base.keys():
        return None
    fields = field.fields or {}
    return {name: _nothing(fields.get(name, OPAQUE), value, live.get(name)) for name, value in base.items()}


def _withdrawn_items(field: Field, base: Sequence[Json], ours: Sequence[Json], live: Sequence[Json]) -> Json:
    for names in field.map_keys:
        was, now = _indexed(base, names), _indexed(ours, names)
        if was and now:
            there, items = _indexed(live, names), field.items or OPAQUE
            return [withdraw(items, was.get(at), item, there.get(at)) for at, item in now.items()]
    return list(ours)


def _indexed(items: Sequence[Json], names: Sequence[str]) -> dict[str, Json]:
    """The items by their key; none at all where one has none or two share one."""
    found: dict[str, Json] = {}
    for item in items:
        values = [item.get(name) for name in names] if isinstance(item, dict) else [None]
        if None in values or str(values) in found:
            return {}
        found[str(values)] = item
    return found


def _is_tenants(field: Field) -> bool:
    return field.read_only or field.runtime


def _sided(difference: FieldChange, ours: Sequence[FieldChange], theirs: Sequence[FieldChange]) -> FieldChange:
    mine, other = _touching(difference, ours), _touching(difference, theirs)
    if not mine or not other:
        return difference._replace(side="drift" if other else "yours")
    return difference._replace(side="conflict", base=_before(difference, [*mine, *other]))


def _before(difference: FieldChange, edits: Sequence[FieldChange]) -> Json:
    """The value at the base, as far as an edit of exactly this field tells it."""
    values = [each.old for each in edits if words(each) == words(difference) and each.old is not MISSING]
    return values[0] if values else None


def _touching(one: FieldChange, edits: Sequence[FieldChange]) -> list[FieldChange]:
    return [each for each in edits if _overlap(words(one), words(each))]


def _overlap(one: str, other: str) -> bool:
    """Whether one is the other, or lies inside it."""
    short, long = sorted((one, other), key=len)
    return long.startswith(short) and long[len(short) : len(short) + 1] in ("", ".", "[")
