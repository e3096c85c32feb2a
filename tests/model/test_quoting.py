"""Names that a tenant chose: a reader sees where each begins and ends, and nothing in them acts."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.model.quoting import WIDTH, bracketed_name, quoted, shown_name
from tests.support.payloads import PAYLOADS

TEXTS = st.text(max_size=3 * WIDTH) | st.sampled_from(PAYLOADS)


@pytest.mark.parametrize(
    "name", ["renewal_colour", "email.footer", "rows[].deep[].b", "1f3a-9c", "a/b", "_x", "a" * WIDTH]
)
def test_a_plain_word_stays_as_it_is(name: str) -> None:
    assert shown_name(name) == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", "''"),
        ("renewal colour", "'renewal colour'"),
        ("a, which the schema knows (b)", "'a, which the schema knows (b)'"),
        ("it's", '"it\'s"'),
        ('a"b', "'a\"b'"),
        ("\x1b[31m", "'\\x1b[31m'"),
        ("a\nerror[RC000]: b", "'a\\nerror[RC000]: b'"),
        ("\u202egpj", "'\\u202egpj'"),
        ("a\u200bb", "'a\\u200bb'"),
        ("\u05e9\u05dd", "'\u05e9\u05dd'"),
        ("a[0]", "'a[0]'"),
        ("x" * (WIDTH + 1), f"'{'x' * (WIDTH - 3)}...'"),
    ],
)
def test_any_other_name_is_quoted(name: str, shown: str) -> None:
    assert shown_name(name) == shown


@pytest.mark.parametrize("name", ["60 days", "Ärzte & Co.", "Lunch (vegan)", "a, b"])
def test_between_brackets_spaces_are_plain(name: str) -> None:
    assert bracketed_name(name) == name


@pytest.mark.parametrize("name", ["a] -> b", "[x", "'", '"', "`", "\x1b[2J", "a\nb", "\u05e9", "\u0634", "x" * 61])
def test_between_brackets_what_could_end_them_is_quoted(name: str) -> None:
    assert bracketed_name(name)[0] in "'\""


@given(TEXTS)
def test_a_quoted_name_shows_itself_alone(text: str) -> None:
    shown = quoted(text)
    assert shown.isprintable()
    assert shown[0] == shown[-1]
    if len(text) <= WIDTH:
        assert ast.literal_eval(shown) == text
    assert shown_name(text) in (text, shown)
    assert bracketed_name(text) in (text, shown)
    assert bracketed_name(text).isprintable()
