"""A schema file without its local `$ref`s: takes the file's JSON, gives one tree that the other rooms can walk."""

from __future__ import annotations

from typing import Any, TypeAlias

from rhythmconf.errors import CatalogError
from rhythmconf.model import MISSING, at, pointer

Schema: TypeAlias = dict[str, Any]
"""One JSON Schema object; its keywords have too many shapes for a closer type."""

_MAPS = ("properties", "patternProperties", "dependentSchemas")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")
_REFERENCE = ("x-ref", "x-external")


def inline(schema: Schema, file: str) -> Schema:
    """Replace every local `$ref` by what it names; keywords beside a `$ref` win over those it brings.

    Raises CatalogError for a `$ref` that is not local, names nothing, or leads back to itself.
    """
    tree: Schema = _Inliner(schema, file).node(schema, (), ())
    tree.pop("$defs", None)
    return tree


class _Inliner:
    """One file while it is read: every definition is expanded once and shared from then on."""

    def __init__(self, root: Schema, file: str) -> None:
        self.root = root
        self.file = file
        self.known: dict[str, Schema] = {}

    def node(self, schema: Any, path: tuple[str, ...], trail: tuple[str, ...]) -> Any:
        """`path` leads to `schema` in the file, `trail` are the `$ref`s that led there; true and false stay."""
        if not isinstance(schema, dict):
            return schema
        made = {name: self.keyword(name, value, path, trail) for name, value in schema.items() if name != "$ref"}
        if "$ref" not in schema:
            return _push_down(made)
        target = self.target(schema["$ref"], path, trail)
        return _push_down({**target, **made}) if made else target

    def keyword(self, name: str, value: Any, path: tuple[str, ...], trail: tuple[str, ...]) -> Any:
        if name in _MAPS:
            return {key: self.node(child, (*path, name, key), trail) for key, child in value.items()}
        if name in _LISTS:
            return [self.node(child, (*path, name, str(at)), trail) for at, child in enumerate(value)]
        if name in _SINGLE:
            return self.node(value, (*path, name), trail)
        return value

    def target(self, name: str, path: tuple[str, ...], trail: tuple[str, ...]) -> Schema:
        if name in trail:
            raise CatalogError(f"$ref '{name}' leads back to itself", where=f"{self.file}#{pointer(path)}")
        if name not in self.known:
            found = at(self.root, name[1:]) if name.startswith("#") else MISSING
            if not isinstance(found, dict):
                raise CatalogError(
                    f"$ref '{name}' names nothing in this file",
                    where=f"{self.file}#{pointer(path)}",
                    help="definitions stand under $defs of the same file: '#/$defs/NAME'",
                )
            self.known[name] = self.node(found, tuple(name[2:].split("/")), (*trail, name))
        return self.known[name]


def _push_down(schema: Schema) -> Schema:
    """Move a reference keyword from an array to its items, where the references stand."""
    items = schema.get("items")
    if not isinstance(items, dict) or not any(name in schema for name in _REFERENCE):
        return schema
    moved = {name: schema.pop(name) for name in _REFERENCE if name in schema}
    schema["items"] = {**items, **moved}
    return schema
