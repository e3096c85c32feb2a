"""Texts that the parser would read in another way than YAML 1.2 are refused, by both readers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.model import Json, Location
from rhythmconf.text.yaml12 import LIMITS, YamlError, load_all, locate_all
from rhythmconf.text.yaml12.lines import read_lines

BREAKS = ("\u2028", "\u2029", "\x85", "\r")
PLACES = {
    "a comment": "a: 1\n# reviewed: stays as it is{}  b: 2\n",
    "a comment behind a value": "a: 1 # as it is{}b: 2\n",
    "a plain text": "a: x{}y\n",
    "a plain text with a colon": "a: b{}c: d\n",
    "single quotes": "a: 'x{}y'\n",
    "double quotes": 'a: "x{}y"\n',
    "a block": "a: |\n  x{}y\n",
    "a folded block": "a: >-\n  x{}y\n",
    "a name": "a{}b: 1\n",
    "a list between brackets": "a: [x,{}y]\n",
    "a second document": "a: 1\n---\n# c{}b: 2\n",
    "the last line": "a: 1\n# c{}",
}


def refusal(text: str, file: str = "a.yaml") -> YamlError:
    with pytest.raises(YamlError) as caught:
        load_all(text, file=file)
    with pytest.raises(YamlError):
        locate_all(text, file=file)
    assert read_lines(text.encode(), LIMITS) is None
    return caught.value


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("char", BREAKS)
def test_a_break_of_other_readers_is_refused_where_it_is(char: str, place: str) -> None:
    text = PLACES[place].replace("{}", char)
    before = text[: text.index(char)]
    error = refusal(text)
    assert (error.code, error.location) == (
        "RC112",
        Location("a.yaml", before.count("\n") + 1, len(before) - before.rfind("\n")),
    )


@pytest.mark.parametrize(("escape", "char"), [(r"\u2028", "\u2028"), (r"\P", "\u2029"), (r"\N", "\x85"), (r"\r", "\r")])
def test_an_escape_of_such_a_break_is_read(escape: str, char: str) -> None:
    assert load_all(f'a: "x{escape}y"\n', file="a.yaml") == [{"a": f"x{char}y"}]


def test_json_may_have_them_in_a_text() -> None:
    assert load_all('{"a": "x\u2028y"}\n', file="a.json") == [{"a": "x\u2028y"}]


@pytest.mark.parametrize("place", PLACES)
def test_a_byte_order_mark_inside_a_file_is_refused(place: str) -> None:
    text = PLACES[place].replace("{}", "\ufeff")
    error = refusal(text)
    assert error.code == "RC112"
    assert "byte order mark" in error.message
    assert load_all("\ufeffa: 1\n", file="a.yaml") == [{"a": 1}]
    assert refusal("\ufeff\ufeffa: 1\n").location == Location("a.yaml", 1, 1)


@given(st.text("ab:-\n #'\"|[]{},?&*\u2028\u2029\x85\r\ufeff", max_size=30))
def test_no_text_with_a_hidden_break_is_read(text: str) -> None:
    hidden = any(char in text.replace("\r\n", "\n") for char in BREAKS) or "\ufeff" in text[1:]
    if hidden:
        refusal(text)


# Facts of the public YAML test suite (yaml-test-suite), each named by its case there or by the rule of YAML 1.2.
REFUSED: dict[str, tuple[str, int, int]] = {
    "652Z": ("{ ?foo: bar,\nbar: 42\n}\n", 1, 3),
    "HM87/1": ("a: [?x]\n", 1, 5),
    "? before a quote": ("a: [?'x']\n", 1, 5),
    "? before an alias": ("a: &b 1\nc: [x, ?*b]\n", 2, 8),
    "? twice": ("a: [??x]\n", 1, 5),
    "? inside a nested list": ("- - - {x: [1, ?y]}\n", 1, 15),
    "Y2GN": ("---\nkey: &an:chor value\n", 2, 6),
    "2SXE": ("&a: key: &a value\nfoo:\n  *a:\n", 1, 1),
    "an alias and a colon": ("a: &b 1\nc: {*b: d}\n", 2, 5),
    "an anchor and a question mark": ("a: &b? 1\n", 1, 4),
    "L24T/1": ("foo: |\n  x\n   ", 3, 1),
    "JEF9/2": ("- |+\n   ", 2, 1),
    "a folded last line": ("a: >\n  x\n     ", 3, 1),
    "9JBA": ("---\n[ a, b, c, ]#invalid\n", 2, 13),
    "CVW2": ("---\n[ a, b, c,#invalid\n]\n", 2, 11),
    "SU5Z": ('key: "value"# invalid comment\n', 1, 13),
    "single quotes and a comment": ("key: 'value'# invalid comment\n", 1, 13),
    "X4QW": ("block: ># comment\n  scalar\n", 1, 8),
    "a header with an indicator": ("block: |2-# comment\n  scalar\n", 1, 8),
    "a comment at an opening bracket": ("a: [#c\n 1]\n", 1, 5),
    "EB22": ("---\nscalar1 # comment\n%YAML 1.2\n---\nscalar2\n", 3, 1),
    "RHX7": ("---\nkey: value\n%YAML 1.2\n---\n", 3, 1),
    "MUS6/0": ("%YAML 1.1#...\n---\n", 1, 10),
    "MUS6/1": ("%YAML 1.2\n---\n%YAML 1.2\n---\n", 3, 1),
    "G5U8": ("---\n- [-, -]\n", 2, 4),
    "YJV2": ("[-]\n", 1, 2),
    "a dash in braces": ("a: {b: -}\n", 1, 8),
    "S98Z": ("empty block scalar: >\n \n  \n   \n # comment\n", 1, 21),
    "a deep blank line": ("a: |\n    \n  x\n", 1, 4),
    "a deep blank line in a list": ("a:\n- b: |-\n      \n    x\n", 2, 6),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_readers_take_differently_is_refused(name: str) -> None:
    text, line, column = REFUSED[name]
    error = refusal(text)
    assert (error.code, error.location) == ("RC101", Location("a.yaml", line, column))
    assert error.help
    crlf = refusal(text.replace("\n", "\r\n"))
    assert (crlf.code, crlf.location) == (error.code, error.location)


READ: list[tuple[str, Json]] = [
    ("a: [x?, y?z, 'why?', {b?: 1}]\n", {"a": ["x?", "y?z", "why?", {"b?": 1}]}),
    ("a: ?x\n", {"a": "?x"}),
    ("a: x ?y\nb: [1]\n", {"a": "x ?y", "b": [1]}),
    ("a: {? b : c}\n", {"a": {"b": "c"}}),
    ("a: https://x.example/?b=[1]&c=2#d\n", {"a": "https://x.example/?b=[1]&c=2#d"}),
    ("a: 'x, ?y' # [?z]\n", {"a": "x, ?y"}),
    ("a: &b 1\nc: [*b, *b ]\n", {"a": 1, "c": [1, 1]}),
    ("a: R&D:x\nb: 2*3:4\n", {"a": "R&D:x", "b": "2*3:4"}),
    ("a: x#y\nb: '#'\nc: \"d\" # e\nf: [g] # h\n", {"a": "x#y", "b": "#", "c": "d", "f": ["g"]}),
    ("a: |\n  <a href=\"#b\">1#2</a>#\n  'c'#d\n", {"a": "<a href=\"#b\">1#2</a>#\n'c'#d\n"}),
    ("a: | # c\n  x\n", {"a": "x\n"}),
    ("a: [-1, - , -x, '-']\n".replace("- , ", ""), {"a": [-1, "-x", "-"]}),
    ("%YAML 1.2 # c\n---\na: 1\n", {"a": 1}),
    ("a: |\n  %b\n", {"a": "%b\n"}),
    ("a: |\n\n\n  x\n", {"a": "\n\nx\n"}),
    ("a: |\n \n  \n  x\n", {"a": "\n\nx\n"}),
    ("a: >\n     \nb: c\n", {"a": "", "b": "c"}),
    ("a: |2\n   \n  x\n", {"a": " \nx\n"}),
    ("a: |\n  x\n  ", {"a": "x\n"}),
    ("a: x\n    ", {"a": "x"}),
]


@pytest.mark.parametrize(("text", "value"), READ)
def test_what_only_looks_like_that_is_read(text: str, value: Json) -> None:
    assert load_all(text, file="a.yaml") == [value]
    assert load_all(text.replace("\n", "\r\n"), file="a.yaml") == [value]


def test_deep_brackets_with_a_sign_are_refused_quickly() -> None:
    assert refusal("[" * 200_000 + "?x").code == "RC108"
