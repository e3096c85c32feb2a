"""Bytes to the events of PyYAML's C parser, within limits; and what the parser has against a text, in our words."""

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
from rhythmconf.text.yaml12.flaws import Flaw, Mark, mark

TAG_DIRECTIVE = re.compile(rb"^%TAG", re.MULTILINE)


class Limits(NamedTuple):
    """How much one text may hold: `size` in bytes, the rest in values; `aliased` are values that aliases repeat."""

    size: int = 10 * 1024 * 1024
    depth: int = 100
    nodes: int = 1_000_000
    aliased: int = 100_000


def checked(data: bytes | str, limits: Limits) -> bytes:
    """A text as UTF-8, of bearable size. Raises Flaw."""
    try:
        text = data.encode() if isinstance(data, str) else data
    except UnicodeEncodeError as error:
        raise Flaw(codes.NOT_UTF8, f"the text has half a character ({error.reason})") from None
    if len(text) > limits.size:
        raise Flaw(
            codes.TOO_LARGE, f"the text has {len(text):,} bytes, more than {limits.size:,}", help="split the file"
        )
    if text.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        raise Flaw(codes.NOT_UTF8, "the text is UTF-16 or UTF-32", help="save it as UTF-8")
    return text


def yaml_events(text: bytes, limits: Limits) -> Iterable[Event | None]:
    """The parser's events, lazily and not without end; taking them raises YAMLError. Raises Flaw for `%TAG`."""
    if b"%TAG" in text and (found := TAG_DIRECTIVE.search(text)):
        # The parser compares each of these lines with each other; and with core tags only, they serve no purpose.
        raise Flaw(codes.BAD_TAG, "%TAG lines are not known here", help="remove it", mark=_place(text, found.start()))
    # As a loop over a map, taking an event costs no Python call, and counting them costs nothing at all.
    return map(CParser.get_event, repeat(CParser(text), limits.nodes))


def decoded(text: bytes) -> str:
    """The characters of a text, without a byte order mark. Raises Flaw."""
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable(text, error.start, error.reason) from None


def _unreadable(text: bytes, offset: int, reason: str) -> Flaw:
    help = "save it as UTF-8, without control signs"
    return Flaw(codes.NOT_UTF8, f"the text can't be read: {reason}", help=help, mark=_place(text, offset))


def _place(text: bytes, offset: int) -> Mark:
    before = text[:offset].decode("utf-8-sig", "replace")
    return mark(before.count("\n"), len(before) - before.rfind("\n") - 1)


def complaint(error: YAMLError, text: bytes) -> Flaw:
    """The parser's own complaint as a flaw."""
    if isinstance(error, ReaderError):
        return _unreadable(text, error.position, error.reason)
    marked = cast(MarkedYAMLError, error)  # there is no third kind among the errors of a parser without a composer
    if (opened := _never_closed(marked)) is not None:
        return opened
    words = " ".join(part for part in (marked.context, marked.problem) if part)
    return Flaw(codes.SYNTAX, words + _begun(marked), help=_advice(words), mark=marked.problem_mark)


def _never_closed(error: MarkedYAMLError) -> Flaw | None:
    """A quote or a bracket that is noticed lines after it was forgotten: the place to look at is where it begins."""
    start, end, context = error.context_mark, error.problem_mark, error.context or ""
    if start is None or end is None or start.line == end.line:
        return None
    if "quoted scalar" in context and "end of stream" in (error.problem or ""):
        return Flaw(codes.SYNTAX, "the quote that begins here is never closed", help="close it", mark=start)
    if "flow" in context:
        message = f"what begins here is not closed: in line {end.line + 1}, a ',' or the closing bracket is missing"
        return Flaw(codes.SYNTAX, message, help="close it, or put it in quotes if it is a text", mark=start)
    return None


def _begun(error: MarkedYAMLError) -> str:
    start, end = error.context_mark, error.problem_mark
    return f" (begun in line {start.line + 1})" if start and end and start.line < end.line else ""


def _advice(words: str) -> str:
    if "cannot start any token" in words:
        return "indent with spaces, not with tabs; quote a text that begins with a sign such as '@', '%' or '`'"
    if "unknown escape" in words:
        return "in double quotes a backslash begins an escape: write two of them, or use single quotes"
    if "mapping values are not allowed" in words:
        return "quote a text that has ': ' in it, or check the indentation"
    return "check the indentation and the quotes at and above this place"
