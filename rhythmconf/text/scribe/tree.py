"""Parse a text to a tree that says where each value begins and ends, and where its members and items are."""

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
    """One value: `start` includes its anchor, `end` is behind its last character, without comments and blank lines.

    `inline` is False for block collections and block scalars, which begin below or behind their header.
    """

    form: Literal["map", "list", "scalar", "alias"]
    start: int
    end: int
    inline: bool
    anchor: str = ""
    style: str = ""
    parts: list[Part] = field(default_factory=list)

    def members(self) -> dict[str, Part]:
        """Return the parts of a mapping by name."""
        return {part.name: part for part in self.parts}

    def anchors(self) -> Iterator[str]:
        """Yield the anchors in this value, its own first."""
        if self.anchor and self.form != "alias":
            yield self.anchor
        for part in self.parts:
            yield from part.value.anchors()


@dataclass(slots=True)
class Part:
    """A member or an item: `start` is where its name or dash begins, `lead` is behind its colon or dash.

    An item of a flow list has neither: both are where its value begins.
    """

    name: str
    start: int
    lead: int
    value: Node


def parse_trees(text: str) -> list[Node | None]:
    """Return the top node of each document, None for an empty one. `yaml12.load_all` must be able to read the text."""
    stream: Iterator[Any] = iter(yaml.parse(text, Loader=yaml.CSafeLoader))
    # _node takes the events of its document from the stream, so the loop only sees what stands between documents.
    return [_node(next(stream), stream, text) for event in stream if isinstance(event, DocumentStartEvent)]


def _node(event: Any, stream: Iterator[Any], text: str) -> Node:
    start, end = event.start_mark.index, event.end_mark.index
    if isinstance(event, AliasEvent):
        return Node("alias", start, end, True, event.anchor or "")
    if isinstance(event, ScalarEvent):
        block = event.style in ("|", ">")
        # The parser ends a block scalar at the next content, so blank lines behind it are cut off here.
        end = start + len(text[start:end].rstrip()) if block else end
        return Node("scalar", start, end, not block, event.anchor or "", event.style or "")
    form: Literal["map", "list"] = "map" if isinstance(event, MappingStartEvent) else "list"
    node = Node(form, start, end, bool(event.flow_style), event.anchor or "")
    _add_parts(node, stream, text)
    return node


def _add_parts(node: Node, stream: Iterator[Any], text: str) -> None:
    end = node.end if node.anchor else node.start
    for event in stream:
        if isinstance(event, CollectionEndEvent):
            # The end mark of a block collection is at the next content; its own end is that of its last part.
            node.end = event.end_mark.index if node.inline and event.end_mark else end
            return
        part = _part(node, event, stream, text, end)
        node.parts.append(part)
        end = part.value.end


def _part(node: Node, event: Any, stream: Iterator[Any], text: str, previous_end: int) -> Part:
    start = event.start_mark.index
    if node.form == "map":
        lead = _behind(_COLON, text, event.end_mark.index)
        return Part(event.value, start, lead, _node(next(stream), stream, text))
    if node.inline:
        return Part("", start, start, _node(event, stream, text))
    lead = _behind(_DASH, text, previous_end)
    return Part("", lead - 1, lead, _node(event, stream, text))


def _behind(indicator: re.Pattern[str], text: str, begin: int) -> int:
    match = indicator.match(text, begin)
    return match.end() if match else begin
