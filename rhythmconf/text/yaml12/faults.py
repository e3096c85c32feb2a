"""The errors of the YAML reader: one for its own builders, and one for its callers."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from rhythmconf.errors import DocumentError
from rhythmconf.model import Location
from rhythmconf.text.yaml12 import codes


class Mark(Protocol):
    """A position as the parser counts it: lines and columns from 0."""

    @property
    def line(self) -> int:
        """The line, from 0."""

    @property
    def column(self) -> int:
        """The column, from 0."""


class OwnMark(NamedTuple):
    """A position that the parser didn't report."""

    line: int
    column: int


class YamlError(DocumentError):
    """A text can't be read; `location` says where."""

    def __init__(self, message: str, *, location: Location, help: str | None = None, code: str) -> None:
        super().__init__(message, where=location, help=help, code=code)
        self.location = location


class YamlFault(Exception):
    """What a builder refuses. It becomes a YamlError once the file is known.

    The builders know neither the file nor, in most places, the event: `mark` is filled in where the event is known.
    """

    def __init__(self, code: str, message: str, *, help: str | None = None, mark: Mark | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help
        self.mark = mark

    def in_file(self, file: str) -> YamlError:
        """Return the error for the caller."""
        location = Location(file, self.mark.line + 1, self.mark.column + 1) if self.mark else Location(file)
        return YamlError(self.message, location=location, help=self.help, code=self.code)


class Problem(NamedTuple):
    """An error of the parser: its words, and the lines of the text around it. Lines and columns count from 0."""

    context: str
    words: str
    start: Mark | None
    end: Mark
    lines: list[str]

    @property
    def line(self) -> str:
        """The line in which the parser noticed the error."""
        return self.lines[self.end.line] if self.end.line < len(self.lines) else ""

    @property
    def char(self) -> str:
        """The character at which the parser noticed the error; empty at the end of a line."""
        return self.line[self.end.column : self.end.column + 1]


def fault(message: str, help: str, mark: Mark) -> YamlFault:
    """Return the fault of a syntax error."""
    return YamlFault(codes.SYNTAX, message, help=help, mark=mark)
