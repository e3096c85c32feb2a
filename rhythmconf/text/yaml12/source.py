"""Turn bytes into the events of PyYAML's C parser, within limits, and explain the parser's errors."""

import re
from collections.abc import Iterable
from itertools import repeat
from typing import NamedTuple, cast

from yaml import YAMLError
from yaml._yaml import CParser
from yaml.error import MarkedYAMLError
from yaml.events import Event
from yaml.reader import ReaderError

from rhythmconf.text.yaml12 import codes
from rhythmconf.text.yaml12.faults import Mark, YamlFault, make_mark

TAG_DIRECTIVE = re.compile(rb"^%TAG", re.MULTILINE)


class Limits(NamedTuple):
    """How much one text may hold: `size` in bytes, `depth` in levels, `nodes` in events.

    `aliased` is how many values aliases may repeat.
    """

    size: int = 10 * 1024 * 1024
    depth: int = 100
    nodes: int = 1_000_000
    aliased: int = 100_000


def encode(data: bytes | str, limits: Limits) -> bytes:
    """Return a text as UTF-8. Raises YamlFault where it is too large or has another encoding."""
    try:
        text = data.encode() if isinstance(data, str) else data
    except UnicodeEncodeError as error:
        raise YamlFault(codes.NOT_UTF8, f"the text has half a character ({error.reason})") from None
    if len(text) > limits.size:
        message = f"the text has {len(text):,} bytes, more than {limits.size:,}"
        raise YamlFault(codes.TOO_LARGE, message, help="split the file")
    if text.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        raise YamlFault(codes.NOT_UTF8, "the text is UTF-16 or UTF-32", help="save it as UTF-8")
    return text


def yaml_events(text: bytes, limits: Limits) -> Iterable[Event | None]:
    """Return the parser's events lazily, `limits.nodes` at most. Iterating raises YAMLError for a syntax error.

    Raises YamlFault for `%TAG`.
    """
    if b"%TAG" in text and (directive := TAG_DIRECTIVE.search(text)):
        # The parser compares these lines with each other, so many of them take forever. Core tags don't need them.
        mark = _mark_at(text, directive.start())
        raise YamlFault(codes.BAD_TAG, "%TAG lines are not known here", help="remove it", mark=mark)
    # As a loop over a map, taking an event costs no Python call, and counting the events costs nothing at all.
    return map(CParser.get_event, repeat(CParser(text), limits.nodes))


def decode(text: bytes) -> str:
    """Return the characters of a text without its byte order mark. Raises YamlFault where it is not UTF-8."""
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(text, error.start, error.reason) from None


def _not_utf8(text: bytes, offset: int, reason: str) -> YamlFault:
    help = "save it as UTF-8, without control characters"
    return YamlFault(codes.NOT_UTF8, f"the text can't be read: {reason}", help=help, mark=_mark_at(text, offset))


def _mark_at(text: bytes, offset: int) -> Mark:
    before = text[:offset].decode("utf-8-sig", "replace")
    return make_mark(before.count("\n"), len(before) - before.rfind("\n") - 1)


def parser_fault(error: YAMLError, text: bytes) -> YamlFault:
    """Return the fault for an error that the parser raised."""
    if isinstance(error, ReaderError):
        return _not_utf8(text, error.position, error.reason)
    marked = cast("MarkedYAMLError", error)  # a parser without a composer raises no third kind of error
    if (unclosed := _unclosed(marked)) is not None:
        return unclosed
    message = " ".join(part for part in (marked.context, marked.problem) if part)
    start, end = marked.context_mark, marked.problem_mark
    begun = f" (begun in line {start.line + 1})" if start and end and start.line < end.line else ""
    return YamlFault(codes.SYNTAX, message + begun, help=_syntax_help(message), mark=end)


def _unclosed(error: MarkedYAMLError) -> YamlFault | None:
    """Return the fault for a quote or bracket that is never closed; None for other errors.

    The parser reports it lines later, but the place to correct is where it begins.
    """
    start, end, context = error.context_mark, error.problem_mark, error.context or ""
    if start is None or end is None or start.line == end.line:
        return None
    if "quoted scalar" in context and "end of stream" in (error.problem or ""):
        return YamlFault(codes.SYNTAX, "the quote that begins here is never closed", help="close it", mark=start)
    if "flow" in context:
        message = f"this bracket is not closed: a ',' or the closing bracket is missing in line {end.line + 1}"
        return YamlFault(codes.SYNTAX, message, help="close it, or put it in quotes if it is a text", mark=start)
    return None


def _syntax_help(message: str) -> str:
    if "cannot start any token" in message:
        return "indent with spaces, not with tabs; quote a text that begins with a character such as '@', '%' or '`'"
    if "unknown escape" in message:
        return "in double quotes a backslash begins an escape: write two of them, or use single quotes"
    if "mapping values are not allowed" in message:
        return "quote a text that has ': ' in it, or check the indentation"
    return "check the indentation and the quotes at and above this place"
