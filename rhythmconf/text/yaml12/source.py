"""Turn bytes into the events of PyYAML's C parser, within limits."""

import re
from collections.abc import Iterable
from itertools import repeat
from typing import NamedTuple

from yaml._yaml import CParser
from yaml.events import Event

from rhythmconf.text.yaml12 import codes
from rhythmconf.text.yaml12.faults import Mark, YamlFault, make_mark
from rhythmconf.text.yaml12.strictness import check_hidden, check_strictness

TAG_DIRECTIVE = re.compile(rb"^%TAG", re.MULTILINE)


class Limits(NamedTuple):
    """How much one text may hold: `size` in bytes, `depth` in levels, `nodes` in events.

    `aliased` is how many values aliases may repeat. `names` are the types of names: a number is taken as it is written.
    """

    size: int = 10 * 1024 * 1024
    depth: int = 100
    nodes: int = 1_000_000
    aliased: int = 100_000
    names: tuple[type, ...] = (str,)


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

    Raises YamlFault for `%TAG`, and for what the parser would read in another way than YAML 1.2.
    """
    check_hidden(text)
    if b"%TAG" in text and (directive := TAG_DIRECTIVE.search(text)):
        # The parser compares these lines with each other, so many of them take forever. Core tags don't need them.
        mark = mark_at(text, directive.start())
        raise YamlFault(codes.BAD_TAG, "%TAG lines are not known here", help="remove it", mark=mark)
    check_strictness(text, tokens=4 * limits.nodes, depth=limits.depth)
    # As a loop over a map, taking an event costs no Python call, and counting the events costs nothing at all.
    return map(CParser.get_event, repeat(CParser(text), limits.nodes))


def decode(text: bytes) -> str:
    """Return the characters of a text without its byte order mark. Raises YamlFault where it is not UTF-8."""
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise not_utf8(text, error.start, error.reason) from None


def not_utf8(text: bytes, offset: int, reason: str) -> YamlFault:
    """Return the fault for bytes that are not UTF-8, or for a control character, at an offset."""
    help = "save it as UTF-8, without control characters"
    return YamlFault(codes.NOT_UTF8, f"the text can't be read: {reason}", help=help, mark=mark_at(text, offset))


def mark_at(text: bytes, offset: int) -> Mark:
    """Return the mark of an offset in bytes."""
    before = text[:offset].decode("utf-8-sig", "replace")
    return make_mark(before.count("\n"), len(before) - before.rfind("\n") - 1)
