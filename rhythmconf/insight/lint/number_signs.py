"""RC239: a value that ends at a number sign, because a comment begins there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rhythmconf.insight.lint.subject import Subject
from rhythmconf.model import Diagnostic, Location
from rhythmconf.model.code import Rule
from rhythmconf.model.quoting import quoted
from rhythmconf.text.yaml12.comments import find_number_signs

NUMBER_SIGN = Rule(
    "RC239",
    "a value ends at a number sign",
    what="A blank and a `#` with a number, such as ` #1`, follow a value without quotes: a comment begins there.",
    why="The tenant gets `Level` where `Level #1` was meant. Two names that differ only in the number become one.",
    example="kind: statusReason\nkey: level-1\nspec:\n  name: Level #1",
    fix="Put the value in quotes. If it is a comment, write a blank behind the `#`.",
)
_MAY_HAVE = re.compile(rb" #[0-9]")
"""Begins with plain bytes, which `re` finds ten times as fast as a class of characters."""


def check_number_signs(subject: Subject) -> Iterator[Diagnostic]:
    """Warn about each value that a comment with a number cuts off."""
    for file, text in subject.desired.locator.texts.items():
        if file.endswith((".yaml", ".yml")) and _MAY_HAVE.search(text):
            for sign in find_number_signs(text):
                yield Diagnostic(
                    NUMBER_SIGN,
                    f"the value ends at {quoted(sign.value)}: {quoted(sign.text)} is a comment",
                    "warning",
                    Location(file, sign.line, sign.column),
                    help="put the value in quotes; for a comment, write a blank behind the #",
                )
