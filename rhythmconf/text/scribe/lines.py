"""JSON values to lines of YAML in the canonical style: members in the order of the schema, short lists on one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rhythmconf.catalog import OPAQUE, Field
from rhythmconf.model import Body, Json
from rhythmconf.text.scribe.scalars import Words, in_flow, literal, scalar

WIDTH = 100
ROW_MEMBERS = 4
ROW_DEPTH = 3
"""From this depth on (a document is 0, its spec 1) a small object of scalars stands on one line."""


def ordered(value: Body, field: Field) -> Body:
    """The members in the order of the schema, then those that it doesn't know."""
    known = [name for name in field.fields or {} if name in value]
    return {name: value[name] for name in dict.fromkeys((*known, *value))}


def child(field: Field, name: str) -> Field:
    """What is known of a member; nothing for one that the schema doesn't know."""
    return (field.fields or {}).get(name, OPAQUE)


def items(field: Field) -> Field:
    """What is known of the items of a list."""
    return field.items or OPAQUE


def flow(value: Json, field: Field, words: Words = in_flow) -> str:
    """A value on one line, whatever its length."""
    if isinstance(value, dict):
        members = [flow_member(name, below, field, words) for name, below in ordered(value, field).items()]
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item, items(field), words) for item in value) + "]"
    return words(value)


def flow_member(name: str, value: Json, parent: Field, words: Words = in_flow) -> str:
    """One member of an object on one line."""
    return f"{words(name)}: {flow(value, child(parent, name), words)}"


def value_lines(value: Json, field: Field, *, indent: int, depth: int, room: int = WIDTH) -> list[str]:
    """What follows `name:` or `-`: the first line goes behind it, the others stand below, already indented.

    An empty first line means that everything stands below. `room` is how many columns the first line has.
    """
    inline = _inline(value, field, depth)
    if inline is not None and (len(inline) <= room or not isinstance(value, dict | list)):
        return [inline]
    if inline is not None and isinstance(value, dict) and len(inline) + indent <= WIDTH:
        return ["", f"{' ' * indent}{inline}"]
    if isinstance(value, str):
        header, *below = literal(value) or [scalar(value)]
        return [header, *(f"{' ' * indent}{line}" if line else "" for line in below)]
    return ["", *_block(value, field, indent=indent, depth=depth)]


def ends_in_block(value: Json, field: Field) -> bool:
    """Whether the last lines of a value are those of a literal text, which takes all that is as deep for its own."""
    if isinstance(value, dict) and value:
        name = [*ordered(value, field)][-1]
        return ends_in_block(value[name], child(field, name))
    if isinstance(value, list) and value:
        return ends_in_block(value[-1], items(field))
    return isinstance(value, str) and literal(value) is not None


def member_lines(name: str, value: Json, field: Field, *, indent: int, depth: int) -> list[str]:
    """One member of a block mapping at column `indent`; `depth` and `field` are those of its value."""
    head = f"{' ' * indent}{scalar(name)}:"
    first, *below = value_lines(value, field, indent=indent + 2, depth=depth, room=WIDTH - len(head) - 1)
    return [f"{head} {first}" if first else head, *below]


def item_lines(value: Json, field: Field, *, indent: int, depth: int) -> list[str]:
    """One item of a block list whose dash stands at column `indent`."""
    first, *below = value_lines(value, field, indent=indent + 2, depth=depth, room=WIDTH - indent - 2)
    if not first:
        first, *below = [below[0].lstrip(" "), *below[1:]]
    return [f"{' ' * indent}- {first}", *below]


def _block(value: Json, field: Field, *, indent: int, depth: int) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in ordered(value, field).items():
            yield from member_lines(name, member, child(field, name), indent=indent, depth=depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from item_lines(item, items(field), indent=indent, depth=depth + 1)


def _inline(value: Json, field: Field, depth: int) -> str | None:
    """The value on one line where that may be its style."""
    if isinstance(value, str):
        return None if literal(value) else scalar(value)
    if isinstance(value, dict):
        return flow(value, field) if not value or _is_row(value.values(), depth) else None
    if isinstance(value, list):
        return flow(value, field) if _are_short(value) else None
    return scalar(value)


def _is_row(values: Iterable[Json], depth: int) -> bool:
    found = list(values)
    return depth >= ROW_DEPTH and len(found) <= ROW_MEMBERS and _are_short(found)


def _are_short(values: Iterable[Json]) -> bool:
    return not any(isinstance(value, dict | list) or (isinstance(value, str) and "\n" in value) for value in values)
