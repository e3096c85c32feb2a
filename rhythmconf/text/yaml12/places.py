"""Where each value and each name of a text stands: parser events to positions, only when somebody asks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from yaml.events import (
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    StreamEndEvent,
)

from rhythmconf.model import Location, pointer
from rhythmconf.text.yaml12 import codes
from rhythmconf.text.yaml12.flaws import Flaw, Mark

Marks: TypeAlias = dict[str, Mark]


class Positions(NamedTuple):
    """The places of one document, by JSON Pointer: of its values, and of the names of its members."""

    file: str
    values: Mapping[str, Mark]
    names: Mapping[str, Mark]

    def of_value(self, pointer: str) -> Location:
        """Where the value stands, or the nearest value above it that does exist."""
        while pointer and pointer not in self.values:
            pointer = pointer.rpartition("/")[0]
        return self._at(self.values[pointer]) if pointer in self.values else Location(self.file)

    def of_name(self, pointer: str) -> Location:
        """Where the name of the member stands; for what has no name, where its value does."""
        return self._at(self.names[pointer]) if pointer in self.names else self.of_value(pointer)

    def _at(self, mark: Mark) -> Location:
        return Location(self.file, mark.line + 1, mark.column + 1)


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come: the pointer of its next value, where that is known."""

    path: str
    length: int | None  # None: a mapping
    member: str | None = None

    @property
    def wants_name(self) -> bool:
        """Whether the next event is the name of a member."""
        return self.length is None and self.member is None

    def next(self) -> str:
        """The pointer of the value that comes now."""
        if self.length is None:
            path, self.member = self.member or "", None
            return path
        self.length += 1
        return f"{self.path}/{self.length - 1}"


def locate(events: Iterable[Any]) -> list[tuple[Marks, Marks]]:
    """Marks of values and of names, by pointer, for each document. Raises Flaw for a name that is there twice."""
    documents: list[tuple[Marks, Marks]] = []
    outer: list[_Open] = []
    for event in events:
        start: Mark = event.start_mark
        if isinstance(event, DocumentStartEvent):
            documents.append(({}, {}))
        elif isinstance(event, CollectionEndEvent):
            outer.pop()
        elif isinstance(event, NodeEvent):
            values, names = documents[-1]
            if outer and outer[-1].wants_name and isinstance(event, ScalarEvent):
                outer[-1].member = _named(outer[-1].path, event.value, start, names)
                continue
            path = outer[-1].next() if outer else ""
            values[path] = start
            if isinstance(event, CollectionStartEvent):
                outer.append(_Open(path, None if isinstance(event, MappingStartEvent) else 0))
        elif isinstance(event, StreamEndEvent):
            break
    return documents


def _named(path: str, name: str, start: Mark, names: Marks) -> str:
    member = path + pointer((name,))
    if member in names:
        message = f"the name '{name:.80}' is twice in one mapping: first in line {names[member].line + 1}"
        raise Flaw(codes.DUPLICATE_NAME, message, help="remove one of them", mark=start)
    names[member] = start
    return member
