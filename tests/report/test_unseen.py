"""Two values that differ in something that can't be seen look different in every format."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rhythmconf.model import FieldChange, Plan
from rhythmconf.model.appearance import appearance, marked
from rhythmconf.report.formats import github, markdown, text
from rhythmconf.report.formats import html as page
from rhythmconf.report.terminal import render
from tests.support.reports import change, field, plan

LONG = "Your certification expires soon, and this is what you have to do before that day to keep it"
PAIRS = [
    ("Lapsed", "Lapsed ", "Lapsed\\u0020"),
    (" Lapsed", "Lapsed", "\\u0020Lapsed"),
    ("Not renewed", "Not\u00a0renewed", "Not\\u00a0renewed"),
    ("Not renewed", "Not  renewed", "Not \\u0020renewed"),
    ("Lapsed", "Lap\u200bsed", "Lap\\u200bsed"),
    ("Lapsed", "Lapsed\u3164", "Lapsed\\u3164"),
    ("Caf\u00e9", "Cafe\u0301", "Cafe\\u0301"),
    ("Lapsed", "L\u0430psed", "L\\u0430psed"),
    ("Lapsed", "Expired ", "Expired\\u0020"),
    ("Lapsed", "Expired\u00a0now", "Expired\\u00a0now"),
    (f"{LONG}.", f"{LONG}. ", "it.\\u0020"),
    (f"{LONG} {LONG} {LONG}", f"{LONG} {LONG.replace('soon', 'soon' + chr(0xA0))} {LONG}", "soon\\u00a0"),
    ("<p>One</p>\n<p>Two</p>\n", "<p>One</p>\n<p>Two</p>\u00a0\n", "<p>Two</p>\\u00a0"),
]


def in_text(shown: Plan) -> str:
    return render(text.plan(shown), color=False)


def in_html(shown: Plan) -> str:
    return html.unescape(re.sub(r"</?(?:ins|del)>", "", page.plan(shown)))


@pytest.mark.parametrize(("old", "new", "expected"), PAIRS)
@pytest.mark.parametrize("write", [in_text, markdown.plan, in_html, github.plan])
def test_a_format_shows_where_two_values_differ(
    write: Callable[[Plan], str], old: str, new: str, expected: str
) -> None:
    if write is github.plan and "\n" in old:
        old, new = old.splitlines()[1], new.splitlines()[1]
    for left, right in ((old, new), (new, old)):
        shown = write(plan(change("statusReason/lapsed", "update", field("/name", left, right))))
        assert expected in shown


@pytest.mark.parametrize("write", [in_text, markdown.plan, in_html])
def test_the_values_of_a_conflict_are_told_apart(write: Callable[[Plan], str]) -> None:
    apart: FieldChange = field("/name", "Lapsed\u00a0now", "Lapsed now")._replace(base="Lapsed now ", side="conflict")
    shown = write(plan(change("statusReason/lapsed", "update", apart)))
    assert "Lapsed\\u00a0now" in shown
    assert "Lapsed now\\u0020" in shown


def test_items_of_a_list_are_told_apart() -> None:
    shown = in_text(plan(change("program/a", "update", field("/tags", ["a b", "c"], ["a\u00a0b", "c"]))))
    assert '["a\\u0020b", "c"] -> ["a\\u00a0b", "c"]' in shown


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Lapsed", "lapsed"),
        ("\u00c4rzte", "\u00e4rzte"),
        ("Sign in", "Signin"),
        ("Caf\u00e9", "Caf\u00e8"),
        ("30 days", "60 days"),
        ("Ihr Beitrag\u00a0: 10", "Ihr Beitrag\u00a0: 20"),
        ("one\ntwo", "one\ntwo\nthree"),
    ],
)
def test_what_can_be_seen_stays_as_it_is(old: str, new: str) -> None:
    assert marked(old, new) == (old, new)


ALIKE = (" \u00a0\u3000", "a\u0430", ("\u00e9", "e\u0301"), "-\u2013", "\n", "B", ("", "\u200b", "\ufe0f"))
"""Signs, or none, that look the same."""
TWINS = st.sampled_from(ALIKE).flatmap(lambda signs: st.tuples(st.sampled_from(signs), st.sampled_from(signs)))


@given(st.lists(TWINS, max_size=12))
@example([(" ", "\u00a0"), ("\u00a0", " ")])
def test_marks_lose_nothing_and_two_texts_never_look_the_same(twins: list[tuple[str, str]]) -> None:
    one, other = ("".join(pair[side] for pair in twins) for side in (0, 1))
    shown = marked(one, other)
    assert [re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), text) for text in shown] == [one, other]
    if one.casefold() != other.casefold() and one.replace("\n", "") != other.replace("\n", ""):
        assert appearance(shown[0]) != appearance(shown[1])
