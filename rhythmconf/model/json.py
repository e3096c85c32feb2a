"""JSON values: canonical text, strict comparison, pointers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import Enum
from functools import cache
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Body: TypeAlias = dict[str, Json]
Operation: TypeAlias = dict[str, Json]
"""One RFC 6902 operation."""


DEPTH = 100
"""Levels of nesting in a file, as in documents; see `text/yaml12`."""
RECORD_DEPTH = 80
"""Levels of nesting in an answer of the tenant, so that each file with a record in it stays below `DEPTH`."""


class Missing(Enum):
    """The type of MISSING, which stands for an absent value. Null is a value."""

    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing.MISSING


def canonical(value: Json) -> bytes:
    """Return the only serialisation that digests use: sorted members, no spaces, UTF-8.

    Lone surrogates are escaped. Raises ValueError for NaN and infinity.
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "surrogatepass") if text.isascii() else _utf8(text, value)


def _utf8(text: str, value: Json) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def checksum(data: bytes) -> bytes:
    """Return the SHA-256 of some bytes: 32 bytes."""
    from hashlib import sha256  # OpenSSL takes 3 ms to load, and small commands ask for none

    return sha256(data).digest()


@cache
def checksum_once(text: bytes) -> bytes:
    """Return the SHA-256 of the text of a file, and remember it: one run asks for it more than once."""
    return checksum(text)


def number(text: str) -> int | float:
    """Parse a JSON number with a fraction or an exponent; an integral one becomes an integer.

    Raises ValueError for a number that is too large for a float.
    """
    value = float(text)
    if value - value != 0:  # true for infinity
        raise ValueError(f"{text} is too large for a number")
    return int(value) if value.is_integer() else value


def decode(text: str | bytes, *, depth: int = DEPTH) -> Json:
    """Parse JSON with normalised numbers.

    Raises ValueError for anything else: NaN too, and more than `depth` levels of nesting.
    """
    try:
        value: Json = json.loads(text, parse_float=number, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError(f"it is nested more than {depth} levels deep") from error
    if _is_deeper(value, depth):
        raise ValueError(f"it is nested more than {depth} levels deep")
    return value


def _is_deeper(value: Json, depth: int) -> bool:
    """Return whether a value has more levels than `depth`. Copying and comparing it would recurse once for each."""
    level = [value] if value.__class__ is dict or value.__class__ is list else []
    for _ in range(depth):
        if not level:
            return False
        # All records of a tenant pass here. One comprehension a level and the comparison of classes keep it fast.
        level = [
            child
            for parent in level
            for child in (parent.values() if parent.__class__ is dict else parent)
            if child.__class__ is dict or child.__class__ is list
        ]
    return bool(level)


def _refuse_constant(text: str) -> Json:
    raise ValueError(f"{text} is not a JSON number")


def same(one: Json | Missing, other: Json | Missing) -> bool:
    """Compare normalised JSON values strictly: 1 is not true, and the order of lists matters."""
    if one is other:
        return True
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):  # Python says that True == 1
        return False
    return one == other and not isinstance(other, dict | list)


def pointer(tokens: Sequence[str | int]) -> str:
    """Return the RFC 6901 pointer of a path: `("a/b", 0)` becomes `/a~1b/0`."""
    return "".join(["/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens])


def tokens(text: str) -> tuple[str, ...]:
    """Return the path of an RFC 6901 pointer; array indices stay strings. Raises ValueError without a leading slash."""
    if not text:
        return ()
    if not text.startswith("/"):
        raise ValueError(f"{text!r} is not a JSON Pointer: it must be empty or begin with '/'")
    names = text[1:].split("/")
    return tuple([name.replace("~1", "/").replace("~0", "~") for name in names] if "~" in text else names)


def at(value: Json, pointer: str) -> Json | Missing:
    """Return the value at a pointer, or MISSING."""
    for token in tokens(pointer):
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            value = value[int(token)]
        else:
            return MISSING
    return value


def dump(value: Json) -> str:
    """Return the JSON text that people and reports read: indented, ASCII, ended by a newline."""
    return json.dumps(value, indent=2, allow_nan=False) + "\n"
