"""Parser events to JSON values: one flat loop, because it runs for every scalar of a project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from rhythmconf.model import Json
from rhythmconf.text.yaml12 import codes
from rhythmconf.text.yaml12.flaws import Flaw
from rhythmconf.text.yaml12.scalars import PLAIN, Scalar, tagged, unknown_tag
from rhythmconf.text.yaml12.source import Limits

ITEM = ""
"""Stands for the name of a member while the container is a list."""
STARTS = {MappingStartEvent: "tag:yaml.org,2002:map", SequenceStartEvent: "tag:yaml.org,2002:seq"}
ENDS = {MappingEndEvent, SequenceEndEvent}


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
                marked = event.style or event.tag or event.anchor
                value: Any = _scalar(event, anchors) if marked else PLAIN[event.value]
            elif kind in ENDS:
                here = outer.pop()
                name = None if here.__class__ is dict else ITEM
                continue
            elif kind in STARTS:
                value = _collection(event, anchors)
            elif kind is AliasEvent:
                value = _repeated(event, anchors, [*outer, here])
                spare -= _weight(value, spare)
            elif kind is StreamEndEvent:
                return documents
            else:
                anchors.clear()
                continue
            if name is None:
                if kind is not ScalarEvent or value.__class__ is not str or value in here or value == "<<":
                    _check_name(event, value, here)
                name = value
                continue
            if here.__class__ is dict:
                here[name] = value
                name = None
            else:
                here.append(value)
            if kind in STARTS:
                outer.append(here)
                here, name = value, None if kind is MappingStartEvent else ITEM
                if len(outer) > limits.depth:
                    raise Flaw(codes.TOO_DEEP, f"the text is nested more than {limits.depth} levels deep")
    except Flaw as flaw:
        flaw.mark = flaw.mark or event.start_mark
        raise
    raise Flaw(
        codes.TOO_LARGE, f"the text has more than {limits.nodes:,} values", help="split the file", mark=event.end_mark
    )


_NOT_A_NAME = "put a text that begins with '{' or '[' in quotes; '{{ }}' is no template here"


def _check_name(event: Event, value: Json, here: Mapping[str, Json]) -> None:
    if not isinstance(event, ScalarEvent):
        raise Flaw(
            codes.NAME_NOT_STRING, "a name must be a string, not a mapping, a list or an alias", help=_NOT_A_NAME
        )
    if not isinstance(value, str):
        raise Flaw(
            codes.NAME_NOT_STRING,
            f"a name must be a string, not {event.value or 'null'}",
            help=f'quote it: "{event.value}"',
        )
    if value in here:
        raise Flaw(codes.DUPLICATE_NAME, f"the name '{value:.80}' is twice in one mapping")
    if not event.style:
        raise Flaw(codes.MERGE_KEY, "merge keys ('<<') are not part of YAML 1.2", help="write the members out")


def _scalar(event: ScalarEvent, anchors: dict[str, Json]) -> Scalar:
    value = tagged(event.tag, event.value) if event.tag else event.value if event.style else PLAIN[event.value]
    if event.anchor:
        anchors[event.anchor] = value
    return value


def _collection(event: MappingStartEvent | SequenceStartEvent, anchors: dict[str, Json]) -> Json:
    if event.tag not in (None, "!", STARTS[event.__class__]):
        raise unknown_tag(event.tag)
    value: Json = {} if isinstance(event, MappingStartEvent) else []
    if event.anchor:
        anchors[event.anchor] = value
    return value


def _repeated(event: AliasEvent, anchors: dict[str, Json], open: Sequence[Json]) -> Json:
    if event.anchor not in anchors:
        raise Flaw(codes.BAD_ALIAS, f"the alias *{event.anchor} has no anchor &{event.anchor} above it")
    value = anchors[event.anchor]
    if any(value is each for each in open):
        raise Flaw(
            codes.BAD_ALIAS, f"the alias *{event.anchor} stands inside its own anchor, so its value would never end"
        )
    return value


def _weight(value: Json, most: int) -> int:
    """How many values an alias repeats, counted no further than needed to refuse it."""
    weight, waiting = 0, [value]
    while waiting:
        weight += 1
        if weight > most:
            raise Flaw(
                codes.ALIAS_BOMB, "aliases repeat too many values", help="write out what differs, or repeat less"
            )
        each = waiting.pop()
        if isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return weight
