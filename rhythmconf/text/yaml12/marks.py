"""Find the position of every value and name of a text. This runs only when somebody asks for a location."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from yaml.events import (
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    StreamEndEvent,
)

from rhythmconf.model import pointer
from rhythmconf.text.yaml12 import codes
from rhythmconf.text.yaml12.faults import Mark, YamlFault
from rhythmconf.text.yaml12.positions import Marks


@dataclass(slots=True)
class _Collection:
    """A mapping or a list whose end event has not come yet; `member` is the pointer of a member without its value."""

    path: str
    length: int | None  # None: a mapping
    member: str | None = None

    @property
    def expects_name(self) -> bool:
        """Return whether the next event is the name of a member."""
        return self.length is None and self.member is None

    def next_pointer(self) -> str:
        """Return the pointer of the value that comes next."""
        if self.length is None:
            path, self.member = self.member or "", None
            return path
        self.length += 1
        return f"{self.path}/{self.length - 1}"


def locate(events: Iterable[Any]) -> list[tuple[Marks, Marks]]:
    """Return the marks of values and of names for each document. Raises YamlFault for a duplicate name."""
    documents: list[tuple[Marks, Marks]] = []
    outer: list[_Collection] = []
    for event in events:
        kind = type(event)
        if kind is ScalarEvent and outer and outer[-1].expects_name:
            outer[-1].member = _add_name(outer[-1].path, event.value, event.start_mark, documents[-1][1])
        elif issubclass(kind, NodeEvent):
            path = outer[-1].next_pointer() if outer else ""
            documents[-1][0][path] = event.start_mark
            if issubclass(kind, CollectionStartEvent):
                outer.append(_Collection(path, None if kind is MappingStartEvent else 0))
        elif issubclass(kind, CollectionEndEvent):
            outer.pop()
        elif kind is DocumentStartEvent:
            documents.append(({}, {}))
        elif kind is StreamEndEvent:
            break
    return documents


def _add_name(path: str, name: str, start: Mark, names: Marks) -> str:
    member = path + pointer((name,))
    if member in names:
        message = f"the name '{name:.80}' is twice in one mapping: first in line {names[member].line + 1}"
        raise YamlFault(codes.DUPLICATE_NAME, message, help="remove one of them", mark=start)
    names[member] = start
    return member
