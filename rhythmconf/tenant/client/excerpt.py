"""Take the first words of an answer that is not JSON, so that a message can show who answered."""

from __future__ import annotations

import re
from html import unescape

READ = 16_384
"""Bytes of the answer that are looked at."""
LENGTH = 80
"""Characters of the excerpt."""

HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
TAG = re.compile(r"<[^<>]*(?:>|\Z)")


def first_words(body: bytes) -> str:
    """Return the first words that a person would see, without tags, scripts and control characters."""
    text = body[:READ].decode("utf-8", "replace")
    text = unescape(TAG.sub(" ", HIDDEN.sub(" ", text)))
    words = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return words if len(words) <= LENGTH else words[: LENGTH - 1].rstrip() + "…"
