"""Find the long texts of a spec, which get a file of their own, so that a mail is reviewed as a mail."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rhythmconf.engine.pull.names import slug
from rhythmconf.model import Body, Json
from rhythmconf.source.project.files import MAX_BYTES
from rhythmconf.source.project.portable import make_portable
from rhythmconf.text import leftovers

LONG = 200
"""Characters from which on a text gets its own file. A text of several lines always does."""


def long_texts(spec: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield path and text of each. Those inside lists are left out, because items may change places."""
    if isinstance(spec, dict):
        for name, value in spec.items():
            yield from long_texts(value, (*path, name))
    elif isinstance(spec, str) and ("\n" in spec or len(spec) > LONG) and fits_file(spec):
        yield path, spec


def fits_file(text: str) -> bool:
    """Whether a file gives the text back: reading turns line breaks into LF and drops a byte order mark.

    A text that looks like what a merge or Git LFS leaves in a file is refused there, but not in a document.
    """
    if "\r" in text or text.startswith("\ufeff"):
        return False
    data = text.encode(errors="surrogatepass")
    return len(data) <= MAX_BYTES and not leftovers.find_markers(data) and leftovers.find_placeholder(data) is None


def text_file_name(key: str, path: tuple[str, ...], text: str) -> str:
    """Return a name such as `renewal-60.email-body.html`."""
    suffix = "html" if re.search(r"</?[a-zA-Z][^<>]*>", text) else "txt"
    return make_portable(f"{key}.{'-'.join(slug(name) for name in path) or 'text'}.{suffix}")


def without_member(spec: Body, path: tuple[str, ...]) -> Body:
    """Return the spec without the member at `path`, and without objects that this leaves empty."""
    head, *rest = path
    inner = spec.get(head)
    if rest and isinstance(inner, dict) and (left := without_member(inner, tuple(rest))):
        return {**spec, head: left}
    return {name: value for name, value in spec.items() if name != head}


def with_member(spec: Json, path: tuple[str, ...], value: Json) -> Body:
    """Return the spec with a value at `path`, which isn't empty. Missing objects above it are added."""
    members = spec if isinstance(spec, dict) else {}
    name, *rest = path
    return {**members, name: with_member(members.get(name), tuple(rest), value) if rest else value}


def above_lists(spec: Json, path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the path down to the first list on it: what is inside a list can't be named without its place."""
    for depth, name in enumerate(path):
        if isinstance(spec, list):
            return path[:depth]
        spec = spec.get(name) if isinstance(spec, dict) else None
    return path
