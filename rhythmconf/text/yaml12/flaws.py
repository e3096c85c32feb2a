"""What can be wrong with a text: the codes, and the one exception that leaves this room."""

from __future__ import annotations

from typing import TypeAlias

import yaml

from rhythmconf.errors import DocumentError
from rhythmconf.model import Location

Mark: TypeAlias = yaml.error.Mark | yaml._yaml.Mark
"""A place as the parser counts it: lines and columns from 0."""


def mark(line: int, column: int) -> Mark:
    """A place that the parser didn't see."""
    return yaml.error.Mark("", 0, line, column, None, 0)


class YamlError(DocumentError):
    """A text that can't be read; `location` is the place as a value."""

    def __init__(self, message: str, *, location: Location, help: str | None = None, code: str) -> None:
        super().__init__(message, where=location, help=help, code=code)
        self.location = location


class Flaw(Exception):
    """What a builder refuses; `mark` is filled in by whoever knows the event."""

    def __init__(self, code: str, message: str, *, help: str | None = None, mark: Mark | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help
        self.mark = mark

    def at(self, file: str) -> YamlError:
        """The error for the user."""
        location = Location(file, self.mark.line + 1, self.mark.column + 1) if self.mark else Location(file)
        return YamlError(self.message, location=location, help=self.help, code=self.code)
