"""The YAML 1.2 reader: values of scalars, locations of errors, and no other exceptions than its own."""

from __future__ import annotations

import gc
import json
import random
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.errors import DocumentError
from rhythmconf.model import Json, Location, decode, same
from rhythmconf.model.code import Code
from rhythmconf.text.yaml12 import LIMITS, Limits, YamlError, codes, load_all, locate_all
from rhythmconf.text.yaml12.line_values import Values
from rhythmconf.text.yaml12.lines import read_lines
from rhythmconf.text.yaml12.scalars import REMEMBERED, PlainScalars
from rhythmconf.text.yaml12.values import build
from rhythmconf.text.yaml12.yaml_events import yaml_events

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").rglob("*.yaml"))


def load(text: str | bytes, file: str = "a.yaml") -> Json:
    [value] = load_all(text, file=file)
    return value


def refusal(text: str | bytes, file: str = "a.yaml", limits: Limits = LIMITS) -> YamlError:
    with pytest.raises(YamlError) as caught:
        load_all(text, file=file, limits=limits)
    assert caught.value.code in {code for code in vars(codes).values() if isinstance(code, Code)}
    assert caught.value.where == caught.value.location
    return caught.value


SCALARS: list[tuple[str, Json]] = [
    ("on", "on"),
    ("no", "no"),
    ("Yes", "Yes"),
    ("y", "y"),
    ("true", True),
    ("True", True),
    ("TRUE", True),
    ("tRUE", "tRUE"),
    ("false", False),
    ("FALSE", False),
    ("null", None),
    ("Null", None),
    ("~", None),
    ("nUll", "nUll"),
    ("0", 0),
    ("-0", 0),
    ("12", 12),
    ("+12", 12),
    ("-12", -12),
    ("010", "010"),
    ("-010", "-010"),
    ("00", "00"),
    ("007.5", "007.5"),
    ("0o10", 8),
    ("0x1F", 31),
    ("0o8", "0o8"),
    ("1_000", "1_000"),
    ("1,000", "1,000"),
    ("12:30:00", "12:30:00"),
    ("1:2", "1:2"),
    ("2025-04-18", "2025-04-18"),
    ("2025-04-18T10:00:00Z", "2025-04-18T10:00:00Z"),
    ("1.5", 1.5),
    (".5", 0.5),
    ("1.", 1),
    ("1.0", 1),
    ("-0.0", 0),
    ("1e3", 1000),
    ("1.5e-3", 0.0015),
    ("1e", "1e"),
    (".", "."),
    ("1.2.3", "1.2.3"),
    ("=", "="),
    ("<<", "<<"),
    ('"on"', "on"),
    ('"12"', "12"),
    ("'null'", "null"),
    ('""', ""),
    ("'it''s'", "it's"),
    ('"a\\/b\\n"', "a/b\n"),
    ("!!str 12", "12"),
    ("!!str", ""),
    ('!!int "12"', 12),
    ("!!int 0x1f", 31),
    ("!!float 1", 1),
    ('!!float "1.5"', 1.5),
    ("!!bool 'true'", True),
    ("!!null ''", None),
    ("!!seq [1]", [1]),
    ("! [1]", [1]),
    ("!!map {a: 1}", {"a": 1}),
    ("! '12'", "12"),
    ("! 12", "12"),
    ("x y # not this", "x y"),
    ("x#y", "x#y"),
    ("[a, 'b', 1, {c: no}]", ["a", "b", 1, {"c": "no"}]),
    ("{a: , b: ~}", {"a": None, "b": None}),
]


@pytest.mark.parametrize(("text", "value"), SCALARS)
@pytest.mark.parametrize(
    "frame", ["v: {}\n", "v: {}\r\n", "# c\n---\nv: {} # c\n", "v:  {}  \nlist:\n- {}\n", "&a v: {}\n"]
)
def test_scalars_have_their_yaml_1_2_value(text: str, value: Json, frame: str) -> None:
    loaded = load(frame.replace("{}", text))
    assert isinstance(loaded, dict)
    assert same(loaded["v"], value)
    assert same(loaded.get("list", [value]), [value])


def test_block_and_multi_line_scalars_are_read() -> None:
    text = "a: |\n  x\n   y\nb: >-\n  x\n  y\nc: x\n  y\nd: 'x\n\n  y'\n"
    assert load(text) == {"a": "x\n y\n", "b": "x y", "c": "x y", "d": "x\ny"}


