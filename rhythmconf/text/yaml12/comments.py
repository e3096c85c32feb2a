"""Find the comments of a YAML text that begin with a word. This runs only for texts that have the word."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

import yaml
from yaml import YAMLError
from yaml.tokens import ScalarToken

from rhythmconf.text.yaml12.faults import YamlFault
from rhythmconf.text.yaml12.source import decode


class Comment(NamedTuple):
    """A comment without its `#` and the word that it begins with. Line and column count from 1.

    `subject` is the line that it is about: its own, or, where it has a line of its own, the next that is no comment.
    """

    line: int
    column: int
    text: str
    subject: int


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
    except (YAMLError, YamlFault):
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
    for token in yaml.scan(text, Loader=yaml.CSafeLoader):
        if isinstance(token, ScalarToken):
            start, end = token.start_mark.index, token.end_mark.index
            yield (text.find("\n", start, end) if token.style in ("|", ">") else start), end


def _subject(lines: list[str], line: int) -> int:
    """Return the first line from `line` on that is no comment of its own."""
    while line < len(lines) and lines[line].lstrip().startswith("#"):
        line += 1
    return line
