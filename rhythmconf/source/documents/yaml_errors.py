"""Make diagnostics of YAML errors, with help for people who write documents."""

from __future__ import annotations

import re

from rhythmconf.model import Diagnostic, Location
from rhythmconf.text.yaml12 import YamlError, codes

_NO_BREAK_SPACE = re.compile(rb"(?m)^[ \t]*(?=\xc2\xa0)")
_MEMBER = re.compile(rb"(kind|key|spec)[ \t]*:")


def diagnose(error: YamlError, text: bytes) -> Diagnostic:
    """Return the reader's error as a diagnostic.

    Where a member of a document appears twice, the help mentions the `---` between two documents, which may be missing.
    """
    help = error.help or ""
    lines = text.splitlines()
    if error.code == codes.DUPLICATE_NAME and _MEMBER.match(lines[error.location.line - 1]):
        help = "put a line '---' above it if another document begins here, or remove one of them"
    return Diagnostic(error.code, error.message, location=error.location, help=help)


def find_no_break_space(text: bytes, file: str) -> Diagnostic | None:
    """Return an error for the first no-break space in an indentation, or None.

    YAML takes this space for a letter, and it looks like any other space.
    """
    match = _NO_BREAK_SPACE.search(text)
    if match is None:
        return None
    location = Location(file, text.count(b"\n", 0, match.start()) + 1, len(match[0]) + 1)
    message = "a no-break space (U+00A0) is in the indentation"
    return Diagnostic(codes.SYNTAX, message, location=location, help="write common spaces instead")
