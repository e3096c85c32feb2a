"""Texts of the tenant and of documents -> Markdown that shows them and does nothing else.

Everything stands in code spans, where there are no links, images, HTML or mentions; a message keeps plain words plain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from urllib.parse import quote

from rhythmconf.report.terminal import safe

_SPAN_LIMIT = 2_000
_CELL_LIMIT = 60
_PROSE_LIMIT = 500
_PLAIN = re.compile(r"\(?(?:[A-Za-z]+(?:'[a-z]+)?|\d+(?:\.\d+)?)[,;:%)]*\.?")
# Hexadecimal words may become links to commits, www. to sites; a number and a full stop begin a list.
_NOT_PLAIN = re.compile(r"(?i)www|[(]?[0-9a-f]{7,}\b|\d+\.$")


def code(text: str, limit: int = _SPAN_LIMIT) -> str:
    """A code span of one line, whose fence is longer than any run of backticks in the text."""
    shown = clipped(safe(text), limit) or "(empty)"
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def cell(text: str) -> str:
    """A code span for a cell of a table, where even in code a bar would end the cell."""
    return code(text.replace("|", "\\u007c"), _CELL_LIMIT)


def prose(text: str) -> str:
    """A message: plain words as they are, everything else in code spans."""
    words = clipped(safe(text), _PROSE_LIMIT).split(" ")
    groups = [(plain, " ".join(group)) for plain, group in groupby(words, key=_is_plain)]
    return " ".join(group if plain or not group.strip() else code(group) for plain, group in groups)


def _is_plain(word: str) -> bool:
    return not word or (_PLAIN.fullmatch(word) is not None and _NOT_PLAIN.match(word) is None)


def fenced(lines: Sequence[str], indent: str = "") -> Iterator[str]:
    """A block of code, coloured as a diff."""
    shown = [safe(line, keep="\t") for line in lines]
    fence = "`" * max(3, _longest(shown) + 1)
    yield f"{indent}{fence}diff"
    yield from (f"{indent}{line}" for line in shown)
    yield f"{indent}{fence}"


def _longest(lines: Iterable[str]) -> int:
    return max((len(run) for line in lines for run in re.findall("`+", line)), default=0)


def in_comment(text: str) -> str:
    """A name inside an HTML comment, which it can't end."""
    return quote(text[:_CELL_LIMIT], safe="", errors="replace").replace("--", "-%2D")


def clipped(text: str, limit: int) -> str:
    """At most `limit` characters: what is longer loses its middle."""
    return text if len(text) <= limit else f"{text[: limit * 2 // 3]} … {text[-limit // 4 :]}"
