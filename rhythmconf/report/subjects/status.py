"""What a key is in each environment -> text and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rhythmconf.model import Json
from rhythmconf.report.terminal import Line

NOTHING = "no document"


class Standing(NamedTuple):
    """A key in one environment: what identifies it (`word`), the id where it is known, the documents' files."""

    environment: str
    word: str
    id: str | None = None
    files: tuple[str, ...] = ()
    help: str = ""

    @property
    def known(self) -> bool:
        """Whether files, bindings or the tenant know the key at all."""
        return self.id is not None or not self.word.startswith(NOTHING)


def text(found: Sequence[Standing]) -> Iterator[Line]:
    """A line an environment, and the way out where one is needed."""
    width = max((len(each.environment) for each in found), default=0)
    for each in found:
        known = f"  id {each.id}" if each.id else ""
        yield [("bold", f"  {each.environment:<{width}}"), ("plain", f"  {each.word}"), ("dim", known)]
        if each.help:
            yield [("cyan", f"  {'':<{width}}  help: "), ("plain", each.help)]


def json(found: Sequence[Standing]) -> list[Json]:
    """The same for programs."""
    return [
        {"environment": each.environment, "is": each.word, "id": each.id, "files": list(each.files)} for each in found
    ]
