"""Generate documents of any kind, and changes of them, for the walk of the kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from rhythmconf.catalog import Catalog, Field, Kind, substitute, targets
from rhythmconf.model import Body, Json
from tests.support import generators

OPAQUE_VALUES: tuple[Json, ...] = ({"limit": 1}, {"limit": 2})


def title(key: str) -> str:
    """Return the name of a record."""
    return f"Record {key}"


def needed(catalog: Catalog, kind: Kind) -> list[Kind]:
    """Return the other kinds of the catalog that a kind refers to, also by way of others."""
    names, waiting = set[str](), [kind]
    while waiting:
        found = {name for name in targets(waiting.pop()) if name in catalog.kinds} - names
        names |= found
        waiting += map(catalog.kind, found)
    return [catalog.kind(name) for name in sorted(names - {kind.name})]


def draw_specs(catalog: Catalog, kind: Kind, number: int, count: int) -> list[Body]:
    """Return valid specs, the same ones for the same number; each refers to the key `a` of every kind that it can."""
    return [_referring(catalog, kind, spec) for spec in _draw(kind, number, count)[-1]]


def simple_spec(catalog: Catalog, kind: Kind) -> Body:
    """Return a spec with little more than what a kind requires, and references."""
    return name_spec(kind, "a", _referring(catalog, kind, _draw(kind, 0, 1)[0][0]))


def _draw(kind: Kind, number: int, count: int) -> list[list[Body]]:
    """Return two lists of specs: the simplest ones, which are all alike, and random ones."""
    drawn: list[list[Body]] = []

    @seed(number)
    @settings(
        max_examples=2, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(st.lists(generators.specs(kind), min_size=count, max_size=count))
    def collect(specs: list[Body]) -> None:
        drawn.append(specs)

    collect()
    return drawn


def name_spec(kind: Kind, key: str, spec: Body) -> Body:
    """Return a spec with the name of its key."""
    return {**spec, **dict.fromkeys(kind.natural_key, title(key))}


def _referring(catalog: Catalog, kind: Kind, spec: Body) -> Body:
    """Replace references by keys of documents wherever the catalog has the kind, and add those that are missing."""

    def replace(field: Field, value: Json) -> Json:
        return next((f"{name}/a" for name in field.targets if name in catalog.kinds), value)

    for name, field in (kind.root.fields or {}).items():
        if field.targets and kind.check({**spec, name: "id:elsewhere-1"}):
            spec = {**spec, name: "id:elsewhere-1"}
    body: Body = _distinct(kind.root, substitute(kind, spec, replace))
    return body


def _distinct(field: Field, value: Any) -> Any:
    """Return the value without repeated texts in lists, and with one item for each reference of a keyed list."""
    if isinstance(value, dict):
        return {name: _distinct((field.fields or {}).get(name, Field()), below) for name, below in value.items()}
    if not isinstance(value, list):
        return value
    items = [_distinct(field.items or Field(), item) for item in value]
    names = field.map_keys[-1] if field.map_keys else ()
    if any(child.targets for name in names if field.items and (child := field.items.child(name))):
        return list({tuple(str(item[name]) for name in names): item for item in items}.values())
    return list(dict.fromkeys(items)) if all(isinstance(item, str) for item in items) else items


def changes(kind: Kind, spec: Body) -> list[tuple[str, list[Json]]]:
    """Return the fields that can be set in a spec, each with its other valid values that are not blank."""
    properties = kind.schema["properties"]
    fields = {
        name: _values(properties[name], field)
        for name, field in (kind.root.fields or {}).items()
        if not (field.read_only or field.runtime or field.when or name in kind.natural_key)
    }
    if not fields and kind.root.open:
        fields = {"unknown_option": iter(OPAQUE_VALUES)}
    usable = [
        (name, [one for one in values if one != spec.get(name) and kind.check({**spec, name: one})])
        for name, values in fields.items()
    ]
    return [(name, values) for name, values in usable if values]


def _values(schema: Mapping[str, Any], field: Field) -> Iterator[Json]:
    """Yield values of a field that are no references."""
    if field.targets:
        return
    if "enum" in schema:
        yield from [one for one in schema["enum"] if one]
    elif field.kind_of == "array" and field.list_type != "map":
        yield from ([one] for one in _values(schema["items"], field.items or Field()))
    elif field.kind_of == "object":
        members = [(name, child) for name, child in (field.fields or {}).items() if not child.read_only]
        for name, child in members:
            yield from ({name: one} for one in _values(schema["properties"][name], child))
        if not members:
            yield from OPAQUE_VALUES
    else:
        by_type: Mapping[str, tuple[Json, ...]] = {"boolean": (True, False), "number": (7, 8)}
        yield from by_type.get(field.kind_of, ("Some text", "Other text"))
