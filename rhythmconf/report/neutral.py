"""Texts of the tenant and of documents -> Markdown that shows them and does nothing else.

Everything stands in code spans, where there are no links, images, HTML or mentions; a message keeps plain words plain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from rhythmconf.report.terminal import safe

_SPAN_LIMIT = 2_000
_CELL_LIMIT = 60
_PROSE_LIMIT = 500
# Apart from its neighbours, so that no two spans meet.
_SPAN = re.compile(r"(?<!\S)`([^`]+)`(?=[),;:.]*(?: |$))")
_WORD = re.compile(r"([(]*)(.*?)([),;:.]*)", re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*|\d+(?:\.\d+)?|%|")
# Hexadecimal words may become links to commits, www. to sites.
_NOT_PLAIN = re.compile(r"(?i)www|[0-9a-f]{7,}$")


def code(text: str, limit: int = _SPAN_LIMIT) -> str:
    """A code span of one line, whose fence is longer than any run of backticks in the text."""
    shown = clipped(safe(text), limit) or "(empty)"
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def cell(text: str, limit: int = _CELL_LIMIT) -> str:
    """A code span for a cell of a table, where even in code a bar would end the cell."""
    return code(text.replace("|", "\\u007c"), limit)


def prose(text: str) -> str:
    """A message: plain words and their punctuation as they are, everything else in code spans.

    What a message has in backticks, a command for example, is one span.
    """
    parts = _SPAN.split(clipped(safe(text), _PROSE_LIMIT))
    return "".join(code(part) if place % 2 else _words(part) for place, part in enumerate(parts))


def _words(text: str) -> str:
    return " ".join(map(_word, text.split(" ")))


def _word(word: str) -> str:
    found = _WORD.fullmatch(word)
    before, core, after = found.groups() if found else ("", word, "")
    plain = _PLAIN.fullmatch(core) and not _NOT_PLAIN.match(core)
    return f"{before}{core if plain else code(core)}{after}"


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
