"""Fit a report in Markdown into a comment, which a pipeline finds again by its hidden marker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from rhythmconf.report.markdown_escaping import in_comment, link
from rhythmconf.report.origin import Origin

LIMIT = 60_000
"""Characters. A comment on GitHub, and the text of a pull request, takes 65,536."""
_LINKS = 10

Lines = Iterator[str]
Version = Callable[[], Lines]
"""What comes after the head: all details, or less."""


def first_that_fits(head: Sequence[str], versions: Iterable[Version]) -> str:
    """Return the head with the first version that keeps within the limit.

    The last one always must: everything in it and in the head is bounded.
    """
    texts = (_join_within_limit(chain(head, version())) for version in versions)
    return next(text for text in texts if text is not None)


def _join_within_limit(lines: Iterable[str]) -> str | None:
    """Return the lines as a text, or None as soon as they exceed the limit."""
    # Lines are generated on demand, so a version that is much too long costs little.
    kept: list[str] = []
    left = LIMIT
    for line in lines:
        left -= len(line) + 1
        if left < 0:
            return None
        kept.append(line)
    return "\n".join(kept).rstrip("\n") + "\n"


def marker(name: str, environment: str) -> str:
    """Return the hidden line by which a pipeline finds its comment and updates it."""
    return f"<!-- rhythmconf:{name}{':' if environment else ''}{in_comment(environment)} -->"


def first_links(origin: Origin) -> list[str]:
    """Return the first links that a pipeline gives."""
    return [link(each.text, each.url) for each in origin.links[:_LINKS]]
