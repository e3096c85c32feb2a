"""Write a skeleton of a field that is missing: every member that it needs, to paste and to fill in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rhythmconf.catalog import Field, Kind, missing
from rhythmconf.model import Body, Json, pointer

_NUMBER = re.compile(r"\s*-?[0-9]{1,9}(?![0-9.])")
_ROUNDS = 8
"""How often a value that was filled in may make others required."""


def write_skeleton(kind: Kind, body: Body, path: tuple[str | int, ...], given: Json = None) -> str:
    """Return the object at `path`, which `body` lacks, in one line of YAML; empty for anything but an object.

    It has the first allowed value of each choice, and `<...>` where only the author knows. What a wrong value says,
    `given` in place of the object, is taken over: the number and the unit of `60 days`, the direction of `-60`.
    """
    field = kind.field(pointer(path))
    if field is None or not field.fields or path[-1] in body:
        return ""
    role = kind.field(pointer(path[:1]))
    hints = _read(given)
    expired = role is not None and role.step is not None and role.step.does in ("drop", "expire")
    if hints.number is not None:
        expired = hints.number < 0 or "before" in hints.words
    made: Json = {}
    for _ in range(_ROUNDS):
        lacking = [*missing(field, made)]
        if not lacking:
            break
        for below, child in lacking:
            schema = _schema_at(kind.document_schema, (*path, *below))
            _put(made, below, _placeholder(child, schema, hints, expired=expired))
    return f"{path[-1]}: {_flow(made)}" if made else ""


class _Hints(NamedTuple):
    """What a wrong value says: its number, and its words between blanks."""

    number: int | None
    words: str


def _read(given: Json) -> _Hints:
    text = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    found = _NUMBER.match(text)
    return _Hints(int(found[0]) if found else None, f" {text[found.end() :] if found else ''} ")


def _placeholder(field: Field, schema: Mapping[str, Any], hints: _Hints, *, expired: bool) -> Json:
    if field.targets:
        names = " or ".join(target.rpartition("/")[2] for target in field.targets)
        return f"<key of a {names}>"
    if choices := [value for value in schema.get("enum", ()) if value is not None]:
        said: Sequence[Json] = [choice for choice in choices if f" {choice} " in hints.words]
        if said:
            return said[0]
        # A drop takes what has expired, any other step what will expire.
        return "before" if expired and "before" in choices else choices[0]
    if field.items is not None:
        return [_placeholder(field.items, schema.get("items", {}), hints, expired=expired)]
    if field.fields:
        return {}
    if field.kind_of in ("integer", "number") and hints.number is not None:
        return abs(hints.number)
    return {"boolean": "<true or false>", "integer": "<number>", "number": "<number>"}.get(field.kind_of, "<text>")


def _schema_at(schema: Mapping[str, Any], path: tuple[str | int, ...]) -> Mapping[str, Any]:
    for token in path:
        schema = schema.get("items", {}) if isinstance(token, int) else schema.get("properties", {}).get(token, {})
    return schema


def _put(value: Json, path: tuple[str | int, ...], new: Json) -> None:
    *above, name = path
    for token in above:
        value = value[token]  # type: ignore[index]
    value[name] = new  # type: ignore[index]


def _flow(value: Json) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_flow(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return str(value)
