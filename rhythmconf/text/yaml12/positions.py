"""The positions of the values and names of a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from rhythmconf.model import Location
from rhythmconf.text.yaml12.faults import Mark

Marks: TypeAlias = dict[str, Mark]
"""Marks by JSON Pointer."""


class Positions(NamedTuple):
    """The positions in one document, by JSON Pointer: of its values, and of the names of its members."""

    file: str
    values: Mapping[str, Mark]
    names: Mapping[str, Mark]

    def of_value(self, pointer: str) -> Location:
        """Return the location of a value, or of the nearest value above it that exists."""
        while pointer and pointer not in self.values:
            pointer = pointer.rpartition("/")[0]
        return self._location(self.values[pointer]) if pointer in self.values else Location(self.file)

    def of_name(self, pointer: str) -> Location:
        """Return the location of a member's name; where the pointer has no name, that of the value."""
        return self._location(self.names[pointer]) if pointer in self.names else self.of_value(pointer)

    def _location(self, mark: Mark) -> Location:
        return Location(self.file, mark.line + 1, mark.column + 1)
