"""Read simple YAML line by line, which is three times as fast as building values from parser events.

Configuration is mostly `name: value` lines, and the same values appear in thousands of files. So each distinct value is
parsed once, by the real parser, and looked up from then on. A text with anything else in it (a block scalar, an anchor,
an error) is not read here at all: the caller gives the whole text to the parser.
"""

from __future__ import annotations

import re
from typing import Any

from yaml import YAMLError

from rhythmconf.model import Json
from rhythmconf.text.yaml12.faults import YamlFault
from rhythmconf.text.yaml12.scalars import REMEMBERED, resolve
from rhythmconf.text.yaml12.source import Limits, yaml_events
from rhythmconf.text.yaml12.values import build

LINE = re.compile(r"^( *)(- +)?(?:([A-Za-z_/][A-Za-z0-9_./-]{0,99}):(?: +|$))?(.*)$", re.MULTILINE)
PLAIN_TEXT = re.compile(r"[A-Za-z0-9_/](?:[A-Za-z0-9 _.,/()-]*[A-Za-z0-9_.,/()-])?")
NOT_ALONE = ("|", ">", "---", "...")
"""Beginnings of a value that would go on in the lines below, or mean something else at the top of a text."""
ONE_LINE = Limits(size=10_000, depth=20, nodes=10_000, aliased=0)


class NotPlain(Exception):
    """The text has more in it than plain lines."""


class Values(dict[str, Json]):
    """A table that fills itself, from the rest of a line after the name or the dash to its value."""

    def __missing__(self, text: str) -> Json:
        value = resolve(text) if PLAIN_TEXT.fullmatch(text) else _parse_alone(text)
        if len(self) < REMEMBERED:
            self[text] = value
        return value


VALUES = Values()


def _parse_alone(text: str) -> Json:
    """Parse the rest of a line as a document. Raises NotPlain where it might mean something else in its line."""
    if text.startswith(NOT_ALONE):
        raise NotPlain
    [value] = build(yaml_events(text.encode(), ONE_LINE), ONE_LINE)
    # `a: b: c` is an error, but `b: c` alone is a mapping.
    if isinstance(value, dict | list) and not text.startswith(("[", "{")):
        raise NotPlain
    return value


def read_plain_lines(data: bytes, limits: Limits) -> list[Json] | None:
    """Return the value of each document of a text of plain lines, None for any other text. Equal values are shared."""
    try:
        text = data.decode().replace("\r\n", "\n")
        if ": |" in text or ": >" in text:  # found here sooner than after reading all the lines above it
            return None
        if not text.replace("\n", "").isprintable() or text.count("\n") > limits.nodes // 4:
            return None
        first, *others = [_document(part, limits.depth) for part in f"\n{text}".split("\n---\n")]
    except (NotPlain, YamlFault, YAMLError, ValueError):
        return None
    # The text before the first `---` is a document only if it has content.
    return others if first is None else [first, *others]


def _document(text: str, depth: int) -> Json:
    """Return the value of one document; None where it has no content."""
    # The document is treated as the value of a member that is further to the left than any line.
    document: dict[str, Json] = {"": None}
    container: Any = document
    name: Any
    name, column = "", -1
    waiting = True  # whether the lines to come may hold the value of the member `name`
    outer: list[tuple[int, Any]] = []
    for indent, dash, member, rest in LINE.findall(text):
        if not dash and not member:
            if rest and rest[0] != "#":
                raise NotPlain
            continue
        at = len(indent)
        if waiting and (at > column or (dash and at == column)):
            value: Any = [] if dash else {}
            container[name] = value
            outer.append((column, container))
            column, container = at, value
        while at < column or (at == column and not dash and container.__class__ is list):
            column, container = outer.pop()
        if at != column or len(outer) + ONE_LINE.depth > depth or (dash and container.__class__ is dict):
            raise NotPlain
        if dash and not member:
            container.append(VALUES[rest])
            waiting = False
            continue
        if dash:
            item: dict[str, Json] = {}
            container.append(item)
            outer.append((column, container))
            column, container = at + len(dash), item
        name = VALUES[member]
        if name.__class__ is not str or name in container:
            raise NotPlain
        waiting = not rest or rest[0] == "#"
        container[name] = None if waiting else VALUES[rest]
    return document[""]
