"""Make the JSON Schema of whole documents that editors use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rhythmconf.catalog.field import qualify
from rhythmconf.catalog.inline import Schema
from rhythmconf.catalog.kind import Catalog, Kind
from rhythmconf.catalog.text_requirements import TextRequirement, separate
from rhythmconf.catalog.transform import DRAFT, REFERENCE, document_schema, keyed

KEY = "^[a-z0-9][a-z0-9._-]*$"
_POINTER = {"type": "string", "pattern": "^(/([^~/]|~[01])*)+$"}

_MEMBERS: Schema = {
    "kind": {"description": "The kind of the record; `module/kind` where the module isn't the project's default."},
    "key": {
        "description": "Your name for the record, unique within its kind. References use it.",
        "type": "string",
        "pattern": KEY,
    },
    "match": {"description": "In an overlay, instead of a key: applies to every document of this kind.", "const": "*"},
    "spec": {
        "description": "The fields of the record. An absent field is not managed; null means no value.",
        "type": "object",
    },
    "files": {
        "description": "Long texts in files of their own: pointer into the spec, and path relative to this file.",
        "type": "object",
        "propertyNames": _POINTER,
        "additionalProperties": {"type": "string", "minLength": 1},
    },
    "moved": {
        "description": "Former keys of this document: the record is kept, not created again.",
        "anyOf": [
            {"type": "string", "pattern": KEY},
            {"type": "array", "items": {"type": "string", "pattern": KEY}, "minItems": 1},
        ],
    },
    "protect": {"description": "Refuse every plan that would delete the record.", "type": "boolean"},
    "skip": {
        "description": "Neither change nor delete the record in this environment.",
        "type": "boolean",
    },
    "unmanaged": {
        "description": "Pointers to fields of the spec that are not managed in this environment.",
        "type": "array",
        "items": _POINTER,
    },
}


def editor_schema(catalog: Catalog, keys: Mapping[str, Sequence[str]] | None = None) -> Schema:
    """Return the schema of a document of any kind. Reference fields suggest the `keys` of each qualified kind."""
    separated = {name: separate(schema) for name, schema in _specs(catalog, keys or {}).items()}
    branches = {
        name: {"allOf": [_spec_is(_spec_of(name)), *map(_unless_in_files, requirements)]}
        for name, (_, requirements) in separated.items()
    }
    specs = {name: schema for name, (schema, _) in separated.items()}
    return _documents(catalog, branches, {**_suggestions(keys or {}), **specs})


def overlay_schema(catalog: Catalog, keys: Mapping[str, Sequence[str]] | None = None) -> Schema:
    """Return the schema of overlays. They have only what differs, so no field is required."""
    specs = {name: _optional(schema) for name, schema in _specs(catalog, keys or {}).items()}
    branches = {name: _spec_is(_spec_of(name)) for name in specs}
    return _documents(catalog, branches, {**_suggestions(keys or {}), **specs})


def _documents(catalog: Catalog, branches: Mapping[str, Schema], definitions: Schema) -> Schema:
    kinds = [kind for kind in catalog.kinds.values() if kind.is_managed]
    names = sorted({name for kind in kinds for name in _names(catalog, kind)})
    return {
        "$schema": DRAFT,
        "title": "rhythmconf document",
        "type": "object",
        "properties": {**_MEMBERS, "kind": {**_MEMBERS["kind"], "enum": names}},
        "required": ["kind"],
        "anyOf": [{"required": ["key"]}, {"required": ["match"]}],
        "additionalProperties": False,
        "allOf": [
            {
                "if": {"properties": {"kind": {"enum": _names(catalog, kind)}}, "required": ["kind"]},
                "then": branches[kind.name],
            }
            for kind in kinds
        ],
        "$defs": definitions,
    }


def _unless_in_files(requirement: TextRequirement) -> Schema:
    """Return the schema of a document that has a field in its spec, or its text in `files`."""
    return {
        "if": {"properties": {"files": {"propertyNames": {"not": {"pattern": requirement.pattern}}}}},
        "then": _spec_is(requirement.spec),
    }


def _names(catalog: Catalog, kind: Kind) -> list[str]:
    return [kind.short, kind.name] if kind.module == catalog.module else [kind.name]


def _spec_is(spec: Schema) -> Schema:
    return {"properties": {"spec": spec}}


def _spec_of(name: str) -> Schema:
    return {"$ref": _definition(name)}


def _definition(name: str) -> str:
    return "#/$defs/" + name.replace("/", "~1")  # `$ref` is a JSON Pointer, and names of kinds have a slash


def _suggestions(keys: Mapping[str, Sequence[str]]) -> Schema:
    return {f"keys/{kind}": {"enum": list(names)} for kind, names in keys.items() if names}


def _specs(catalog: Catalog, keys: Mapping[str, Sequence[str]]) -> dict[str, Schema]:
    return {name: _spec(kind, keys) for name, kind in catalog.kinds.items()}


def _spec(kind: Kind, keys: Mapping[str, Sequence[str]]) -> Schema:
    return document_schema(kind.schema, lambda schema: _suggesting(schema, kind.module, keys))


def _suggesting(schema: Schema, module: str, keys: Mapping[str, Sequence[str]]) -> Schema:
    """Return the schema of a reference that suggests the existing keys but allows any other."""
    named = [schema[name] for name in ("x-ref", "x-external") if name in schema]
    kinds = [qualify(one, module) for names in named for one in ([names] if isinstance(names, str) else names)]
    offered = [{"$ref": _definition(f"keys/{kind}")} for kind in kinds if keys.get(kind)]
    if not offered:
        return keyed(schema)
    # Editors complete from `enum`; the pattern beside it lets keys pass that no document declares.
    plain = {name: value for name, value in keyed(schema).items() if name not in ("type", "pattern")}
    return {**plain, "anyOf": [*offered, {"type": "string", "pattern": REFERENCE}]}


def _optional(schema: Schema) -> Schema:
    """Return the schema without requirements, at any depth. A property named `required` is not a requirement."""
    # `allOf` has the conditions made of `x-when`, which only require fields.
    kept = {name: value for name, value in schema.items() if name not in ("required", "allOf")}
    if "properties" in kept:
        kept["properties"] = {name: _optional(one) for name, one in kept["properties"].items()}
    if isinstance(kept.get("items"), dict):
        kept["items"] = _optional(kept["items"])
    return kept
