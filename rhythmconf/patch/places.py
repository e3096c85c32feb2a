"""Places in a document, by path: read, insert, remove; documents are never changed but rebuilt along the path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from rhythmconf.patch.values import Json, escape

Path: TypeAlias = tuple[str | int, ...]


def pointer(path: Path) -> str:
    """The path as RFC 6901 writes it."""
    return "".join(f"/{escape(token) if isinstance(token, str) else token}" for token in path)


def get(document: Json, path: Path) -> Json:
    """The value at a path that is there."""
    for token in path:
        document = document[token]  # type: ignore[index]
    return document


def walk(value: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Every value with its path, outer ones first."""
    yield path, value
    if isinstance(value, dict):
        for key, member in value.items():
            yield from walk(member, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from walk(item, (*path, index))


def insert(document: Json, path: Path, value: Json) -> Json:
    """The document with the value at `path`: over a member or the root, before an item."""
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
    """The document without what stands at `path`, which isn't the root."""
    token, rest = path[0], path[1:]
    if isinstance(document, dict) and isinstance(token, str):
        if rest:
            return {**document, token: remove(document[token], rest)}
        return {key: member for key, member in document.items() if key != token}
    if isinstance(document, list) and isinstance(token, int):
        return [*document[:token], *([remove(document[token], rest)] if rest else []), *document[token + 1 :]]
    raise LookupError(f"nothing stands at {path}")


def inside(path: Path, outer: Path) -> bool:
    """Whether a path is `outer` or leads through it."""
    return path[: len(outer)] == outer


def without(path: Path, gone: Path) -> Path:
    """A path beside `gone` as it is once that was removed."""
    return _shifted(path, gone, -1) if _behind(path, gone, 1) else path


def behind(path: Path, new: Path) -> Path:
    """A path as it is once something was inserted at `new`."""
    return _shifted(path, new, 1) if _behind(path, new, 0) else path


def _behind(path: Path, other: Path, least: int) -> bool:
    """Whether a path leads to or through an item of the same array, at least so many places behind `other`."""
    depth = len(other) - 1
    if depth < 0 or len(path) <= depth or not inside(path, other[:depth]):
        return False
    token, last = path[depth], other[depth]
    return isinstance(token, int) and isinstance(last, int) and token >= last + least


def _shifted(path: Path, other: Path, by: int) -> Path:
    depth = len(other) - 1
    token = path[depth]
    return (*path[:depth], token + by if isinstance(token, int) else token, *path[depth + 1 :])
