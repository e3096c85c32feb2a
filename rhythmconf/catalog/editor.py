"""One JSON Schema of whole documents, for editors: takes the Catalog and the keys there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rhythmconf.catalog.field import qualify
from rhythmconf.catalog.inline import Schema
from rhythmconf.catalog.kind import Catalog, Kind
from rhythmconf.catalog.transform import DRAFT, REFERENCE, document_schema, keyed

KEY = "^[a-z0-9][a-z0-9._-]*$"
PARTIAL = "+files"
"""Added to a kind's name: its spec where `files` supplies some of the fields, so that none of them is required."""
_POINTER = {"type": "string", "pattern": "^(/([^~/]|~[01])*)+$"}

_MEMBERS: Schema = {
    "kind": {"description": "What it is; with its module where that isn't the project's default."},
    "key": {
        "description": "Your own name for it, unique within its kind; references name it.",
        "type": "string",
        "pattern": KEY,
    },
    "match": {"description": "In an overlay, instead of a key: every document of this kind.", "const": "*"},
    "spec": {
        "description": "What the record shall have. A field that is absent is not managed; null means no value.",
        "type": "object",
    },
    "files": {
        "description": "Texts from files beside this one: where in the spec, and which file.",
        "type": "object",
        "propertyNames": _POINTER,
        "additionalProperties": {"type": "string", "minLength": 1},
    },
    "moved": {
        "description": "Keys that this document had before: the record is renamed, not made anew.",
        "type": "array",
        "items": {"type": "string", "pattern": KEY},
        "uniqueItems": True,
    },
    "protect": {"description": "Refuse every plan that would delete the record.", "type": "boolean"},
    "skip": {"description": "Leave it out of this environment, and don't delete it there.", "type": "boolean"},
    "unmanaged": {
        "description": "Pointers into the spec of fields that are not managed in this environment.",
        "type": "array",
        "items": _POINTER,
    },
}


def editor_schema(catalog: Catalog, keys: Mapping[str, Sequence[str]] | None = None) -> Schema:
    """The schema of a document of any kind. `keys`, by qualified kind, are what reference fields suggest."""
    return _documents(catalog, keys or {})


def overlay_schema(catalog: Catalog, keys: Mapping[str, Sequence[str]] | None = None) -> Schema:
    """The same for overlays, which hold only what differs: no field is required."""
    made = _documents(catalog, keys or {})
    return {**made, "$defs": {name: _optional(one) for name, one in made["$defs"].items()}}


def _documents(catalog: Catalog, keys: Mapping[str, Sequence[str]]) -> Schema:
    names = sorted({name for kind in catalog.kinds.values() for name in _names(catalog, kind)})
    return {
        "$schema": DRAFT,
        "title": "rhythmconf document",
        "type": "object",
        "properties": {**_MEMBERS, "kind": {**_MEMBERS["kind"], "enum": names}},
        "required": ["kind"],
        "anyOf": [{"required": ["key"]}, {"required": ["match"]}],
        "additionalProperties": False,
        "allOf": [_branch(catalog, kind) for kind in catalog.kinds.values()],
        "$defs": {**_suggestions(keys), **_specs(catalog, keys)},
    }


def _names(catalog: Catalog, kind: Kind) -> list[str]:
    return [kind.short, kind.name] if kind.module == catalog.module else [kind.name]


def _branch(catalog: Catalog, kind: Kind) -> Schema:
    return {
        "if": {"properties": {"kind": {"enum": _names(catalog, kind)}}, "required": ["kind"]},
        "then": {
            "if": {"required": ["files"]},
            "then": {"properties": {"spec": {"$ref": _definition(kind.name + PARTIAL)}}},
            "else": {"properties": {"spec": {"$ref": _definition(kind.name)}}},
        },
    }


def _definition(name: str) -> str:
    return "#/$defs/" + name.replace("/", "~1")


def _suggestions(keys: Mapping[str, Sequence[str]]) -> Schema:
    return {f"keys/{kind}": {"enum": list(names)} for kind, names in keys.items() if names}


def _specs(catalog: Catalog, keys: Mapping[str, Sequence[str]]) -> Schema:
    whole = {name: _spec(kind, keys) for name, kind in catalog.kinds.items()}
    return {**whole, **{name + PARTIAL: _optional(one) for name, one in whole.items()}}


def _spec(kind: Kind, keys: Mapping[str, Sequence[str]]) -> Schema:
    return document_schema(kind.schema, lambda schema: _suggesting(schema, kind.module, keys))


def _suggesting(schema: Schema, module: str, keys: Mapping[str, Sequence[str]]) -> Schema:
    """A reference that may be any key, and offers those that there are."""
    named = [schema[name] for name in ("x-ref", "x-external") if name in schema]
    kinds = [qualify(one, module) for names in named for one in ([names] if isinstance(names, str) else names)]
    offered = [{"$ref": _definition(f"keys/{kind}")} for kind in kinds if keys.get(kind)]
    if not offered:
        return keyed(schema)
    plain = {name: value for name, value in keyed(schema).items() if name not in ("type", "pattern")}
    return {**plain, "anyOf": [*offered, {"type": "string", "pattern": REFERENCE}]}


def _optional(schema: Schema) -> Schema:
    """Without requirements, at any depth; a property that is itself called `required` stays."""
    kept = {name: value for name, value in schema.items() if name not in ("required", "allOf")}
    if "properties" in kept:
        kept["properties"] = {name: _optional(one) for name, one in kept["properties"].items()}
    if isinstance(kept.get("items"), dict):
        kept["items"] = _optional(kept["items"])
    return kept
