"""Read, insert and remove values by path. A document is never changed, but rebuilt along the path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from rhythmconf.patch.values import Json, escape

Path: TypeAlias = tuple[str | int, ...]


def pointer(path: Path) -> str:
    """Return the path as an RFC 6901 pointer."""
    return "".join(f"/{escape(token) if isinstance(token, str) else token}" for token in path)


def get(document: Json, path: Path) -> Json:
    """Return the value at a path that exists."""
    for token in path:
        document = document[token]  # type: ignore[index]
    return document


def iterate(value: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Yield every value with its path, outer ones first."""
    yield path, value
    if isinstance(value, dict):
        for key, member in value.items():
            yield from iterate(member, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from iterate(item, (*path, index))


def insert(document: Json, path: Path, value: Json) -> Json:
    """Return the document with the value at `path`: in place of a member or the root, before an item."""
    if not path:
        return value
    token, rest = path[0], path[1:]
    if isinstance(document, dict) and isinstance(token, str):
        return {**document, token: insert(document[token], rest, value) if rest else value}
    if isinstance(document, list) and isinstance(token, int):
        item = insert(document[token], rest, value) if rest else value
        return [*document[:token], item, *document[token + bool(rest) :]]
    raise LookupError(f"nothing can be inserted at {path}")


def remove(document: Json, path: Path) -> Json:
    """Return the document without the value at `path`, which isn't the root."""
    token, rest = path[0], path[1:]
    if isinstance(document, dict) and isinstance(token, str):
        if rest:
            return {**document, token: remove(document[token], rest)}
        return {key: member for key, member in document.items() if key != token}
    if isinstance(document, list) and isinstance(token, int):
        return [*document[:token], *([remove(document[token], rest)] if rest else []), *document[token + 1 :]]
    raise LookupError(f"there is no value at {path}")


def is_inside(path: Path, outer: Path) -> bool:
    """Whether a path is `outer` or leads through it."""
    return path[: len(outer)] == outer


def after_removal(path: Path, removed: Path) -> Path:
    """Return a path, not one inside `removed`, as it is once the value at `removed` is gone."""
    return _shift(path, removed, -1) if _is_behind(path, removed, 1) else path


def after_insertion(path: Path, inserted: Path) -> Path:
    """Return a path as it is once a value was inserted at `inserted`."""
    return _shift(path, inserted, 1) if _is_behind(path, inserted, 0) else path


def _is_behind(path: Path, other: Path, least: int) -> bool:
    """Whether a path leads to or through an item of the same array, at least `least` positions behind `other`."""
    depth = len(other) - 1
    if depth < 0 or len(path) <= depth or not is_inside(path, other[:depth]):
        return False
    token, last = path[depth], other[depth]
    return isinstance(token, int) and isinstance(last, int) and token >= last + least


def _shift(path: Path, other: Path, by: int) -> Path:
    depth = len(other) - 1
    token = path[depth]
    return (*path[:depth], token + by if isinstance(token, int) else token, *path[depth + 1 :])
