"""Replace the local `$ref`s of a schema file, so that the rest of the code sees one tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from rhythmconf.errors import CatalogError
from rhythmconf.model import MISSING, at

Schema: TypeAlias = dict[str, Any]
"""One JSON Schema object; its keywords have too many types for a closer annotation."""

Fault: TypeAlias = Callable[[tuple[str, ...], str, str | None], CatalogError]
"""Makes the error about a place of a schema: its path, the message and the help."""

_MAPS = ("properties", "patternProperties", "dependentSchemas")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")
_REFERENCE = ("x-ref", "x-external")


def inline(schema: Schema, fault: Fault) -> Schema:
    """Return the schema with every local `$ref` replaced by its target; keywords beside a `$ref` override the target's.

    Raises the error that `fault` makes for a `$ref` that is not local, names nothing, or refers to itself.
    """
    tree: Schema = _Inliner(schema, fault).node(schema, (), ())
    tree.pop("$defs", None)
    return tree


class _Inliner:
    """Expands one file. Each definition is expanded once and shared from then on."""

    def __init__(self, root: Schema, fault: Fault) -> None:
        self.root = root
        self.fault = fault
        self.expanded: dict[str, Schema] = {}

    def node(self, schema: Any, path: tuple[str, ...], trail: tuple[str, ...]) -> Any:
        """Return `schema` expanded. `path` leads to it in the file, `trail` has the `$ref`s that led there."""
        if not isinstance(schema, dict):  # true and false are schemas too
            return schema
        keywords = {name: self.keyword(name, value, path, trail) for name, value in schema.items() if name != "$ref"}
        if "$ref" not in schema:
            return _push_down(keywords)
        target = self.target(schema["$ref"], path, trail)
        return _push_down({**target, **keywords}) if keywords else target

    def keyword(self, name: str, value: Any, path: tuple[str, ...], trail: tuple[str, ...]) -> Any:
        if name in _MAPS:
            return {key: self.node(child, (*path, name, key), trail) for key, child in value.items()}
        if name in _LISTS:
            return [self.node(child, (*path, name, str(index)), trail) for index, child in enumerate(value)]
        if name in _SINGLE:
            return self.node(value, (*path, name), trail)
        return value

    def target(self, name: str, path: tuple[str, ...], trail: tuple[str, ...]) -> Schema:
        if name in trail:
            raise self.fault(path, f"$ref '{name}' refers to itself", None)
        if name not in self.expanded:
            definition = at(self.root, name[1:]) if name.startswith("#") else MISSING
            if not isinstance(definition, dict):
                raise self.fault(
                    path,
                    f"$ref '{name}' names nothing in this file",
                    "put the definition under $defs of the same file and write '#/$defs/NAME'",
                )
            self.expanded[name] = self.node(definition, tuple(name[2:].split("/")), (*trail, name))
        return self.expanded[name]


def _push_down(schema: Schema) -> Schema:
    """Move a reference keyword from an array to its items, which are the references."""
    items = schema.get("items")
    if not isinstance(items, dict) or not any(name in schema for name in _REFERENCE):
        return schema
    moved = {name: schema.pop(name) for name in _REFERENCE if name in schema}
    schema["items"] = {**items, **moved}
    return schema
