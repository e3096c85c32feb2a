"""Resolve plain scalars by the core schema of YAML 1.2."""

from __future__ import annotations

import re
from typing import TypeAlias

from rhythmconf.text.yaml12 import codes
from rhythmconf.text.yaml12.faults import YamlFault

Scalar: TypeAlias = bool | int | float | str | None

INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
CONSTANTS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
LONGEST_NUMBER = 400
"""Characters of a number: more than any float has, and few enough for Python to write the number down again."""
REMEMBERED = 50_000
"""Entries that a table keeps. Values that repeat in a project come early, so a bound costs nothing but saves memory."""


class PlainScalars(dict[str, Scalar]):
    """A table that fills itself, from the text of a plain scalar to its value."""

    def __missing__(self, text: str) -> Scalar:
        value = resolve(text)
        if len(self) < REMEMBERED:
            self[text] = value
        return value


def resolve(text: str) -> Scalar:
    """Return the value of a plain scalar.

    There is one exception to the core schema: `010` stays a text. Codes, postcodes and account numbers have leading
    zeros, and the core schema would read 10. Integral numbers become integers (`1.0`, `1e3`). Raises YamlFault for
    numbers that JSON can't hold.
    """
    if text in CONSTANTS:
        return CONSTANTS[text]
    return _number(text) if text[0] in "0123456789-+." else text


def _number(text: str) -> Scalar:
    if INTEGER.fullmatch(text):
        return int(_check_length(text))
    if OTHER_BASE.fullmatch(text):
        return int(_check_length(text), 0)
    if FLOAT.fullmatch(text):
        return _finite(float(_check_length(text)), text)
    if NOT_FINITE.fullmatch(text):
        return _finite(float(text.replace(".", "")), text)
    return text


def _check_length(text: str) -> str:
    if len(text) > LONGEST_NUMBER:
        message = f"a number of {len(text)} digits is too long"
        raise YamlFault(codes.BAD_NUMBER, message, help="quote it if it is a text")
    return text


def _finite(value: float, text: str) -> int | float:
    if value - value != 0:  # true for infinity and NaN
        message = f"{text:.80} is not a number that JSON can hold"
        raise YamlFault(codes.BAD_NUMBER, message, help="quote it if it is a text")
    return int(value) if value.is_integer() else value


PLAIN = PlainScalars(CONSTANTS)


def resolve_tagged(tag: str, text: str) -> Scalar:
    """Return the value of a scalar with an explicit tag. Raises YamlFault for a tag beyond the core schema."""
    name = tag.removeprefix("tag:yaml.org,2002:")
    if name in ("str", "!"):
        return text
    if name not in TYPES:
        raise unknown_tag(tag)
    value = resolve(text)
    if value.__class__ not in TYPES[name]:
        message = f"{text[:80]!r} is not a value of the type !!{name}"
        raise YamlFault(codes.BAD_TAG, message, help="remove the tag")
    return value


TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "null": (type(None),),
}


def unknown_tag(tag: str) -> YamlFault:
    """Return the fault for a tag that is not of the core schema."""
    shown = tag.replace("tag:yaml.org,2002:", "!!")
    return YamlFault(
        codes.BAD_TAG,
        f"the tag {shown:.80} is not known here",
        help="remove it; known tags are !!str, !!int, !!float, !!bool, !!null, !!seq and !!map",
    )
