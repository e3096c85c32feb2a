"""Spans -> text for a terminal: the one place where text output is neutralised and coloured.

A report is lines of spans, each a style's name and a text. Whatever the tenant put into a text, only the style
table below can reach the terminal as an escape sequence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

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
# Format characters (bidi controls, zero-width), controls, surrogates, private use, and the line separators
# that some terminals obey.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# GitHub Actions obeys `::command::` at the beginning of a line of a log, and `##[command]` anywhere in it.
_COMMAND = re.compile(r"(?m)^(\s*):(?=:)|#(?=#\[)")


def safe(text: str, *, keep: str = "") -> str:
    """Make every character visible that could steer a terminal or hide from a reader: `\\u001b`, `\\u202e`.

    The characters of `keep` stay. What a build server would take for a command (`::error::`) is broken up.
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(char if char in keep else _visible(char) for char in text)
    return _COMMAND.sub(_broken, text)


def _broken(command: re.Match[str]) -> str:
    return f"{command[1] or ''}\\u{ord(command[0][-1]):04x}"


def _visible(char: str) -> str:
    if char == " " or unicodedata.category(char) not in _HIDDEN:
        return char
    escapes = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return escapes.get(char) or (f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}")


def render(lines: Iterable[Line], *, color: bool) -> str:
    """Write the lines, each ended by a newline."""
    paint = _painted if color else _plain
    return "".join("".join(map(paint, line)).rstrip(" ") + "\n" for line in lines)


def _plain(span: Span) -> str:
    return safe(span[1])


def _painted(span: Span) -> str:
    code = STYLES[span[0]]
    return f"\x1b[{code}m{safe(span[1])}{_RESET}" if code and span[1] else safe(span[1])