def test_all_forms_of_lines_are_read() -> None:
    text = """
# head
a:
  b:
    - x
    -   c: 1   # why

        d:
        - 2
        - e: 3
    # between
    - f:
      g: {h: [i]}
j:
- k
- l:
    m: n
o:
"""
    a: Json = {"b": ["x", {"c": 1, "d": [2, {"e": 3}]}, {"f": None, "g": {"h": ["i"]}}]}
    whole: Json = {"a": a, "j": ["k", {"l": {"m": "n"}}], "o": None}
    assert load(text) == whole
    assert read_lines(text.encode(), Limits()) == [whole]
    assert load("- a\n- b: 1\n  c: 2\n") == ["a", {"b": 1, "c": 2}]
    assert load("  a: 1\n  b: 2\n") == {"a": 1, "b": 2}


STREAMS: list[tuple[str, list[Json]]] = [
    ("", []),
    ("\n# only a comment\n", []),
    ("---\n", [None]),
    ("---\n---\na: 1\n", [None, {"a": 1}]),
    ("a: 1\n---\nb: 2\n", [{"a": 1}, {"b": 2}]),
    ("# head\n---\na: 1\n---\n# nothing\n---\n- 2\n", [{"a": 1}, None, [2]]),
    ("%YAML 1.2\n---\na: on\n...\n---\nb: &x 1\n", [{"a": "on"}, {"b": 1}]),
    ("\ufeffa: 1\n", [{"a": 1}]),
    ("just a text\n", ["just a text"]),
]


@pytest.mark.parametrize(("text", "values"), STREAMS)
def test_all_documents_of_a_stream_are_read(text: str, values: list[Json]) -> None:
    assert load_all(text, file="a.yaml") == values
    assert load_all(text.encode(), file="a.yml") == values
    assert len(locate_all(text, file="a.yaml")) == len(values)


def test_a_quoted_merge_key_is_a_name() -> None:
    assert load("'<<': {a: 1}\nb: |\n  x\n") == {"<<": {"a": 1}, "b": "x\n"}


def test_aliases_share_their_value() -> None:
    assert load("a: &x {b: [1]}\nc: *x\nd: &x 2\ne: *x\n&n name: *n\n") == {
        "a": {"b": [1]},
        "c": {"b": [1]},
        "d": 2,
        "e": 2,
        "name": "name",
    }


ERRORS: list[tuple[str | bytes, str, int, int, str]] = [
    ("a: [1\n", "RC101", 1, 4, "in line 2"),
    ("a: b: c\n", "RC101", 1, 5, "a second ': '"),
    ("a: 1\n\tb: 2\n", "RC101", 2, 1, "tab"),
    ("a: @x\n", "RC101", 1, 4, "can't begin with '@'"),
    ("a: 'x\n", "RC101", 1, 4, "the quote that begins here"),
    ("a:\n  b: 1\n c: 2\n", "RC101", 3, 2, "indented by 1 space"),
    ('a: "\\ud83d"\n', "RC101", 1, 7, "escape"),
    ("a: x\n  y: z\n", "RC101", 2, 4, "indented deeper than line 1"),
    ("a: 1\nb: 2\na: 3\n", "RC102", 3, 1, "first in line 1"),
    ("a: {b: 1, c: 2, b: 3}\n", "RC102", 1, 17, "'b'"),
    ("- a: 1\n  'a': 2\n", "RC102", 2, 3, "first in line 1"),
    ("1: x\n", "RC103", 1, 1, "not 1"),
    ("true: x\n", "RC103", 1, 1, "not true"),
    ("a:\n  ~: x\n", "RC103", 2, 3, "not ~"),
    ("? [a]\n: b\n", "RC103", 1, 3, "not a mapping"),
    ("{{a: b}: c}\n", "RC103", 1, 2, "not a mapping"),
    ("a: &x b\n*x : c\n", "RC103", 2, 1, "an alias"),
    ("a: !!binary aGk=\n", "RC104", 1, 4, "!!binary"),
    ("a: !!set {b}\n", "RC104", 1, 4, "!!set"),
    ("a: !mine x\n", "RC104", 1, 4, "!mine"),
    ("a: !!python/object:os.system {}\n", "RC104", 1, 4, "python"),
    ("a: !!int x\n", "RC104", 1, 4, "'x' is not"),
    ("a: !!bool 1\n", "RC104", 1, 4, "!!bool"),
    ("# é\n%TAG ! tag:x,2000:\n---\na: 1\n", "RC104", 2, 1, "%TAG"),
    ("a: .inf\n", "RC105", 1, 4, ".inf"),
    ("a: -.INF\n", "RC105", 1, 4, "-.INF"),
    ("a: [.nan]\n", "RC105", 1, 5, ".nan"),
    ("a: 1e400\n", "RC105", 1, 4, "1e400"),
    ("a: " + "9" * 5000 + "\n", "RC105", 1, 4, "5000 digits"),
    ("a: 0x" + "f" * 4000 + "\n", "RC105", 1, 4, "too long"),
    ("a: *x\n", "RC106", 1, 4, "no anchor"),
    ("a: &x 1\n---\nb: *x\n", "RC106", 3, 4, "no anchor"),
    ("a: &x [1, [*x]]\n", "RC106", 1, 12, "inside its own anchor"),
    ("&x a: {b: &y {c: *y}}\n", "RC106", 1, 18, "inside its own anchor"),
    ("\xff\xfea".encode("latin-1"), "RC110", 1, 1, "UTF-16"),
    ("a: 1".encode("utf-16-be"), "RC110", 1, 1, "control"),
    (b"\xfe\xff\x00a", "RC110", 1, 1, "UTF-16"),
    (b"a: \xc3\xa9\nb: x\xff\n", "RC110", 2, 5, "UTF-8"),
    ("a: \x07\n", "RC110", 1, 4, "control"),
    ("a: \x00\n", "RC110", 1, 4, "control"),
    ("a: \ud800\n", "RC110", 1, 1, "half a character"),
    ("a: &x {b: 1}\nc:\n  <<: *x\n", "RC111", 3, 3, "<<"),
    ("&m <<: {b: 1}\n", "RC111", 1, 1, "<<"),
]


