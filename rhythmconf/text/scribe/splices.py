"""Collect edits of a text as splices, then apply them all at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from rhythmconf.model import Json
from rhythmconf.text.scribe.scalars import WriteScalar, write_in_flow

_COMMENT = re.compile(r"(?:^|\s)(#.*)$")


class Splice(NamedTuple):
    """`text` replaces what is from `start` to `end`."""

    start: int
    end: int
    text: str


@dataclass(slots=True)
class Draft:
    """A text and its splices so far.

    `anchored` has the new values of the anchors that were passed so far. `write` writes the scalars between brackets
    or braces.
    """

    text: str
    write: WriteScalar = write_in_flow
    splices: list[Splice] = field(default_factory=list)
    anchored: dict[str, Json] = field(default_factory=dict)

    @property
    def may_have_aliases(self) -> bool:
        """Return whether the text may have an alias. Most have none, and then equal values need no look inside."""
        return "*" in self.text

    def put(self, start: int, end: int, text: str) -> None:
        """Replace a part of the text."""
        self.splices.append(Splice(start, end, text))

    def line_start(self, offset: int) -> int:
        """Return where the line of `offset` begins."""
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Return where the line of `offset` ends, before its line break."""
        end = self.text.find("\n", offset)
        end = len(self.text) if end < 0 else end
        return end - 1 if end > offset and self.text[end - 1] == "\r" else end

    def next_line(self, offset: int) -> int:
        """Return where the line after that of `offset` begins."""
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end + 1

    def is_first_in_line(self, offset: int) -> bool:
        """Tell whether only indentation is before `offset` in its line."""
        return not self.text[self.line_start(offset) : offset].strip()

    def column(self, offset: int) -> int:
        """Return how many characters are before `offset` in its line."""
        return offset - self.line_start(offset)

    def comment(self, begin: int) -> str:
        """Return the comment between `begin` and the end of its line, after two spaces; empty without one."""
        match = _COMMENT.search(self.text[begin : self.line_end(begin)])
        return f"  {match[1]}" if match else ""

    def end_with_comments(self, offset: int, column: int) -> int:
        """Return the end of the line of `offset` and of the comment lines right below it that belong to it.

        A comment belongs to what ends above it if it is indented deeper than `column`.
        """
        end = self.line_end(offset)
        while True:
            begin = self.next_line(end)
            line = self.text[begin : self.line_end(begin)]
            bare = line.lstrip(" ")
            if begin <= end or not bare.startswith("#") or len(line) - len(bare) <= column:
                return end
            end = self.line_end(begin)

    def outdent_comments(self, offset: int, column: int) -> None:
        """Move the comments below the line of `offset`, up to the next content, back to `column`.

        Below a literal block, a comment that is indented as deep as the block would become a part of its text.
        """
        begin = self.next_line(offset)
        while begin < len(self.text):
            line = self.text[begin : self.line_end(begin)]
            indent = len(line) - len(line.lstrip(" "))
            if line.strip() and not line.lstrip(" ").startswith("#"):
                return
            if line.strip() and indent > column:
                self.put(begin, begin + indent, " " * column)
            begin = self.next_line(begin)


def apply_splices(text: str, splices: Iterable[Splice]) -> str:
    """Return the text with all splices, with its own kind of line breaks. Raises ValueError where two overlap."""
    crlf = "\r\n" in text
    parts: list[str] = []
    done = 0
    for splice in sorted(splices, key=lambda splice: splice[:2]):
        if splice.start < done:
            raise ValueError("two edits overlap")
        parts += [text[done : splice.start], splice.text.replace("\n", "\r\n") if crlf else splice.text]
        done = splice.end
    return "".join([*parts, text[done:]])
