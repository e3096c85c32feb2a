"""RC238: a value in typographic quotes, which YAML does not read as quotes."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.insight.lint.bodies import Path
from rhythmconf.insight.lint.document_values import find_texts, warn_of_value
from rhythmconf.insight.lint.subject import Subject
from rhythmconf.model import Diagnostic
from rhythmconf.model.code import Rule
from rhythmconf.source.desired.overlays import MergedSpec

CURLY_QUOTES = Rule(
    "RC238",
    "a value in typographic quotes",
    what=(
        "A value begins and ends with typographic quotes, such as \u201c and \u201d, \u2018 and \u2019, \u201e and "
        "\u201c, or \u00ab and \u00bb. YAML reads only \" and ' as quotes, so these are a part of the value."
    ),
    why="Word processors and chat programs replace quotes. The tenant would get them, and members would see them.",
    example="kind: statusReason\nkey: lapsed\nspec: {name: \u201cLapsed\u201d}",
    fix=(
        "Leave them out: a text needs no quotes. If it does, because it has a `: ` or a ` #` in it, use straight ones. "
        "If the quotes belong to the text, allow the finding."
    ),
)
_QUOTES = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a"
_ENDS = _QUOTES + "\"'"
_FIRST_BYTES = (b"\xe2\x80", b"\xc2")


def check_curly_quotes(subject: Subject) -> Iterator[Diagnostic]:
    """Warn about each value on one line that is in typographic quotes."""
    files = {file for file, text in subject.desired.locator.texts.items() if _may_have_quotes(text)}
    if not files:
        return
    resources = subject.desired.state.resources
    for merged in subject.desired.key_set.merged:
        if merged.key in resources and any(document.origin.file in files for document in merged.documents):
            for path, text in find_texts(resources[merged.key].body):
                if _is_quoted(text):
                    yield _warn(merged, path, text, subject)


def _may_have_quotes(text: bytes) -> bool:
    return not text.isascii() and any(start in text for start in _FIRST_BYTES)


def _is_quoted(text: str) -> bool:
    """Tell whether a text on one line is in quotes as a whole, and not only its first word and its last one."""
    if len(text) < 2 or "\n" in text or not (text[0] in _QUOTES and text[-1] in _ENDS):
        return False
    # An apostrophe in the middle says nothing.
    return not any(quote in text[1:-1] for quote in (text[0], text[-1]) if quote != "\u2019")


def _warn(merged: MergedSpec, path: Path, text: str, subject: Subject) -> Diagnostic:
    field = ".".join(map(str, path))
    message = f"{field}: the quotes {text[0]} and {text[-1]} are a part of the value"
    help = f"YAML reads only \" and ' as quotes; write {_written(text[1:-1])}"
    return warn_of_value(CURLY_QUOTES, subject, merged, path, message, help)


def _written(text: str) -> str:
    """Return the value as it should be written: long ones as a rule."""
    from rhythmconf.text.scribe.scalars import write_scalar  # slow to load, and few projects have such a value

    return write_scalar(text) if len(text) <= 60 else "the text without them"