@pytest.mark.parametrize(("text", "code", "line", "column", "words"), ERRORS)
def test_errors_have_code_and_location(text: str | bytes, code: str, line: int, column: int, words: str) -> None:
    error = refusal(text)
    assert (error.code, error.location) == (code, Location("a.yaml", line, column))
    assert words in error.message
    assert isinstance(error, DocumentError)


@pytest.mark.parametrize("text", ["a: {}", "- {}", "{}", "[{}]"])
def test_nesting_is_limited(text: str) -> None:
    for opening, closing in (("[", "]"), ("{a: ", "}")):
        deep = text.replace("{}", opening * 90 + "1" + closing * 90)
        assert load(deep)
        error = refusal(text.replace("{}", opening * 5000 + "1" + closing * 5000))
        assert error.code == "RC108"
    lines = "".join(f"{' ' * level}a:\n" for level in range(95))
    assert load(lines)
    assert refusal("".join(f"{' ' * level}a:\n" for level in range(101))).code == "RC108"


def test_size_and_count_are_limited() -> None:
    assert refusal("a: 12345", limits=Limits(size=7)).code == "RC109"
    assert load_all("a: 12345", file="a.yaml", limits=Limits(size=8))
    for text, file in (("- 1\n" * 100, "a.yaml"), (json.dumps([1] * 100), "a.json")):
        assert load_all(text, file=file, limits=Limits(nodes=500))
        assert refusal(text, file, Limits(nodes=50)).code == "RC109"


def test_aliases_are_limited() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
    assert refusal(bomb).code == "RC107"
    maps = "a: &a {b: 1, c: 2}\n" + "".join(f"d{n}: *a\n" for n in range(10))
    assert load_all(maps, file="a.yaml", limits=Limits(aliased=30))
    assert refusal(maps, limits=Limits(aliased=29)).location.line == 11


