"""Read YAML line by line, which is several times as fast as building values from parser events.

Configuration is mostly `name: value` lines. A value may go on in the lines below: as a block, in quotes, in brackets,
or as a text that is only indented. `line_values` reads the values. A text with anything else in it (a tag on a list,
an error) is not read here at all: the caller gives the whole text to the parser.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from yaml import YAMLError

from rhythmconf.model import MISSING, Json, Missing
from rhythmconf.text.yaml12.faults import YamlFault
from rhythmconf.text.yaml12.line_values import ONE_VALUE, VALUES, NotReadable
from rhythmconf.text.yaml12.source import Limits
from rhythmconf.text.yaml12.values import count_values

LINE = re.compile(
    r"""^(\ *)                             # 1 indentation
    (-(\ +))?                              # 2 dash, 3 blanks behind it
    (?:([A-Za-z_/][A-Za-z0-9_./-]{0,99}    # 4 name of a member
      |"[^"\\\n]{0,99}"|'[^'\n]{0,99}')
      :(?:\ +|$))?
    ([^\ #&*\n].*                          # 5 value, with the lines below that are indented deeper
      (?:\n+\1(?(4)(?(2)\ \3))\ +[^\ \n].*)*
      |.*)$                                # ... or comment, anchor, alias, nothing
    """,
    re.MULTILINE | re.VERBOSE,
)
ANCHOR = re.compile(r"&([A-Za-z0-9_-]{1,99})(?: +|$)(.*)")
ANCHORED = ("&", "*")
BLANKS_ALONE = re.compile(r"^ +$", re.MULTILINE)
ALIAS = re.compile(r"\*([A-Za-z0-9_-]{1,99})(?: +#.*)?")


def read_lines(data: bytes, limits: Limits) -> list[Json] | None:
    """Return the value of each document of a text, None for a text that has to be parsed. Equal values are shared."""
    try:
        text = data.decode().replace("\r\n", "\n")
        if not text.replace("\n", "").isprintable() or text.count("\n") > limits.nodes // 4:
            return None
        # In a block, blanks alone in a line may be text, and so may the lack of a line end.
        if ("|" in text or ">" in text) and (not text.endswith("\n") or BLANKS_ALONE.search(text)):
            return None
        first, *others = [_document(part, limits) for part in f"\n{text}".split("\n---\n")]
    except (NotReadable, YamlFault, YAMLError, ValueError):
        return None
    # The text before the first `---` is a document only if it has content.
    return others if first is None else [first, *others]


class Anchors(dict[str, Json]):
    """The values of one document that have an anchor. Aliases repeat `most` values at most."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._spare = most

    def read(self, text: str, around: Sequence[Json]) -> tuple[Json, str]:
        """Read a value with an anchor, or an alias. `around` are the collections whose end has not come yet.

        Return the anchor as well if its value is in the lines below.
        """
        if alias := ALIAS.fullmatch(text):
            value = self.get(alias[1], MISSING)
            if isinstance(value, Missing) or any(value is collection for collection in around):
                raise NotReadable
            self._spare -= count_values(value, self._spare)
            return value, ""
        anchor = ANCHOR.fullmatch(text)
        if anchor is None or anchor[2][:1] in ("&", "*", "#"):
            raise NotReadable
        if not anchor[2]:
            return None, anchor[1]
        self[anchor[1]] = VALUES[anchor[2]]
        return self[anchor[1]], ""


def _document(text: str, limits: Limits) -> Json:
    """Return the value of one document; None where it has no content."""
    # The document is treated as the value of a member that is further to the left than any line.
    document: dict[str, Json] = {"": None}
    container: Any = document
    name: Any = ""
    column = -1
    waiting = True  # whether the lines to come may hold the value of the member `name`,
    anchor = ""  # and its anchor
    anchors = Anchors(limits.aliased)
    outer: list[tuple[int, Any]] = []
    deepest = limits.depth - ONE_VALUE.depth
    for indent, dash, blanks, member, rest in LINE.findall(text):
        at = len(indent)
        if not dash and not member:
            if not rest or rest[0] == "#":
                continue
            if not waiting or anchor or not at > column > -1:
                raise NotReadable
            container[name], waiting = VALUES[rest], False
            continue
        if waiting and (at > column or (dash and at == column)):
            outer.append((column, container))
            container[name] = [] if dash else {}
            column, container = at, container[name]
            if anchor:
                anchors[anchor], anchor = container, ""
        while at < column or (at == column and not dash and container.__class__ is list):
            column, container = outer.pop()
        if at != column or anchor or len(outer) > deepest or (dash and container.__class__ is dict):
            raise NotReadable
        if rest[:1] in ANCHORED:
            value, anchor = anchors.read(rest, [container, *(one for _, one in outer)])
            waiting = anchor != ""
        else:
            waiting = not rest or rest[0] == "#"
            value = None if waiting else VALUES[rest]
        if not member:
            if waiting:
                raise NotReadable
            container.append(value)
            continue
        if dash:
            item: dict[str, Json] = {}
            container.append(item)
            outer.append((column, container))
            column, container = at + 1 + len(blanks), item
        name = VALUES[member]
        if name.__class__ is not str or name in container:
            raise NotReadable
        container[name] = value
    if anchor:
        raise NotReadable
    return document[""]
