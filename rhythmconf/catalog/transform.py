"""The schemas that are derived from a kind's own: one for documents, one for records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rhythmconf.catalog.inline import Schema

REFERENCE = r"^(id:\S(.*\S)?|(([a-z][a-z0-9-]*/)?[A-Za-z0-9]+/)?[a-z0-9][a-z0-9._-]*)$"
"""What stands at a reference position: `key`, `kind/key`, `module/kind/key`, or `id:` and an id of the tenant."""

DRAFT = "https://json-schema.org/draft/2020-12/schema"

_TEXT_RULES = ("pattern", "minLength", "maxLength", "format", "enum", "const", "examples", "default")
_Reference = Callable[[Schema], Schema]


def is_reference(schema: Schema) -> bool:
    """Whether this string is a reference."""
    return "x-ref" in schema or "x-external" in schema


def keyed(schema: Schema) -> Schema:
    """A reference as documents hold it."""
    kept = {name: value for name, value in schema.items() if name not in _TEXT_RULES}
    return {**kept, "type": "string", "pattern": REFERENCE}


def document_schema(schema: Schema, reference: _Reference = keyed) -> Schema:
    """What a `spec` must satisfy.

    Fields of the tenant (`readOnly`) and unknown fields are refused, whatever isn't required may be null, references
    hold keys (as `reference` says), and `x-when` has become `if` and `then`.
    """
    return {"$schema": DRAFT, **_document(schema, reference)}


def _document(schema: Schema, reference: _Reference) -> Schema:
    if is_reference(schema):
        return _plain(reference(schema))
    result = _plain(schema)
    if "properties" in schema:
        ours = {name: child for name, child in schema["properties"].items() if not child.get("readOnly")}
        result |= _object(schema, ours, lambda child: _document(child, reference))
        result.setdefault("additionalProperties", False)
    if isinstance(schema.get("items"), dict):
        result["items"] = _document(schema["items"], reference)
    if schema.get("x-list-type") == "set":
        result["uniqueItems"] = True
    return result


def record_schema(schema: Schema) -> Schema:
    """What a record must satisfy on its way to the tenant: lenient, as the vendor's documents are.

    Unknown fields pass, fields of the tenant are checked but not required, whatever isn't required may be null.
    """
    return {"$schema": DRAFT, **_record(schema)}


def _record(schema: Schema) -> Schema:
    result = _plain(schema)
    if "properties" in schema:
        result |= _object(schema, schema["properties"], _record)
        result.pop("additionalProperties", None)
    if isinstance(schema.get("items"), dict):
        result["items"] = _record(schema["items"])
    return result


def _object(schema: Schema, properties: dict[str, Schema], child: Callable[[Schema], Schema]) -> Schema:
    """The keywords of an object whose members are `properties`, each made by `child`."""
    ours = [name for name in schema.get("required", ()) if name in properties and not properties[name].get("readOnly")]
    made = {name: child(one) for name, one in properties.items()}
    result: Schema = {
        "properties": {name: one if name in ours else nullable(one) for name, one in made.items()},
        "required": ours,
    }
    conditions = _conditions(properties)
    if conditions:
        result["allOf"] = [*schema.get("allOf", ()), *conditions]
    return result


def _conditions(properties: dict[str, Schema]) -> list[Schema]:
    """One `if` and `then` for every group of fields that hang on the same switch."""
    groups: dict[str, tuple[Schema, list[str]]] = {}
    for name, child in properties.items():
        if "x-when" in child and not child.get("readOnly"):
            groups.setdefault(repr(child["x-when"]), (child["x-when"], []))[1].append(name)
    return [_condition(when, names, properties) for when, names in groups.values()]


def _condition(when: dict[str, list[Any]], names: list[str], properties: dict[str, Schema]) -> Schema:
    switches = {name: {"enum": values} for name, values in when.items()}
    needs = {name: _need(properties[name]) for name in names}
    return {
        "if": {"properties": switches, "required": list(when)},
        "then": {"required": names, "properties": {name: need for name, need in needs.items() if need}},
    }


def _need(schema: Schema) -> Schema:
    """What a field that is required after all must be: not null, and long enough."""
    need = {"type": schema["type"]} if "type" in schema else {"not": {"type": "null"}}
    if "x-when-min-items" in schema:
        need["minItems"] = schema["x-when-min-items"]
    return need


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    null = {"type": "null"}
    if schema.keys() & {"oneOf", "not"}:
        return {"anyOf": [schema, null]}
    result = dict(schema)
    if "const" in schema:
        result["enum"] = [result.pop("const"), None]
    if "anyOf" in schema:
        result["anyOf"] = [*schema["anyOf"], null]
    if "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        result["type"] = types if "null" in types else [*types, "null"]
    if None not in schema.get("enum", [None]):
        result["enum"] = [*schema["enum"], None]
    return result


def _plain(schema: Schema) -> Schema:
    """Without our own keywords, and without those that only describe the file."""
    return {name: value for name, value in schema.items() if not name.startswith(("x-", "$")) and name != "readOnly"}
