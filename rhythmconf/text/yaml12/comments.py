"""Find the comments of a YAML text that begin with a word, or with a number. This runs only for texts that have one."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from rhythmconf.text.yaml12 import codes
from rhythmconf.text.yaml12.faults import YamlFault
from rhythmconf.text.yaml12.source import decode

if TYPE_CHECKING:
    from yaml.tokens import ScalarToken

_NUMBER_SIGN = re.compile(r"([ \t]+)(#[0-9][^\r\n]*)")


class Comment(NamedTuple):
    """A comment without its `#` and the word that it begins with. Line and column count from 1.

    `subject` is the line that it is about: its own, or, where it has a line of its own, the next that is no comment.
    """

    line: int
    column: int
    text: str
    subject: int


class NumberSign(NamedTuple):
    """A comment such as `#1` behind a plain value. Line and column count from 1."""

    line: int
    column: int
    value: str
    text: str


def find_number_signs(data: bytes) -> list[NumberSign]:
    """Return the comments that begin with a number right behind a plain value. A text that can't be read has none."""
    found: list[NumberSign] = []
    try:
        text = decode(data)
        for token in _scalars(text):
            if token.plain and (sign := _NUMBER_SIGN.match(text, token.end_mark.index)):
                end = token.end_mark
                found.append(NumberSign(end.line + 1, end.column + len(sign[1]) + 1, token.value, sign[2]))
    except YamlFault:
        return []
    return found


def find_comments(data: bytes, word: str) -> list[Comment]:
    """Return the comments that begin with a word, in order. A text that can't be read has none.

    A `#` in a quoted text or a block scalar begins no comment.
    """
    if word.encode() not in data:
        return []
    try:
        text = decode(data)
        candidates = [*re.finditer(rf"(?m)(?<!\S)#+[ \t]*{re.escape(word)}[ \t]*(.*)$", text)]
        spans = [*_scalar_spans(text)] if candidates else []
    except YamlFault:
        return []
    starts = [start for start, _ in spans]
    lines = text.split("\n")
    comments = []
    for found in candidates:
        span = bisect_right(starts, found.start()) - 1
        if span >= 0 and found.start() < spans[span][1]:
            continue
        line = text.count("\n", 0, found.start())
        column = found.start() - text.rfind("\n", 0, found.start())
        comments.append(Comment(line + 1, column, found[1].strip(), _subject(lines, line) + 1))
    return comments


def _scalar_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield the offsets between which each scalar lies; of a block scalar, those below the line of its header."""
    for token in _scalars(text):
        start, end = token.start_mark.index, token.end_mark.index
        yield (text.find("\n", start, end) if token.style in ("|", ">") else start), end


def _scalars(text: str) -> Iterator[ScalarToken]:
    """Yield the scalars of a text. Raises YamlFault for one that can't be read."""
    import yaml

    try:
        for token in yaml.scan(text, Loader=yaml.CSafeLoader):
            if isinstance(token, yaml.ScalarToken):
                yield token
    except yaml.YAMLError as error:
        raise YamlFault(codes.SYNTAX, str(error)) from None


def _subject(lines: list[str], line: int) -> int:
    """Return the first line from `line` on that is no comment of its own."""
    while line < len(lines) and lines[line].lstrip().startswith("#"):
        line += 1
    return line
