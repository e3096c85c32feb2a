"""Escape untrusted texts for Markdown.

All data stands in code spans, in which Markdown knows no links, images, HTML or mentions. In messages, plain words stay
as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from rhythmconf.report.terminal import safe

NAME_LIMIT = 60
"""Characters of a name."""
_SPAN_LIMIT = 2_000
_MESSAGE_LIMIT = 500
# A code span that a message has itself. It stands apart from its neighbours, so that no two spans touch.
_SPAN = re.compile(r"(?<!\S)`([^`]+)`(?=[),;:.]*(?: |$))")
_WORD = re.compile(r"([(]*)(.*?)([),;:.]*)", re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*|\d+(?:\.\d+)?|[%›→]|")
# GitHub makes links of hexadecimal words (commits) and of words that begin with www.
_NOT_PLAIN = re.compile(r"(?i)www|[0-9a-f]{7,}$")


def code(text: str, limit: int = _SPAN_LIMIT) -> str:
    """Return a code span on one line; its fence is longer than any run of backticks in the text."""
    shown = shorten(safe(text), limit) or "(empty)"
    fence = "`" * (_longest_backticks([shown]) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def cell(text: str, limit: int = NAME_LIMIT) -> str:
    """Return a code span for a table cell, which a bar would end even inside code."""
    return code(text.replace("|", "\\u007c"), limit)


def prose(text: str) -> str:
    """Return a message with plain words as they are and everything else in code spans.

    A text in backticks, such as a command, stays one span. Several lines become one.
    """
    parts = _SPAN.split(shorten(safe(" ".join(text.split("\n"))), _MESSAGE_LIMIT))
    # `split` alternates: what stands between two spans, then a span.
    return "".join(
        code(part) if index % 2 else " ".join(map(_word, part.split(" "))) for index, part in enumerate(parts)
    )


def link(text: str, url: str) -> str:
    """Return a link. Only an address without spaces, brackets and quotes may be given."""
    return f"[{prose(text)}]({url})"


def _word(word: str) -> str:
    match = _WORD.fullmatch(word)
    before, core, after = match.groups() if match else ("", word, "")
    plain = _PLAIN.fullmatch(core) and not _NOT_PLAIN.match(core)
    return f"{before}{core if plain else code(core)}{after}"


def fenced(lines: Sequence[str], indent: str = "") -> Iterator[str]:
    """Yield the lines as a code block that is coloured as a diff."""
    shown = [safe(line, keep="\t") for line in lines]
    fence = "`" * max(3, _longest_backticks(shown) + 1)
    yield f"{indent}{fence}diff"
    yield from (f"{indent}{line}" for line in shown)
    yield f"{indent}{fence}"


def _longest_backticks(lines: Iterable[str]) -> int:
    return max((len(run) for line in lines for run in re.findall("`+", line)), default=0)


def in_comment(text: str) -> str:
    """Return a name for an HTML comment, which the name cannot end."""
    return quote(text[:NAME_LIMIT], safe="", errors="replace").replace("--", "-%2D")


def shorten(text: str, limit: int) -> str:
    """Return a text that is longer than `limit` characters without its middle."""
    return text if len(text) <= limit else f"{text[: limit * 2 // 3]} … {text[-limit // 4 :]}"
