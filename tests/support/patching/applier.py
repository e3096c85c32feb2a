"""Apply patches strictly by RFC 6902 and compare JSON values, independent of the code under test."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

Value = Any
Patch = Sequence[dict[str, Value]]


class Refused(Exception):
    """Raised if an operation is not allowed on a document."""


def equal(one: Value, other: Value) -> bool:
    """Compare JSON values: numbers by value, booleans only with booleans, members in any order."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(equal(*pair) for pair in zip(one, other, strict=True))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def freeze(value: Value) -> object:
    """Return a hashable value; two of them are equal exactly if the JSON values are."""
    if isinstance(value, dict):
        return frozenset((key, freeze(member)) for key, member in value.items())
    if isinstance(value, list):
        return tuple(freeze(item) for item in value)
    return ("true" if value else "false",) * 2 if isinstance(value, bool) else ("", value)


def clone(value: Value) -> Value:
    """Return a deep copy."""
    if isinstance(value, dict):
        return {key: clone(member) for key, member in value.items()}
    return [clone(item) for item in value] if isinstance(value, list) else value


def cost(value: Value) -> int:
    """Return the bytes of compact JSON in UTF-8; a lone surrogate counts as its escape."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return sum(6 if "\ud800" <= sign <= "\udfff" else len(sign.encode()) for sign in text)


def patch_cost(patch: Patch) -> tuple[int, int]:
    """Return the cost of a patch: bytes, then number of operations."""
    return cost(list(patch)), len(patch)


def tokens(pointer: str) -> list[str]:
    """Return the tokens of a pointer."""
    if pointer and not pointer.startswith("/"):
        raise Refused(f"{pointer!r} is no pointer")
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def index(token: str, stop: int) -> int:
    """Return an array index below `stop`; signs and leading zeros are refused."""
    if not (token.isascii() and token.isdigit()) or str(int(token)) != token or int(token) >= stop:
        raise Refused(f"no index {token!r}")
    return int(token)


def value_at(document: Value, path: Sequence[str]) -> Value:
    """Return the value at a path."""
    for token in path:
        if isinstance(document, dict) and token in document:
            document = document[token]
        elif isinstance(document, list):
            document = document[index(token, len(document))]
        else:
            raise Refused(f"nothing at {token!r}")
    return document


def _add(document: Value, path: Sequence[str], value: Value) -> Value:
    if not path:
        return value
    parent = value_at(document, path[:-1])
    if isinstance(parent, dict):
        parent[path[-1]] = value
    elif isinstance(parent, list):
        parent.insert(len(parent) if path[-1] == "-" else index(path[-1], len(parent) + 1), value)
    else:
        raise Refused("the parent is a scalar")
    return document


def _remove(document: Value, path: Sequence[str]) -> Value:
    if not path:
        raise Refused("the root can't be removed")
    value_at(document, path)
    parent = value_at(document, path[:-1])
    del parent[path[-1] if isinstance(parent, dict) else int(path[-1])]
    return document


def _replace(document: Value, path: Sequence[str], value: Value) -> Value:
    value_at(document, path)
    if not path:
        return value
    parent = value_at(document, path[:-1])
    parent[path[-1] if isinstance(parent, dict) else int(path[-1])] = value
    return document


def _move(document: Value, path: Sequence[str], source: Sequence[str]) -> Value:
    if len(source) < len(path) and list(path[: len(source)]) == list(source):
        raise Refused("a move into its own child")
    value = value_at(document, source)
    return value if not path else _add(_remove(document, source), path, value)


OPERATIONS: dict[str, Callable[[Value, list[str], dict[str, Value]], Value]] = {
    "add": lambda document, path, operation: _add(document, path, clone(operation["value"])),
    "remove": lambda document, path, operation: _remove(document, path),
    "replace": lambda document, path, operation: _replace(document, path, clone(operation["value"])),
    "move": lambda document, path, operation: _move(document, path, tokens(operation["from"])),
    "copy": lambda document, path, operation: _add(
        document, path, clone(value_at(document, tokens(operation["from"])))
    ),
}


def apply(document: Value, patch: Patch) -> Value:
    """Return the patched document without changing the given one. Raises Refused for what RFC 6902 forbids."""
    document = clone(document)
    for operation in patch:
        document = OPERATIONS[operation["op"]](document, tokens(operation["path"]), operation)
    return document
