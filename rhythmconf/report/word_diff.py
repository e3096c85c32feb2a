"""Two texts -> what changed between them: as lines for narrow places, word by word for a page."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

Sort = Literal["same", "old", "new", "gap"]
_WORD = re.compile(r"\S+\s*|\s+")
_CONTEXT = 2
"""Unchanged lines shown around a change."""
_WORDS_LIMIT = 3_000
"""Longer stretches are shown as replaced whole: comparing words takes the square of their number."""


class Piece(NamedTuple):
    """A stretch of text that is in both, in one of them, or (gap) left out because it is unchanged."""

    sort: Sort
    text: str


def unified(old: str, new: str) -> list[str]:
    """The lines of a unified diff, without its file header."""
    return list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=1))[2:]


def word_diff(old: str, new: str) -> list[Piece]:
    """What was taken out and put in, word by word; long unchanged stretches become gaps."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    pieces: list[Piece] = []
    codes = difflib.SequenceMatcher(None, before, after).get_opcodes()
    for number, (tag, a, b, c, d) in enumerate(codes):
        if tag == "equal":
            pieces += _folded(before[a:b], first=number == 0, last=number == len(codes) - 1)
        else:
            pieces += _within("".join(before[a:b]), "".join(after[c:d]))
    return pieces


def _folded(lines: Sequence[str], *, first: bool, last: bool) -> Iterator[Piece]:
    head, tail = 0 if first else _CONTEXT, 0 if last else _CONTEXT
    if len(lines) <= head + tail + 1:
        yield Piece("same", "".join(lines))
        return
    hidden = len(lines) - head - tail
    if head:
        yield Piece("same", "".join(lines[:head]))
    yield Piece("gap", f"{hidden:,} unchanged lines")
    if tail:
        yield Piece("same", "".join(lines[-tail:]))


def _within(old: str, new: str) -> Iterator[Piece]:
    before, after = _WORD.findall(old), _WORD.findall(new)
    if max(len(before), len(after)) > _WORDS_LIMIT:
        codes = [("replace", 0, len(before), 0, len(after))]
    else:
        matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
        codes = [(str(tag), a, b, c, d) for tag, a, b, c, d in matcher.get_opcodes()]
    for tag, a, b, c, d in codes:
        if tag == "equal":
            yield Piece("same", "".join(before[a:b]))
            continue
        if b > a:
            yield Piece("old", "".join(before[a:b]))
        if d > c:
            yield Piece("new", "".join(after[c:d]))
