"""The reader agrees with the public YAML test suite, except for what docs/documents.md lists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from rhythmconf.model import Json, same
from rhythmconf.text.yaml12 import LIMITS, YamlError, load_all, locate_all
from rhythmconf.text.yaml12.lines import read_lines
from tests.support.heavy import TOOLS, heavy, with_tools

SUITE = TOOLS / "yaml-test-suite" / "data"
PAGE = Path(__file__).parents[2] / "docs" / "documents.md"


class Case(NamedTuple):
    """One text of the suite; `values` is None where the suite has no JSON for it."""

    name: str
    text: str
    invalid: bool
    values: list[Json] | None


def cases() -> Iterator[Case]:
    for path in sorted(SUITE.glob("????.js")):
        module = json.loads(path.read_text(encoding="utf-8").partition("export default ")[2])
        for number, case in enumerate(module["cases"]):
            name = f"{path.stem}/{number}" if len(module["cases"]) > 1 else path.stem
            yield Case(name, case["yaml"], case.get("fail", False), _values(case))


def _values(case: dict[str, Any]) -> list[Json] | None:
    text = case.get("json")
    if text is None:
        return None
    decoder, values, at = json.JSONDecoder(), [], 0
    while rest := text[at:].strip():
        value, length = decoder.raw_decode(rest)
        values.append(value)
        at += text[at:].index(rest) + length
    return values


def _read(text: str) -> list[Json] | None:
    try:
        return load_all(text, file="a.yaml")
    except YamlError:
        return None


@heavy
@with_tools
def test_the_reader_agrees_with_the_public_suite() -> None:
    accepted, wrong, count = [], [], 0
    for case in cases():
        count += 1
        values = _read(case.text)
        if values is None:
            assert read_lines(case.text.encode(), LIMITS) is None, case.name
            continue
        assert len(locate_all(case.text, file="a.yaml")) == len(values), case.name
        if case.invalid:
            accepted.append(case.name)
        elif case.values is not None and not same(values, case.values):
            wrong.append(case.name)
    assert count > 400
    assert wrong == []
    listed = re.findall(r"`([A-Z0-9]{4}(?:/[0-9]+)?)`", PAGE.read_text(encoding="utf-8"))
    assert sorted(accepted) == sorted(listed)
