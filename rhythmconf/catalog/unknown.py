"""Find the fields of records that no schema describes.

No document can have them, so nothing compares or copies them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rhythmconf.catalog.field import Field
from rhythmconf.catalog.kind import Kind
from rhythmconf.model import Body, Json, canonical, same

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
    return _by_path(kind, ((name, _unknown(kind.root, body)) for name, body in records))


def find_lost_fields(kind: Kind, records: Iterable[tuple[str, Body, Body]]) -> list[UnknownField]:
    """Return the unknown fields of some records whose values their copies lack: each a name, its body and its copy."""
    return _by_path(kind, ((name, _lost(kind.root, body, copy)) for name, body, copy in records))


def _by_path(kind: Kind, records: Iterable[tuple[str, Iterable[_Unknown]]]) -> list[UnknownField]:
    """Gather the unknown values of some records by the paths of their fields."""
    having: dict[str, list[str]] = {}
    empty: dict[str, int] = {}
    for name, values in records:
        seen: dict[str, bool] = {}
        for path, _, value in values:
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


class _Unknown(NamedTuple):
    """One value that no schema describes. `items` tells in which items of the lists on its path it is."""

    path: str
    items: tuple[bytes | int, ...]
    value: Json


def _lost(field: Field, body: Body, copy: Body) -> Iterator[_Unknown]:
    copied = {(path, items): value for path, items, value in _unknown(field, copy)}
    for unknown in _unknown(field, body):
        if unknown.value not in EMPTY and not same(copied.get(unknown[:2]), unknown.value):
            yield unknown


def _unknown(field: Field, value: Json, path: str = "", items: tuple[bytes | int, ...] = ()) -> Iterator[_Unknown]:
    if isinstance(value, list):
        if field.items is not None:
            for position, item in enumerate(value):
                yield from _unknown(field.items, item, f"{path}[]", (*items, _item(field, item, position)))
    elif isinstance(value, dict) and field.fields is not None:
        for name, member in value.items():
            child = field.fields.get(name)
            where = f"{path}.{name}" if path else name
            if child is None:
                if not (field.allows(name) or is_the_tenants_own(name, path)):
                    yield _Unknown(where, items, member)
            elif not child.read_only and isinstance(member, dict | list):
                yield from _unknown(child, member, where, items)


def _item(field: Field, item: Json, position: int) -> bytes | int:
    """Return what tells an item from the others of its list in any tenant: the key that its author chose, or its place.

    The first keys are often ids, which another tenant numbers in its own way.
    """
    names = field.map_keys[-1] if field.map_keys else ()
    if isinstance(item, dict) and names and all(name in item for name in names):
        return canonical([item[name] for name in names])
    return position


def is_the_tenants_own(name: str, path: str = "") -> bool:
    """Tell whether a field that no schema names is one that only tenants set. `path` leads to its object."""
    return name.startswith("sys_") or (name == "id" and not path)
