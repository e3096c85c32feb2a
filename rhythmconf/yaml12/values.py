"""Parser events to JSON values: one flat loop, because it runs for every scalar of a project."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from rhythmconf.model import Json
from rhythmconf.yaml12.flaws import Flaw
from rhythmconf.yaml12.scalars import NAMES, PLAIN, Scalar, named, tagged, unknown_tag
from rhythmconf.yaml12.source import Limits

ITEM = ""
"""Stands for the name of a member while the container is a list."""
OWN_TAGS = {MappingStartEvent: "tag:yaml.org,2002:map", SequenceStartEvent: "tag:yaml.org,2002:seq"}


def build(events: Iterable[Event | None], limits: Limits) -> list[Json]:
    """The value of each document. Raises Flaw, always with its mark; the parser's own errors pass through."""
    documents: list[Json] = []
    here: Any = documents
    name: str | None = ITEM  # None: the next event is the name of a member
    outer: list[Any] = []
    anchors: dict[str, Json] = {}
    spare = limits.aliased
    event: Any = None
    try:
        for event in events:
            kind = event.__class__
            if kind is ScalarEvent:
                plain = not (event.style or event.anchor or event.tag)
                if name is None:
                    name = NAMES[event.value] if plain else _name(event, anchors)
                    if name in here:
                        raise Flaw("RC102", f"the name '{name}' is twice in one mapping")
                elif here.__class__ is dict:
                    here[name] = PLAIN[event.value] if plain else _scalar(event, anchors)
                    name = None
                else:
                    here.append(PLAIN[event.value] if plain else _scalar(event, anchors))
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                here = outer.pop()
                name = None if here.__class__ is dict else ITEM
            elif kind is MappingStartEvent or kind is SequenceStartEvent or kind is AliasEvent:
                value: Any = {} if kind is MappingStartEvent else []
                if name is None:
                    raise Flaw("RC103", "a name must be a string, not a mapping, a list or an alias")
                if kind is AliasEvent:
                    value = _repeated(event, anchors, [*outer, here])
                    spare -= _weight(value, spare)
                elif event.anchor or event.tag:
                    _mark(event, value, anchors)
                if here.__class__ is dict:
                    here[name] = value
                    name = None
                else:
                    here.append(value)
                if kind is not AliasEvent:
                    outer.append(here)
                    here, name = value, None if kind is MappingStartEvent else ITEM
                    if len(outer) > limits.depth:
                        raise Flaw("RC108", f"the text is nested more than {limits.depth} levels deep")
            elif kind is DocumentStartEvent:
                anchors.clear()
            elif kind is StreamEndEvent:
                return documents
    except Flaw as flaw:
        flaw.mark = flaw.mark or event.start_mark
        raise
    raise Flaw("RC109", f"the text has more than {limits.nodes:,} values", help="split the file", mark=event.end_mark)


def _scalar(event: ScalarEvent, anchors: dict[str, Json]) -> Scalar:
    value = tagged(event.tag, event.value) if event.tag else event.value if event.style else PLAIN[event.value]
    if event.anchor:
        anchors[event.anchor] = value
    return value


def _name(event: ScalarEvent, anchors: dict[str, Json]) -> str:
    scalar = _scalar(event, anchors)
    return named(scalar, event.value) if event.style or event.tag else NAMES[event.value]


def _mark(event: MappingStartEvent | SequenceStartEvent, value: Json, anchors: dict[str, Json]) -> None:
    if event.tag and event.tag != OWN_TAGS[event.__class__]:
        raise unknown_tag(event.tag)
    if event.anchor:
        anchors[event.anchor] = value


def _repeated(event: AliasEvent, anchors: dict[str, Json], open: Sequence[Json]) -> Json:
    if event.anchor not in anchors:
        raise Flaw("RC106", f"the alias *{event.anchor} has no anchor &{event.anchor} above it")
    value = anchors[event.anchor]
    if any(value is each for each in open):
        raise Flaw("RC106", f"the alias *{event.anchor} stands inside its own anchor, so its value would never end")
    return value


def _weight(value: Json, most: int) -> int:
    """How many values an alias repeats, counted no further than needed to refuse it."""
    weight, waiting = 0, [value]
    while waiting:
        weight += 1
        if weight > most:
            raise Flaw("RC107", "aliases repeat too many values", help="write out what differs, or repeat less")
        each = waiting.pop()
        if isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return weight
