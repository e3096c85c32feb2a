"""Write the value of a field for people who don't know JSON: `yes`, a list with commas, members one a line."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rhythmconf.model import MISSING, FieldChange, Json, Key, Missing
from rhythmconf.model.appearance import marked
from rhythmconf.report import display

Labels = Mapping[Key, str]
"""What records are called, by their keys as people read them."""


def describe_pair(field: FieldChange, old: Json | Missing, labels: Labels) -> tuple[str, str]:
    """Return a value that a field has or had, and its new value, with escapes for what differs and can't be seen.

    A text is empty where there is no value.
    """
    names = {id: labels.get(name, name.name) if isinstance(name, Key) else name for id, name in field.names}
    before, after = describe(old, names), describe(field.new, names)
    if before == after:
        # The text 1 and the number 1 look the same, and so do no value and an empty one.
        before, after = display.brief(old, field.names), display.brief(field.new, field.names)
    return marked(before, after) if before and after else (before, after)


def describe(value: Json | Missing, names: Mapping[str, str], depth: int = 0) -> str:
    """Return a value as text. `names` has what the records are called whose ids are in it."""
    if value is MISSING or value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        if value.keys() == {"$ref"}:
            return names.get(str(value["$ref"]), str(value["$ref"]))
        indent = "  " * depth
        lines = [f"{indent}{_humanise(name)}: {_below(item, names, depth)}" for name, item in value.items()]
        return "\n".join(lines)
    if isinstance(value, list):
        if any(isinstance(item, dict) and item.keys() != {"$ref"} for item in value):
            return "\n\n".join(describe(item, names, depth) for item in value)
        return ", ".join(describe(item, names) for item in value)
    return names.get(value, value) if isinstance(value, str) else display.exact(value)


def _below(value: Json, names: Mapping[str, str], depth: int) -> str:
    text = describe(value, names, depth + 1)
    return f"\n{text}" if "\n" in text or (isinstance(value, dict) and value.keys() != {"$ref"}) else text


def _humanise(name: str) -> str:
    return re.sub(r"_id(s?)$", r"\1", name).replace("_", " ")
