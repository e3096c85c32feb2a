"""Derive two schemas from that of a kind: one for documents, one for records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rhythmconf.catalog.inline import Schema

REFERENCE = r"^(id:\S(.*\S)?|(([a-z][a-z0-9-]*/)?[A-Za-z0-9]+/)?[a-z0-9][a-z0-9._-]*)$"
"""The text of a reference: `key`, `kind/key`, `module/kind/key`, or `id:` and an id of the tenant."""

DRAFT = "https://json-schema.org/draft/2020-12/schema"

_TEXT_RULES = ("pattern", "minLength", "maxLength", "format", "enum", "const", "examples", "default")
_REQUIREMENTS = ("required", "minItems", "dependentRequired", "x-when", "x-when-min-items")
_Reference = Callable[[Schema], Schema]


def is_reference(schema: Schema) -> bool:
    """Tell whether the schema of a string says that it is a reference."""
    return "x-ref" in schema or "x-external" in schema


def keyed(schema: Schema) -> Schema:
    """Return the schema of a reference as documents write it: a key instead of an id."""
    kept = {name: value for name, value in schema.items() if name not in _TEXT_RULES}
    return {**kept, "type": "string", "pattern": REFERENCE}


def document_schema(schema: Schema, reference: _Reference = keyed) -> Schema:
    """Return the schema of a document's `spec`.

    It refuses fields that the tenant sets (`readOnly`) and unknown fields. What isn't required may be null. References
    are keys, described by `reference`. `x-when` becomes `if` and `then`.
    """
    return {"$schema": DRAFT, **_document(schema, reference)}


def _document(schema: Schema, reference: _Reference) -> Schema:
    if is_reference(schema):
        return _plain(reference(schema))
    result = _plain(schema)
    if "properties" in schema:
        writable = {name: child for name, child in schema["properties"].items() if not child.get("readOnly")}
        result |= _object(schema, writable, lambda child: _document(child, reference))
        # A kind may allow further fields explicitly; else an unknown one is most likely misspelt.
        result.setdefault("additionalProperties", False)
    if isinstance(schema.get("items"), dict):
        result["items"] = _document(schema["items"], reference)
    if schema.get("x-list-type") == "set":
        result["uniqueItems"] = True
    return result


def record_schema(schema: Schema) -> Schema:
    """Return the schema of a record that is sent to the tenant. It allows what the vendor's API allows.

    Unknown fields pass. Fields that the tenant sets are checked but not required. What isn't required may be null.
    """
    return {"$schema": DRAFT, **_record(schema)}


def _record(schema: Schema) -> Schema:
    result = _plain(schema)
    if "properties" in schema:
        result |= _object(schema, schema["properties"], _record)
        # The tenant may have fields that the schema doesn't know yet.
        result.pop("additionalProperties", None)
    if isinstance(schema.get("items"), dict):
        result["items"] = _record(schema["items"])
    return result


def _object(schema: Schema, properties: dict[str, Schema], child: Callable[[Schema], Schema]) -> Schema:
    """Return the keywords of an object with these properties, each transformed by `child`."""
    writable = {name for name, member in properties.items() if not member.get("readOnly")}
    required = [name for name in schema.get("required", ()) if name in writable]
    members = {name: child(_suspended(member) if "x-when" in member else member) for name, member in properties.items()}
    result: Schema = {
        "properties": {name: member if name in required else nullable(member) for name, member in members.items()},
        "required": required,
    }
    conditions = _conditions(properties)
    if conditions:
        result["allOf"] = [*schema.get("allOf", ()), *conditions]
    return result


def _suspended(schema: Schema) -> Schema:
    """Return the schema of a field whose switch may be off: at any depth, nothing in it is required.

    A tenant keeps such a field empty or half filled. `_conditions` requires what is needed while the switch is on.
    """
    kept = {name: value for name, value in schema.items() if name not in _REQUIREMENTS}
    if "properties" in kept:
        kept["properties"] = {name: _suspended(child) for name, child in kept["properties"].items()}
    if isinstance(kept.get("items"), dict):
        kept["items"] = _suspended(kept["items"])
    return kept


def _requirements(schema: Schema) -> Schema:
    """Return the part of a schema that `_suspended` leaves out, as a schema beside it."""
    result: Schema = {name: schema[name] for name in ("minItems", "dependentRequired") if name in schema}
    if "properties" in schema:
        writable = {name: child for name, child in schema["properties"].items() if not child.get("readOnly")}
        required = [name for name in schema.get("required", ()) if name in writable]
        # What depends on a switch of its own is in the conditions.
        needs = {
            name: (_not_null(child) if name in required else {}) | _requirements(child)
            for name, child in writable.items()
            if "x-when" not in child
        }
        result |= {"required": required} if required else {}
        result |= {"properties": some} if (some := {name: need for name, need in needs.items() if need}) else {}
        result |= {"allOf": conditions} if (conditions := _conditions(schema["properties"])) else {}
    if isinstance(schema.get("items"), dict) and (items := _requirements(schema["items"])):
        result["items"] = items
    return result


def _conditions(properties: dict[str, Schema]) -> list[Schema]:
    """Return one `if` and `then` for each group of fields that depend on the same switches."""
    # A condition is a mapping, which can't be a key, so its text groups the fields.
    groups: dict[str, tuple[Schema, list[str]]] = {}
    for name, child in properties.items():
        if "x-when" in child and not child.get("readOnly"):
            groups.setdefault(repr(child["x-when"]), (child["x-when"], []))[1].append(name)
    return [_condition(when, names, properties) for when, names in groups.values()]


def _condition(when: dict[str, list[Any]], names: list[str], properties: dict[str, Schema]) -> Schema:
    switches = {name: {"enum": values} for name, values in when.items()}
    needs = {name: _requirements(properties[name]) | _need(properties[name]) for name in names}
    return {
        "if": {"properties": switches, "required": list(when)},
        "then": {"required": names, "properties": {name: need for name, need in needs.items() if need}},
    }


def _need(schema: Schema) -> Schema:
    """Return what a field must satisfy while it is required: not null, and enough items."""
    more = {"minItems": schema["x-when-min-items"]} if "x-when-min-items" in schema else {}
    return {**_not_null(schema), **more}


def _not_null(schema: Schema) -> Schema:
    return {"type": schema["type"]} if "type" in schema else {"not": {"type": "null"}}


def nullable(schema: Schema) -> Schema:
    """Return the schema that also allows null."""
    null = {"type": "null"}
    # These two can't be extended: the schema is wrapped as a whole.
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
    """Return the schema without rhythmconf's keywords, and without those that only describe the file."""
    return {name: value for name, value in schema.items() if not name.startswith(("x-", "$")) and name != "readOnly"}
