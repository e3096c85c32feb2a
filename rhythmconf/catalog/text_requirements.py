"""Separate what the texts of `files` may supply from what a spec must have itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from rhythmconf.catalog.inline import Schema


class TextRequirement(NamedTuple):
    """A schema of a spec that requires one field, unless an entry of `files` matches `pattern`.

    Such an entry is the field itself, or a field inside it. In a list the pattern stands for any item: where one item
    has its text in a file, none of the others has to have that field.
    """

    pattern: str
    spec: Schema


def separate(schema: Schema, pattern: str = "^") -> tuple[Schema, list[TextRequirement]]:
    """Return the schema without the fields that a text may supply, and what requires each of them.

    `pattern` matches the pointer to what the schema is about.
    """
    kept = dict(schema)
    requirements: list[TextRequirement] = []

    def descend(child: Schema, pattern: str, around: Callable[[Schema], Schema]) -> Schema:
        rest, inner = separate(child, pattern)
        requirements.extend(TextRequirement(each.pattern, around(each.spec)) for each in inner)
        return rest

    if "properties" in schema:
        kept["properties"] = {
            name: descend(child, _below(pattern, name), partial(_member_is, name))
            for name, child in schema["properties"].items()
        }
    if isinstance(schema.get("items"), dict):
        kept["items"] = descend(schema["items"], f"{pattern}/[0-9]+", lambda inner: {"items": inner})
    if "then" in schema:
        kept["then"] = descend(schema["then"], pattern, lambda inner: {"if": schema["if"], "then": inner})
    if "allOf" in schema:
        kept["allOf"] = [descend(child, pattern, lambda inner: inner) for child in schema["allOf"]]
    members = schema.get("properties", {})
    texts = [name for name in schema.get("required", ()) if _may_hold_text(members.get(name, {}))]
    if texts:
        kept["required"] = [name for name in schema["required"] if name not in texts]
        requirements += [TextRequirement(f"{_below(pattern, name)}(/|$)", {"required": [name]}) for name in texts]
    return kept, requirements


def _member_is(name: str, schema: Schema) -> Schema:
    return {"properties": {name: schema}}


def _below(pattern: str, name: str) -> str:
    token = name.replace("~", "~0").replace("/", "~1")
    return pattern + "/" + re.sub(r"([$()*+.?\[\\\]^{|}])", r"\\\1", token)


def _may_hold_text(schema: Schema) -> bool:
    """Tell whether a field can be a text or have one inside, other than in a list, which `files` can't begin."""
    types = schema.get("type", "string")
    if "string" in types:
        return True
    return "object" in types and ("properties" not in schema or any(map(_may_hold_text, schema["properties"].values())))
