"""Refuse what the parser reads in another way than YAML 1.2 says.

The parser (libyaml) follows YAML 1.1 and is lenient: some texts lose characters, others hide a line from a reader.
Each rule looks for a sign in the bytes first, which costs next to nothing; only a text that has such a sign is scanned
once more, token by token.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice, pairwise
from typing import Any

from yaml import YAMLError
from yaml._yaml import CParser
from yaml.tokens import (
    AliasToken,
    AnchorToken,
    DirectiveToken,
    DocumentEndToken,
    FlowEntryToken,
    FlowMappingEndToken,
    FlowMappingStartToken,
    FlowSequenceEndToken,
    FlowSequenceStartToken,
    KeyToken,
    ScalarToken,
    StreamStartToken,
    ValueToken,
)

from rhythmconf.text.yaml12 import codes
from rhythmconf.text.yaml12.faults import OwnMark, YamlFault

_ESCAPE_IT = "remove it; if a text needs it, write it as an escape in double quotes"
_HIDDEN_WORDS = {
    b"\r": (
        "a carriage return without a line feed: some readers end a line here, others don't",
        "save the file with the line ends of Unix (LF) or of Windows (CRLF)",
    ),
    b"\xc2\x85": ("U+0085 (next line) is here, and some readers take it for the end of a line", _ESCAPE_IT),
    b"\xe2\x80\xa8": ("U+2028 (line separator) is here, and some readers take it for the end of a line", _ESCAPE_IT),
    b"\xe2\x80\xa9": (
        "U+2029 (paragraph separator) is here, and some readers take it for the end of a line",
        _ESCAPE_IT,
    ),
    b"\xef\xbb\xbf": (
        "an invisible byte order mark (U+FEFF) is inside the file",
        "remove it; it often comes from joining two files",
    ),
}
# Each begins with a literal character, which `re` finds
# as fast as the C library does.
_SIGNS = (
    (b"?", rb"\?(?<=[\[{,:?\s]\?)\S"),
    (b"&", rb"&[0-9A-Za-z_-]+[?:%@`]"),
    (b"*", rb"\*[0-9A-Za-z_-]+[?:%@`]"),
    (b"#", rb"#(?:(?<=[\[\]{},:?]#)|(?<=[^=(][\"']#)|(?<=\s[|>]#)|(?<=\s[|>][0-9+-]#)|(?<=\s[|>][0-9+-]{2}#))"),
    (b"-", rb"-(?<=[\[,{\s]-)[,\]}]"),
    (b"|", rb"\|[+-]?[ \t]*(?:#[^\n]*)?\r?\n(?:\r?\n)* +\r?\n"),
    (b">", rb">[+-]?[ \t]*(?:#[^\n]*)?\r?\n(?:\r?\n)* +\r?\n"),
    (b"%", rb"%(?<![^\n]%)"),
)
_UNENDED = rb"\n[ \t]+\Z"
_BLANKS = frozenset(" \t\r\n")
_FLOW_STARTS = (FlowMappingStartToken, FlowSequenceStartToken)
_FLOW_ENDS = (FlowMappingEndToken, FlowSequenceEndToken)
_CLOSED = (*_FLOW_STARTS, *_FLOW_ENDS, FlowEntryToken, ValueToken)
_HEADER = r"[|>][0-9+-]*#"
_LEADING = r"[|>][+-]?[ \t]*(?:#[^\n]*)?\r?\n((?: *\r?\n)+)( *)(?=[^ \r\n])"


def check_hidden(text: bytes) -> None:
    """Raise YamlFault for a character that some readers take for the end of a line, or don't show at all."""
    if text.isascii() and b"\r" not in text:
        return
    offsets = [(offset, sign) for sign in _HIDDEN_WORDS if (offset := _find_hidden(text, sign)) >= 0]
    if offsets:
        offset, sign = min(offsets)
        before = text[:offset].decode("utf-8-sig", "replace")
        mark = OwnMark(before.count("\n"), len(before) - before.rfind("\n") - 1)
        message, help = _HIDDEN_WORDS[sign]
        raise YamlFault(codes.HIDDEN_BREAK, message, help=help, mark=mark)


def _find_hidden(text: bytes, sign: bytes) -> int:
    if sign != b"\r":
        return text.find(sign, 1 if sign == b"\xef\xbb\xbf" else 0)  # a byte order mark belongs at the beginning
    match = re.search(rb"\r(?!\n)", text) if text.count(b"\r") != text.count(b"\r\n") else None
    return match.start() if match else -1


