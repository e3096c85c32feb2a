"""Compare two texts, by lines for a terminal or a comment, by words for a page."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Literal, NamedTuple

from rhythmconf.model.appearance import marked

PieceType = Literal["same", "old", "new", "gap"]
_WORD = re.compile(r"\S+\s*|\s+")
_CONTEXT = 2
"""Unchanged lines that are shown around a change."""
_WORDS_LIMIT = 3_000
"""Words of a passage; a longer one counts as replaced, because the comparison takes quadratic time."""


class Piece(NamedTuple):
    """A passage that both texts have (same), one of them has (old, new), or that is omitted as unchanged (gap)."""

    type: PieceType
    text: str


def unified(old: str, new: str) -> list[str]:
    """Return the lines of a unified diff without the file header, with escapes for what differs and can't be seen."""
    # The first two lines name the files, which are the same here.
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=1))[2:]
    runs = [list(group) for _, group in groupby(lines, key=lambda line: line[0])]
    for removed, added in pairwise(runs):
        if (removed[0][0], added[0][0]) == ("-", "+"):
            for at in range(min(len(removed), len(added))):
                before, after = marked(removed[at][1:], added[at][1:])
                removed[at], added[at] = f"-{before}", f"+{after}"
    return [line for run in runs for line in run]


def mark_pieces(pieces: Sequence[Piece]) -> list[Piece]:
    """Return pieces in which what was removed and what replaces it show what differs and can't be seen."""
    shown = list(pieces)
    for at, (old, new) in enumerate(pairwise(pieces)):
        if (old.type, new.type) == ("old", "new"):
            before, after = marked(old.text, new.text)
            shown[at : at + 2] = [Piece("old", before), Piece("new", after)]
    return shown


def word_diff(old: str, new: str) -> list[Piece]:
    """Return what was removed and added, word by word; long unchanged passages become gaps."""
    # Lines first, then words within the changed lines: words alone would take too long.
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    pieces: list[Piece] = []
    codes = difflib.SequenceMatcher(None, before, after).get_opcodes()
    for index, (tag, a, b, c, d) in enumerate(codes):
        if tag == "equal":
            pieces += _fold(before[a:b], first=index == 0, last=index == len(codes) - 1)
        else:
            pieces += _compare_words("".join(before[a:b]), "".join(after[c:d]))
    return pieces


def _fold(lines: Sequence[str], *, first: bool, last: bool) -> Iterator[Piece]:
    """Yield unchanged lines, those far from any change as a gap; `first` and `last` have a change on one side only."""
    head, tail = 0 if first else _CONTEXT, 0 if last else _CONTEXT
    # A gap instead of a single line would save no space.
    if len(lines) <= head + tail + 1:
        yield Piece("same", "".join(lines))
        return
    hidden = len(lines) - head - tail
    if head:
        yield Piece("same", "".join(lines[:head]))
    yield Piece("gap", f"{hidden:,} unchanged lines")
    if tail:
        yield Piece("same", "".join(lines[-tail:]))


def _compare_words(old: str, new: str) -> Iterator[Piece]:
    before, after = _WORD.findall(old), _WORD.findall(new)
    if max(len(before), len(after)) > _WORDS_LIMIT:
        codes = [("replace", 0, len(before), 0, len(after))]
    else:
        # Without autojunk=False, frequent words of a long text would never match.
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
