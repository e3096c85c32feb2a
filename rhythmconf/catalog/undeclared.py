"""Find what records have and their schema doesn't allow, and write the notes that declare it.

Only what a tenant shows is declared: a value of an enum, a type, a field. Whether a new field is a reference, and what
risk it has, only people can say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rhythmconf.catalog.inline import Schema
from rhythmconf.catalog.kind import Kind
from rhythmconf.catalog.transform import is_reference
from rhythmconf.catalog.unknown import EMPTY, is_the_tenants_own
from rhythmconf.catalog.verdict import matches
from rhythmconf.model import Body, Json, canonical

VALUES = 20
"""Distinct values of one field that are kept."""
FIELDS = 50
"""Fields of one kind that are kept."""
_LONGEST = 200
"""Characters of a value of an enum. A longer text is no such value."""
_NAMES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}

_Path = tuple[str, ...]


class UndeclaredValue(NamedTuple):
    """A field that has values in records which its schema doesn't allow.

    `path` has dots between members and `[]` for the items of a list. `values` are some of the values, `records` counts
    how often there was one.
    """

    path: str
    values: tuple[Json, ...]
    records: int


@dataclass(slots=True)
class _Seen:
    """What was seen at one place of a schema. `schema` is None for a field that the schema doesn't have."""

    schema: Schema | None
    values: dict[bytes, Json] = field(default_factory=dict)
    count: int = 0

    def add(self, value: Json) -> None:
        self.count += 1
        # A long list of an unknown field need not be kept whole: its first items show what it holds.
        kept = value[:VALUES] if isinstance(value, list) else value
        if len(self.values) < VALUES:
            self.values.setdefault(canonical(kept), kept)


class Survey:
    """Gathers what the records of one kind have beyond its schema; a bounded number of fields and values is kept."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self._seen: dict[_Path, _Seen] = {}

    def add(self, body: Body) -> None:
        """Look through one record."""
        for path, schema, value in _walk(self.kind.schema, body, ()):
            if path in self._seen or len(self._seen) < FIELDS:
                self._seen.setdefault(path, _Seen(schema)).add(value)

    @property
    def values(self) -> tuple[UndeclaredValue, ...]:
        """The fields of the schema with values that it doesn't allow, in the order of paths."""
        found = ((path, seen) for path, seen in sorted(self._seen.items()) if seen.schema is not None)
        return tuple(UndeclaredValue(_dotted(path), tuple(seen.values.values()), seen.count) for path, seen in found)

    @property
    def notes(self) -> Body:
        """The notes that declare all of it; empty where there is nothing that notes can declare."""
        notes: Body = {}
        for path, seen in sorted(self._seen.items()):
            declared = _declare(seen.schema, [*seen.values.values()])
            if declared:
                _put(notes, path, declared)
        return notes


def note_on(kind: Kind, path: Sequence[str | int], value: Json) -> Body:
    """Return the notes that allow a value at a path of a record; empty where notes can't simply allow it."""
    schema: Schema | None = kind.schema
    place: list[str] = []
    for token in path:
        if schema is None:
            return {}
        if isinstance(schema.get("items"), dict):
            place, schema = [*place, "items"], schema["items"]
        elif "properties" in schema:
            place, schema = [*place, "properties", str(token)], schema["properties"].get(str(token))
        else:
            return {}
    if schema is not None and not _is_undeclared(schema, value):
        return {}
    notes: Body = {}
    if declared := _declare(schema, [value]):
        _put(notes, tuple(place), declared)
    return notes


def _walk(schema: Schema, value: Json, path: _Path) -> Iterator[tuple[_Path, Schema | None, Json]]:
    """Yield the place, the schema and the value of each value that the schema doesn't allow."""
    if _is_undeclared(schema, value):
        yield path, schema, value
    elif isinstance(value, dict) and "properties" in schema:
        properties = schema["properties"]
        for name, member in value.items():
            child = properties.get(name)
            here = (*path, "properties", name)
            if child is None:
                if member not in EMPTY and not (_allows(schema, name) or is_the_tenants_own(name, ".".join(path))):
                    yield here, None, member
            elif not child.get("readOnly") and member is not None:
                yield from _walk(child, member, here)
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for item in value:
            yield from _walk(schema["items"], item, (*path, "items"))


def _allows(schema: Schema, name: str) -> bool:
    return schema.get("additionalProperties", False) is not False or any(
        matches(pattern, name) for pattern in schema.get("patternProperties", ())
    )


def _is_undeclared(schema: Schema, value: Json) -> bool:
    """Tell whether a value has another type, or is no member of the enum. Null is no value; references are ids."""
    named = schema.get("type")
    # What most values are: a text, a boolean or an object as the schema says.
    if value is None or (named == _NAMES.get(type(value)) and "enum" not in schema) or is_reference(schema):
        return False
    if isinstance(value, str) and value in schema.get("enum", ()):
        return False
    types = _listed(named)
    if types and not {_type(value), *(["number"] if _type(value) == "integer" else [])} & {*types}:
        return not ("integer" in types and isinstance(value, float) and value.is_integer())
    return "enum" in schema and canonical(value) not in {canonical(one) for one in schema["enum"]}


def _declare(schema: Schema | None, values: Sequence[Json]) -> Body:
    """Return the keywords that allow some values too; those of a whole field where there is no schema."""
    if schema is None:
        return _describe(values)
    scalars = [value for value in values if not isinstance(value, dict | list | None) and len(str(value)) <= _LONGEST]
    types = _listed(schema.get("type"))
    new = dict.fromkeys(_type(value) for value in scalars)
    declared: Body = {}
    if types and "object" not in types and "array" not in types:
        more: list[Json] = [name for name in new if name not in types and not (name == "integer" and "number" in types)]
        if more:
            declared["type"] = [*types, *more]
    if "enum" in schema and scalars:
        declared["enum"] = [*schema["enum"], *scalars]
    return declared


def _describe(values: Sequence[Json]) -> Body:
    """Return the schema of a field that has these values."""
    types = [*dict.fromkeys(_type(value) for value in values if value is not None)]
    if "number" in types and "integer" in types:
        types.remove("integer")
    described: Body = {"type": types[0] if len(types) == 1 else [*types]}
    lists = [value for value in values if isinstance(value, list)]
    if lists:
        items = [item for value in lists for item in value]
        scalar = bool(items) and not any(isinstance(item, dict | list | None) for item in items)
        distinct = all(len({canonical(item) for item in value}) == len(value) for value in lists)
        described["x-list-type"] = "set" if scalar and distinct else "atomic"
        if scalar:
            described["items"] = _describe(items)
    return described


def _put(notes: Body, path: _Path, value: Body) -> None:
    """Add keywords at a place of the notes."""
    for name in path:
        inner = notes.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        notes = inner
    notes.update(value)


def _type(value: Json) -> str:
    return _NAMES.get(type(value), "null")


def _listed(types: str | list[str] | None) -> list[str]:
    return [types] if isinstance(types, str) else [*(types or ())]


def _dotted(path: Iterable[str]) -> str:
    """Return a place of a schema as the path of a field: `reminders[].days`."""
    text, names = "", iter(path)
    for name in names:
        text += "[]" if name == "items" else f".{next(names)}"
    return text.removeprefix(".")
