"""Write a skeleton of a field that is missing: every member that it needs, to paste and to fill in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rhythmconf.catalog import Field, Kind, missing
from rhythmconf.model import Body, Json, pointer

_ROUNDS = 8
"""How often a value that was filled in may make others required."""


def write_skeleton(kind: Kind, body: Body, path: tuple[str | int, ...]) -> str:
    """Return the object at `path`, which `body` lacks, in one line of YAML; empty for anything but an object.

    It has the first allowed value of each choice, and `<...>` where only the author knows.
    """
    field = kind.field(pointer(path))
    if field is None or not field.fields or path[-1] in body:
        return ""
    role = kind.field(pointer(path[:1]))
    expired = role is not None and role.step is not None and role.step.does in ("drop", "expire")
    made: Json = {}
    for _ in range(_ROUNDS):
        lacking = [*missing(field, made)]
        if not lacking:
            break
        for below, child in lacking:
            schema = _schema_at(kind.document_schema, (*path, *below))
            _put(made, below, _placeholder(child, schema, expired=expired))
    return f"{path[-1]}: {_flow(made)}" if made else ""


def _placeholder(field: Field, schema: Mapping[str, Any], *, expired: bool) -> Json:
    if field.targets:
        names = " or ".join(target.rpartition("/")[2] for target in field.targets)
        return f"<key of a {names}>"
    if choices := [value for value in schema.get("enum", ()) if value is not None]:
        # A drop takes what has expired, any other step what will expire.
        return "before" if expired and "before" in choices else choices[0]
    if field.items is not None:
        return [_placeholder(field.items, schema.get("items", {}), expired=expired)]
    if field.fields:
        return {}
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
