"""JSON values as a patch sees them: equality, one text for equal values, bytes of values and pointers.

Bytes are those of compact JSON in UTF-8; a lone surrogate, which UTF-8 can't hold, counts as its `\\udXXX` escape.
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
    """Equality of JSON: 1 is 1.0, neither is true, members have no order."""
    return one is other or (one == other and _alike(one, other))


def _alike(one: Json, other: Json) -> bool:
    """Whether values that are equal to Python agree on what is a boolean, too."""
    if isinstance(one, dict) and isinstance(other, dict):
        return all(_alike(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return all(map(_alike, one, other))
    return isinstance(one, bool) is isinstance(other, bool)


def canonical(value: Json) -> str:
    """One text for all values that are the same, and another for any other value."""
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    text = _sorted(value)
    return _sorted(_whole(value)) if _WHOLE_FLOAT.search(text) else text


def _whole(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _whole(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def size(value: Json) -> int:
    """Bytes of the value in a patch."""
    text = encode_basestring(value) if isinstance(value, str) else _compact(value)
    if text.isascii():
        return len(text)
    return len(text.encode("utf-8", "surrogatepass")) + 3 * len(_SURROGATE.findall(text))


def escape(token: str) -> str:
    """A member's name as a pointer writes it (RFC 6901)."""
    return token.replace("~", "~0").replace("/", "~1")


@lru_cache(maxsize=4096)
def reach(token: str) -> int:
    """Bytes that a token adds to a pointer in a patch, the slash included."""
    return size(escape(token)) - 1
