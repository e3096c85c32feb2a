"""Read YAML line by line, which is several times as fast as building values from parser events.

Configuration is mostly `name: value` lines. One regular expression splits a text into entries: a name or a dash, and
its value with the lines that continue it. `line_values` reads the value. A text with anything unusual in it (an error,
a name that is no scalar, a directive) is not read here at all: the caller gives the whole text to the parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from rhythmconf.model import Json
from rhythmconf.text.yaml12.faults import YamlFault
from rhythmconf.text.yaml12.line_values import COMMENT, ONE_VALUE, VALUES, NotReadable
from rhythmconf.text.yaml12.source import Limits, count_values

_BEGINNING = r"""^(?P<indent>[ ]*+)
    (?:(?P<dash>-(?:[ ]|$))(?P<gap>[ ]*+))?
    (?:(?P<name>[A-Za-z_/][A-Za-z0-9_./-]{0,99}+|"[^"\\\n]{0,99}"|'[^'\n]{0,99}'):(?:[ ]++|$))?"""
LINES = re.compile(rf"{_BEGINNING}(?P<anchor>)(?:\#.*+|(?P<value>.*+))(?P<bracket>)", re.MULTILINE | re.VERBOSE)
"""The entries of a text whose values all end in their line."""
ENTRIES = re.compile(
    rf"""{_BEGINNING}
    (?P<anchor>&[0-9A-Za-z_-]++(?:[ ]++|$))?
    (?:(?=[^\#\n])
        (?P<value>(?P<bracket>[\[{{])?.*+
            (?:\n(?:[ ]*+\n)*+(?:
                # A line that continues the value is deeper than its name, or than its dash. Where the value
                # stands alone in its line, it is as deep as the value.
                (?(name)(?P=indent)(?(dash)[ ][ ](?P=gap))[ ]|(?P=indent)(?(dash)[ ]))[ ]*+[^ \n].*+
                # A closing bracket is often as deep as the name.
                |(?(bracket)[ ]*+[\]}}].*+|(?!))
            ))*+
            (?:\n++[ ]++(?=\n|\Z))*+  # blanks, which a block may keep
        )
    )?""",
    re.MULTILINE | re.VERBOSE,
)
"""The entries of any text, in twice the time. The groups are those of LINES."""
CONTINUED = "|>&"
"""Signs for which LINES need not be tried. A single character is found in next to no time."""
CONTROLS = bytes(byte for byte in [*range(32), 127] if byte != 10)
ALIAS = re.compile(rf"\*([0-9A-Za-z_-]++){COMMENT}")


class Anchors(dict[str, Json]):
    """The values of the anchors of one document."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self.spare = limits.aliased

    def read(self, anchor: str, text: str, outer: Sequence[tuple[int, Json]]) -> Json:
        """Return the value of a text behind its anchor, or of an alias. `outer` are the collections around it."""
        if text[:1] != "*":
            value = VALUES[text]
            if anchor:
                self[anchor.strip()] = value
            return value
        match = ALIAS.fullmatch(text)
        if anchor or match is None or f"&{match[1]}" not in self:
            raise NotReadable
        value = self[f"&{match[1]}"]
        if any(value is collection for _, collection in outer):
            raise NotReadable
        self.spare -= count_values(value, self.spare)
        return value


def read_lines(data: bytes, limits: Limits) -> list[Json] | None:
    """Return the value of each document of a text, None where it has more than lines. Equal values may be shared."""
    try:
        text = data.decode().replace("\r\n", "\n")
    except ValueError:
        return None
    if not _is_printable(text) or text.count("\n") > limits.nodes // 4:
        return None
    if text[-1:] != "\n" and ("|" in text or ">" in text):
        return None  # the end of the last line belongs to a block
    if not any(sign in text for sign in CONTINUED) and (values := _documents(text, LINES, limits)) is not None:
        return values
    return _documents(text, ENTRIES, limits)


def _is_printable(text: str) -> bool:
    """Tell whether a text has no invisible characters but blanks and line ends."""
    if text.isascii():
        data = text.encode()
        return len(data.translate(None, CONTROLS)) == len(data)  # twice as fast as `isprintable`
    return text.replace("\n", "").isprintable()


def _documents(text: str, pattern: re.Pattern[str], limits: Limits) -> list[Json] | None:
    """Return the value of each document whose entries a pattern finds; None where it doesn't find all."""
    try:
        first, *others = [_document(pattern.findall(part), limits) for part in f"\n{text}".split("\n---\n")]
    except (NotReadable, YamlFault, ValueError):
        return None
    # The text before the first `---` is a document only if it has content.
    return others if first is None else [first, *others]


def _document(entries: Iterable[tuple[str, ...]], limits: Limits) -> Json:
    """Return the value of one document; None where it has no content."""
    # The document is treated as the value of a member that is further to the left than any line.
    document: dict[str, Json] = {"": None}
    container: Any = document
    name: Any
    name, column = "", -1
    # The anchor, or "", of a member whose value may be in the lines to come; None where it is in the same line.
    waiting: str | None = ""
    outer: list[tuple[int, Any]] = []
    anchors = Anchors(limits)
    for indent, dash, gap, member, anchor, rest, _ in entries:
        at = len(indent)
        if not dash and not member:
            if anchor or rest:
                # The value of a name, alone in its line. At the top of a document it may mean something else.
                if waiting is None or at <= column or column < 0 or (waiting and anchor) or not rest:
                    raise NotReadable
                container[name] = anchors.read(waiting or anchor, rest, [*outer, (column, container)])
                waiting = None
            continue
        if waiting is not None and (at > column or (dash and at == column and container.__class__ is dict)):
            value: Any = [] if dash else {}
            container[name] = value
            if waiting:
                anchors[waiting.strip()] = value
            outer.append((column, container))
            column, container = at, value
        while at < column or (at == column and not dash and container.__class__ is list):
            column, container = outer.pop()
        if at != column or len(outer) + ONE_VALUE.depth > limits.depth or (dash and container.__class__ is dict):
            raise NotReadable
        if member:
            if dash:
                item: dict[str, Json] = {}
                container.append(item)
                outer.append((column, container))
                column, container = at + len(dash) + len(gap), item
            name = VALUES[member]
            if name.__class__ is not str or name in container:
                raise NotReadable
        else:
            name = len(container)
            container.append(None)
        if not rest:
            container[name] = None
            waiting = anchor
            if anchor:
                anchors[anchor.strip()] = None
        elif anchor or rest[0] == "*":
            container[name] = anchors.read(anchor, rest, [*outer, (column, container)])
            waiting = None
        else:
            container[name] = VALUES[rest]
            waiting = None
    return document[""]
