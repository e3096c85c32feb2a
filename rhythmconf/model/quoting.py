"""Write names that somebody else chose, such as those of a tenant, so that a reader sees where each begins and ends."""

from __future__ import annotations

import re
import unicodedata

WIDTH = 60
"""Characters of a name that a message shows."""
_PLAIN = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_./-]|\[\])*")
_BRACKETS = frozenset("[]\"'`")
_RIGHT_TO_LEFT = ("R", "AL", "AN")


def quoted(text: str) -> str:
    """Return a text in quotes, with escapes for what can't be seen. A long one is cut."""
    return repr(text) if len(text) <= WIDTH else f"{repr(text[: WIDTH - 3])[:-1]}...{repr(text)[-1]}"


def shown_name(text: str) -> str:
    """Return a name for the middle of a sentence: a plain word as it is, any other in quotes."""
    return text if len(text) <= WIDTH and _PLAIN.fullmatch(text) else quoted(text)


def shown_pattern(text: str) -> str:
    """Return a pattern such as `program/a-*` for a message: its wildcards are plain too."""
    return text if shown_name(re.sub(r"[*?\[\]!]", "_", text))[0] not in "'\"" else quoted(text)


def bracketed_name(text: str) -> str:
    """Return a name for a place between brackets: as it is, spaces included, unless it could hide or fake their end."""
    plain = text.isprintable() and len(text) <= WIDTH and not _BRACKETS & set(text)
    return text if plain and not _runs_to_the_left(text) else quoted(text)


def heading_name(text: str) -> str:
    """Return a name for a heading: as it is if all of it can be seen, else with escapes. A long one is cut."""
    plain = text.isprintable() and not _runs_to_the_left(text)
    return (text if len(text) <= WIDTH else f"{text[: WIDTH - 1].rstrip()}…") if plain else quoted(text)


def _runs_to_the_left(text: str) -> bool:
    return not text.isascii() and any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in text)
