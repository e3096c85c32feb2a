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
        document = document[token]  # type: ignore[index,call-overload]
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
    """The path as it is once the value at `gone` was removed."""
    depth = len(gone) - 1
    if not inside(path, gone[:depth]) or len(path) <= depth:
        return path
    token, last = path[depth], gone[depth]
    if isinstance(token, int) and isinstance(last, int) and token > last:
        return (*path[:depth], token - 1, *path[depth + 1 :])
    return path
