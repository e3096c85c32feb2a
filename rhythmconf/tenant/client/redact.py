"""Hide secrets in texts from outside: an answer or an error message may repeat what was sent."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from typing import overload
from urllib.parse import quote, quote_plus

HIDDEN = "***"
SHORTEST_FRAGMENT = 8
"""Characters of base64; a shorter fragment would occur in unrelated text."""


@overload
def redact(text: str, *secrets: str) -> str: ...
@overload
def redact(text: bytes, *secrets: str) -> bytes: ...
def redact(text: str | bytes, *secrets: str) -> str | bytes:
    """Replace every form of the secrets by `***`: plain, escaped for JSON, encoded for URLs, in base64."""
    for secret in secrets:
        for form in secret_forms(secret):
            text = text.replace(form, HIDDEN) if isinstance(text, str) else text.replace(form.encode(), b"***")
    return text


def secret_forms(secret: str) -> list[str]:
    """Return the forms that a secret can have inside another text, longest first."""
    forms = {secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote_plus(secret), quote(secret)}
    return sorted(forms | _base64_fragments(secret.encode()), key=len, reverse=True)


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
