"""Long texts of a spec to files of their own, so that a mail is reviewed as a mail."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rhythmconf.engine.pull.names import slug
from rhythmconf.model import Body, Json

LONG = 200
"""Characters from which on a text has a file of its own, as every text of several lines has."""


def long_texts(spec: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Path and text of each; not those inside lists, whose items may change places."""
    if isinstance(spec, dict):
        for name, value in spec.items():
            yield from long_texts(value, (*path, name))
    elif isinstance(spec, str) and ("\n" in spec or len(spec) > LONG) and fits_file(spec):
        yield path, spec


def fits_file(text: str) -> bool:
    """Whether a file gives the text back: line breaks become LF there, and a byte order mark is lost."""
    return "\r" not in text and not text.startswith("\ufeff")


def file_name(key: str, path: tuple[str, ...], text: str) -> str:
    """`renewal-60.email-body.html`"""
    suffix = "html" if re.search(r"</?[a-zA-Z][^<>]*>", text) else "txt"
    return f"{key}.{'-'.join(slug(name) for name in path) or 'text'}.{suffix}"


def without(spec: Body, path: tuple[str, ...]) -> Body:
    """The spec without the member at `path`, and without what has nothing else in it."""
    head, *rest = path
    below = spec.get(head)
    if rest and isinstance(below, dict) and (left := without(below, tuple(rest))):
        return {**spec, head: left}
    return {name: value for name, value in spec.items() if name != head}


def with_value(spec: Json, path: tuple[str, ...], value: Json) -> Body:
    """The spec with a value at `path`, which isn't empty; what is missing above it is made."""
    members = spec if isinstance(spec, dict) else {}
    name, *rest = path
    return {**members, name: with_value(members.get(name), tuple(rest), value) if rest else value}
