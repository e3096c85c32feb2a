"""Hide secrets in texts from outside: an answer or an error message may repeat what was sent."""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from typing import overload
from urllib.parse import quote, quote_plus

HIDDEN = "***"
SHORTEST = 8
"""Characters of a secret that is hidden wherever it occurs. A shorter one is hidden where it is a word of its own."""
SHORTEST_WORD = 3
"""Characters of a secret that is hidden as a word. A shorter one is hidden as the value of a header alone."""
SHORTEST_FRAGMENT = 8
"""Characters of base64; a shorter fragment would occur in unrelated text."""


@overload
def redact(text: str, *secrets: str) -> str: ...
@overload
def redact(text: bytes, *secrets: str) -> bytes: ...
def redact(text: str | bytes, *secrets: str) -> str | bytes:
    """Replace every form of the secrets by `***`: plain, escaped for JSON, encoded for URLs, in base64.

    A secret of one letter occurs in most words. Hidden everywhere, it would make a text unreadable and be told by it.
    """
    for secret in secrets:
        if len(secret) < SHORTEST:
            text = _redact_short(text, secret)
            continue
        for form in secret_forms(secret):
            text = text.replace(form, HIDDEN) if isinstance(text, str) else text.replace(form.encode(), b"***")
    return text


def is_short(secret: str) -> bool:
    """Return whether a secret is too short to be hidden everywhere."""
    return 0 < len(secret) < SHORTEST


def secret_forms(secret: str) -> list[str]:
    """Return the forms that a secret can have inside another text, longest first."""
    forms = {secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote_plus(secret), quote(secret)}
    return sorted(forms | _base64_fragments(secret.encode()), key=len, reverse=True)


def _redact_short(text: str | bytes, secret: str) -> str | bytes:
    if not secret:
        return text
    forms = "|".join(re.escape(form) for form in secret_forms(secret))
    if len(secret) >= SHORTEST_WORD:
        pattern = rf"(?<![A-Za-z0-9_])(?:{forms})(?![A-Za-z0-9_])"
    else:
        pattern = rf"\A(?:{forms})\Z|(?i:(?<=bearer )|(?<=basic ))(?:{forms})(?![A-Za-z0-9_])"
    return re.sub(pattern, HIDDEN, text) if isinstance(text, str) else re.sub(pattern.encode(), HIDDEN.encode(), text)


def _base64_fragments(secret: bytes) -> set[str]:
    """Return the characters of a longer text's base64 that depend on the secret alone.

    Base64 encodes 3 bytes as 4 characters, so there is one fragment for each of 3 offsets in the longer text. The
    characters at either end also depend on the neighbours and are left out.
    """
    fragments: set[str] = set()
    for offset in range(3):
        padded = b"\0" * offset + secret
        first, last = (offset * 8 + 5) // 6, len(padded) * 8 // 6
        fragments |= {encode(padded).decode()[first:last] for encode in (b64encode, urlsafe_b64encode)}
    return {fragment for fragment in fragments if len(fragment) >= SHORTEST_FRAGMENT}
