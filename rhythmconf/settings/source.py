"""The text of the project file: its value, and where each member stands when an error or `doctor` asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from rhythmconf.errors import DocumentError, SettingsError, codes
from rhythmconf.model import Body, Diagnostic, Json, Location
from rhythmconf.settings.members import Problem

if TYPE_CHECKING:
    from rhythmconf.text.yaml12 import Positions


@dataclass(frozen=True)
class Source:
    """One YAML text with a single mapping in it; `file` is how messages name it."""

    text: bytes = field(repr=False)
    file: str

    @cached_property
    def value(self) -> Body:
        """The mapping. Raises SettingsError for anything else."""
        found = self._load()
        if len(found) != 1 or not isinstance(found[0], dict):
            raise SettingsError("The file must hold one mapping.", where=Location(self.file))
        return found[0]

    @cached_property
    def empty(self) -> bool:
        """Whether there is nothing in it but comments."""
        return not self._load()

    def locate(self, problem: Problem) -> Location:
        """Where a problem stands in the text."""
        return self._positions.of_name(problem.at) if problem.of_name else self._positions.of_value(problem.at)

    def line(self, at: str) -> str:
        """`file:line` of a member."""
        return f"{self.file}:{self._positions.of_value(at).line}"

    @cached_property
    def _positions(self) -> Positions:
        from rhythmconf.text import yaml12

        return yaml12.locate_all(self.text, file=self.file)[0]

    def _load(self) -> list[Json]:
        from rhythmconf.text import yaml12

        try:
            return [value for value in yaml12.load_all(self.text, file=self.file) if value is not None]
        except DocumentError as error:
            raise SettingsError(error.message, where=error.where, help=error.help) from None

    def check(self, problems: Iterable[Problem]) -> None:
        """Raise one SettingsError that tells all problems in the order of the text, if there are any."""
        located = sorted({(self.locate(problem), problem) for problem in problems})
        if not located:
            return
        (where, first), *others = located
        told = "".join(f"\n{place}: {other.message}{_in_brackets(other.help)}" for place, other in others)
        findings = (
            Diagnostic(codes.SETTINGS, problem.message, location=place, pointer=problem.at, help=problem.help)
            for place, problem in located
        )
        raise SettingsError(first.message + told, where=where, help=first.help or None, diagnostics=findings)


def _in_brackets(help: str) -> str:
    return f" ({help})" if help else ""
