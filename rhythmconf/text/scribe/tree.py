"""The tree of a text: where each value begins and ends, where each member and item has its sign."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
)

_GAP = r"(?:[ \t\r\n\x85\u2028\u2029]|#[^\n]*)*"
_DASH, _COLON = re.compile(_GAP + "-"), re.compile(_GAP + ":")


@dataclass(slots=True)
class Node:
    """One value: `start` includes its anchor, `end` is behind its last sign, without comments and blank lines.

    `inline` is False for block collections and block scalars, which begin below or behind their header.
    """

    shape: Literal["map", "list", "scalar", "alias"]
    start: int
    end: int
    inline: bool
    anchor: str = ""
    style: str = ""
    parts: list[Part] = field(default_factory=list)

    def names(self) -> dict[str, Part]:
        """The members of a mapping."""
        return {part.name: part for part in self.parts}

    def anchors(self) -> Iterator[str]:
        """The anchors in it, its own first."""
        if self.anchor and self.shape != "alias":
            yield self.anchor
        for part in self.parts:
            yield from part.value.anchors()


@dataclass(slots=True)
class Part:
    """A member or an item: `start` is where its name or dash stands, `lead` is behind its colon or dash.

    An item of a flow list has neither dash nor colon: both are where its value begins.
    """

    name: str
    start: int
    lead: int
    value: Node


def trees(text: str) -> list[Node | None]:
    """The top of each document, None for an empty one; the text must be one that `yaml12.load_all` reads."""
    found: list[Node | None] = []
    stream: Iterator[Any] = iter(yaml.parse(text, Loader=yaml.CSafeLoader))
    for event in stream:
        if isinstance(event, DocumentStartEvent):
            found.append(_node(next(stream), stream, text))
    return found


def _node(event: Any, stream: Iterator[Any], text: str) -> Node:
    start, end = event.start_mark.index, event.end_mark.index
    if isinstance(event, AliasEvent):
        return Node("alias", start, end, True, event.anchor or "")
    if isinstance(event, ScalarEvent):
        block = event.style in ("|", ">")
        end = start + len(text[start:end].rstrip()) if block else end
        return Node("scalar", start, end, not block, event.anchor or "", event.style or "")
    shape: Literal["map", "list"] = "map" if isinstance(event, MappingStartEvent) else "list"
    node = Node(shape, start, end, bool(event.flow_style), event.anchor or "")
    _fill(node, stream, text)
    return node


def _fill(node: Node, stream: Iterator[Any], text: str) -> None:
    behind = node.start if not node.anchor else node.end
    for event in stream:
        if isinstance(event, CollectionEndEvent):
            node.end = event.end_mark.index if node.inline and event.end_mark else behind
            return
        part = _part(node, event, stream, text, behind)
        node.parts.append(part)
        behind = part.value.end


def _part(node: Node, event: Any, stream: Iterator[Any], text: str, behind: int) -> Part:
    start = event.start_mark.index
    if node.shape == "map":
        lead = _behind(_COLON, text, event.end_mark.index)
        return Part(event.value, start, lead, _node(next(stream), stream, text))
    if node.inline:
        return Part("", start, start, _node(event, stream, text))
    lead = _behind(_DASH, text, behind)
    return Part("", lead - 1, lead, _node(event, stream, text))


def _behind(sign: re.Pattern[str], text: str, begin: int) -> int:
    found = sign.match(text, begin)
    return found.end() if found else begin
