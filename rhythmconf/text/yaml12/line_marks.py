"""Find the positions of values and names line by line, in texts of which each line has a name, a dash or both.

These are most documents, and PyYAML need not be loaded for them. The caller has read the text, so it has no errors.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

from rhythmconf.model import pointer
from rhythmconf.text.yaml12.faults import OwnMark
from rhythmconf.text.yaml12.line_values import (
    DOUBLE_QUOTED,
    ESCAPED,
    FLOW,
    FLOW_SCALAR,
    SINGLE_QUOTED,
    UNUSUAL,
    VALUES,
    NotReadable,
    read_flow,
)
from rhythmconf.text.yaml12.lines import is_printable
from rhythmconf.text.yaml12.positions import Marks

LINES = re.compile(
    r"""^([ ]*+)
    (-(?:[ ]++|$))?
    ((?:[A-Za-z_/][A-Za-z0-9_./-]{0,99}+|"[^"\\\n]{0,99}"|'[^'\n]{0,99}'):(?:[ ]++|$))?
    (?:\#.*+|(.*+))""",
    re.MULTILINE | re.VERBOSE,
)
"""The lines of a text: the indentation, a dash, a name, and the value, each with the blanks behind it."""
CONTINUED = "|>&"
"""Signs of a text that has more in it than such lines."""
SPECIAL = "!*%@`"
"""What values begin with that are no plain text: a tag, an alias, and what is reserved."""
NESTED = re.compile(r"^[-?](?: |$)|:(?: |$)")
"""Signs of a list or a mapping in the line of its dash."""
QUOTED = {'"': (DOUBLE_QUOTED, ESCAPED), "'": (SINGLE_QUOTED,)}
FLOW_TOKEN = re.compile(rf"{FLOW_SCALAR.pattern}|[\[\]{{}}]", re.VERBOSE)

Offsets: TypeAlias = Sequence[tuple[str, int]]
"""Columns from the beginning of a value, by JSON Pointer."""


def mark_lines(data: bytes) -> list[tuple[Marks, Marks]] | None:
    """Return the marks of values and of names for each document of a text; None where it has other lines."""
    text = data.decode().replace("\r\n", "\n")
    if not is_printable(text) or any(sign in text for sign in CONTINUED):
        return None
    documents, line = [], -1
    try:
        for part in f"\n{text}".split("\n---\n"):
            documents.append(_mark_document(part, line))
            line += part.count("\n") + 2
    except NotReadable:
        return None
    # The text before the first `---` is a document only if it has content.
    first, *others = documents
    if not all(values for values, _ in others):
        return None
    return documents if first[0] else others


def _mark_document(text: str, line: int) -> tuple[Marks, Marks]:
    """Return the marks of a document whose text begins in a line; none where it has no content. Raises NotReadable."""
    values: Marks = {}
    names: Marks = {}
    # The document is treated as the value of a member that is further to the left than any line.
    column, path, length = -1, "", 0
    is_list = False
    waiting: str | None = ""
    outer: list[tuple[int, str, int, bool]] = []
    for number, (indent, dash, member, rest) in enumerate(LINES.findall(text), line):
        at = len(indent)
        if not dash and not member:
            if rest:
                raise NotReadable
            continue
        if waiting is not None:
            if at <= column and not (dash and at == column and not is_list):
                raise NotReadable
            outer.append((column, path, length, is_list))
            column, path, length, is_list = at, waiting, 0, bool(dash)
            values[path] = OwnMark(number, at)
        while at < column or (at == column and not dash and is_list):
            column, path, length, is_list = outer.pop()
        if at != column or (dash and not is_list):
            raise NotReadable
        if dash:
            target, length = f"{path}/{length}", length + 1
            at += len(dash)
            if member:
                values[target] = OwnMark(number, at)
                outer.append((column, path, length, is_list))
                column, path, length, is_list = at, target, 0, False
        if member:
            target = path + _pointer_of(member)
            names[target] = OwnMark(number, at)
            at += len(member)
        waiting = None if rest else target
        if rest:
            if rest[0] in "[{":
                for marks, offsets in zip((values, names), _offsets(rest), strict=True):
                    marks.update((target + inner, OwnMark(number, at + offset)) for inner, offset in offsets)
            elif _is_unusual(rest) or (dash and not member and _is_nested(rest)):
                raise NotReadable
            else:
                values[target] = OwnMark(number, at)
    if waiting:
        raise NotReadable
    return values, names


def _is_unusual(text: str) -> bool:
    """Return whether a text behind a name or a dash is no scalar of one line."""
    return text[0] in SPECIAL or (text[0] in QUOTED and not any(one.fullmatch(text) for one in QUOTED[text[0]]))


def _is_nested(text: str) -> bool:
    """Return whether a text behind a dash begins a list or a mapping."""
    return text[0] not in QUOTED and NESTED.search(text) is not None


@lru_cache(maxsize=4096)
def _pointer_of(member: str) -> str:
    """Return the pointer of a name, with its colon and blanks, in its mapping."""
    return pointer((str(VALUES[member.rstrip(" ")[:-1]]),))


@lru_cache(maxsize=4096)
def _offsets(text: str) -> tuple[Offsets, Offsets]:
    """Return the offsets of values and of names in a collection in brackets. Raises NotReadable for an unusual one."""
    flow = FLOW.fullmatch(text)
    if flow is None or read_flow(text) is UNUSUAL:
        raise NotReadable
    values: list[tuple[str, int]] = []
    names: list[tuple[str, int]] = []
    outer: list[tuple[str, int, bool]] = []
    owner, length, is_list = "", 0, False
    target: str | None = ""
    for token in FLOW_TOKEN.finditer(flow[1]):
        if token[0] in "]}":
            owner, length, is_list = outer.pop()
            target = None
        elif target is None and not is_list:
            target = owner + pointer((token[0] if token.lastgroup == "plain" else token[0][1:-1],))
            names.append((target, token.start()))
        else:
            if target is None:
                target, length = f"{owner}/{length}", length + 1
            values.append((target, token.start()))
            if token[0] in "[{":
                outer.append((owner, length, is_list))
                owner, length, is_list = target, 0, token[0] == "["
            target = None
    return values, names
