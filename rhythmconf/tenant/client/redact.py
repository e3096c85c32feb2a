"""Keeps secrets out of words that others wrote: an answer or an error text may quote what was sent."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from typing import overload
from urllib.parse import quote, quote_plus

HIDDEN = "***"


@overload
def redact(text: str, *secrets: str) -> str: ...
@overload
def redact(text: bytes, *secrets: str) -> bytes: ...
def redact(text: str | bytes, *secrets: str) -> str | bytes:
    """`text` with every form of the secrets hidden: as it is, JSON-escaped, URL-encoded, in base64."""
    for secret in secrets:
        for form in forms(secret):
            text = text.replace(form, HIDDEN) if isinstance(text, str) else text.replace(form.encode(), b"***")
    return text


def forms(secret: str) -> list[str]:
    """What a secret can look like inside other text, longest first."""
    written = {secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote_plus(secret), quote(secret)}
    return sorted(written | _base64(secret.encode()), key=len, reverse=True)


def _base64(secret: bytes) -> set[str]:
    """The characters that depend on the secret alone, for each of the three places it can begin in a longer text."""
    found: set[str] = set()
    for lead in range(3):
        padded = b"\0" * lead + secret
        first, last = (lead * 8 + 5) // 6, len(padded) * 8 // 6
        found |= {encode(padded).decode()[first:last] for encode in (b64encode, urlsafe_b64encode)}
    return {form for form in found if len(form) >= 8}
