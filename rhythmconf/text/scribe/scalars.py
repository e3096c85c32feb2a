"""One JSON scalar as YAML: plain where every reader takes it for the same, else quoted; long texts as blocks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

Scalar: TypeAlias = "bool | int | float | str | None"
Words: TypeAlias = Callable[[Scalar], str]
"""How scalars between brackets or braces are written."""

WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"))
"""What some reader of YAML takes for something else than a text."""
_NUMBER = re.compile(r"[0-9][0-9_.,:eE+-]*([Tt ][0-9:. +-]*[Zz]?)?|0[xobXOB][0-9a-fA-F_]*")
_HIDDEN = re.compile(r"[^\x20-\x7e\xa1-\u167f\u1681-\u1fff\u2030-\u205e\u2070-\u2fff\u3001-\ud7ff]")


def scalar(value: Scalar, *, flow: bool = False) -> str:
    """A scalar on one line; `flow` means that it stands between brackets or braces."""
    if isinstance(value, str):
        return value if is_plain(value, flow=flow) else quoted(value)
    if isinstance(value, float):
        return re.sub(r"^(-?[0-9]+)e", r"\1.0e", json.dumps(value))  # without the point, YAML 1.1 reads a text
    return json.dumps(value)


def in_flow(value: Scalar) -> str:
    """A scalar between brackets or braces."""
    return scalar(value, flow=True)


def in_json(value: Scalar) -> str:
    """A scalar as JSON has it."""
    return double_quoted(value) if isinstance(value, str) else json.dumps(value)


@lru_cache(maxsize=4096)
def is_plain(text: str, *, flow: bool = False) -> bool:
    """Whether the text needs no quotes, for readers of YAML 1.1 too."""
    if not text.isprintable() or not (text[:1].isalnum() or text[:1] in ("_", "/", "(")):
        return False
    if ": " in text or " #" in text or text[-1] in " :" or (flow and re.search(r"[,:\[\]{}]", text)):
        return False
    return text.lower() not in WORDS and not _NUMBER.fullmatch(text)


def quoted(text: str) -> str:
    """The text in double quotes; in single ones where that saves escapes."""
    if text.isprintable() and ('"' in text or "\\" in text):
        return single_quoted(text)
    return double_quoted(text)


def single_quoted(text: str) -> str:
    """The text in single quotes; only for one that is printable."""
    return "'" + text.replace("'", "''") + "'"


def double_quoted(text: str) -> str:
    """The text in double quotes, everything that can't be seen escaped."""
    return _HIDDEN.sub(_escaped, json.dumps(text, ensure_ascii=False))


def literal(text: str) -> list[str] | None:
    """The header and the lines of a literal block; None for a text that has no faithful one."""
    lines = text.removesuffix("\n").split("\n")
    if len(lines) == 1 and not text.endswith("\n"):
        return None
    if not lines[0] or lines[0].startswith(" ") or not lines[-1]:
        return None
    if any(not line.isprintable() or line.endswith(" ") or "\ufeff" in line for line in lines):
        return None
    return ["|" if text.endswith("\n") else "|-", *lines]


def _escaped(found: re.Match[str]) -> str:
    char = found[0]
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