BOMBS = {
    "%TAG lines": "".join(f"%TAG !a{n}! tag:x\n" for n in range(20_000)) + "--- a",
    "dashes": "- " * 100_000,
    "question marks": "? " * 100_000,
    "open quote": '"' + "\\\\" * 100_000,
    "colons": ": " * 100_000,
    "long tag": "!<" + "a" * 100_000 + "> x",
    "long name": "a" * 100_000 + ": x",
    "nines": "9" * 100_000,
    "bangs": "!" * 100_000,
    "flow": "[[], " * 100_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_alias_bombs_are_refused_with_a_short_message(name: str) -> None:
    assert len(refusal(BOMBS[name]).message) < 300


POSITIONS = """\
# comment
a:
  b: [1, {c/d: x}]
  "e~f":
    - g
    - h: |
        long
---
é: {i: 1}
"""


@pytest.mark.parametrize(
    ("document", "pointer", "value", "name"),
    [
        (0, "", (2, 1), (2, 1)),
        (0, "/a", (3, 3), (2, 1)),
        (0, "/a/b", (3, 6), (3, 3)),
        (0, "/a/b/1", (3, 10), (3, 10)),
        (0, "/a/b/1/c~1d", (3, 16), (3, 11)),
        (0, "/a/e~0f/1/h", (6, 10), (6, 7)),
        (0, "/a/e~0f/7/x/y", (5, 5), (5, 5)),
        (0, "/zzz", (2, 1), (2, 1)),
        (1, "/é/i", (9, 8), (9, 5)),
    ],
)
def test_values_and_names_have_positions(
    document: int, pointer: str, value: tuple[int, int], name: tuple[int, int]
) -> None:
    positions = locate_all(POSITIONS, file="p.yaml")[document]
    assert positions.of_value(pointer) == Location("p.yaml", *value)
    assert positions.of_name(pointer) == Location("p.yaml", *name)


def test_an_alias_has_one_position_and_nothing_below_it() -> None:
    [positions] = locate_all("a: &x {b: 1}\nc: *x\n", file="p.yaml")
    assert positions.of_value("/c/b") == Location("p.yaml", 2, 4)


def test_positions_of_an_invalid_text_raise_its_error() -> None:
    with pytest.raises(YamlError, match="twice"):
        locate_all("a: 1\na: 2\n", file="p.yaml")


def test_json_values_have_positions() -> None:
    text = '\ufeff{\n  "a": [1.0, "\\ud83d\\ude00\\/", -2e3, null],\n  "b": {"": true}\n}\n'
    assert same(load(text, "a.json"), {"a": [1, "😀/", -2000, None], "b": {"": True}})
    [positions] = locate_all(text, file="a.json")
    assert positions.of_value("/a/1") == Location("a.json", 2, 14)
    assert positions.of_name("/b/") == Location("a.json", 3, 9)


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ('{"a": 1,}', "remove "),
        ("[1,\n]", "comma"),
        ('{"a": 1 // why\n}', "JSON has no comments"),
        ('{# why\n"a": 1}', "JSON has no comments"),
        ("{'a': 1}", "double quotes"),
        ('{"a" 1}', ""),
    ],
)
def test_what_javascript_allows_is_explained_in_json(text: str, help: str) -> None:
    with pytest.raises(YamlError) as caught:
        load_all(text, file="a.json")
    assert help in (caught.value.help or "")
    assert bool(help) == bool(caught.value.help)


def test_an_unknown_alias_may_be_a_text() -> None:
    with pytest.raises(YamlError) as caught:
        load_all("a: *new\n", file="a.yaml")
    assert "put it in quotes" in str(caught.value.help)
    assert "&new in front of the value" in str(caught.value.help)


# Python 3.13 and later point at a comma that is too much, older ones at what follows it.
AT_THE_COMMA = (1, 8) if sys.version_info >= (3, 13) else (2, 1)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\n", "RC101", 1, 1),
        ("", "RC101", 1, 1),
        ('{"a": 1,\n}', "RC101", *AT_THE_COMMA),
        ('{"a": 1} {}', "RC101", 1, 10),
        ('{"a": 1,\n "a": 2}', "RC102", 2, 2),
        ('{"a": NaN}', "RC105", 1, 7),
        ('{"NaN": "NaN",\n "a": [1, -Infinity]}', "RC105", 2, 11),
        ("[1, NaN1]", "RC105", 1, 5),
        ('{"a":\n 1e999}', "RC105", 2, 2),
        ("[" * 200 + "]" * 200, "RC108", 1, 101),
        ("[" * 100_000, "RC108", 1, 1),
        (b'{"a": "\xff"}', "RC110", 1, 8),
    ],
)
def test_json_errors_have_code_and_location(text: str | bytes, code: str, line: int, column: int) -> None:
    error = refusal(text, "a.json")
    assert (error.code, error.location) == (code, Location("a.json", line, column))


