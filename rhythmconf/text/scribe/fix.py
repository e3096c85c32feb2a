"""Write the fixes of diagnostics into a text; every other character stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rhythmconf.model import Diagnostic, Json, at, tokens
from rhythmconf.text import yaml12
from rhythmconf.text.scribe.splices import Splice, apply_splices

_LINE = re.compile("\n")


class Repair(NamedTuple):
    """One word that a fix replaced: `old` by `new`, for a diagnostic."""

    diagnostic: Diagnostic
    old: str
    new: str


def fix(text: str, diagnostics: Iterable[Diagnostic], *, file: str) -> tuple[str, list[Repair]]:
    """Return the text with the fixes for `file` written into it, and what they replaced.

    A diagnostic is left alone where its location has another form than the plain or quoted word: an alias, or a text in
    several lines. Raises YamlError where the text can't be read.
    """
    bom, body = ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)
    documents = yaml12.load_all(body, file=file)
    line_starts = [0, *(line.end() for line in _LINE.finditer(body))]
    splices: dict[int, Splice] = {}
    repairs: list[Repair] = []
    for diagnostic in diagnostics:
        location = diagnostic.location
        if diagnostic.fix is None or location is None or location.file != file:
            continue
        start = line_starts[location.line - 1] + location.column - 1
        # The longest word first: a shorter one may be its beginning.
        for word in sorted(_words_at(diagnostic.pointer, documents), key=len, reverse=True):
            if splice := _replace_word(body, start, word, diagnostic.fix.text):
                if start not in splices:
                    splices[start] = splice
                    repairs.append(Repair(diagnostic, word, diagnostic.fix.text))
                break
    return bom + apply_splices(body, splices.values()), repairs


def _words_at(pointer: str, documents: Iterable[Json]) -> Iterator[str]:
    """Yield what may be written at a pointer: the name that it ends with, and its value in each document."""
    yield tokens(pointer)[-1] if pointer else ""
    for document in documents:
        value = at(document, pointer)
        if isinstance(value, str):
            yield value


def _replace_word(text: str, start: int, old: str, new: str) -> Splice | None:
    """Return the splice that writes `new` in place of `old`, in the same quotes; None where `old` is not there."""
    for quote in ("", '"', "'"):
        if old and text.startswith(f"{quote}{old}{quote}", start):
            begin = start + len(quote)
            return Splice(begin, begin + len(old), new)
    return None
