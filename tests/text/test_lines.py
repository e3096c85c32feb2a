"""The line reader reads every common style of YAML, and whatever it reads has the value that the parser gives it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from yaml import YAMLError

from rhythmconf.model import Json
from rhythmconf.text.yaml12 import LIMITS, YamlError, line_values, load_all, locate_all
from rhythmconf.text.yaml12.faults import YamlFault
from rhythmconf.text.yaml12.line_marks import mark_lines
from rhythmconf.text.yaml12.lines import read_lines
from rhythmconf.text.yaml12.parsing import find_marks
from rhythmconf.text.yaml12.positions import Marks
from rhythmconf.text.yaml12.values import build
from rhythmconf.text.yaml12.yaml_events import yaml_events

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").rglob("*.yaml"))

STYLES: list[tuple[str, Json]] = [
    ("a: |\n  x\n   y # z\n\n  - w\nb: 1\n", {"a": "x\n y # z\n\n- w\n", "b": 1}),
    ("a: |- # c\n    x\n    # y\n\n# c\nb:\n- |\n t\n", {"a": "x\n# y", "b": ["t\n"]}),
    ("a: >\n  x\n  y\n\n\n  z\nb: >-\n  <p>a: b</p>\n  'c'\n", {"a": "x y\n\nz\n", "b": "<p>a: b</p> 'c'"}),
    ("- a: >-\n    x\n    y\n  b: 1\n-   c: |\n      z\n    d: 2\n", [{"a": "x y", "b": 1}, {"c": "z\n", "d": 2}]),
    ("\"a b\": 1\n'c': 2\n\"\": 3\n'<<': {d: 4}\n", {"a b": 1, "c": 2, "": 3, "<<": {"d": 4}}),
    (
        "a: [x, # c\n  {y: 'z'},\n]\nb: {c: d,\n    e: [f]} # g\n",
        {"a": ["x", {"y": "z"}], "b": {"c": "d", "e": ["f"]}},
    ),
    ("a:\n  {b: c,\n   d: e}\n  # f\ng:\n  >-\n  h\n", {"a": {"b": "c", "d": "e"}, "g": "h"}),
    ("a: x\n  y\n\n  zw\n", {"a": "x y\nzw"}),
    ("- x\n  - y\n- 1\n  2\n", ["x - y", "1 2"]),
    ("a: \"x  \n  y\n\n  z\"\nb: 'it''s\n  it' # c\n", {"a": "x y\nz", "b": "it's it"}),
    ('a: "x\\ty\\n\\"z\\""\nb: "\\\\"\n', {"a": 'x\ty\n"z"', "b": "\\"}),
    ("a: &x {b: 1}\nc: *x # d\n", {"a": {"b": 1}, "c": {"b": 1}}),
    (
        "e: &y\n  f: 1\ng: &z [1]\nh: [2]\ni: *y\nj: *z\n",
        {"e": {"f": 1}, "g": [1], "h": [2], "i": {"f": 1}, "j": [1]},
    ),
    ("a:\n- &x |\n  t\n- *x\n- &x\n  b: 1\n- *x\n", {"a": ["t\n", "t\n", {"b": 1}, {"b": 1}]}),
    ("a: &x\nb:\n  c: *x\n", {"a": None, "b": {"c": None}}),
    ("-\n  a: 1\n-\n- b\n", [{"a": 1}, None, "b"]),
    ("a: R&D, 5 * 3 #1?\nb: http://x/#y\nc: it's\n", {"a": "R&D, 5 * 3", "b": "http://x/#y", "c": "it's"}),
]


@pytest.mark.parametrize(("text", "value"), STYLES)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_style_is_read_line_by_line(text: str, value: Json, end: str) -> None:
    data = text.replace("\n", end).encode()
    assert read_lines(data, LIMITS) == [value]
    assert by_the_parser(data) == repr([value])


def test_the_examples_are_read_line_by_line() -> None:
    """The files that `init` and the examples have, except those that are wrong on purpose."""
    texts = [path.read_bytes() for path in EXAMPLES if "mistakes" not in path.parts]
    assert [text for text in texts if read_lines(text, LIMITS) is None] == []


def test_a_text_of_lines_has_its_positions_without_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rhythmconf.text.yaml12.parsing.find_marks", pytest.fail)
    spec = "  name: 'A b'\n  steps:\n  -   days: 3\n      to: x\n  - {days: 4, to: [a, b]}\n"
    first, second = locate_all(f"# c\nkind: program\n---\nspec:\n{spec}", file="a")
    assert str(first.of_name("/kind")) == "a:2:1"
    places = {"": "a:5:3", "/name": "a:5:9", "/steps/0/to": "a:8:11", "/steps/1": "a:9:5", "/steps/1/to/1": "a:9:23"}
    assert {path: str(second.of_value(f"/spec{path}")) for path in places} == places


NASTY = [
    "a: |\n  x\n   \n\nb: 1\n",  # a blank line that is deeper belongs to the block
    "a: |\n  x\n   \n",
    "a: |\n\n    x\n  y\n",
    "a: |\n    x\n  # c\n",
    "a: |+\n  x\n\nb: 1\n",
    "a: |2\n   x\n",
    "a: |\n  x",
    "a: >\n  x\n   y\n  z\n",
    "a: >-\n  x \n  y\n",
    "- a: |\n x\n",
    "- a: |\n  x\n  b: 1\n",
    "a: x\n]\nb: 1\n",
    "a: |\n]\n",
    "a: 'x\n}'\n",
    "a: [b\nc]\n",
    "a: 1\n \n- b\n",
    "a: 1\n \nb: 2\n",
    "  ~\n",
    "a: x\n  # c\n  y\n",
    "a: x # c\n  y\n",
    "a: x\n  y: z\n",
    "a: &x\n  b\n",
    "a: &x 1\nb: [&x 2]\nc: *x\n",
    "a: &x 1\nb: !!str &x 2\nc: *x\n",
    "a: &x [1]\n---\nb: *x\n",
    "a: &x\n  b: *x\n",
    "&x a: 1\nb: *x\n",
    "- &x a: 1\n- *x\n",
    "a: &x 1\n*x : 2\n",
    "a: *x\n",
    "a: &x *x\n",
    "a: &x &y 1\n",
    "a:\n  &x\n  b: 1\nc: *x\n",
    "'a':1\n",
    "'a' : 1\n",
    '"a\\nb": 1\n',
    'a: "\\ud83d"\n',
    'a: "\\x"\n',
    "a: 'x'#c\n",
    "a: 'x' y\n",
    "a: [b]: c\n",
    "a:\n b: 1\n - c\n",
    "a:\n- b\n  c\nd: e\n",
    "-\n- a: 1\n-\n  - b\n",
    "- \n a: 1\n",
    "- - x\n- -\n- - a: 1\n",
    "- a~: x\n- c:{a b: 1}\n- ? b\n",
    "a: x\n--- y\n",
    "a: >\n---\nb: 1\n",
    "a: <<\n<<: 1\n",
]


@pytest.mark.parametrize("text", NASTY)
def test_nasty_texts_are_read_like_the_parser_reads_them(text: str) -> None:
    check(text)


def test_random_texts_of_every_style_are_read_like_the_parser_reads_them(full: bool) -> None:
    chance = random.Random(18)
    read = 0
    for number in range(40_000 if full else 1_500):
        text = random_block(chance, 0, 2) if number % 3 else random_lines(chance)
        if chance.random() < 0.2:
            at = chance.randrange(len(text))
            text = text[:at] + chance.choice([*" \n#:'][-|&\"", "- ", "  "]) + text[at + chance.choice((0, 1)) :]
        read += check(text.replace("\n", "\r\n") if chance.random() < 0.1 else text)
    assert read > 150


def test_random_collections_in_brackets_are_read_like_the_parser_reads_them(full: bool) -> None:
    chance = random.Random(19)
    read = 0
    for _ in range(40_000 if full else 1_500):
        items = [random_flow(chance, 2) for _ in range(chance.randint(0, 3))]
        text = f"a: [{', '.join(items)}]\n"
        if chance.random() < 0.4:
            at = chance.randrange(3, len(text))
            text = (
                text[:at]
                + chance.choice([*"[]{},:'\"#-? \n", ": ", " # ", "\n  "])
                + text[at + chance.choice((0, 1)) :]
            )
        read += check(text)
    assert read > 500


@pytest.mark.parametrize(
    "text", ["[a]", "{a: [b, 'c d'], e: {f: -1.5}, g: https}", '{"a: b": ":memory:"} # c', "[\n  a\n ]", ".b/c.db"]
)
def test_what_settings_have_is_read_without_the_parser(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("rhythmconf.text.yaml12.line_values._parse_alone", pytest.fail)
    monkeypatch.setattr("rhythmconf.text.yaml12.lines.VALUES", line_values.Values())
    assert check(f"a: {text}\n")


def check(text: str) -> bool:
    """Compare both readers on a text; tell whether the line reader has read it."""
    values, expected = read_lines(text.encode(), LIMITS), by_the_parser(text.encode())
    assert values is None or repr(values) == expected, text
    # Lines are also found by lines in texts that only the parser reads.
    marks = None if expected is None else mark_lines(text.encode())
    assert marks is None or places(marks) == places(find_marks(text.encode(), "a.yaml", LIMITS)), text
    return values is not None


def places(documents: list[tuple[Marks, Marks]]) -> object:
    return [[{path: (mark.line, mark.column) for path, mark in marks.items()} for marks in each] for each in documents]


def by_the_parser(text: bytes) -> str | None:
    try:
        return repr(build(yaml_events(text, LIMITS), LIMITS))
    except (YamlFault, YAMLError):
        return None


def test_many_aliases_are_refused_by_both_readers() -> None:
    text = "a: &x [1, 2, 3, 4]\nb:\n" + "- *x\n" * 30
    limits = LIMITS._replace(aliased=100)
    assert read_lines(text.encode(), LIMITS) is not None
    assert read_lines(text.encode(), limits) is None
    with pytest.raises(YamlError, match="repeat too many"):
        load_all(text, file="a.yaml", limits=limits)


VALUES = """\
x
.x
.inf
x y
'it''s'
"q"
"a\\n"
'#'
|
|-
>
>-
|+
>- # c
[a,
[a, b]
{a: b,
[
'a
b'
"a
b"
]
],
c: d}
a, b
# c
x # c
x#c
&a
&b x
*a
*b

