"""Read YAML by its indentation, which is many times as fast as building values from parser events.

A text is split into entries: a name or a dash, with all lines that are deeper. Configuration repeats itself, in a file
and from file to file, so most entries were read before, with all that is in them: a table has their values by their
text. An entry that is new is split into those inside it, down to single values, which `line_values` reads. A text with
anything unusual in it (an error, a name that is no scalar, a directive) is not read here at all: the caller gives the
whole text to the parser.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TypeAlias, cast

from rhythmconf.model import Json
from rhythmconf.text.yaml12.faults import YamlFault
from rhythmconf.text.yaml12.line_values import COMMENT, ONE_VALUE, VALUES, NotReadable
from rhythmconf.text.yaml12.source import Limits, count_values

ENTRY = re.compile(
    r"""(?P<indent>[ ]*+)
    (?P<dash>-(?:[ ]++|(?=\n)|\Z))?
    (?:(?P<name>[A-Za-z_/][A-Za-z0-9_./-]{0,99}+|"[^"\\\n]{0,99}"|'[^'\n]{0,99}'):(?:[ ]++|(?=\n)|\Z))?
    (?P<anchor>&[0-9A-Za-z_-]++(?:[ ]++|(?=\n)|\Z))?
    (?:\#[^\n]*+)?
    (?P<rest>(?s:.*))""",
    re.VERBOSE,
)
BEGINNING = re.compile(
    r"""(?:[ ]*+(?:\#.*+)?\n)*+
    (?P<indent>[ ]*+)
    (?:(?P<dash>-(?=[ \n]|\Z))|(?P<name>[A-Za-z0-9_./-]++|"[^"\n]*+"|'[^'\n]*+'):(?=[ \n]|\Z)|(?=[^ \#\n]))""",
    re.VERBOSE,
)
"""Blank lines and comments, and how the first entry behind them begins."""
DEEPEST = 38
"""Blanks in front of an entry. It can't be in more than twice as many collections."""
LONGEST = 1000
"""Characters of an entry that is remembered."""
REMEMBERED = 10_000
"""Entries that the table keeps. It begins anew then; what repeats in the files to come fills it again."""
CONTROLS = bytes(byte for byte in [*range(32), 127] if byte != 10)
ALIAS = re.compile(rf"\*([0-9A-Za-z_-]++){COMMENT}")
Entry: TypeAlias = tuple[str | None, Json]
"""The name of a member, or None for an item of a list, and the value."""
UNREAD: Json = ["a value that is being read"]


class Anchors(dict[str, Json]):
    """The values of the anchors of one document."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self.spare = limits.aliased

    def repeat(self, alias: str) -> Json:
        """Return the value of an alias, such as `*options`."""
        match = ALIAS.fullmatch(alias)
        if match is None or match[1] not in self:
            raise NotReadable
        value = self[match[1]]
        if value is UNREAD:
            raise NotReadable
        self.spare -= count_values(value, self.spare)
        return value


class Entries(dict[str, Entry]):
    """A table that fills itself, from the text of an entry without anchors to its name and value."""

    def __missing__(self, text: str) -> Entry:
        entry = read_entry(text, None)
        if len(text) <= LONGEST:
            if len(self) >= REMEMBERED:
                self.clear()
            self[text] = entry
        return entry


ENTRIES = Entries()
NAMES: dict[str, str] = {}
"""The names that were read, by their text with the blanks in front. A value in the same line needs no look at them."""
UNUSUAL = ("", " ", "#", "&", "*")
"""What a value in the line of its name doesn't begin with."""


def read_lines(data: bytes, limits: Limits) -> list[Json] | None:
    """Return the value of each document of a text, None where it is unusual. Equal values may be shared."""
    try:
        text = data.decode().replace("\r\n", "\n")
    except ValueError:
        return None
    if not is_printable(text) or text.count("\n") > limits.nodes // 4:
        return None
    if text[-1:] != "\n" and ("|" in text or ">" in text):
        return None  # the end of the last line belongs to a block
    if limits.depth < 2 * DEEPEST + 2 + ONE_VALUE.depth:
        return None
    has_anchors = "&" in text or "*" in text
    try:
        first, *others = [
            _read_block(part.rstrip("\n"), -1, Anchors(limits) if has_anchors else None)
            for part in f"\n{text}".split("\n---\n")
        ]
    except (NotReadable, YamlFault, ValueError):
        return None
    # The text before the first `---` is a document only if it has content.
    return others if first is None else [first, *others]


def is_printable(text: str) -> bool:
    """Tell whether a text has no invisible characters but blanks and line ends."""
    if text.isascii():
        data = text.encode()
        return len(data.translate(None, CONTROLS)) == len(data)  # twice as fast as `isprintable`
    return text.replace("\n", "").isprintable()


def _read_block(text: str, above: int, anchors: Anchors | None) -> Json:
    """Return the value of a text that has one: a mapping, a list or a value alone; None where it has none.

    It must be deeper than the column `above`. A list may be as deep.
    """
    beginning = BEGINNING.match(text)
    if beginning is None:
        return None
    indent, dash, name = beginning.groups()
    column = len(indent)
    if column > DEEPEST or column < above + (dash is None) or column < 0:
        raise NotReadable
    block = text[beginning.start("indent") :]
    if dash:
        return [value for _, value in _read_entries(_items_at(column).split(block), anchors)]
    if not name:
        # At the top of a document it may mean something else. An anchor or an alias would need a look at the name.
        if above < 0 or block[column] in "&*":
            raise NotReadable
        return _read_value(block[column:], column, None)
    entries = _read_entries(_members_at(column).split(block), anchors)
    members = dict(entries)
    if len(members) < len(entries) or None in members:
        raise NotReadable
    return cast("dict[str, Json]", members)


def _read_entries(texts: list[str], anchors: Anchors | None) -> list[Entry]:
    if anchors is None:
        return [*map(ENTRIES.__getitem__, texts)]
    return [read_entry(text, anchors) if "&" in text or "*" in text else ENTRIES[text] for text in texts]


def read_entry(text: str, anchors: Anchors | None) -> Entry:
    """Read the text of an entry without the table. Without `anchors`, it may have none."""
    before, _, value = text.partition(": ")
    if before in NAMES and "\n" not in value and value[:1] not in UNUSUAL:
        return NAMES[before], VALUES[value]
    match = ENTRY.match(text)
    if match is None:
        raise NotReadable
    indent, dash, written, anchor, rest = match.groups()
    column = len(indent)
    if dash and written:
        inside = column + len(dash)
        return None, _read_block(" " * inside + text[inside:], column, anchors)
    name = VALUES[written] if written else None
    if not (isinstance(name, str) or (dash and name is None)):
        raise NotReadable
    if name is not None and len(NAMES) < REMEMBERED:
        NAMES[indent + written] = name
    if anchor:
        return name, _read_anchored(anchor[1:].strip(" "), rest, column, anchors)
    return name, _read_rest(rest, column, anchors)


def _read_anchored(anchor: str, rest: str, column: int, anchors: Anchors | None) -> Json:
    if anchors is None or rest[:1] == "*":
        raise NotReadable
    # An alias inside can mean neither the whole value nor an earlier one. An anchor inside may have the same name.
    anchors[anchor] = UNREAD
    value = _read_rest(rest, column, anchors)
    if anchors[anchor] is UNREAD:
        anchors[anchor] = value
    return value


def _read_rest(rest: str, column: int, anchors: Anchors | None) -> Json:
    """Return the value of what is behind a name or a dash: in the same line, or in the lines below."""
    if rest and rest[0] != "\n":
        return _read_value(rest, column + 1, anchors)
    return _read_block(rest[1:], column, anchors)


def _read_value(text: str, least: int, anchors: Anchors | None) -> Json:
    """Return the value of a text with the lines behind it, which continue it if they begin with enough blanks."""
    if "\n" in text:
        match = _value_before(least).fullmatch(text)
        if match is None:
            raise NotReadable
        text = match["value"]
    if text[0] == "*":
        if anchors is None:
            raise NotReadable
        return anchors.repeat(text)
    return VALUES[text]


@cache
def _members_at(column: int) -> re.Pattern[str]:
    """Match where members of a mapping begin. A comment, a list and a closing bracket belong to the member above."""
    return re.compile(rf"\n(?=[ ]{{{column}}}[^] \n#}}-])")


@cache
def _items_at(column: int) -> re.Pattern[str]:
    """Match where items of a list begin."""
    return re.compile(rf"\n(?=[ ]{{{column}}}-(?:[ \n]|\Z))")


@cache
def _value_before(least: int) -> re.Pattern[str]:
    """Match a value with the lines that continue it, which begin with so many blanks, and the comments behind it."""
    return re.compile(
        rf"""(?P<value>(?P<bracket>[\[{{])?.*+
            (?:\n(?:[ ]*+\n)*+(?:
                [ ]{{{least}}}[ ]*+[^ \n].*+
                |(?(bracket)[ ]*+[\]}}].*+|(?!))  # a closing bracket is often as deep as the name
            ))*+
            (?:\n++[ ]++(?=\n|\Z))*+  # blanks, which a block may keep
        )
        (?:\n[ ]*+(?:\#.*+)?)*+""",
        re.VERBOSE,
    )