def test_half_a_surrogate_pair_in_json_is_an_error() -> None:
    error = refusal('{"a": "\\ud83d"}', "a.json")
    assert (error.code, error.location.column) == ("RC110", 7)


words = st.text("abcdxyz :#-'\"[]{},&*!|>%@`\\?=é😀", max_size=8)
numbers = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
simple = st.none() | st.booleans() | numbers | words


def values(leaves: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
        max_leaves=15,
    )


def normal(value: Json) -> Json:
    return decode(json.dumps(value))


@given(values(simple | st.text(st.characters(exclude_categories=["Cs"]))), st.sampled_from([None, 2]), st.booleans())
def test_json_text_is_read_back(value: Json, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert same(load(text, "a.json"), normal(value))


@given(values(simple), st.sampled_from([None, True, False]), st.integers(2, 6), st.sampled_from([20, 1000]))
def test_dumped_yaml_is_read_back(value: Json, flow: bool | None, indent: int, width: int) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, indent=indent, width=width, allow_unicode=True)
    assert same(load(text), normal(value))


@given(values(st.none() | st.booleans() | numbers | st.text(st.characters(exclude_categories=["Cs"]))))
def test_tagged_and_quoted_yaml_is_read_back(value: Json) -> None:
    text = yaml.safe_dump(value, default_style='"')
    assert same(load(text), normal(value))


plain_values = st.recursive(
    st.booleans() | st.integers(-99, 99) | st.text("abcdxyz ", min_size=1).map(str.strip).filter(bool),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3) | st.dictionaries(st.text("abc-", min_size=1), inner, min_size=1)
    ),
    max_leaves=12,
).filter(lambda value: isinstance(value, list | dict))


@given(plain_values, st.randoms(use_true_random=False))
def test_comments_and_empty_lines_change_nothing(value: Json, chance: random.Random) -> None:
    dumped = yaml.safe_dump(value, default_flow_style=False, width=10_000).splitlines()
    extra = ["", "# c: d", "        # - x", "   "]
    lines = [part for line in dumped for part in (chance.choice(extra), line + chance.choice(["", "  ", " # e: f"]))]
    assert same(load("\n".join([*lines, chance.choice(extra)])), normal(value))


INDENTS = ["", "", "  ", "    ", " ", "   "]
DASHES = ["", "", "", "", "- ", "-   ", "- - ", "-", "--- "]
NAMES = ["a: ", "b: ", "c:", "d:  ", "/p: ", "", "true: ", "1: ", '"q": ', "a b: ", "<<: ", "? ", ": ", "k : "]
VALUES = ["", "", "x", "1", "010", "-5", "x y", "x #c", "# c", "[a, b]", "{a: b}", "x ", "'it''s'", '"q"']
ODD_VALUES = (Path(__file__).parent / "data" / "odd_values.txt").read_text(encoding="utf-8").split("\n")
LONGER = [
    "|",
    ">",
    "|-",
    ">-",
    "|+",
    "|2",
    "> # c",
    "[a,",
    "b]",
    "{a: b,",
    "c: d}",
    '"q',
    'r"',
    "'s",
    "t'",
    "x y",
    "- z",
]
NAMED = ["&A x", "&A", "&B [1, 2]", "&A {k: v}", "*A", "*B", "*A # c", "[&A x, *A]", "x &A y", "&A *A", "&A # c"]
WHOLE_LINES = ["", "   ", "---", "...", "# c", "  # c", "%YAML 1.2"]


def any_line(chance: random.Random) -> str:
    if chance.random() < 0.05:
        return chance.choice(WHOLE_LINES)
    names = NAMES[:5] if chance.random() < 0.8 else NAMES
    values = chance.choices([VALUES, ODD_VALUES, LONGER, NAMED], [5, 1, 2, 2])[0]
    return chance.choice(INDENTS) + chance.choice(DASHES) + chance.choice(names) + chance.choice(values)


def by_the_parser(text: bytes) -> list[Json]:
    return build(yaml_events(text, Limits()), Limits())


def test_random_lines_are_read_like_the_reference_parser(full: bool) -> None:
    chance = random.Random(12)
    read = 0
    for _ in range(300_000 if full else 10_000):
        lines = [any_line(chance) for _ in range(chance.randint(1, 6))]
        text = chance.choice(["\n", "\r\n"]).join([*lines, chance.choice(["", "\n"])]).encode()
        values = read_lines(text, Limits())
        read += values is not None
        assert values is None or repr(values) == repr(by_the_parser(text))
    assert read > 500


