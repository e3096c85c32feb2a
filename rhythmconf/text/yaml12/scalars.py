"""What a plain scalar means in the core schema of YAML 1.2, remembered for the next time."""

from __future__ import annotations

import re
from typing import TypeAlias

from rhythmconf.text.yaml12 import codes
from rhythmconf.text.yaml12.flaws import Flaw

Scalar: TypeAlias = bool | int | float | str | None

INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
LONGEST_NUMBER = 400
"""Characters of a number: more than any float has, and few enough for Python to write it down again."""
REMEMBERED = 50_000
"""Texts that a table keeps: what repeats in a project comes early, and memory has a bound."""


class Plain(dict[str, Scalar]):
    """A table from plain scalar to value that fills itself."""

    def __missing__(self, text: str) -> Scalar:
        value = resolve(text)
        if len(self) < REMEMBERED:
            self[text] = value
        return value


def resolve(text: str) -> Scalar:
    """The value of a plain scalar, with one exception to the core schema: `010` stays a text.

    A number with a leading zero is how codes, postcodes and accounts are written; the core schema would read 10.
    Numbers that are integral become integers (`1.0`, `1e3`). Raises Flaw for numbers that JSON can't hold.
    """
    if text in WORDS:
        return WORDS[text]
    return _number(text) if text[0] in "0123456789-+." else text


def _number(text: str) -> Scalar:
    if INTEGER.fullmatch(text):
        return int(_short(text))
    if OTHER_BASE.fullmatch(text):
        return int(_short(text), 0)
    if FLOAT.fullmatch(text):
        return _finite(float(_short(text)), text)
    if NOT_FINITE.fullmatch(text):
        return _finite(float(text.replace(".", "")), text)
    return text


def _short(text: str) -> str:
    if len(text) > LONGEST_NUMBER:
        raise Flaw(codes.BAD_NUMBER, f"a number of {len(text)} digits is too long", help="quote it if it is a text")
    return text


def _finite(value: float, text: str) -> int | float:
    if value - value != 0:
        raise Flaw(codes.BAD_NUMBER, f"{text:.80} is not a number that JSON can hold", help="quote it if it is a text")
    return int(value) if value.is_integer() else value


PLAIN = Plain(WORDS)


def tagged(tag: str, text: str) -> Scalar:
    """The value of a scalar with an explicit tag. Raises Flaw for tags beyond the core schema."""
    name = tag.removeprefix("tag:yaml.org,2002:")
    if name in ("str", "!"):
        return text
    if name not in TYPES:
        raise unknown_tag(tag)
    value = resolve(text)
    if value.__class__ not in TYPES[name]:
        raise Flaw(codes.BAD_TAG, f"{text[:80]!r} is not a value of the type !!{name}", help="remove the tag")
    return value


TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "null": (type(None),),
}


def unknown_tag(tag: str) -> Flaw:
    """The refusal of a tag."""
    shown = tag.replace("tag:yaml.org,2002:", "!!")
    return Flaw(
        codes.BAD_TAG,
        f"the tag {shown:.80} is not known here",
        help="known are !!str, !!int, !!float, !!bool, !!null, !!seq and !!map",
    )
