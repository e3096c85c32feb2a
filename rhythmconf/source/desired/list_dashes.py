"""Explain dashes of lists: one that is missing, has no blank behind it, or splits an item in two."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from rhythmconf.catalog import Tokens
from rhythmconf.model import Json, at, pointer
from rhythmconf.source.desired.locate import locate_name
from rhythmconf.source.desired.overlays import MergedSpec
from rhythmconf.source.documents import Locator

_DASH = re.compile(r"(?:\S.* )?-(?=[A-Za-z0-9\"'])")

_OTHER_DASH = re.compile("[\u2010-\u2015\u2212\u2022\u00b7*] ?(?=\\w)")


def explain_dash(value: Any) -> str:
    """Return what to do where a text, or the first name of a mapping, is an item whose dash is not one of YAML.

    It has no blank behind it, or it is another sign, such as the long dash that a word processor writes.
    """
    text = next(iter(value), "") if isinstance(value, dict) else value
    if isinstance(text, str) and _OTHER_DASH.match(text):
        return f"a list item begins with a hyphen, `-`, and this is another sign: write `- {text[1:].lstrip()}`"
    if not isinstance(text, str) or not _DASH.match(text):
        return ""
    item = text.rpartition(" -")[2].removeprefix("-")
    return f"put a blank behind the dash: `- {item}`"


def explain_missing_dash(merged: MergedSpec, locator: Locator, path: Tokens, value: Any) -> str:
    """Return where to put the dash in front of the one item of a list that is written as a mapping; empty elsewhere."""
    if not isinstance(value, dict) or not value:
        return ""
    name = next(iter(value))
    _, here = locate_name(locator, merged.documents, (*path, name))
    _, owner = locate_name(locator, merged.documents, path)
    line = locator.texts.get(here.file, b"").split(b"\n")[here.line - 1]
    if here.line == owner.line or line[: here.column - 1].strip():
        return ""
    if here.column - owner.column >= 2:
        return f"write `- ` in place of the two spaces in front of `{name}` in line {here.line}"
    return f"write `- ` in front of `{name}` in line {here.line}, and put 2 more spaces in front of the lines below"


def find_splits(spec: Json, lacking: Mapping[Tokens, Iterable[str]]) -> list[Tokens]:
    """Return the path of each item that belongs to the item before it: that one lacks fields which only this one has.

    `lacking` has the required fields of each item that lacks some.
    """
    found = []
    for path in sorted(lacking, key=str):
        if not path or not isinstance(path[-1], int):
            continue
        following = (*path[:-1], path[-1] + 1)
        first, second = at(spec, pointer(path)), at(spec, pointer(following))
        if not isinstance(first, dict) or not isinstance(second, dict) or first.keys() & second.keys():
            continue
        missing = [name for name in lacking[path] if name not in first]
        if missing and second.keys() >= {*missing}:
            found.append(following)
    return found
