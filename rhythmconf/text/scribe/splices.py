"""Edits of a text as splices: collected against the text as it is, then put in all at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from rhythmconf.model import Json
from rhythmconf.text.scribe.scalars import Words, in_flow

_COMMENT = re.compile(r"(?:^|\s)(#.*)$")


class Splice(NamedTuple):
    """`text` comes to stand where `start` to `end` was."""

    start: int
    end: int
    text: str


@dataclass(slots=True)
class Draft:
    """A text and the splices so far; `now` has the values that the anchors passed so far have come to hold.

    `words` writes the scalars between brackets or braces.
    """

    text: str
    words: Words = in_flow
    splices: list[Splice] = field(default_factory=list)
    now: dict[str, Json] = field(default_factory=dict)

    @property
    def aliased(self) -> bool:
        """Whether an alias may be in the text; in most there is none, and what is the same needs no look."""
        return "*" in self.text

    def put(self, start: int, end: int, text: str) -> None:
        """Replace a stretch of the text."""
        self.splices.append(Splice(start, end, text))

    def line_start(self, offset: int) -> int:
        """Where the line begins that `offset` is in."""
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Where the line ends, before its line break."""
        end = self.text.find("\n", offset)
        end = len(self.text) if end < 0 else end
        return end - 1 if end > offset and self.text[end - 1] == "\r" else end

    def next_line(self, offset: int) -> int:
        """Where the line after that of `offset` begins."""
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end + 1

    def stands_first(self, offset: int) -> bool:
        """Whether nothing but indentation is before `offset` in its line."""
        return not self.text[self.line_start(offset) : offset].strip()

    def column(self, offset: int) -> int:
        """How far `offset` is from the start of its line."""
        return offset - self.line_start(offset)

    def comment(self, begin: int) -> str:
        """The comment between `begin` and the end of its line, with two spaces before it; nothing without one."""
        found = _COMMENT.search(self.text[begin : self.line_end(begin)])
        return f"  {found[1]}" if found else ""

    def behind_remarks(self, offset: int, column: int) -> int:
        """The end of the line of `offset`, or of the last of the comment lines right below that are indented
        deeper than `column`: they belong to what ends there."""
        end = self.line_end(offset)
        while True:
            begin = self.next_line(end)
            line = self.text[begin : self.line_end(begin)]
            bare = line.lstrip(" ")
            if begin <= end or not bare.startswith("#") or len(line) - len(bare) <= column:
                return end
            end = self.line_end(begin)

    def pull_back(self, offset: int, column: int) -> None:
        """Move the comments below the line of `offset`, up to the next content, back to `column`."""
        begin = self.next_line(offset)
        while begin < len(self.text):
            line = self.text[begin : self.line_end(begin)]
            indent = len(line) - len(line.lstrip(" "))
            if line.strip() and not line.lstrip(" ").startswith("#"):
                return
            if line.strip() and indent > column:
                self.put(begin, begin + indent, " " * column)
            begin = self.next_line(begin)


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text with all splices, in its own kind of line breaks. Raises ValueError where two of them overlap."""
    crlf = "\r\n" in text
    parts: list[str] = []
    done = 0
    for splice in sorted(splices, key=lambda splice: splice[:2]):
        if splice.start < done:
            raise ValueError("two edits meet in one place")
        parts += [text[done : splice.start], splice.text.replace("\n", "\r\n") if crlf else splice.text]
        done = splice.end
    return "".join([*parts, text[done:]])
