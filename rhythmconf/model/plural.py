"""Write counts with the right form of their noun."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: `1 error`, `2,000 errors`."""
    return f"{count:,} {noun}{'s' * (count != 1)}"
