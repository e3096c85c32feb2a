"""The project file's `requires`: which versions of rhythmconf may read it."""

from __future__ import annotations

import operator
import re

TERM = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*(\d+(?:\.\d+)*)\s*")
COMPARE = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}


def requires_problem(requires: str, version: str) -> str:
    """Why `version` doesn't meet `requires` (`>=0.1,<2`), or nothing."""
    terms = [TERM.fullmatch(term) for term in requires.split(",")]
    found = [(term[1], term[2]) for term in terms if term is not None]
    if len(found) != len(terms):
        return "must be comparisons such as '>=0.1,<2'"
    if all(COMPARE[sign](_numbers(version), _numbers(bound)) for sign, bound in found):
        return ""
    return f"asks for {requires}, and this is rhythmconf {version}"


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version, without zeros at the end: 1.0 is 1."""
    numbers = [int(part) for part in re.findall(r"\d+", re.split(r"[a-z+]", version)[0])]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
