"""Syntax errors are explained in our words, on the line to correct."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.text.yaml12 import YamlError, load_all

PARSERS_WORDS = ("mapping values", "cannot start any token", "while scanning", "while parsing", "did not find expected")
ERRORS: dict[str, tuple[str, int, int, str, str]] = {
    "a tab below a name": ("spec:\n\tname: x\n", 2, 1, "a tab is in the indentation", "with spaces"),
    "a tab behind spaces": ("spec:\n  name: x\n  \tb: y\n", 3, 3, "a tab is in the indentation", "with spaces"),
    "a tab in the first line": ("\ta: 1\n", 1, 1, "a tab is in the indentation", "with spaces"),
    "a tab in a block": ("a: |\n\tx\n", 2, 1, "a tab is in the indentation", "with spaces"),
    "a tab in a list": ("a:\n- b: 1\n\tc: 2\n", 3, 1, "a tab is in the indentation", "with spaces"),
    "a tab behind a dash": ("a:\n-\t- b\n  -\tc: 1\n", 2, 2, "a tab is here", "with spaces"),
    "a field beside a value": ("- []\n  a: 1\n", 2, 3, "belongs to line 1, which has a value", "begin it with '- '"),
    "a text beside a text": ("a: 1\n---\n- 'b'\n# c\n  \"d\"\n", 5, 3, "belongs to line 3", "begin it with '- '"),
    "a field below an item of two lists": ("- - 'x'\n    k: 1\n", 2, 5, "belongs to line 1", "begin it with '- '"),
    "a typographic quote at the end": (
        'a: "x\u201d\n',
        1,
        6,
        "ends with the typographic quote \u201d",
        'end it with " too',
    ),
    "a typographic quote at the end, and others below": (
        'a: "x\u201c # why\nb: "y"\nc: 1\n',
        1,
        6,
        "ends with the typographic quote \u201c",
        'with " too',
    ),
    "a single typographic quote at the end": (
        "a:\n  - 'x\u2019\n  - y\n",
        2,
        7,
        "typographic quote \u2019",
        "with ' too",
    ),
    "a typographic quote at the end in a list": (
        'a: ["x\u201d, y]\nb: 1\n',
        1,
        7,
        "typographic quote \u201d",
        'with " too',
    ),
    "one space too little": (
        "spec:\n  name: x\n is_active: true\n",
        3,
        2,
        "indented by 1 space,",
        "indent it by 0 or 2 spaces",
    ),
    "one space too little in a list": (
        "spec:\n  reminders:\n    - name: x\n     number: 3\n",
        4,
        6,
        "indented by 5 spaces,",
        "0 or 2 or 4 or 6",
    ),
    "one space too much": ("a:\n  b: 1\n   c: 2\n", 3, 5, "deeper than line 2", "indent it by 2 spaces"),
    "one level too little, first of its mapping": (
        "spec:\n  options:\n  unit: days\n    number: 3\n",
        3,
        3,
        "indented by 2 spaces, less than the line below",
        "indent it by 4 spaces",
    ),
    "one level too little, between others": (
        "spec:\n  options:\n    unit: days\n  number: 3\n    name: x\n",
        4,
        3,
        "indented by 2 spaces, less than the line below",
        "indent it by 4 spaces, or indent line 5 less",
    ),
    "one level too little, quoted": (
        "spec:\n  options:\n  unit: 'days'\n    number: 3\n",
        3,
        3,
        "indented by 2 spaces, less than the line below",
        "indent it by 4 spaces",
    ),
    "one level too little in a list": (
        "reminders:\n  - name: x\n  number: 3\n  - name: y\n",
        3,
        3,
        "the indentation of a list",
        "begin it with '- '",
    ),
    "an item among members": ("a: 1\n- b\n", 2, 1, "an item of a list is among", "put a line `name:` above it"),
    "two colons": ("name: Renewal: 60 days\n", 1, 14, "a second ': ' is in this line", "in quotes"),
    "two colons below a name": (
        "spec:\n  name: Renewal: 60 days\n",
        2,
        16,
        "a second ': ' is in this line",
        "in quotes",
    ),
    "two colons in an item": ("- name: Renewal: 60 days\n", 1, 16, "a second ': ' is in this line", "in quotes"),
    "a line without a colon": ("a: 1\nhello\nb: 2\n", 2, 1, "this line has no ': '", "write `name: value`"),
    "a colon without a blank": ("a:1\nb: 2\n", 1, 1, "this line has no ': '", "a blank behind the colon"),
    "half a conflict": ("a: 1\n=======\nb: 2\n", 2, 1, "this line has no ': '", "left of a merge"),
    "an at sign": ("from: @club\n", 1, 7, "can't begin with '@'", "in quotes"),
    "a percent sign": ("a: %x\n", 1, 4, "can't begin with '%'", "in quotes"),
    "a backtick": ("a: `x`\n", 1, 4, "can't begin with '`'", "in quotes"),
    "an asterisk": ("a: **bold**\n", 1, 4, "can't begin with '*'", "in quotes"),
    "an ampersand": ("a: & b\n", 1, 4, "can't begin with '&'", "in quotes"),
    "a list behind a name": ("a: - b\n", 1, 4, "a list can't begin here", "into the lines below"),
    "a text behind a pipe": ("a: | text\n", 1, 6, "nothing may follow the '|'", "into the lines below"),
    "a quote inside quotes": ("a: 'it's'\n", 1, 8, "doesn't belong to the value before it", "write ''"),
    "a word in braces": ("a: {name}, welcome\n", 1, 10, "which ends at the '}'", "put the whole text in quotes"),
    "a word in braces below": ("a:\n  - x\n  - [b] c\n", 3, 9, "ends at the ']'", "the whole text in quotes"),
    "a bracket alone": ("a: ]\n", 1, 4, "a value is missing", "in quotes"),
    "a comma missing": ("a: {b: 1 c: 2}\n", 1, 11, "the closing '}' is missing", "write it"),
}


def refusal(text: str) -> YamlError:
    with pytest.raises(YamlError) as caught:
        load_all(text, file="a.yaml")
    return caught.value


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_syntax_error_is_explained_where_it_is(name: str, end: str) -> None:
    text, line, column, words, help = ERRORS[name]
    error = refusal(text.replace("\n", end))
    assert (error.code, *error.location[1:]) == ("RC101", line, column), error.message
    assert words in error.message
    assert help in (error.help or "")
    assert not any(word in error.message for word in PARSERS_WORDS)


def test_lines_of_another_document_do_not_count() -> None:
    assert "0 or 2" in (refusal("a:\n    b: 1\n---\nc:\n  d: 1\n e: 2\n").help or "")


LINES = ["a: 1", "b:", "- c", "- d: 1", "e: 'f'", "g", "h: i: j", "", "# k", "l: |", "\tm: 1", "---", "n: [", "]"]


@given(st.lists(st.tuples(st.sampled_from(["", " ", "  ", "   ", "    "]), st.sampled_from(LINES)), max_size=7))
def test_every_error_is_on_a_line_of_the_text(lines: list[tuple[str, str]]) -> None:
    text = "".join(f"{indent}{line}\n" for indent, line in lines)
    error = _error(text)
    if error is not None:
        assert 1 <= error.location.line <= len(lines) + 1
        assert error.location.column >= 1
        assert error.help


def _error(text: str) -> YamlError | None:
    try:
        load_all(text, file="a.yaml")
    except YamlError as error:
        return error
    return None