def check_strictness(text: bytes, *, tokens: int, depth: int) -> None:
    """Raise YamlFault where the parser would read the text in another way than YAML 1.2.

    `tokens` and `depth` bound the work. The parser refuses a text that has more.
    """
    signs = any(sign in text and _searcher(pattern)(text) for sign, pattern in _SIGNS)
    unended = re.search(_UNENDED, text) if text[-1:] in (b" ", b"\t") else None
    if signs:
        _check_tokens(text.decode("utf-8-sig", "replace"), tokens, depth)
    if unended and _last_block(text, tokens) != _last_block(text + b"\n", tokens):
        before = text[: unended.start() + 1].decode("utf-8-sig", "replace")
        message = "the last line has only blanks and no line end: readers disagree whether it belongs to the text above"
        mark = OwnMark(before.count("\n"), 0)
        raise YamlFault(codes.SYNTAX, message, help="remove the blanks, or end the line", mark=mark)


@cache
def _searcher(pattern: bytes) -> Callable[[bytes], object]:
    """Compile a pattern when a text has its sign: most projects need few of them."""
    return re.compile(pattern).search


def _scan(text: bytes | str, tokens: int) -> Iterator[Any]:
    """Yield the tokens up to the first error, which is reported by the parser."""
    parser = CParser(text)
    try:
        yield from islice(iter(parser.get_token, None), tokens)
    except YAMLError:
        return


def _last_block(text: bytes, tokens: int) -> str | None:
    """Return the value of the last scalar, if it is a block."""
    last = None
    for token in _scan(text, tokens):
        if isinstance(token, ScalarToken):
            last = token.value if _is_block(token) else None
    return last


def _is_block(token: Any) -> bool:
    return isinstance(token, ScalarToken) and token.style in ("|", ">")


def _check_tokens(text: str, tokens: int, depth: int) -> None:
    level = 0
    for before, token in pairwise(_scan(text, tokens)):
        if isinstance(token, _FLOW_STARTS):
            level += 1
            if level > depth:
                return
        elif isinstance(token, _FLOW_ENDS):
            level -= 1
        problem = _problem(token, before, text, level)
        if problem is not None:
            message, help = problem
            at_end = problem is _COMMENT and not _is_block(token)
            raise YamlFault(codes.SYNTAX, message, help=help, mark=token.end_mark if at_end else token.start_mark)


def _problem(token: Any, before: Any, text: str, level: int) -> tuple[str, str] | None:
    """Return message and help for a token that YAML 1.2 doesn't allow there, or reads in another way."""
    end = token.end_mark.index
    following = text[end : end + 1]
    in_flow = level > 0 or isinstance(token, _FLOW_ENDS)
    if isinstance(token, KeyToken):
        # The key of `name: value` has no width; that of `? name` is the question mark.
        if in_flow and end > token.start_mark.index and following not in _BLANKS:
            return "a text between brackets begins with '?', and readers disagree about it", "put it in quotes"
    elif isinstance(token, AnchorToken | AliasToken):
        if following and following not in _BLANKS and not (in_flow and following in ",[]{}"):
            sign = "&" if isinstance(token, AnchorToken) else "*"
            message = f"the name '{sign}{token.value}' ends at a '{following}', and readers disagree about it"
            return message, "put a blank after the name, or quote the text"
    elif isinstance(token, DirectiveToken):
        if not isinstance(before, StreamStartToken | DocumentEndToken):
            message = "a line that begins with '%' is a directive, which only the head of a document may have"
            return message, "remove it, or indent it if it is a text"
        if following == "#":
            return _COMMENT
    elif isinstance(token, ScalarToken):
        return _scalar_problem(token, text, following, in_flow)
    elif isinstance(token, _CLOSED) and following == "#":
        return _COMMENT
    return None


_COMMENT = ("a '#' right behind a value: readers disagree whether a comment begins there", "put a blank before the '#'")


def _is_deeper(leading: re.Match[str], line: str, value: str) -> bool:
    """Tell whether a blank line is deeper than the first line of a block. `line` is that of its header."""
    outer = re.match(r" *(?:-[ ]+)*", line)
    inside = value.strip() or (outer and len(leading[2]) > outer.end())  # else the block has no first line
    return bool(inside) and max(map(len, leading[1].splitlines())) > len(leading[2])


def _scalar_problem(token: Any, text: str, following: str, in_flow: bool) -> tuple[str, str] | None:
    if _is_block(token):
        start = token.start_mark.index
        if re.compile(_HEADER).match(text, start):
            return _COMMENT
        leading = re.compile(_LEADING).match(text, start)
        if leading and _is_deeper(leading, text[text.rfind("\n", 0, start) + 1 : start], token.value):
            message = "a blank line at the beginning of this text is indented deeper than its first line"
            return message, "remove the blanks from that line"
    elif token.style in ("'", '"'):
        if following == "#":
            return _COMMENT
    elif token.value == "-" and in_flow and following not in ":":
        return "a '-' alone between brackets is not a text", "put it in quotes"
    return None
