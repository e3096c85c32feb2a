"""Plain lines to JSON values: the shape of a text from its lines, the values in it from a table.

Configuration is `name: value`, line after line, and the same values stand in thousands of files. So each distinct
value is parsed once, by the parser, and a file costs no more than its lines: a third of what its events would cost.
A text with anything else in it (a block scalar, an anchor, an error) is not read here but by the parser, as a whole.
"""

from __future__ import annotations

import re
from typing import Any

from yaml import YAMLError

from rhythmconf.model import Json
from rhythmconf.text.yaml12.flaws import Flaw
from rhythmconf.text.yaml12.scalars import REMEMBERED, resolve
from rhythmconf.text.yaml12.source import Limits, yaml_events
from rhythmconf.text.yaml12.values import build

LINE = re.compile(r"^( *)(- +)?(?:([A-Za-z_/][A-Za-z0-9_./-]{0,99}):(?: +|$))?(.*)$", re.MULTILINE)
WORDS = re.compile(r"[A-Za-z0-9_/](?:[A-Za-z0-9 _.,/()-]*[A-Za-z0-9_.,/()-])?")
NOT_ALONE = ("|", ">", "---", "...")
"""What would go on in the lines below, or mean something else at the beginning of a text."""
ONE_LINE = Limits(size=10_000, depth=20, nodes=10_000, aliased=0)


class NotPlain(Exception):
    """The text has more in it than plain lines."""


class Values(dict[str, Json]):
    """A table that fills itself: from the rest of a line, after the name or the dash, to its value."""

    def __missing__(self, text: str) -> Json:
        value = resolve(text) if WORDS.fullmatch(text) else _alone(text)
        if len(self) < REMEMBERED:
            self[text] = value
        return value


VALUES = Values()


def _alone(text: str) -> Json:
    """The value of a text as a document of its own, where it is sure to mean the same behind a name or a dash."""
    if text.startswith(NOT_ALONE):
        raise NotPlain
    [value] = build(yaml_events(text.encode(), ONE_LINE), ONE_LINE)
    if isinstance(value, dict | list) and not text.startswith(("[", "{")):
        raise NotPlain
    return value


def plain_lines(data: bytes, limits: Limits) -> list[Json] | None:
    """The value of each document of a text of plain lines, None for any other text. What repeats is shared."""
    try:
        text = data.decode().replace("\r\n", "\n")
        if ": |" in text or ": >" in text:  # sooner seen here than after all the lines above it
            return None
        if not text.replace("\n", "").isprintable() or text.count("\n") > limits.nodes // 4:
            return None
        first, *others = [_document(part, limits.depth) for part in f"\n{text}".split("\n---\n")]
    except (NotPlain, Flaw, YAMLError, ValueError):
        return None
    return others if first is None else [first, *others]


def _document(text: str, depth: int) -> Json:
    """None stands for a document without content."""
    document: dict[str, Json] = {"": None}
    here: Any = document
    name: Any
    name, column = "", -1  # as if the document were a member's value, and that member further left than any line
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
            here[name] = value
            outer.append((column, here))
            column, here = at, value
        while at < column or (at == column and not dash and here.__class__ is list):
            column, here = outer.pop()
        if at != column or len(outer) + ONE_LINE.depth > depth or (dash and here.__class__ is dict):
            raise NotPlain
        if dash and not member:
            here.append(VALUES[rest])
            waiting = False
            continue
        if dash:
            item: dict[str, Json] = {}
            here.append(item)
            outer.append((column, here))
            column, here = at + len(dash), item
        name = VALUES[member]
        if name.__class__ is not str or name in here:
            raise NotPlain
        waiting = not rest or rest[0] == "#"
        here[name] = None if waiting else VALUES[rest]
    return document[""]
