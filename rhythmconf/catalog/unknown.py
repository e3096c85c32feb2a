"""Find the fields of records that no schema describes.

No document can have them, so nothing compares or copies them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rhythmconf.catalog.field import Field
from rhythmconf.catalog.kind import Kind
from rhythmconf.model import Body, Json

EMPTY: tuple[Json, ...] = (None, "", [], {})
"""The values that say nothing: a copy without such a field lacks nothing."""


class UnknownField(NamedTuple):
    """A field that records of a kind have and the schema doesn't.

    `path` has dots between members and `[]` for the items of a list. `records` names the records in which it has a
    value, `empty` counts those in which it has none.
    """

    kind: str
    path: str
    records: tuple[str, ...]
    empty: int


def find_unknown_fields(kind: Kind, records: Iterable[tuple[str, Body]]) -> list[UnknownField]:
    """Return the unknown fields of some records, each given by a name and its body, in the order of paths."""
    having: dict[str, list[str]] = {}
    empty: dict[str, int] = {}
    for name, body in records:
        seen: dict[str, bool] = {}
        for path, value in _unknown(kind.root, body, ""):
            seen[path] = seen.get(path, False) or value not in EMPTY
        for path, has_value in seen.items():
            if has_value:
                having.setdefault(path, []).append(name)
            else:
                empty[path] = empty.get(path, 0) + 1
    return [
        UnknownField(kind.name, path, tuple(having.get(path, ())), empty.get(path, 0))
        for path in sorted(having.keys() | empty.keys())
    ]


def _unknown(field: Field, value: Json, path: str) -> Iterator[tuple[str, Json]]:
    if isinstance(value, list):
        if field.items is not None:
            for item in value:
                yield from _unknown(field.items, item, f"{path}[]")
    elif isinstance(value, dict) and field.fields is not None:
        for name, member in value.items():
            child = field.fields.get(name)
            where = f"{path}.{name}" if path else name
            if child is None:
                if not (field.allows(name) or is_the_tenants_own(name, path)):
                    yield where, member
            elif not child.read_only and isinstance(member, dict | list):
                yield from _unknown(child, member, where)


def is_the_tenants_own(name: str, path: str = "") -> bool:
    """Tell whether a field that no schema names is one that only tenants set. `path` leads to its object."""
    return name.startswith("sys_") or (name == "id" and not path)
