"""Make text safe for a terminal, and colour it.

A text report consists of lines of spans; a span is the name of a style and a text. Whatever a tenant puts into a text,
no escape sequences but those of STYLES reach the terminal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

Span = tuple[str, str]
Line = Sequence[Span]

STYLES = {
    "plain": "",
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "cyan": "36",
    "alarm": "1;31",
}
_RESET = "\x1b[0m"
_DEEPER = 4
"""Columns by which the rest of a broken line is indented deeper than its beginning."""
_PARTS = re.compile(r" +|[^ ]+")
# Unicode categories: controls, format characters (bidi controls, zero-width), surrogates, private use, unassigned, and
# the line and paragraph separators, which some terminals obey.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# GitHub Actions obeys `::command::` at the beginning of a line of its log, and `##[command]` anywhere in a line.
_COMMAND = re.compile(r"(?m)^(\s*):(?=:)|#(?=#\[)")


def safe(text: str, *, keep: str = "") -> str:
    """Show characters that could control a terminal or are invisible as escapes, such as `\\u001b` and `\\u202e`.

    The characters of `keep` stay as they are. Commands of build servers, such as `::error::`, lose their effect.
    """
    # Nearly all texts have no such character, and looking at each takes a hundred times as long.
    others = text.translate(dict.fromkeys(map(ord, keep))) if keep else text
    if not (others.isascii() and others.isprintable()):
        text = "".join(char if char in keep else _visible(char) for char in text)
    # Looking for two signs first takes a tenth of the time of the pattern.
    return _COMMAND.sub(_break_command, text) if "::" in text or "##[" in text else text


def _break_command(command: re.Match[str]) -> str:
    return f"{command[1] or ''}\\u{ord(command[0][-1]):04x}"


def _visible(char: str) -> str:
    if char == " " or unicodedata.category(char) not in _HIDDEN:
        return char
    escapes = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return escapes.get(char) or (f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}")


def render(lines: Iterable[Line], *, color: bool, width: int | None = None) -> str:
    """Return the lines as a text; each line ends with a newline. With a width, longer lines are broken at spaces."""
    paint = _color if color else _plain
    shown = lines if width is None else (part for line in lines for part in wrap(line, width))
    return "".join("".join(map(paint, line)).rstrip(" ") + "\n" for line in shown)


def wrap(line: Line, width: int) -> Iterator[Line]:
    """Break a line at spaces where it is longer than the width; what follows is indented deeper.

    Only a word that is longer than the width stays whole.
    """
    spans = [(style, safe(text)) for style, text in line]
    text = "".join(text for _, text in spans)
    if columns(text) <= width:
        yield line
        return
    indent = len(text) - len(text.lstrip(" "))
    deeper = " " * min(indent + _DEEPER, width // 3)
    row: list[Span] = []
    used, word, gap = 0, list[Span](), ""

    def place() -> Iterator[Line]:
        nonlocal row, used, word, gap
        needed = sum(columns(text) for _, text in word)
        if row and used + len(gap) + needed > width and used > len(deeper):
            yield _joined(row)
            row, used, gap = [("plain", deeper)], len(deeper), ""
        row += [(word[0][0], gap), *word]
        used += len(gap) + needed
        word, gap = [], ""

    for style, text in spans:
        for part in _PARTS.findall(text):
            if not part.isspace():
                word.append((style, part))
                continue
            if word:
                yield from place()
            gap += part
    if word:
        yield from place()
    yield _joined(row)


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes: an East Asian character takes two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else not unicodedata.combining(char) for char in text)


def _joined(row: Sequence[Span]) -> Line:
    """Join neighbours of one style, so that only what begins a line counts as its beginning."""
    return [(style, "".join(text for _, text in spans)) for style, spans in groupby(row, key=lambda span: span[0])]


def _plain(span: Span) -> str:
    return safe(span[1])


def _color(span: Span) -> str:
    code = STYLES[span[0]]
    return f"\x1b[{code}m{safe(span[1])}{_RESET}" if code and span[1] else safe(span[1])
