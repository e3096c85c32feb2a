"""Read the value that stands in a line behind a name or a dash, with the lines below that belong to it.

Most values are plain or quoted texts, which need no parser. Anything else is parsed alone. The same values appear in
thousands of files, so they are remembered.
"""

from __future__ import annotations

import json
import re

from rhythmconf.model import Json
from rhythmconf.text.yaml12.scalars import REMEMBERED, resolve
from rhythmconf.text.yaml12.source import Limits, yaml_events
from rhythmconf.text.yaml12.values import build

PLAIN = r"[A-Za-z0-9_/](?:[A-Za-z0-9 _.,/()-]*[A-Za-z0-9_.,/()-])?"
COMMENT = r" *(?: #.*)?"
PLAIN_TEXT = re.compile(rf"({PLAIN}){COMMENT}")
PLAIN_LINES = re.compile(rf"{PLAIN}(?:\n *{PLAIN})+")
DOUBLE_QUOTED = re.compile(rf'("[^"\\\n]*(?:\\["\\/bfnrt][^"\\\n]*)*"){COMMENT}')
SINGLE_QUOTED = re.compile(rf"'((?:[^'\n]|'')*)'{COMMENT}")
BLOCK = re.compile(r"([|>])(-?)\n(\n*( +)[^ \n].*(?:\n+\4.*)*)")
BLOCK_HEADER = re.compile(r"[|>]-?(?: +#.*)?\n")
LINE_ENDS = re.compile(r"\n(\n*)")
NOT_ALONE = ("---", "...")
"""Beginnings of a value that would mean something else at the top of a text."""
NAMED = re.compile(r"(?<![^\s\[\]{},])[&*][^ ]")
"""An anchor or an alias, which another part of the text may refer to."""
ONE_VALUE = Limits(size=100_000, depth=20, nodes=10_000, aliased=0)
LONG = 200
"""Characters of a value that is not remembered: it hardly appears again."""


class NotReadable(Exception):
    """The text has more in it than can be read line by line."""


class Values(dict[str, Json]):
    """A table that fills itself, from the text behind a name or a dash to its value."""

    def __missing__(self, text: str) -> Json:
        value = _read(text)
        if len(text) <= LONG and len(self) < REMEMBERED:
            self[text] = value
        return value


VALUES = Values()


def _read(text: str) -> Json:
    if plain := PLAIN_TEXT.fullmatch(text):
        return resolve(plain[1])
    if text[0] == '"' and (quoted := DOUBLE_QUOTED.fullmatch(text)):
        # These escapes mean the same in JSON.
        return json.loads(quoted[1]) if "\\" in text else quoted[1][1:-1]
    if text[0] == "'" and (quoted := SINGLE_QUOTED.fullmatch(text)):
        return quoted[1].replace("''", "'")
    if text[0] in "|>":
        return _read_block(text)
    if PLAIN_LINES.fullmatch(text):
        return resolve(" ".join(line.strip() for line in text.split("\n")))
    return _parse_alone(text)


def _read_block(text: str) -> Json:
    """Read a block text. Only one with its own idea of indentation, or of the lines at its end, is not read here."""
    block = BLOCK.fullmatch(text)
    if block is None or (block[1] == ">" and f"\n{block[4]} " in text):
        if not BLOCK_HEADER.match(text):
            raise NotReadable
        return _parse_alone(f"{text}\n")
    style, strip, below, indent = block.groups()
    value = f"\n{below}".replace(f"\n{indent}", "\n")[1:]
    if style == ">":
        content = value.lstrip("\n")
        value = value[: -len(content)] + LINE_ENDS.sub(_join_lines, content)
    return value if strip else f"{value}\n"


def _join_lines(ends: re.Match[str]) -> str:
    """Return what is between two lines of a folded block: a blank, or one line end less than there are."""
    return ends[1] or " "


def _parse_alone(text: str) -> Json:
    """Parse a value as a document. Raises NotReadable where it might mean something else in its line."""
    if text.startswith(NOT_ALONE) or (text[0] not in "\"'" and NAMED.search(text)):
        raise NotReadable
    [value] = build(yaml_events(text.encode(), ONE_VALUE), ONE_VALUE)
    # `a: b: c` is an error, but `b: c` alone is a mapping.
    if isinstance(value, dict | list) and not text.startswith(("[", "{")):
        raise NotReadable
    return value
