"""Write one JSON scalar as YAML: plain where every reader agrees on its type, else quoted; long texts as blocks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

Scalar: TypeAlias = "bool | int | float | str | None"
WriteScalar: TypeAlias = Callable[[Scalar], str]
"""How scalars between brackets or braces are written."""

NOT_TEXT = frozenset(("true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"))
"""Plain scalars that some YAML reader, in particular one of YAML 1.1, doesn't read as a text."""
_NUMBER = re.compile(r"[0-9][0-9_.,:eE+-]*([Tt ][0-9:. +-]*[Zz]?)?|0[xobXOB][0-9a-fA-F_]*")
_INVISIBLE = r"[^\x20-\x7e\xa1-\u167f\u1681-\u1fff\u2030-\u205e\u2070-\u2fff\u3001-\ud7ff]"
"""Compiled at its first use: that takes longer than loading all modules of this package."""


def write_scalar(value: Scalar, *, flow: bool = False) -> str:
    """Return a scalar on one line; `flow` means that it is between brackets or braces."""
    if isinstance(value, str):
        return value if is_plain(value, flow=flow) else quoted(value)
    if isinstance(value, float):
        return re.sub(r"^(-?[0-9]+)e", r"\1.0e", json.dumps(value))  # YAML 1.1 reads `1e3` as a text, `1.0e3` not
    return json.dumps(value)


def write_in_flow(value: Scalar) -> str:
    """Return a scalar as it is written between brackets or braces."""
    return write_scalar(value, flow=True)


def write_in_json(value: Scalar) -> str:
    """Return a scalar as JSON."""
    return double_quoted(value) if isinstance(value, str) else json.dumps(value)


@lru_cache(maxsize=4096)
def is_plain(text: str, *, flow: bool = False) -> bool:
    """Tell whether a text needs no quotes, for readers of YAML 1.1 too."""
    if not text.isprintable() or not (text[:1].isalnum() or text[:1] in ("_", "/", "(")):
        return False
    if ": " in text or " #" in text or text[-1] in " :" or (flow and re.search(r"[,:\[\]{}]", text)):
        return False
    return text.lower() not in NOT_TEXT and not _NUMBER.fullmatch(text)


def quoted(text: str) -> str:
    """Return the text in double quotes; in single quotes where that saves escapes."""
    if text.isprintable() and ('"' in text or "\\" in text):
        return single_quoted(text)
    return double_quoted(text)


def single_quoted(text: str) -> str:
    """Return the text in single quotes; it must be printable."""
    return "'" + text.replace("'", "''") + "'"


def double_quoted(text: str) -> str:
    """Return the text in double quotes, with every invisible character escaped."""
    return re.sub(_INVISIBLE, _escape, json.dumps(text, ensure_ascii=False))


def literal_block(text: str) -> list[str] | None:
    """Return the header and the lines of a literal block; None for a text that such a block can't hold exactly."""
    lines = text.removesuffix("\n").split("\n")
    if len(lines) == 1 and not text.endswith("\n"):
        return None
    if not lines[0] or lines[0].startswith(" ") or not lines[-1]:
        return None
    if any(not line.isprintable() or line.endswith(" ") or "\ufeff" in line for line in lines):
        return None
    return ["|" if text.endswith("\n") else "|-", *lines]


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
