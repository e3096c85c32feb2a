"""Read the text of a project file or a bindings file, and locate its members."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from rhythmconf.errors import DocumentError, SettingsError, codes
from rhythmconf.model import Body, Diagnostic, Json, Location

if TYPE_CHECKING:
    from rhythmconf.text.yaml12 import Positions


@dataclass(frozen=True)
class Source:
    """A YAML text that holds one mapping. `file` is its name in messages."""

    text: bytes = field(repr=False)
    file: str

    @cached_property
    def value(self) -> Body:
        """The mapping. Raises SettingsError if the text holds anything else."""
        values = self._load()
        if len(values) != 1 or not isinstance(values[0], dict):
            raise SettingsError("The file must hold one mapping.", where=Location(self.file))
        return values[0]

    @cached_property
    def empty(self) -> bool:
        """Return whether the text holds nothing but comments."""
        return not self._load()

    def line(self, pointer: str) -> str:
        """Return the place of a member as `file:line`."""
        return f"{self.file}:{self._positions.of_value(pointer).line}"

    def location(self, pointer: str) -> Location:
        """Return the location of a member's value."""
        return self._positions.of_value(pointer)

    def diagnostic(self, pointer: str, message: str, help: str = "", *, at_name: bool = False) -> Diagnostic:
        """Make the diagnostic of a member, located at its value or, with `at_name`, at its name."""
        location = self._positions.of_name(pointer) if at_name else self.location(pointer)
        return Diagnostic(codes.SETTINGS, message, location=location, pointer=pointer, help=help)

    def raise_errors(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Raise one SettingsError with all diagnostics in the order of the text, if there are any."""
        ordered = sorted(set(diagnostics), key=lambda diagnostic: (diagnostic.location or (), diagnostic.message))
        if ordered:
            first = ordered[0]
            raise SettingsError(first.message, where=first.location, help=first.help or None, diagnostics=ordered)

    @cached_property
    def _positions(self) -> Positions:
        # Imported here: positions are needed only for a message.
        from rhythmconf.text import yaml12

        return yaml12.locate_all(self.text, file=self.file)[0]

    def _load(self) -> list[Json]:
        from rhythmconf.text import yaml12

        try:
            return [value for value in yaml12.load_all(self.text, file=self.file) if value is not None]
        except DocumentError as error:
            raise SettingsError(error.message, where=error.where, help=error.help, code=error.code) from None
