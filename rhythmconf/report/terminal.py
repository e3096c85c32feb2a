"""Make text safe for a terminal, and colour it.

A text report consists of lines of spans; a span is the name of a style and a text. Whatever a tenant puts into a text,
no escape sequences but those of STYLES reach the terminal.
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
# Unicode categories: controls, format characters (bidi controls, zero-width), surrogates, private use, unassigned, and
# the line and paragraph separators, which some terminals obey.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# GitHub Actions obeys `::command::` at the beginning of a line of its log, and `##[command]` anywhere in a line.
_COMMAND = re.compile(r"(?m)^(\s*):(?=:)|#(?=#\[)")


def safe(text: str, *, keep: str = "") -> str:
    """Show characters that could control a terminal or are invisible as escapes, such as `\\u001b` and `\\u202e`.

    The characters of `keep` stay as they are. Commands of build servers, such as `::error::`, lose their effect.
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(char if char in keep else _visible(char) for char in text)
    return _COMMAND.sub(_break_command, text)


def _break_command(command: re.Match[str]) -> str:
    return f"{command[1] or ''}\\u{ord(command[0][-1]):04x}"


def _visible(char: str) -> str:
    if char == " " or unicodedata.category(char) not in _HIDDEN:
        return char
    escapes = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return escapes.get(char) or (f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}")


def render(lines: Iterable[Line], *, color: bool) -> str:
    """Return the lines as a text; each line ends with a newline."""
    paint = _color if color else _plain
    return "".join("".join(map(paint, line)).rstrip(" ") + "\n" for line in lines)


def _plain(span: Span) -> str:
    return safe(span[1])


def _color(span: Span) -> str:
    code = STYLES[span[0]]
    return f"\x1b[{code}m{safe(span[1])}{_RESET}" if code and span[1] else safe(span[1])
