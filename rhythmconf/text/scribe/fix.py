"""Findings that name their own repair -> the text with it, every other character as it was."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rhythmconf.model import Diagnostic, Json, at, tokens
from rhythmconf.text import yaml12
from rhythmconf.text.scribe.splices import Splice, spliced

SUGGESTED = re.compile(r"did you mean '([^']+)'\?")
"""The help of a finding that has exactly one word to offer."""
_LINE = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


def fix(text: str, found: Iterable[Diagnostic], *, file: str) -> tuple[str, list[Diagnostic]]:
    """The text with the one word put right that each finding of `file` suggests, and the findings that this repairs.

    A finding without a single suggestion, or whose place holds something else (an alias, a text in several lines), is
    left alone. Raises YamlError where the text can't be read.
    """
    bom, bare = ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)
    documents = yaml12.load_all(bare, file=file)
    starts = [0, *(line.end() for line in _LINE.finditer(bare))]
    splices: dict[int, Splice] = {}
    fixed: list[Diagnostic] = []
    for each in found:
        suggested = SUGGESTED.fullmatch(each.help)
        if suggested is None or each.location is None or each.location.file != file:
            continue
        start = starts[each.location.line - 1] + each.location.column - 1
        for old in sorted(_words(each, documents), key=len, reverse=True):
            if (splice := _splice(bare, start, old, _meant(old, suggested[1]))) is not None:
                splices.setdefault(start, splice)
                fixed.append(each)
                break
    return bom + spliced(bare, splices.values()), fixed


def _words(found: Diagnostic, documents: Iterable[Json]) -> Iterator[str]:
    """What may stand at the place: the name that the pointer ends with, or its value in one of the documents."""
    yield tokens(found.pointer)[-1] if found.pointer else ""
    for document in documents:
        value = at(document, found.pointer)
        if isinstance(value, str):
            yield value


def _meant(old: str, new: str) -> str:
    """A reference with its kind (`program/cmsi`) keeps that kind."""
    kind, slash, _ = old.rpartition("/")
    return f"{kind}{slash}{new}" if "/" not in new else new


def _splice(text: str, start: int, old: str, new: str) -> Splice | None:
    """The edit that writes `new` for `old`, quoted as `old` is; None where that isn't what stands there."""
    for quote in ("", '"', "'"):
        if old and text.startswith(f"{quote}{old}{quote}", start):
            begin = start + len(quote)
            return Splice(begin, begin + len(old), new)
    return None
