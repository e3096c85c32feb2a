"""Make diagnostics of YAML errors, with help for people who write documents."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from rhythmconf.model import Diagnostic, Location
from rhythmconf.text.yaml12 import YamlError, codes

_WIDE_SPACE = re.compile(rb"([ \t]*)(\xc2\xa0|\xe2\x80[\x80-\x8b\xaf]|\xe2\x81\x9f|\xe3\x80\x80)")
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


def explain_spaces(errors: Sequence[Diagnostic], text: bytes) -> list[Diagnostic]:
    """Return the errors of a file, with one about a wide space in place of those that it causes.

    YAML takes a no-break space, or another one that is not a common space, for a letter. In an indentation it causes
    errors on its line, and on those beside it. Elsewhere in the file, such as in a mail, it may be meant.
    """
    rows = text.split(b"\n") if errors else []
    places = [error.location for error in errors if error.location]
    near = sorted({line for place in places for line in (place.line - 1, place.line, place.line + 1)})
    found = {line: match for line in near if 0 < line <= len(rows) and (match := _WIDE_SPACE.match(rows[line - 1]))}
    if not found:
        return [*errors]
    line, match = next(iter(found.items()))
    char = match[2].decode()
    name = unicodedata.name(char).lower()
    message = f"a{'n' * (name[0] in 'aeiou')} {name} (U+{ord(char):04X}) is in the indentation"
    location = Location(places[0].file, line, len(match[1]) + 1)
    caused = {beside for line in found for beside in (line - 1, line, line + 1)}
    others = [error for error in errors if error.location is None or error.location.line not in caused]
    return [Diagnostic(codes.SYNTAX, message, location=location, help="write common spaces instead"), *others]
