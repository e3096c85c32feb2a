"""Compare and measure JSON values: equality, one text for equal values, bytes of values and pointers.

Bytes are those of compact JSON in UTF-8. A lone surrogate, which UTF-8 can't hold, counts as its `\\udXXX` escape.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_sorted = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode
_WHOLE_FLOAT = re.compile(r"\d\.0(?!\d)|\de\+")
_SURROGATE = re.compile("[\ud800-\udfff]")


def same(one: Json, other: Json) -> bool:
    """Whether two values are equal in JSON: 1 is 1.0, neither is true, and members have no order."""
    # The comparison of Python is fast, but calls 1 and True equal; so only equal values are looked at again.
    return one is other or (one == other and _same_booleans(one, other))


def _same_booleans(one: Json, other: Json) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return all(_same_booleans(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return all(map(_same_booleans, one, other))
    return isinstance(one, bool) is isinstance(other, bool)


def canonical(value: Json) -> str:
    """Return one text for all values that are the same, and a different text for any other value."""
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    text = _sorted(value)
    return _sorted(_with_integers(value)) if _WHOLE_FLOAT.search(text) else text


def _with_integers(value: Json) -> Json:
    """Return the value with 1 for 1.0 everywhere."""
    if isinstance(value, dict):
        return {key: _with_integers(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_with_integers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def size(value: Json) -> int:
    """Return the bytes of the value in a patch."""
    text = encode_basestring(value) if isinstance(value, str) else _compact(value)
    if text.isascii():
        return len(text)
    # A surrogate passes as three bytes; its escape has six.
    return len(text.encode("utf-8", "surrogatepass")) + 3 * len(_SURROGATE.findall(text))


def escape(token: str) -> str:
    """Escape a member's name for a pointer (RFC 6901)."""
    return token.replace("~", "~0").replace("/", "~1")


@lru_cache(maxsize=4096)
def token_size(token: str) -> int:
    """Return the bytes that a member's name adds to a pointer in a patch, with its slash."""
    return size(escape(token)) - 1
