"""Turn JSON text into the events of the YAML parser, so that one builder serves both for values and positions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice

from yaml.error import Mark
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
from rhythmconf.text.yaml12.faults import OwnMark, YamlFault
from rhythmconf.text.yaml12.source import Limits, decode

TOKEN = re.compile(
    r'(?P<blank>[\s:,]+)|(?P<string>"(?:[^"\\]|\\.)*")|(?P<bracket>[{}\[\]])|(?P<literal>[^\s:,{}\[\]"]+)'
)


def json_events(data: bytes, limits: Limits) -> Iterable[Event]:
    """Return the events of one JSON document, `limits.nodes` at most. Raises YamlFault for text that is not JSON."""
    text = decode(data)
    _check(text)
    return islice(_events(text), limits.nodes)


def _check(text: str) -> None:
    """Let Python's parser judge the syntax; the tokens below need not repeat that."""
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=partial(_refuse, text))
    except json.JSONDecodeError as error:
        mark = OwnMark(error.lineno - 1, error.colno - 1)
        message, help = f"this is not JSON: {error.msg}", _help(text, error.pos)
        raise YamlFault(codes.SYNTAX, message, help=help, mark=mark) from None
    except RecursionError:
        raise YamlFault(codes.TOO_DEEP, "the text is nested too deeply") from None


def _help(text: str, position: int) -> str:
    """Return what to do about what people know from JavaScript and YAML: a last comma, a comment, single quotes."""
    found, before = text[position : position + 1], text[:position].rstrip()
    if found in ("}", "]") and before.endswith(","):
        return f"remove the comma in front of the '{found}'"
    if found == "," and text[position + 1 :].lstrip()[:1] in ("}", "]"):
        return "remove this comma: none follows the last member"
    if found in ("/", "#"):
        return "JSON has no comments: remove it, or rename the file to .yaml and begin the comment with #"
    return "put it in double quotes" if found == "'" else ""


def _refuse(text: str, constant: str) -> str:
    """Raise YamlFault at the first place of a constant such as NaN."""
    scalars = (event for event in _events(text) if isinstance(event, ScalarEvent) and not event.style)
    # Python's parser stops behind the constant, so `NaN1` comes here too.
    mark = next(event.start_mark for event in scalars if event.value.startswith(constant))
    message = f"{constant} is not a number that JSON can hold"
    raise YamlFault(codes.BAD_NUMBER, message, help="quote it if it is a text", mark=mark)


def _events(text: str) -> Iterator[Event]:
    line, line_start = 0, 0
    mark = _mark(0, 0)
    yield DocumentStartEvent(mark, mark)
    for token in TOKEN.finditer(text):
        mark = _mark(line, token.start() - line_start)
        if token.lastgroup != "blank":
            yield _event(token, mark)
        elif "\n" in token[0]:
            line += token[0].count("\n")
            line_start = token.start() + token[0].rindex("\n") + 1
    yield DocumentEndEvent(mark, mark)
    yield StreamEndEvent(mark, mark)


def _mark(line: int, column: int) -> Mark:
    return Mark("", 0, line, column, None, 0)


def _event(token: re.Match[str], mark: Mark) -> Event:
    if token.lastgroup == "string":
        return ScalarEvent(None, None, (False, True), _string(token[0], mark), mark, mark, style='"')
    if token.lastgroup == "literal":
        return ScalarEvent(None, None, (True, False), token[0], mark, mark, style="")
    match token[0]:
        case "{":
            return MappingStartEvent(None, None, True, mark, mark)
        case "[":
            return SequenceStartEvent(None, None, True, mark, mark)
        case "}":
            return MappingEndEvent(mark, mark)
        case _:
            return SequenceEndEvent(mark, mark)


def _string(token: str, mark: Mark) -> str:
    text: str = json.loads(token)
    try:
        text.encode()
    except UnicodeEncodeError:
        message = "a string has half of a surrogate pair"
        raise YamlFault(codes.NOT_UTF8, message, help="write both halves", mark=mark) from None
    return text
