"""Write JSON values as lines of YAML in the canonical style: members in schema order, short lists on one line."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rhythmconf.catalog import OPAQUE, Field
from rhythmconf.model import Body, Json
from rhythmconf.text.scribe.scalars import WriteScalar, literal_block, write_in_flow, write_scalar

WIDTH = 100
ROW_MEMBERS = 4
ROW_DEPTH = 3
"""From this depth on (a document has depth 0, its spec 1) a small object of scalars is written on one line."""


def ordered(value: Body, field: Field) -> Body:
    """Return the members in the order of the schema, then those that the schema doesn't know."""
    in_schema = [name for name in field.fields or {} if name in value]
    return {name: value[name] for name in dict.fromkeys((*in_schema, *value))}


def child(field: Field, name: str) -> Field:
    """Return the Field of a member; an opaque one where the schema doesn't know it."""
    return (field.fields or {}).get(name, OPAQUE)


def items(field: Field) -> Field:
    """Return the Field of the items of a list."""
    return field.items or OPAQUE


def write_flow(value: Json, field: Field, write: WriteScalar = write_in_flow) -> str:
    """Return a value on one line, whatever its length."""
    if isinstance(value, dict):
        members = [write_flow_member(name, member, field, write) for name, member in ordered(value, field).items()]
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(write_flow(item, items(field), write) for item in value) + "]"
    return write(value)


def write_flow_members(value: Body) -> str:
    """Return the members of an object as YAML on one line each, whatever their length."""
    return "\n".join(write_flow_member(name, member, OPAQUE) for name, member in value.items())


def write_flow_member(name: str, value: Json, parent: Field, write: WriteScalar = write_in_flow) -> str:
    """Return one member of an object on one line."""
    return f"{write(name)}: {write_flow(value, child(parent, name), write)}"


def value_lines(value: Json, field: Field, *, indent: int, depth: int, width: int = WIDTH) -> list[str]:
    """Return the lines of a value after `name:` or `-`: the first goes behind it, the others are indented already.

    An empty first line means that the value begins below. `width` is how many columns the first line has.
    """
    inline = _inline(value, field, depth)
    if inline is not None and (len(inline) <= width or not isinstance(value, dict | list)):
        return [inline]
    if inline is not None and isinstance(value, dict) and len(inline) + indent <= WIDTH:
        return ["", f"{' ' * indent}{inline}"]
    if isinstance(value, str):
        header, *below = literal_block(value) or [write_scalar(value)]
        return [header, *(f"{' ' * indent}{line}" if line else "" for line in below)]
    return ["", *_block(value, field, indent=indent, depth=depth)]


def ends_in_block(value: Json, field: Field) -> bool:
    """Tell whether a value ends with a literal block. A comment below it, indented as deep, would become text."""
    if isinstance(value, dict) and value:
        name = [*ordered(value, field)][-1]
        return ends_in_block(value[name], child(field, name))
    if isinstance(value, list) and value:
        return ends_in_block(value[-1], items(field))
    return isinstance(value, str) and literal_block(value) is not None


def member_lines(name: str, value: Json, field: Field, *, indent: int, depth: int) -> list[str]:
    """Return one member of a block mapping at column `indent`; `depth` and `field` are those of its value."""
    head = f"{' ' * indent}{write_scalar(name)}:"
    first, *below = value_lines(value, field, indent=indent + 2, depth=depth, width=WIDTH - len(head) - 1)
    return [f"{head} {first}" if first else head, *below]


def item_lines(value: Json, field: Field, *, indent: int, depth: int) -> list[str]:
    """Return one item of a block list whose dash is at column `indent`."""
    first, *below = value_lines(value, field, indent=indent + 2, depth=depth, width=WIDTH - indent - 2)
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
    """Return the value on one line if the canonical style allows it, else None."""
    if isinstance(value, str):
        return None if literal_block(value) else write_scalar(value)
    if isinstance(value, dict):
        is_row = depth >= ROW_DEPTH and len(value) <= ROW_MEMBERS and _are_short(value.values())
        return write_flow(value, field) if not value or is_row else None
    if isinstance(value, list):
        return write_flow(value, field) if _are_short(value) else None
    return write_scalar(value)


def _are_short(values: Collection[Json]) -> bool:
    return not any(isinstance(value, dict | list) or (isinstance(value, str) and "\n" in value) for value in values)
