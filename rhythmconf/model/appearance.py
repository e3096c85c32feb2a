"""Tell which texts look the same to a person, and write two of them so that the difference can be seen."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence

_SAME_SIGN = {
    **dict.fromkeys(map(ord, "‘’‚‛′ʼ`"), "'"),
    **dict.fromkeys(map(ord, "“”„‟"), '"'),
    ord("−"): "-",
    **dict.fromkeys(map(ord, "\u2044\u2215\u29f8"), "/"),
    ord("\u2800"): " ",
    # Marks and letters without a shape of their own: joiners, fillers and variation selectors.
    **dict.fromkeys((0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0)),
    **dict.fromkeys((*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))),
}
"""Characters that look like another one, or like nothing, and that no Unicode normal form unites."""
_SAME_LETTER = str.maketrans("авекмнорстухѕіјһԁԛԝο", "abekmhopctyxsijhdqwo")
"""Small Cyrillic letters, and the Greek omicron, that look like a Latin one as a capital or as a small letter.

The list is short on purpose: Greek capitals look like Latin ones too, but people tell `α` from `a` and `µg` from `mg`.
"""
_WITHOUT_SHAPE = frozenset(chr(code) for code, shown in _SAME_SIGN.items() if shown in (None, " "))
_COMPARED = 2_000
"""Characters that are compared one by one, which takes quadratic time."""
_HIDDEN = {"Cf", "Cc"}
"""The categories of zero-width characters, marks of direction, and controls."""
_SEPARATORS = re.compile("[._-]+")


def appearance(text: str) -> str:
    """Return the same text for all texts that look the same to a person.

    Case, width, Unicode form, kinds and numbers of spaces, invisible characters, dashes, slashes and quotes don't
    count, nor whether a letter that looks Latin is a Cyrillic one.
    """
    if not (text.isascii() and text.isprintable()):
        # Before the normal form too: an invisible character may stand between a letter and its accent.
        text = unicodedata.normalize("NFKC", _plain(text))
        text = _plain(unicodedata.normalize("NFKC", text.casefold().translate(_SAME_LETTER)))
    # The normal form of an acute accent used as an apostrophe is a space with an accent.
    text = text.replace(" \u0301", "'").replace("`", "'").replace("''", '"')
    return " ".join(text.casefold().split())


def key_appearance(name: str) -> str:
    """Return the same text for all names of keys that differ only in their separators: `a.b`, `a-b` and `a_b`."""
    return _SEPARATORS.sub("-", name).rstrip("-")


def contrast(one: str, other: str) -> tuple[str, str]:
    """Return two texts in double quotes, with escapes where they differ in something that can't be seen.

    YAML reads the quoted texts as the texts themselves.
    """
    from difflib import SequenceMatcher  # most commands compare nothing

    differences = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    left = "".join(_written(one[i:j], escape=tag != "equal") for tag, i, j, _, _ in differences)
    right = "".join(_written(other[i:j], escape=tag != "equal") for tag, _, _, i, j in differences)
    return f'"{left}"', f'"{right}"'


def marked(one: str, other: str) -> tuple[str, str]:
    """Return two texts with escapes for what differs and can't be seen; line breaks and what they share stay.

    In texts that look the same, these are all characters but plain signs. In others they are blanks at the ends of a
    text or beside another blank, other kinds of spaces, and invisible characters.
    """
    start = shared_start(one, other)
    end = shared_start(one[start:][::-1], other[start:][::-1])
    left, right = one[start : len(one) - end], other[start : len(other) - end]
    if max(len(left), len(right)) <= _COMPARED and _look_the_same(one, other):
        from difflib import SequenceMatcher

        codes = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
        middles = (
            "".join(_marked(left[i:j], escape=tag != "equal") for tag, i, j, _, _ in codes),
            "".join(_marked(right[i:j], escape=tag != "equal") for tag, _, _, i, j in codes),
        )
        if appearance(middles[0]) == appearance(middles[1]):
            # A blank that both have stands at another end, where it can't be seen.
            middles = _marked(left, escape=True), _marked(right, escape=True)
    else:
        middles = (_unseen(one, start, len(left)), _unseen(other, start, len(right)))
    head, tail = one[:start], one[len(one) - end :]
    return f"{head}{middles[0]}{tail}", f"{head}{middles[1]}{tail}"


def beside(text: str, names: Sequence[str]) -> str:
    """Return a text as a message shows it that offers names: with escapes if it looks the same as the only one."""
    return marked(text, names[0])[0] if len(names) == 1 else text


def show_unseen(text: str) -> str:
    """Return a text with escapes for what can't be seen in it: see `marked`."""
    return _unseen(text, 0, len(text))


def shared_start(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    ends = (position for position, (left, right) in enumerate(zip(one, other, strict=False)) if left != right)
    return next(ends, min(len(one), len(other)))


def _look_the_same(one: str, other: str) -> bool:
    """Tell whether a person takes one for the other; small and capital letters differ to the eye."""
    if one == other or appearance(one) != appearance(other):
        return False
    composed = all(unicodedata.is_normalized("NFC", text) for text in (one, other))
    return not (composed and one.casefold() == other.casefold())


def _marked(text: str, *, escape: bool) -> str:
    return "".join(_escaped(char) if escape and char != "\n" and not "!" <= char <= "~" else char for char in text)


def _unseen(text: str, start: int, length: int) -> str:
    """Return a part of a text, with escapes for what can't be seen there."""
    part = text[start : start + length]
    if part.isascii() and part.isprintable() and " " not in part:
        return part
    return "".join(_escaped(text[i]) if _is_unseen(text, i) else text[i] for i in range(start, start + length))


def _is_unseen(text: str, position: int) -> bool:
    char = text[position]
    if char == " ":
        beside = text[position - 1 : position] + text[position + 1 : position + 2]
        return position == 0 or len(beside) < 2 or beside[1] == "\n" or not beside.strip(" ") or " " in beside
    return char != "\n" and (char.isspace() or unicodedata.category(char) in _HIDDEN or char in _WITHOUT_SHAPE)


def _plain(text: str) -> str:
    kept = (char for char in text.translate(_SAME_SIGN) if char.isspace() or unicodedata.category(char) not in _HIDDEN)
    return "".join("-" if unicodedata.category(char) == "Pd" else char for char in kept)


def _written(text: str, *, escape: bool) -> str:
    return "".join(_escaped(char) if escape and not "!" <= char <= "~" else _quoted(char) for char in text)


def _quoted(char: str) -> str:
    return json.dumps(char, ensure_ascii=False)[1:-1] if char.isprintable() else _escaped(char)


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
