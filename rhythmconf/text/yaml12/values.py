"""Build JSON values from parser events. It is one flat loop because it runs for every scalar of a project."""

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
from rhythmconf.text.yaml12.faults import YamlFault
from rhythmconf.text.yaml12.scalars import PLAIN, Scalar, resolve_tagged, unknown_tag
from rhythmconf.text.yaml12.source import Limits, count_values

ITEM = ""
"""Stands for the name of a member while the container is a list."""
STARTS = {MappingStartEvent: "tag:yaml.org,2002:map", SequenceStartEvent: "tag:yaml.org,2002:seq"}
ENDS = {MappingEndEvent, SequenceEndEvent}


def build(events: Iterable[Event | None], limits: Limits) -> list[Json]:
    """Return the value of each document. Raises YamlFault, always with its mark; errors of the parser pass through."""
    documents: list[Json] = []
    container: Any = documents
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
                container = outer.pop()
                name = None if container.__class__ is dict else ITEM
                continue
            elif kind in STARTS:
                value = _collection(event, anchors)
            elif kind is AliasEvent:
                value = _aliased(event, anchors, [*outer, container])
                spare -= count_values(value, spare)
            elif kind is StreamEndEvent:
                return documents
            else:
                anchors.clear()
                continue
            if name is None:
                if kind is not ScalarEvent or value.__class__ is not str or value in container or value == "<<":
                    value = _check_name(event, value, container, limits.names)
                name = value
                continue
            if container.__class__ is dict:
                container[name] = value
                name = None
            else:
                container.append(value)
            if kind in STARTS:
                outer.append(container)
                container, name = value, None if kind is MappingStartEvent else ITEM
                if len(outer) > limits.depth:
                    raise YamlFault(codes.TOO_DEEP, f"the text is nested more than {limits.depth} levels deep")
    except YamlFault as fault:
        fault.mark = fault.mark or event.start_mark
        raise
    message = f"the text has more than {limits.nodes:,} values"
    raise YamlFault(codes.TOO_LARGE, message, help="split the file", mark=event.end_mark)


_NOT_A_NAME = "put a text that begins with '{' or '[' in quotes; '{{ }}' is not a template here"


def _check_name(event: Event, value: Json, container: Mapping[str, Json], types: tuple[type, ...]) -> str:
    if not isinstance(event, ScalarEvent):
        message = "a name must be a string, not a mapping, a list or an alias"
        raise YamlFault(codes.NAME_NOT_STRING, message, help=_NOT_A_NAME)
    if not isinstance(value, types):
        message = f"a name must be a string, not {event.value or 'null'}"
        raise YamlFault(codes.NAME_NOT_STRING, message, help=f'quote it: "{event.value}"')
    name: str = event.value
    if name in container:
        raise YamlFault(codes.DUPLICATE_NAME, f"the name '{name:.80}' is twice in one mapping")
    if name == "<<" and not event.style:
        message = "merge keys ('<<') are not part of YAML 1.2"
        raise YamlFault(codes.MERGE_KEY, message, help="write the members out")
    return name


def _scalar(event: ScalarEvent, anchors: dict[str, Json]) -> Scalar:
    value = resolve_tagged(event.tag, event.value) if event.tag else event.value if event.style else PLAIN[event.value]
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


def _aliased(event: AliasEvent, anchors: dict[str, Json], open: Sequence[Json]) -> Json:
    """Return the value of an alias. `open` are the collections around it, whose end has not come yet."""
    if event.anchor not in anchors:
        message = f"the alias *{event.anchor} has no anchor &{event.anchor} above it"
        help = f"put it in quotes if it is a text, or write &{event.anchor} in front of the value that it repeats"
        raise YamlFault(codes.BAD_ALIAS, message, help=help)
    value = anchors[event.anchor]
    if any(value is collection for collection in open):
        message = f"the alias *{event.anchor} is inside its own anchor, so its value would never end"
        raise YamlFault(codes.BAD_ALIAS, message)
    return value