def styled_lines(chance: random.Random, column: int = 0) -> list[str]:
    """Return the lines of a mapping whose values are written in every style, some of them over several lines."""
    before, lines = " " * column, []
    for name in chance.sample(["a", '"b"', "'c'", "d-e", "f"], chance.randint(1, 5)):
        text = chance.choices(["renew", "by", "31", "it''s", "a: b", "#1", "<p>", "-", "x"], k=chance.randint(1, 5))
        plain = [word for word in text if word.isalnum()] or ["x"]
        deeper = before + " " * chance.randint(1, 4)
        header = chance.choice(["|", "|-", ">", ">-"])
        styles = [
            [f"{before}{name}: {' '.join(plain)}"],
            [f"{before}{name}: {plain[0]}", *(deeper + word for word in plain)],
            [f"{before}{name}:", f"{deeper}{plain[0]}"],
            [f"{before}{name}: {header}", *(chance.choice([deeper, "", f"{deeper} "]) + word for word in text)],
            [f"{before}{name}: '{text[0]}", *(deeper + word for word in text[1:]), f"{deeper}z'"],
            [f'{before}{name}: "{text[0]}', *(deeper + word for word in text[1:]), f'{deeper}\\n"  # c'],
            [f"{before}{name}: [{plain[0]},", *(f"{deeper}{word}," for word in plain), f"{deeper}{{k: v}}]"],
            [f"{before}{name}: &A {plain[0]}", f"{before}{name[:-1]}z{name[-1]}: *A"],
            [f"{before}{name}:", f"{before}- {plain[0]}", f"{before}- k: {header}", f"{before}      {plain[0]}", ""],
        ]
        lines += chance.choice(styles)
        if column < 4 and chance.random() < 0.3:
            lines += [f"{before}n{len(lines)}: &B", *styled_lines(chance, column + 2), f"{before}y{len(lines)}: [x]"]
            lines += [f"{before}m{len(lines)}: *B"]
    return lines


def test_every_style_is_read_like_the_reference_parser(full: bool) -> None:
    chance = random.Random(5)
    read, count = 0, 40_000 if full else 1000
    for _ in range(count):
        text = ("\n".join(styled_lines(chance)) + "\n").encode()
        values = read_lines(text, Limits())
        read += values is not None
        assert values is None or repr(values) == repr(by_the_parser(text))
    assert read > count / 3


def test_damaged_examples_are_read_like_the_reference_parser(full: bool) -> None:
    chance = random.Random(7)
    texts = [path.read_text(encoding="utf-8") for path in EXAMPLES]
    signs = [*" \n-:#[]{}'\"&*!|>%@a1.,\t?", "\n  ", "\n- ", ": ", " #", "\r\n", "---\n", "", ""]
    read = 0
    for _ in range(50_000 if full else 1000):
        text = chance.choice(texts)
        for _ in range(chance.randint(0, 2)):
            at = chance.randrange(len(text))
            text = text[:at] + chance.choice(signs) + text[at + chance.choice((0, 0, 1, 3)) :]
        values = read_lines(text.encode(), Limits())
        read += values is not None
        assert values is None or repr(values) == repr(by_the_parser(text.encode()))
    assert read > 100


@given(
    st.binary() | st.text("a:- \n[]{}&*!\"'#%\\\t\x00\ufeff?|>", max_size=40).map(str.encode),
    st.sampled_from(["yaml", "json"]),
)
def test_only_the_error_of_the_reader_is_raised(data: bytes, suffix: str) -> None:
    try:
        count = len(load_all(data, file=f"a.{suffix}"))
    except YamlError:
        return
    assert len(locate_all(data, file=f"a.{suffix}")) == count


@pytest.mark.parametrize("table", [Values(), PlainScalars()])
def test_the_table_of_values_is_limited(table: Values | PlainScalars) -> None:
    for number in range(REMEMBERED + 5):
        assert table[f"text {number}"] == f"text {number}"
    assert len(table) == REMEMBERED


def test_loading_creates_no_reference_cycles() -> None:
    gc.collect()
    gc.disable()
    try:
        for path in EXAMPLES:
            load_all(path.read_bytes(), file=path.name)
            locate_all(path.read_bytes() + b"--- {}", file=path.name)
        assert gc.collect() == 0
    finally:
        gc.enable()
