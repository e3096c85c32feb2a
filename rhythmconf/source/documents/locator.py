"""Find the location of values and names in source files, and make diagnostics that have a location."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from rhythmconf.model import Diagnostic, Fix, Location, Origin
from rhythmconf.text import yaml12


class Locator:
    """The texts of one command. A file is parsed with positions only when a location in it is asked for."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self.texts = texts

    def value(self, origin: Origin, pointer: str) -> Location:
        """Return the location of a value, or of the nearest value above it that exists."""
        positions = self._positions(origin)
        return positions.of_value(pointer) if positions else Location(origin.file)

    def name(self, origin: Origin, pointer: str) -> Location:
        """Return the location of a member's name. An item of a list has no name: its value counts."""
        positions = self._positions(origin)
        return positions.of_name(pointer) if positions else Location(origin.file)

    def has(self, origin: Origin, pointer: str) -> bool:
        """Tell whether the text itself has a value at a pointer."""
        positions = self._positions(origin)
        return positions is not None and pointer in positions.values

    def _positions(self, origin: Origin) -> yaml12.Positions | None:
        text = self.texts.get(origin.file)
        return None if text is None else _positions_of(text, origin.file)[origin.position]


@lru_cache(maxsize=32)
def _positions_of(text: bytes, file: str) -> list[yaml12.Positions]:
    return yaml12.locate_all(text, file=file)


class Reporter(NamedTuple):
    """Makes the diagnostics about one document, each with its location."""

    locator: Locator
    origin: Origin

    def value(self, code: str, pointer: str, message: str, help: str = "") -> Diagnostic:
        """Return an error about a value."""
        location = self.locator.value(self.origin, pointer)
        return Diagnostic(code, message, location=location, pointer=pointer, help=help)

    def name(self, code: str, pointer: str, message: str, help: str = "", fix: Fix | None = None) -> Diagnostic:
        """Return an error about the name of a member."""
        location = self.locator.name(self.origin, pointer)
        return Diagnostic(code, message, location=location, pointer=pointer, help=help, fix=fix)
