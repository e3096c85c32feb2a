"""Generate valid documents of any kind from its schema, and the records that a tenant makes of them.

Null, [], missing, unicode, numbers with and without fraction, switches on and off, keyed lists, references.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from rhythmconf.catalog import Catalog, Field, Kind, substitute
from rhythmconf.catalog.field import switched_on
from rhythmconf.engine.identity import mark
from rhythmconf.model import Body, DesiredState, Json, Key, LiveState, Origin, Record, Resource

Schema = Mapping[str, Any]
Keys = Mapping[str, Sequence[str]]
"""Key names by qualified kind; references may name these keys."""

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(
    ["on", "no", "010", "é", "é"]
)
KEYS = {"custom_field_id": "id:f{}__c"}
"""The formats of keys of items that are not plain texts."""
SCALARS: st.SearchStrategy[Json] = TEXTS | st.booleans() | st.integers(-9, 99)


def specs(kind: Kind, keys: Keys | None = None) -> st.SearchStrategy[Body]:
    """Generate specs that `kind.check` accepts; references are `module/kind/key` of `keys`, or `id:` and an id."""
    return _object(kind.schema, kind.root, keys or {}, kind).filter(kind.check)


def bodies(kind: Kind, keys: Keys | None = None) -> st.SearchStrategy[Body]:
    """Generate specs with resolved references, as a Resource has them."""
    return specs(kind, keys).map(lambda spec: resolved(kind, spec))


def resolved(kind: Kind, spec: Body) -> Body:
    """Return a spec with resolved references."""
    return substitute(kind, spec, lambda _field, value: _reference(value))


def resources(kind: Kind, name: str, keys: Keys | None = None) -> st.SearchStrategy[Resource]:
    """Generate resources of one key; the natural key is the name of the key and therefore unique."""
    return bodies(kind, keys).map(lambda body: make_resource(kind, name, body))


@st.composite
def states(draw: st.DrawFn, catalog: Catalog, size: int = 20) -> DesiredState:
    """Generate a desired state of up to `size` resources of all kinds that refer to each other, also in cycles."""
    kinds = draw(st.lists(st.sampled_from(sorted(catalog.kinds)), min_size=1, max_size=size))
    names: dict[str, list[str]] = {}
    for position, kind in enumerate(kinds):
        # A tenant has one record of a singleton.
        if not (kind in names and catalog.kind(kind).is_singleton):
            names.setdefault(kind, []).append(f"k{position}")
    drawn = [draw(resources(catalog.kind(kind), name, names)) for kind, group in names.items() for name in group]
    return DesiredState({resource.key: resource for resource in drawn})


def make_record(kind: Kind, body: Body, id: str, *, project: str | None = None, name: str = "") -> Record:
    """Return the record that a tenant makes of a body: with ids and read-only fields, with or without nulls."""
    kept = _with_numbers(kind.root, copy.deepcopy(body))
    assert isinstance(kept, dict)
    own: Body = {
        "id": id,
        "sys_version": 1,
        "sys_created_at": "2026-01-01T00:00:00Z",
        "sys_external_id": mark(project, name) if project else body.get("sys_external_id"),
    }
    return Record(kind.name, id, {**kept, **own})


def make_live_state(records: Sequence[Record], catalog: Catalog) -> LiveState:
    """Return a live state of these records in which every kind was fetched."""
    return LiveState({kind: tuple(each for each in records if each.kind == kind) for kind in catalog.kinds})


def shuffled(field: Field, value: Json, chance: random.Random) -> Json:
    """Return an equivalent value: sets, unordered lists and members reordered, absent optional fields as null."""
    if isinstance(value, list):
        items = [shuffled(field.items or Field(), item, chance) for item in value]
        free = field.list_type in ("set", "map") and not field.ordered
        return chance.sample(items, len(items)) if free else items
    if not isinstance(value, dict):
        return value
    fields = field.fields or {}
    absent = [name for name, child in fields.items() if name not in value and not child.read_only]
    nulls: Body = dict.fromkeys(chance.sample(absent, min(len(absent), 2)))
    members = {name: shuffled(fields.get(name, Field()), below, chance) for name, below in value.items()} | nulls
    return dict(chance.sample(sorted(members.items()), len(members)))


def _reference(value: Json) -> Json:
    text = str(value)
    return text.removeprefix("id:") if text.startswith("id:") else {"$ref": text}


def _with_numbers(field: Field, value: Json, position: int = 0) -> Json:
    """Number the items of keyed lists as the tenant does."""
    if isinstance(value, list):
        return [_with_numbers(field.items or Field(), item, place + 1) for place, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    fields = field.fields or {}
    numbered = {name: _with_numbers(fields.get(name, Field()), below) for name, below in value.items()}
    if position and "id" in fields and "id" not in value:
        numbered["id"] = position
    return numbered


@st.composite
def _object(draw: st.DrawFn, schema: Schema, field: Field, keys: Keys, kind: Kind) -> Body:
    properties: Schema = schema.get("properties", {})
    fields = field.fields or {}
    if not properties:
        return draw(st.dictionaries(TEXTS, SCALARS, max_size=2))
    body: Body = {}
    for name, child in sorted(properties.items(), key=lambda item: "x-when" in item[1]):
        if child.get("readOnly"):
            continue
        needed = name in schema.get("required", ()) or _is_switched_on(fields[name], body)
        how = "value" if needed else draw(st.sampled_from(["absent", "absent", "value", "null"]))
        if how == "null":
            body[name] = None
        elif how == "value":
            body[name] = draw(_value(child, fields[name], keys, kind, needed))
    return body


def _is_switched_on(field: Field, body: Body) -> bool:
    return field.when is not None and switched_on(field.when, body)


def _value(schema: Schema, field: Field, keys: Keys, kind: Kind, needed: bool) -> st.SearchStrategy[Json]:
    if field.targets:
        names = [f"{target}/{name}" for target in field.targets for name in keys.get(target, ())]
        return st.sampled_from([*names, "id:elsewhere-1", "id:elsewhere-2", "id:elsewhere-3"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if field.kind_of == "array":
        return _list(schema, field, keys, kind, needed)
    if field.kind_of == "object":
        return _object(schema, field, keys, kind)
    if field.kind_of == "number":
        least = int(schema.get("minimum", -5))
        return st.integers(least, 10_000) | st.sampled_from([least + 0.5, least + 0.25])
    return st.booleans() if field.kind_of == "boolean" else TEXTS if field.kind_of == "string" else SCALARS


def _list(schema: Schema, field: Field, keys: Keys, kind: Kind, needed: bool) -> st.SearchStrategy[Json]:
    least = max(schema.get("minItems", 0), schema.get("x-when-min-items", 0) if needed else 0)
    items = _value(schema["items"], field.items or Field(), keys, kind, needed=True)
    if field.list_type == "set":
        return st.lists(items, min_size=least, max_size=4, unique_by=lambda item: (type(item), str(item)))
    if field.list_type == "map":
        return st.lists(items, min_size=least, max_size=4).map(
            lambda drawn: _with_distinct_keys(drawn, field.map_keys[-1])
        )
    return st.lists(items, min_size=least, max_size=3)


def _with_distinct_keys(items: Sequence[Json], names: Sequence[str]) -> list[Json]:
    """Give every item a different key; ids of items are removed because the tenant numbers them."""
    drawn: list[Json] = []
    for position, item in enumerate(items):
        assert isinstance(item, dict)
        kept = {name: value for name, value in item.items() if name != "id"}
        drawn.append({**kept, **{name: KEYS.get(name, "item {}").format(position) for name in names}})
    return drawn


def make_resource(kind: Kind, name: str, body: Body) -> Resource:
    """Return a resource whose natural key is the name of its key."""
    title: Body = dict.fromkeys(kind.natural_key, name)
    return Resource(Key(kind.name, name), {**body, **title}, (Origin("a.yaml"),))


def make_desired_state(*resources: Resource) -> DesiredState:
    """Return a desired state of these resources."""
    return DesiredState({each.key: each for each in resources})
