"""JSON text to the same events as the YAML parser gives, so that one builder knows all rules and all positions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice

from yaml.events import (
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from rhythmconf.text.yaml12 import codes
from rhythmconf.text.yaml12.flaws import Flaw, Mark, mark
from rhythmconf.text.yaml12.source import Limits, decoded

TOKEN = re.compile(r'(?P<blank>[\s:,]+)|(?P<string>"(?:[^"\\]|\\.)*")|(?P<sign>[{}\[\]])|(?P<word>[^\s:,{}\[\]"]+)')


def json_events(data: bytes, limits: Limits) -> Iterable[Event]:
    """The events of one JSON document, not without end. Raises Flaw for anything that JSON doesn't allow."""
    text = decoded(data)
    _check(text)
    return islice(_events(text), limits.nodes)


def _check(text: str) -> None:
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=partial(_refuse, text))
    except json.JSONDecodeError as error:
        raise Flaw(
            codes.SYNTAX, f"this is not JSON: {error.msg}", mark=mark(error.lineno - 1, error.colno - 1)
        ) from None
    except RecursionError:
        raise Flaw(codes.TOO_DEEP, "the text is nested too deeply") from None


def _refuse(text: str, word: str) -> str:
    """Raise Flaw at the first place of a word such as NaN."""
    words = (event for event in _events(text) if isinstance(event, ScalarEvent) and not event.style)
    place = next(event.start_mark for event in words if event.value == word)
    raise Flaw(
        codes.BAD_NUMBER, f"{word} is not a number that JSON can hold", help="quote it if it is a text", mark=place
    )


def _events(text: str) -> Iterator[Event]:
    line, start = 0, 0
    place = mark(0, 0)
    yield DocumentStartEvent(place, place)
    for token in TOKEN.finditer(text):
        place = mark(line, token.start() - start)
        if token.lastgroup != "blank":
            yield _event(token, place)
        elif "\n" in token[0]:
            line += token[0].count("\n")
            start = token.start() + token[0].rindex("\n") + 1
    yield DocumentEndEvent(place, place)
    yield StreamEndEvent(place, place)


def _event(token: re.Match[str], place: Mark) -> Event:
    if token.lastgroup == "string":
        return ScalarEvent(None, None, (False, True), _string(token[0], place), place, place, style='"')
    if token.lastgroup == "word":
        return ScalarEvent(None, None, (True, False), token[0], place, place, style="")
    match token[0]:
        case "{":
            return MappingStartEvent(None, None, True, place, place)
        case "[":
            return SequenceStartEvent(None, None, True, place, place)
        case "}":
            return MappingEndEvent(place, place)
        case _:
            return SequenceEndEvent(place, place)


def _string(token: str, place: Mark) -> str:
    text: str = json.loads(token)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Flaw(
            codes.NOT_UTF8, "a string has half of a surrogate pair", help="write both halves", mark=place
        ) from None
    return text
