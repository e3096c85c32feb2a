"""Turn the text of one value into the value: what follows a name or a dash, with the lines that continue it.

Each form that is common in configuration has a fast rule here. Any other text is parsed alone, by the real parser.
"""

from __future__ import annotations

import json
import re

from rhythmconf.model import Json
from rhythmconf.text.yaml12.scalars import REMEMBERED, resolve
from rhythmconf.text.yaml12.source import Limits

COMMENT = r"(?: +(?:#[^\n]*)?)?"
"""What may follow a value in its line."""
PLAIN = r"(?:[A-Za-z0-9_/]|\.(?=[A-Za-z]))(?:[^ :#\n]++| ++(?=[^ #\n])|:(?=[^ \n])|(?<=[^ \n])#)*+"
PLAIN_TEXT = re.compile(f"({PLAIN}){COMMENT}")
PLAIN_LINES = re.compile(f"{PLAIN} *+(?:\n *+(?:{PLAIN} *+)?)*+")
DOUBLE_QUOTED = re.compile(f'"([^"\\\\]*)"{COMMENT}')
ESCAPED = re.compile(f'("(?:[^"\\\\\n]++|\\\\["\\\\/bfnrt])*+"){COMMENT}')
"""Double quotes with the escapes that YAML and JSON have in common."""
SINGLE_QUOTED = re.compile(f"'((?:[^']++|'')*+)'{COMMENT}")
BLOCK_HEADER = re.compile(f"([|>])(-?){COMMENT}")
FLOW_SCALAR = re.compile(
    r"""(?P<plain>(?:-(?=[0-9])|\.(?=[A-Za-z]))?[A-Za-z0-9_/][A-Za-z0-9_./@+-]*+(?:[ ]++[A-Za-z0-9_./@+-]++)*+)
    |"(?P<double>[^"\\\n]*+)"|'(?P<single>[^'\n]*+)'""",
    re.VERBOSE,
)
FLOW = re.compile(rf"""([\[{{](?:[^"':#\n]|\n(?! *:)|:(?=[ \n])|"[^"\\\n]*+"|'[^'\n]*+')*[\]}}]){COMMENT}""")
"""A collection in brackets, without escapes and comments. What is inside is left to the parser of JSON.

The parser of YAML refuses a name whose colon is in a later line.
"""
LINE_ENDS = re.compile(r"\n(\n*)")
ANCHOR_INSIDE = re.compile(r"(?<![^\s\[{,:!])[&*][^\s]")
CHEAP = 200
"""Characters. A longer text that has a fast rule is not remembered: most are in one file only."""
ONE_VALUE = Limits(size=10_000, depth=20, nodes=10_000, aliased=0)


class NotReadable(Exception):
    """The text has more in it than the line reader understands."""


class Values(dict[str, Json]):
    """A table that fills itself, from the text of a value to the value. Collections come from it shared."""

    def __missing__(self, text: str) -> Json:
        value = _read_scalar(text)
        if value is UNUSUAL:
            value = _parse_alone(text)
        elif len(text) > CHEAP:
            return value
        if len(self) < REMEMBERED:
            self[text] = value
        return value


VALUES = Values()
UNUSUAL: Json = ["a text without a fast rule"]


def _read_scalar(text: str) -> Json:
    """Return the value of a scalar in a common form, and UNUSUAL for any other text."""
    first = text[0]
    if first == '"':
        if match := DOUBLE_QUOTED.fullmatch(text):
            return _join_quoted(match[1])
        if match := ESCAPED.fullmatch(text):
            value: Json = json.loads(match[1])
            return value
    elif first == "'":
        if match := SINGLE_QUOTED.fullmatch(text):
            return _join_quoted(match[1].replace("''", "'"))
    elif first in "|>":
        return _read_block(text)
    elif first in "[{":
        return read_flow(text)
    elif match := PLAIN_TEXT.fullmatch(text):
        return resolve(match[1])
    elif "\n" in text and PLAIN_LINES.fullmatch(text):
        return resolve(_join_quoted(text.rstrip(" \n")))
    return UNUSUAL


def _join_quoted(text: str) -> str:
    """Join the lines of a quoted or a plain text. Blanks around the line ends don't count."""
    if "\n" not in text:
        return text
    first, *lines, last = text.split("\n")
    return _fold("\n".join([first.rstrip(" "), *[line.strip(" ") for line in lines], last.lstrip(" ")]))


def _fold(text: str) -> str:
    """Turn one line end into a blank, and several into one less."""
    if "\n\n" not in text:
        return text.replace("\n", " ")
    return LINE_ENDS.sub(lambda ends: ends[1] or " ", text)


def _read_block(text: str) -> Json:
    """Return the value of a block (`|`, `>`) whose indentation and end leave nothing to ask."""
    first_line, _, rest = text.partition("\n")
    header = BLOCK_HEADER.fullmatch(first_line)
    lines = rest.split("\n")
    indent = len(lines[0]) - len(lines[0].lstrip(" "))
    if header is None or indent == len(lines[0]) or not lines[-1].strip(" "):
        raise NotReadable  # `+`, an indicator of the indentation, or blank lines that may belong to the text
    blanks = " " * indent
    for line in lines:
        if not line.startswith(blanks) and line.strip(" "):
            raise NotReadable
    content = "\n".join([line[indent:] for line in lines])
    if header[1] == ">":
        if content[0] == " " or "\n " in content:
            raise NotReadable  # lines that are deeper than the first are not folded
        content = _fold(content)
    return content if header[2] else content + "\n"


def read_flow(text: str) -> Json:
    """Return the value of a collection in brackets if it is JSON once its scalars are; UNUSUAL for any other."""
    if "#" not in text and text.rstrip(" \n")[-1] not in "]}":
        raise NotReadable  # it ends in a later line, or is an error
    match = FLOW.fullmatch(text)
    if match is None or text.count("[") + text.count("{") > ONE_VALUE.depth:
        return UNUSUAL
    try:
        value: Json = json.loads(FLOW_SCALAR.sub(_to_json, match[1]), object_pairs_hook=_unique)
    except ValueError:
        return UNUSUAL  # such as `[a, ]` and `{a}`, or an error
    return value


def _to_json(scalar: re.Match[str]) -> str:
    return json.dumps(resolve(scalar[0]) if scalar.lastgroup == "plain" else scalar[0][1:-1])


def _unique(members: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(members)
    if len(value) < len(members):
        raise ValueError
    return value


def _parse_alone(text: str) -> Json:
    """Parse a value as a document. Raises NotReadable where it might mean something else in its place."""
    if len(text) > ONE_VALUE.size or text.startswith(("---", "...")) or ANCHOR_INSIDE.search(text):
        raise NotReadable
    # Imported here, with PyYAML: most projects have no such value.
    from rhythmconf.text.yaml12.parsing import parse_value

    value = parse_value(text, ONE_VALUE)
    # `a: b: c` is an error, but `b: c` alone is a mapping.
    if isinstance(value, dict | list) and not text.startswith(("[", "{")):
        raise NotReadable
    return value
