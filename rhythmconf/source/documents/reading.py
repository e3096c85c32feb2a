"""Texts that the reader of YAML refuses, in words that help somebody who writes documents."""

from __future__ import annotations

import re

from rhythmconf.model import Diagnostic, Location
from rhythmconf.text.yaml12 import YamlError, codes

_NO_BREAK = re.compile(rb"(?m)^[ \t]*(?=\xc2\xa0)")
_MEMBER = re.compile(rb"(kind|key|spec)[ \t]*:")


def unread(error: YamlError, text: bytes) -> Diagnostic:
    """The reader's complaint; where a document's member comes again, the line between two documents may be missing."""
    help = error.help or ""
    lines = text.splitlines()
    if error.code == codes.DUPLICATE_NAME and _MEMBER.match(lines[error.location.line - 1]):
        help = "put a line '---' above it if another document begins here, or remove one of them"
    return Diagnostic(error.code, error.message, location=error.location, help=help)


def no_break_space(text: bytes, file: str) -> Diagnostic | None:
    """The first no-break space in an indentation: to the reader it is a letter, and nobody sees it."""
    found = _NO_BREAK.search(text)
    if found is None:
        return None
    place = Location(file, text.count(b"\n", 0, found.start()) + 1, len(found[0]) + 1)
    message = "a no-break space (U+00A0) stands in the indentation"
    return Diagnostic(codes.SYNTAX, message, location=place, help="write common spaces there")
