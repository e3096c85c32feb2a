"""Say what the records are called whose ids are in a message: a reader doesn't know them by their ids."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rhythmconf.engine.identity import mark_of_body
from rhythmconf.model import Body, Key
from rhythmconf.model.quoting import quoted
from rhythmconf.source.project.values import Site

_ID = re.compile(r"([A-Za-z0-9_-]{6,})(['\"]?)")
"""A word that may be an id, and the quote behind it. Shorter words are in too many texts."""


def with_names(text: str, records: Mapping[tuple[str, str], Body], site: Site) -> str:
    """Return a message with the key, or with kind and name, behind each id of one of the `records` (by kind and id)."""
    words = {word for word, _ in _ID.findall(text)}
    bound = {(key.kind, binding.id): key for key, binding in site.bindings.items()}
    called = {
        id: _called(kind, body, bound.get((kind, id)), site) for (kind, id), body in records.items() if id in words
    }
    return _ID.sub(lambda word: word[0] + (f" ({called[word[1]]})" if called.get(word[1]) else ""), text)


def _called(kind: str, body: Body, bound: Key | None, site: Site) -> str:
    names, mark, name = site.catalog.names, mark_of_body(body), body.get("name")
    if bound is not None:
        return names.key(bound)
    if mark is not None and mark.project == site.project:
        return names.key(Key(kind, mark.key))
    return f"{names.kind(kind)} {quoted(name)}" if isinstance(name, str) and name else ""
