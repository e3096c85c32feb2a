"""Turn bytes into characters, within limits."""

from __future__ import annotations

from typing import NamedTuple

from rhythmconf.model import Json
from rhythmconf.text.yaml12 import codes
from rhythmconf.text.yaml12.faults import Mark, OwnMark, YamlFault


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
    return OwnMark(before.count("\n"), len(before) - before.rfind("\n") - 1)


def count_values(value: Json, most: int) -> int:
    """Return how many values an alias repeats. Raises YamlFault as soon as there are more than `most`."""
    count, waiting = 0, [value]
    while waiting:
        count += 1
        if count > most:
            help = "write out what differs, or repeat less"
            raise YamlFault(codes.ALIAS_BOMB, "aliases repeat too many values", help=help)
        current = waiting.pop()
        if isinstance(current, dict):
            waiting += current.values()
        elif isinstance(current, list):
            waiting += current
    return count