&a [1]
1
~
a:b
a: b
- y
a :b
%x
!!str x
?x
<p>
---
'a' # 'b'
[a]#
é""".splitlines()
NAMES = ["", "", "a: ", "b: ", "c: ", "a:", "b:", "c:", '"q": ', "'r': ", "'a':", "a b: ", "<<: "]


def random_lines(chance: random.Random) -> str:
    """Return lines that have nothing to do with each other; most such texts are errors."""
    lines = []
    for _ in range(chance.randint(1, 8)):
        dash = chance.choice(["", "", "", "- ", "- ", "-   ", "-", "- - "])
        end = chance.choice(["", "", "", " ", "  # d"])
        lines.append(
            " " * chance.choice((0, 0, 2, 2, 4, 1, 3)) + dash + chance.choice(NAMES) + chance.choice(VALUES) + end
        )
    return "\n".join(lines) + chance.choice(["\n", "\n", ""])


def random_block(chance: random.Random, indent: int, depth: int) -> str:
    """Return a mapping or a list in block style; most such texts are right."""
    pad, lines = " " * indent, ""
    if chance.random() < 0.6:
        for name in chance.sample(["a", "b", '"q"', "'r s'", "d"], chance.randint(1, 3)):
            lines += f"{pad}{name}:{random_value(chance, indent, depth)}"
            lines += chance.choice(["\n", "  # c\n", f"{pad}# c\n"]) if chance.random() < 0.1 else ""
        return lines
    for _ in range(chance.randint(1, 3)):
        gap = chance.choice(["", "", "  "])
        inner = indent + 2 + len(gap)
        if chance.random() < 0.4:
            lines += f"{pad}-{random_value(chance, indent, depth)}"
        else:
            lines += f"{pad}- {gap}a:{random_value(chance, inner, depth)}"
            lines += f"{' ' * inner}b:{random_value(chance, inner, depth)}" if chance.random() < 0.5 else ""
    return lines


def random_flow(chance: random.Random, depth: int) -> str:
    """Return an item of a collection in brackets."""
    scalars = [
        "a",
        "b c",
        "1",
        "-1",
        "1.0",
        "1e3",
        "0x1f",
        "010",
        "'x, y'",
        '"q: r"',
        "true",
        "~",
        "-",
        "<<",
        "é",
        "a/b",
        "*c",
        ".d/e",
        ".inf",
    ]
    if not depth or chance.random() < 0.5:
        return chance.choice(scalars)
    items = [random_flow(chance, depth - 1) for _ in range(chance.randint(0, 3))]
    comma, colon = chance.choice([", ", ",", " , ", ",\n  "]), chance.choice([": ", ": ", ":", " : "])
    if chance.random() < 0.5:
        return f"[{comma.join(items)}]"
    members = [f"{chance.choice(scalars)}{colon}{item}" for item in items]
    return f"{{{comma.join(members)}}}"


def random_value(chance: random.Random, indent: int, depth: int) -> str:
    """Return what follows a name or a dash."""
    pad = " " * indent
    match chance.randint(0, 10 if depth else 8):
        case 0 | 1:
            lines = [chance.choice(["x", "y z", "- a", "a: b", "# h", "x  ", " w", "", ""]) for _ in range(3)]
            header = chance.choice(["|", "|-", ">", ">-", "| # c"])
            return f" {header}\n" + "".join(f"{pad}{chance.choice(['  ', '  ', ' '])}{line}\n" for line in lines)
        case 2:
            lines = [chance.choice([f"{pad}  z w", f"{pad} q", "", " ", f"{pad}  # c"]) for _ in range(2)]
            return " x y\n" + "".join(f"{line}\n" for line in lines)
        case 3:
            return f' "x y\n{chance.choice(["", pad])}  z  \n{pad}  end"{chance.choice(["", " # c"])}\n'
        case 4:
            return f" [a, 'b',\n{pad}{chance.choice(['', ' '])}c{chance.choice(['', ','])}\n{pad}]\n"
        case 5:
            return f"\n{pad}  {{a: b,\n{pad} c: [d, 'e']}}\n"
        case 6:
            return f" &{chance.choice('ab')} {chance.choice(['x', '[1, {y: 2}]', 'é', f'|{chr(10)}{pad}  t'])}\n"
        case 7:
            return f" *{chance.choice('ab')}\n"
        case 8:
            return f" {chance.choice(['1', 'true', 's # c', 'a:b', '', '# c'])}\n"
        case 9:
            return f" &{chance.choice('ab')}\n{random_block(chance, indent + 2, depth - 1)}"
        case _:
            return f"\n{random_block(chance, indent + chance.choice((2, 2, 4, 1)), depth - 1)}"
