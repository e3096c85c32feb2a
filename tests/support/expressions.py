"""Evaluate the expressions of a workflow, as far as the templates use them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

EXPRESSION = re.compile(r"\$\{\{ *(.+?) *\}\}")
_TOKEN = re.compile(r"\s*(==|!=|&&|\|\||!|\(|\)|'(?:[^']|'')*'|[A-Za-z_][\w.-]*)")


def expand(text: str, contexts: Mapping[str, Any]) -> str:
    """Replace each `${{ ... }}` in a text by its value; what is absent is empty, as at the host."""
    return EXPRESSION.sub(lambda match: _as_text(evaluate(match[1], contexts)), text)


def evaluate(text: str, contexts: Mapping[str, Any]) -> Any:
    """Return the value of an expression. `contexts` has a function for each status check, such as `always`."""
    text = EXPRESSION.sub(lambda match: match[1], " ".join(text.split()))
    tokens = _TOKEN.findall(text)
    assert "".join(tokens) == re.sub(r"\s(?=(?:[^']*'[^']*')*[^']*$)", "", text), f"unknown expression: {text}"
    value, rest = _either(tokens, contexts)
    assert not rest, f"unknown expression: {text}"
    return value


def _either(tokens: list[str], contexts: Mapping[str, Any]) -> tuple[Any, list[str]]:
    value, rest = _both(tokens, contexts)
    while rest[:1] == ["||"]:
        other, rest = _both(rest[1:], contexts)
        value = value or other
    return value, rest


def _both(tokens: list[str], contexts: Mapping[str, Any]) -> tuple[Any, list[str]]:
    value, rest = _comparison(tokens, contexts)
    while rest[:1] == ["&&"]:
        other, rest = _comparison(rest[1:], contexts)
        value = value and other
    return value, rest


def _comparison(tokens: list[str], contexts: Mapping[str, Any]) -> tuple[Any, list[str]]:
    value, rest = _single(tokens, contexts)
    if rest[:1] in (["=="], ["!="]):
        other, after = _single(rest[1:], contexts)
        return (value == other) == (rest[0] == "=="), after
    return value, rest


def _single(tokens: list[str], contexts: Mapping[str, Any]) -> tuple[Any, list[str]]:
    first, rest = tokens[0], tokens[1:]
    if first == "!":
        value, rest = _single(rest, contexts)
        return not value, rest
    if first == "(":
        value, rest = _either(rest, contexts)
        return value, rest[1:]
    if first.startswith("'"):
        return first[1:-1].replace("''", "'"), rest
    if rest[:2] == ["(", ")"]:
        check: Callable[[], bool] = contexts[first]
        return check(), rest[2:]
    return _look_up(first, contexts), rest


def _look_up(name: str, contexts: Mapping[str, Any]) -> Any:
    value: Any = contexts
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return {"true": True, "false": False}.get(name, value)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
