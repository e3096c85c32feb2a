"""Write counts with the right form of their noun."""

from __future__ import annotations

from collections.abc import Sequence


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: `1 error`, `2,000 errors`."""
    return f"{count:,} {noun if count == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """Return the regular plural of a noun: `notices`, `processes`, `categories`."""
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


def joined(words: Sequence[str]) -> str:
    """Return words as a list in a sentence: `a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def some(words: Sequence[str], most: int = 3) -> str:
    """Return the first words of a list, and how many more there are: `a, b, c and 2 more`."""
    more = len(words) - most
    return joined([*words[:most], *([f"{more:,} more"] if more > 0 else [])])
