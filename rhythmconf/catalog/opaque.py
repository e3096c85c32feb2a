"""Find the texts of a record that its schema says nothing about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rhythmconf.catalog.field import Field, Tokens
from rhythmconf.model import Json


class OpaqueTrail(NamedTuple):
    """The part of a Field tree that leads to opaque values.

    `whole` marks an opaque value itself. In an object that allows further members, all but those in `known` are opaque.
    """

    whole: bool = False
    members: tuple[tuple[str, OpaqueTrail], ...] = ()
    items: OpaqueTrail | None = None
    known: frozenset[str] | None = None


def find_opaque(field: Field) -> OpaqueTrail | None:
    """Return the trail to all opaque values in a Field that a document may declare; None where there is none."""
    if field.targets or field.read_only or field.kind_of not in ("object", "array", "any"):
        return None
    if field.fields is None and field.items is None:
        return OpaqueTrail(whole=True)
    below = {name: find_opaque(child) for name, child in (field.fields or {}).items()}
    members = tuple((name, trail) for name, trail in below.items() if trail)
    items = find_opaque(field.items) if field.items else None
    known = frozenset(below) if field.fields and (field.open or field.patterns) else None
    return OpaqueTrail(members=members, items=items, known=known) if members or items or known is not None else None


def opaque_texts(trail: OpaqueTrail, value: Json, path: Tokens = ()) -> Iterator[tuple[Tokens, str]]:
    """Yield path and text of each string in the opaque parts of a value."""
    if trail.whole:
        yield from _texts(value, path)
    elif isinstance(value, list) and trail.items is not None:
        for position, item in enumerate(value):
            yield from opaque_texts(trail.items, item, (*path, position))
    elif isinstance(value, dict):
        for name, below in trail.members:
            if name in value:
                yield from opaque_texts(below, value[name], (*path, name))
        for name in value if trail.known is not None else ():
            if trail.known is not None and name not in trail.known:
                yield from _texts(value[name], (*path, name))


def _texts(value: Json, path: Tokens) -> Iterator[tuple[Tokens, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _texts(item, (*path, position))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(item, (*path, name))
