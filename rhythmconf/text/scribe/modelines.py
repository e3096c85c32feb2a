"""Repeat the modeline of editors, because the YAML language server takes it for one document only.

It counts in the comments at the head of a document: behind `---`, before the first member. A line before `---` belongs
to the document above. The top of the file belongs to the first document in any case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml
from yaml.events import DocumentStartEvent, ScalarEvent

from rhythmconf.text.scribe.splices import Draft, Splice, apply_splices

_MODELINE = re.compile(r"(?m)(?:^|[ \t])(#[ \t]+yaml-language-server[ \t]*:.*\$schema=\S+.*?)[ \t]*\r?$")


class _Head(NamedTuple):
    """The part of a text before the first member of a document; `place` is the line where a modeline goes."""

    place: int
    end: int
    modeline: str


def modeline(schema: str) -> str:
    """Return the comment that names the schema of a document, by its path relative to the file."""
    return f"# yaml-language-server: $schema={schema}"


def last_modeline(text: str) -> str:
    """Return the modeline of the last document that has one; empty where none has."""
    return next((head.modeline for head in reversed([*_heads(text)]) if head.modeline), "")


def repeat_modelines(text: str) -> str:
    """Give each document without a modeline that of the nearest one above, else that of the first one below.

    A text without any modeline stays as it is.
    """
    heads = [*_heads(text)]
    current = next((head.modeline for head in heads if head.modeline), "")
    splices: list[Splice] = []
    for head in heads:
        if not head.modeline and head.place <= head.end and current:
            splices.append(Splice(head.place, head.place, f"{current}\n"))
        current = head.modeline or current
    return apply_splices(text, splices)


def _heads(text: str) -> Iterator[_Head]:
    """Yield the head of each document that is not empty."""
    draft = Draft(text)
    is_first = True
    stream: Iterator[Any] = iter(yaml.parse(text, Loader=yaml.CSafeLoader))
    for event in stream:
        if isinstance(event, DocumentStartEvent):
            node = next(stream)
            dashes, end = _span(event)[1], _span(node)[0]
            if not isinstance(node, ScalarEvent) or end < _span(node)[1]:
                place = draft.next_line(dashes) if event.explicit else 0 if is_first else draft.line_start(end)
                match = _MODELINE.search(text, 0 if is_first else dashes, end)
                yield _Head(place, end, match[1] if match else "")
            is_first = False


def _span(event: Any) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index
