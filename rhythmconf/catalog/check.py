"""What a meta-schema can't say about a kind: takes a Kind, raises CatalogError with file and pointer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from rhythmconf.catalog.field import Field
from rhythmconf.catalog.kind import Kind
from rhythmconf.errors import CatalogError
from rhythmconf.model import pointer

Problem = tuple[str, str]
"""Message and help."""


def check(kind: Kind, known: Collection[str]) -> None:
    """Raise CatalogError for the first field of `kind` whose keywords contradict each other or name nothing."""
    for path, field, parent in _walk(kind.root, None, ()):
        for rule in _RULES:
            for message, help in rule(field, parent, known):
                raise CatalogError(message, where=f"{kind.file}#{pointer(path)}", help=help)
    for name in kind.natural_key:
        if name not in (kind.root.fields or {}):
            raise CatalogError(f"natural key '{name}' is no field of {kind.name}", where=f"{kind.file}#/x-resource")


def _walk(
    field: Field, parent: Field | None, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Field, Field | None]]:
    """Every field with its parent and its path in the schema."""
    yield path, field, parent
    for name, child in (field.fields or {}).items():
        yield from _walk(child, field, (*path, "properties", name))
    if field.items is not None:
        yield from _walk(field.items, field, (*path, "items"))


def _list_type(field: Field, parent: Field | None, known: Collection[str]) -> Iterator[Problem]:
    if field.list_type is not None and field.kind_of != "array":
        yield "x-list-type stands on what is no array", "remove it, or say type: array"


def _map_keys(field: Field, parent: Field | None, known: Collection[str]) -> Iterator[Problem]:
    members = (field.items.fields if field.items else None) or {}
    for name in sorted({name for names in field.map_keys for name in names} - members.keys()):
        yield f"x-list-map-keys names '{name}', which is no field of the items", ""


def _when(field: Field, parent: Field | None, known: Collection[str]) -> Iterator[Problem]:
    siblings = (parent.fields if parent else None) or {}
    for name in field.when or ():
        if name not in siblings:
            yield f"x-when names '{name}', which is no field beside it", "a switch stands in the same object"


def _required(field: Field, parent: Field | None, known: Collection[str]) -> Iterator[Problem]:
    for name in sorted(field.required - (field.fields or {}).keys()):
        yield f"required names '{name}', which is no field here", ""


def _reference(field: Field, parent: Field | None, known: Collection[str]) -> Iterator[Problem]:
    if field.targets and field.kind_of != "string":
        yield "a reference stands on what is no string", "x-ref and x-external belong to strings and arrays of strings"
    for name in field.ref:
        if name not in known:
            yield f"x-ref names '{name}', which is no kind", "for a kind outside the catalogue, write x-external"


_RULES: tuple[Callable[[Field, Field | None, Collection[str]], Iterator[Problem]], ...] = (
    _list_type,
    _map_keys,
    _when,
    _required,
    _reference,
)
