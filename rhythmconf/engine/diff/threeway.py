"""Rename the keys of the base to their current names, and find what the files declared then and no longer do.

The base is what the files declared when the tenant last agreed with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from rhythmconf.catalog import OPAQUE, Catalog, Field, substitute
from rhythmconf.engine.diff.target import RESOLVED, is_compared, match_items, repeated_keys
from rhythmconf.model import Base, Bindings, Body, DesiredState, Json, Key, Resource


class ForkState(NamedTuple):
    """The desired state and the bindings at the newest commit that the base and the checkout share."""

    state: DesiredState
    bindings: Bindings


class BaseState(NamedTuple):
    """A base, and the desired state and the bindings of the files at that commit.

    `fork` is None where the checkout contains the base, and where the two share no commit.
    """

    base: Base
    state: DesiredState
    bindings: Bindings = MappingProxyType({})
    fork: ForkState | None = None


class Then(NamedTuple):
    """What the files declared at an earlier commit, under their current keys.

    `ids` are those of its bindings, by `module/kind/key`.
    """

    bodies: Mapping[Key, Body]
    ids: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Past:
    """What the files declared at the base, under their current keys.

    `fork` is the same of the newest commit that the base and the checkout share: what differs from it is an edit of
    this checkout. It is None where the checkout contains the base.
    `without_document` has the keys whose documents were removed in this checkout. A document that only the base has
    isn't among them: somebody else has added it.
    """

    bodies: Mapping[Key, Body] = field(default_factory=dict)
    without_document: frozenset[Key] = frozenset()
    ids: Mapping[str, str] = field(default_factory=dict)
    fork: Then | None = None

    @property
    def own(self) -> Mapping[Key, Body]:
        """What was declared before the edits of this checkout."""
        return self.bodies if self.fork is None else self.fork.bodies


def make_past(base_state: BaseState, desired: DesiredState, catalog: Catalog) -> Past:
    """Rename the keys of the base to their current names. A field that is unmanaged now is left out of the base too."""
    base, present = base_state.base, desired.resources.keys() | desired.skipped
    bodies = _current_bodies(base_state.state, desired, catalog)
    ids = {str(key): binding.id for key, binding in base_state.bindings.items()}
    if base.descends:
        return Past(bodies, frozenset(bodies.keys() - present), ids)
    fork = base_state.fork or ForkState(DesiredState({}), {})
    then = Then(
        _current_bodies(fork.state, desired, catalog),
        {str(key): binding.id for key, binding in fork.bindings.items()},
    )
    return Past(bodies, frozenset(then.bodies.keys() - present), ids, then)


def _current_bodies(then: DesiredState, desired: DesiredState, catalog: Catalog) -> dict[Key, Body]:
    renames = {Key(key.kind, old): key for key, resource in desired.resources.items() for old in resource.moved}
    resources = {renames.get(key, key): resource for key, resource in then.resources.items()}
    bodies: dict[Key, Body] = {}
    for key, resource in resources.items():
        body = _with_current_keys(resource, renames, catalog) if renames else resource.body
        resource_now = desired.resources.get(key)
        for pointer in resource_now.unmanaged if resource_now else ():
            body = _without(body, pointer[1:].split("/"))
        bodies[key] = body
    return bodies


def withdraw(field: Field, base: Json, ours: Json, live: Json) -> Json:
    """Return what the files declare now, with null for each field that they declared at the base and no longer do."""
    if field.targets:
        return ours
    if isinstance(base, dict) and isinstance(ours, dict):
        return _withdraw_members(field, base, ours, live if isinstance(live, dict) else {})
    if isinstance(base, list) and isinstance(ours, list) and field.list_type == "map":
        return _withdraw_items(field, base, ours, live if isinstance(live, list) else [])
    return ours


def _with_current_keys(resource: Resource, renames: Mapping[Key, Key], catalog: Catalog) -> Body:
    """Return the body with the current keys in its references."""
    references: dict[str, Json] = {str(old): {"$ref": str(new)} for old, new in renames.items()}

    def rename(field: Field, value: Json) -> Json:
        return references.get(str(value.get("$ref")), value) if isinstance(value, dict) else value

    return substitute(catalog.kind(resource.key.kind), resource.body, rename)


def _without(body: Body, path: Sequence[str]) -> Body:
    """Return the body without the member at a path of escaped names, or the body itself without such a member."""
    head, rest = path[0].replace("~1", "/").replace("~0", "~"), path[1:]
    if head not in body:
        return body
    inner = body[head]
    if not rest:
        return {name: value for name, value in body.items() if name != head}
    return {**body, head: _without(inner, rest)} if isinstance(inner, dict) else body


def _withdraw_members(field: Field, base: Body, ours: Body, live: Body) -> Body:
    fields = field.fields or {}
    kept = {
        name: withdraw(fields.get(name, OPAQUE), base[name], value, live.get(name)) if name in base else value
        for name, value in ours.items()
    }
    withdrawn = {
        name: _emptied(fields.get(name, OPAQUE), value, live.get(name))
        for name, value in base.items()
        if name not in ours and is_compared(fields.get(name, OPAQUE))
    }
    return {**kept, **withdrawn}


def _emptied(field: Field, base: Json, live: Json) -> Json:
    """Return null, or nulls for the members of the base only where the tenant has more members in the object."""
    if not isinstance(base, dict) or not isinstance(live, dict) or field.targets or live.keys() <= base.keys():
        return None
    fields = field.fields or {}
    return {name: _emptied(fields.get(name, OPAQUE), value, live.get(name)) for name, value in base.items()}


def _withdraw_items(field: Field, base: Sequence[Json], ours: Sequence[Json], live: Sequence[Json]) -> Json:
    since, there = match_items(field, ours, base, RESOLVED), match_items(field, ours, live, RESOLVED)
    # To take a value from the wrong one of two items would be worse than to leave it.
    if since is None or repeated_keys(field, ours, base, RESOLVED):
        return list(ours)
    items, live_items = field.items or OPAQUE, there or ({}, {})
    counterparts = [live_items[1].get(number) for number in live_items[0]] or [None] * len(ours)
    return [
        withdraw(items, since[1].get(number), item, counterpart)
        for (number, item), counterpart in zip(since[0].items(), counterparts, strict=True)
    ]
