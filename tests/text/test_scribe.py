"""Every YAML reader reads the same from written texts, and an edit changes nothing else."""

from __future__ import annotations

import difflib
import io
import json
import random
import re
import warnings
from copy import deepcopy
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from rhythmconf.catalog import Field
from rhythmconf.errors import DocumentError
from rhythmconf.model import Body, Diagnostic, Fix, Json, Location, same
from rhythmconf.text import scribe, yaml12
from rhythmconf.text.scribe import Repair, Target
from tests.support.emulated import shipped_catalog

OPEN = Field()
TEMPLATE = scribe.document_field(shipped_catalog().kind("billingTemplate"))

TRAPS = [
    "on",
    "no",
    "Yes",
    "010",
    "0x1F",
    "0o17",
    "1e3",
    "12:30:00",
    "2026-01-01",
    "2026-01-01T00:00:00Z",
    "1_000",
    "~",
    "null",
]
TRAPS += [
    "",
    " ",
    "a ",
    " a",
    "-",
    "- a",
    "? a",
    "a: b",
    "a:",
    "a #b",
    "#a",
    "a, b",
    "[a]",
    "{a}",
    "*a",
    "&a",
    "!a",
    "|",
    ">",
]
TRAPS += [
    "%a",
    "@a",
    "`a",
    "'a'",
    '"a"',
    "a'b",
    'say "a"',
    "\\d+",
    "a\tb",
    "a\r\nb",
    "a\nb",
    "a\n",
    "\n",
    "\na",
    " a\nb",
    "a \nb",
]
TRAPS += [
    "a\n\n",
    "a\n\nb",
    "...",
    "---",
    "--- a",
    "<<",
    "=",
    "\x85",
    "\u2028",
    "\ufeff",
    "\ufeffa\nb",
    "\u00a0",
    "\U0001f600",
    "\x7f",
]
TRAPS += [
    ".inf",
    ".nan",
    "-1",
    "+1",
    "1.",
    ".5",
    "a:b",
    "http://x",
    "true",
    "é",
    "#\na",
    "  x\n y\n",
    "a\n\tb",
    "60 days",
]
TEXTS = st.sampled_from(TRAPS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.integers(-(10**20), 10**20) | st.floats(-1e30, 1e30).filter(lambda number: not number.is_integer())
SCALARS: st.SearchStrategy[Json] = TEXTS | st.booleans() | st.none() | NUMBERS
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(TEXTS, below, max_size=4),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(TEXTS.filter(bool), VALUES, min_size=1, max_size=4)


def read(text: str) -> list[Any]:
    return deepcopy(yaml12.load_all(text, file="a.yaml"))  # the reader remembers its values, and tests change them


def changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the removed and the added lines."""
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return [x[2:] for x in lines if x.startswith("- ")], [x[2:] for x in lines if x.startswith("+ ")]


def revised(text: str, *values: Any, field: Field = OPEN) -> str:
    return scribe.revise(text, {at: Target(value, field) for at, value in enumerate(values)}, file="a.yaml")


@given(DOCUMENTS)
def test_what_is_written_reads_the_same(document: Body) -> None:
    assert same(read(scribe.write(document, OPEN)), [document])


@pytest.mark.parametrize("text", TRAPS)
def test_every_reader_reads_the_same_text(text: str) -> None:
    written = scribe.write({"a": text, "b": [text], "c": {"d": {"e": text}}}, OPEN)
    wanted = {"a": text, "b": [text], "c": {"d": {"e": text}}}
    assert yaml.safe_load(written) == wanted
    assert YAML(typ="safe", pure=True).load(io.StringIO(written)) == wanted


@pytest.mark.parametrize("text", [trap for trap in TRAPS if trap])
def test_every_reader_reads_the_same_name(text: str) -> None:
    written = scribe.write({text: 1, "b": {"c": {text: 1}}}, OPEN)
    assert yaml.safe_load(written) == {text: 1, "b": {"c": {text: 1}}}


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(DocumentError):
        scribe.write({"a": "\ud800"}, OPEN)


def test_members_have_the_order_of_the_schema() -> None:
    options: Body = {"program_restriction": "none", "reminders": [{"reminder_notice_id": "n1", "name": "60 days"}]}
    spec: Body = {"renewal_reminder_options": options, "is_active": True, "odd": 1, "name": "a"}
    written = scribe.write({"spec": spec, "key": "k", "kind": "billingTemplate"}, TEMPLATE, modeline="# hello")
    assert written == (
        "# hello\nkind: billingTemplate\nkey: k\nspec:\n  name: a\n  is_active: true\n  renewal_reminder_options:\n"
        "    reminders:\n      - {name: 60 days, reminder_notice_id: n1}\n    program_restriction: none\n  odd: 1\n"
    )


COMMENTED = """\
# top

# of kind
kind: billingTemplate # which
key:   k   # odd blanks
# before spec
spec: # of spec
  # first

  name: "Renewal" # quoted
  description: >- # folded
    many
    words

  # between
  is_active: yes please
  renewal_reminder_options: # deep
    # above the list
    program_ids: [a, b, # inside
      c] # behind
    reminders: # of reminders
      # above the first
      - name: one # of one
        # inside one
        reminder_notice_id: 'n1'
        expiration_date_range_start: &window {position: after, number: 60} # anchored
      # between items
      - name: two
        reminder_notice_id: n2
        expiration_date_range_start: *window # an alias

      -  # behind a dash
        name: three
        reminder_notice_id: n3
        # last of three
    # last of the options
  # last of the spec
  perform_drops:   false
# the end
---
# second
kind: statusReason
key: z
spec: {name: Lapsed, applicable_statuses: [x, y]} # flow
"""


def commented() -> list[Any]:
    return read(COMMENTED)


def test_the_same_value_gives_the_same_text() -> None:
    assert revised(COMMENTED, *commented(), field=TEMPLATE) == COMMENTED


def test_a_scalar_changes_one_line_and_keeps_its_quotes_and_its_comment() -> None:
    first, second = commented()
    first["spec"]["name"] = 'say "no"'
    after = revised(COMMENTED, first, second)
    assert changed(COMMENTED, after) == (['  name: "Renewal" # quoted'], ['  name: "say \\"no\\"" # quoted'])


def test_an_edit_at_an_anchor_leaves_its_aliases_as_they_were() -> None:
    first, second = read(COMMENTED)
    reminders = first["spec"]["renewal_reminder_options"]["reminders"]
    reminders[0]["expiration_date_range_start"] = {"position": "after", "number": 61}
    after = revised(COMMENTED, first, second, field=TEMPLATE)
    assert read(after) == [first, second]
    gone, come = changed(COMMENTED, after)
    assert [line.strip() for line in come] == [
        "expiration_date_range_start: &window {position: after, number: 61} # anchored",
        "expiration_date_range_start: {position: after, number: 60} # an alias",
    ]
    assert len(gone) == 2


def test_an_edit_at_an_alias_leaves_its_anchor_as_it_was() -> None:
    first, second = read(COMMENTED)
    reminders = first["spec"]["renewal_reminder_options"]["reminders"]
    reminders[1]["expiration_date_range_start"] = {"position": "on"}
    after = revised(COMMENTED, first, second, field=TEMPLATE)
    assert [line.strip() for line in changed(COMMENTED, after)[1]] == [
        'expiration_date_range_start: {position: "on"} # an alias'
    ]


def test_removing_an_anchor_writes_out_its_alias() -> None:
    first, second = read(COMMENTED)
    del first["spec"]["renewal_reminder_options"]["reminders"][0]
    after = revised(COMMENTED, first, second, field=TEMPLATE)
    assert read(after) == [first, second]
    assert "# between items\n      - name: two" in after


def test_items_and_members_are_added_and_removed_with_their_lines() -> None:
    first, second = commented()
    options = first["spec"]["renewal_reminder_options"]
    options["program_ids"] = ["b", "c", "d"]
    options["reminders"].insert(1, {"name": "new", "reminder_notice_id": "n9"})
    del options["reminders"][3]
    del first["spec"]["description"]
    first["spec"]["notification_email"] = "a@b.example"
    second["spec"] = {"is_active": True, "applicable_statuses": ["x"]}
    after = revised(COMMENTED, first, second, field=TEMPLATE)
    assert read(after) == [first, second]
    gone, come = changed(COMMENTED, after)
    assert [line.strip() for line in come] == [
        "notification_email: a@b.example",
        "program_ids: [b, # inside",
        "c, d] # behind",
        "- {name: new, reminder_notice_id: n9}",
        "spec: {is_active: true, applicable_statuses: [x]} # flow",
    ]
    comments = {"# folded", "# behind a dash"}
    assert {line.split("# ")[-1] for line in gone if "# " in line} >= {comment[2:] for comment in comments}


REMINDERS = """\
spec:
  renewal_reminder_options:
    reminders:
      # the long one
      - name: 60 days # agreed in May
        reminder_notice_id: n60
        # calculated from the expiration date
        expiration_date_range_start: {position: after, number: 60}
      # the short one
      - name: 30 days
        reminder_notice_id: n30 # a letter
        expiration_date_range_start: {position: after, number: 30}
"""


@pytest.mark.parametrize(
    "changes",
    [
        {0: {"name": "Two months"}},
        {0: {"name": "Two months", "reminder_notice_id": "n61"}},
        {0: {"name": "Two months"}, 1: {"name": "One month"}},
        {0: {"name": "60 Days "}},
        {0: {"name": "30 days"}},
    ],
)
def test_a_renamed_item_keeps_its_comments(changes: dict[int, dict[str, str]]) -> None:
    (value,) = read(REMINDERS)
    items = value["spec"]["renewal_reminder_options"]["reminders"]
    for position, members in changes.items():
        items[position].update(members)
    after = revised(REMINDERS, value, field=TEMPLATE)
    assert read(after) == [value]
    gone, come = changed(REMINDERS, after)
    assert len(gone) == len(come) == sum(map(len, changes.values()))
    assert after.count("#") == REMINDERS.count("#")


def test_a_value_may_change_its_type() -> None:
    text = "a: 1 # one\nb:\n  - x # in b\n  - y\nc: |\n  long\n  text\n\nd: {x: 1} # d\ne:\nf: [] # f\n"
    new = {
        "a": {"k": {"l": [{"m": {}}]}},
        "b": "now a text",
        "c": 3,
        "d": "two\nlines\n",
        "e": ["x"],
        "f": [{"g": [[]]}],
    }
    after = revised(text, new)
    assert read(after) == [new]
    assert "a: # one" not in text
    for comment in ("# one", "# d", "# f"):
        assert comment in after
    back = read(text)[0]
    assert read(revised(after, back)) == [back]


@pytest.mark.parametrize(("before", "spec", "after"), [
    ("[a, # first\n      b]", ["a"], "[a, # first\n      ]"),
    ("[a,\n      # first\n      b]", ["a"], "[a,\n      # first\n      ]"),
    ("{a: 1, # first\n      b: 2}", {"a": 1}, "{a: 1, # first\n      }"),
])  # fmt: skip
def test_the_last_item_goes_without_the_comment_before_it(before: str, spec: Json, after: str) -> None:
    assert revised(f"spec: {before}\n", {"spec": spec}) == f"spec: {after}\n"


def test_windows_line_breaks_and_a_byte_order_mark_are_kept() -> None:
    text = "\ufeffkind: x\r\nspec:\r\n  a: 1 # one\r\n  b: 2\r\n"
    after = revised(text, {"kind": "x", "spec": {"a": 2, "b": 2, "c": ["x\ny"]}})
    assert after == "\ufeffkind: x\r\nspec:\r\n  a: 2 # one\r\n  b: 2\r\n  c:\r\n    - |-\r\n      x\r\n      y\r\n"


def test_a_text_without_a_last_line_break_can_grow() -> None:
    assert revised("a: 1\nb: {}", {"a": 1, "b": {"c": 1}, "d": 2}) == "a: 1\nb:\n  c: 1\nd: 2"


GROWN: dict[str, Any] = {"spec": {"a": [1, "on"], "b": {"c": None}}}


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ('{"spec":{"a":[1]}}', '{"spec":{"a":[1, "on"], "b": {"c": null}}}'),
        (
            '{"spec": {\n  "a": [\n    1\n  ]\n}}\n',
            '{"spec": {\n  "a": [\n    1,\n    "on"\n  ],\n  "b": {"c": null}\n}}\n',
        ),
        ('{"spec": "\\ud83d\\ude00"}', json.dumps(GROWN, indent=2) + "\n"),
    ],
    ids=["on one line", "a line each", "escapes that YAML has not"],
)
def test_json_keeps_its_format(text: str, after: str) -> None:
    assert scribe.revise(text, {0: Target(GROWN, OPEN)}, file="a.json") == after


def test_edits_of_json_give_exactly_the_new_value(full: bool) -> None:
    for seed in range(5_000 if full else 100):
        chance = random.Random(seed)
        value = {name: invented(chance, 1) for name in chance.sample("abcdefgh", 4)}
        text = json.dumps(value, indent=chance.choice([None, 2, "\t"]), ensure_ascii=chance.random() < 0.5)
        wanted = edited(chance, value, times=3)
        assert same(json.loads(scribe.revise(text, {0: Target(wanted, OPEN)}, file="a.json")), wanted), seed


# A seeded writer of YAML as people write it: every style, comments wherever one can stand.


class Author:
    """Writes a value in random YAML styles; every line may have comments above and behind it."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.remarks = 0

    def remark(self) -> str:
        self.remarks += 1
        return f"# remark {self.remarks}: - not an item"

    def document(self, value: dict[str, Any]) -> str:
        return "\n".join([*self.above(0), *self.members(value, 0), *self.above(0)]) + "\n"

    def above(self, indent: int) -> list[str]:
        drawn = self.chance.choice(["", "", "", "blank", "remark", "both"])
        lines = [" " * indent + self.remark()] if drawn in ("remark", "both") else []
        return ["", *lines] if drawn in ("blank", "both") else lines

    def behind(self) -> str:
        return f" {self.remark()}" if self.chance.random() < 0.3 else ""

    def members(self, value: dict[str, Any], indent: int) -> list[str]:
        lines: list[str] = []
        for name, below in value.items():
            lines += self.above(indent)
            lines += self.entry(f"{' ' * indent}{name}:", below, indent)
        return lines

    def entry(self, head: str, value: Any, indent: int) -> list[str]:
        deeper = indent + self.chance.choice([2, 2, 4])
        if isinstance(value, dict) and value and self.chance.random() < 0.7:
            return [head + self.behind(), *self.members(value, deeper)]
        if isinstance(value, list) and value and self.chance.random() < 0.7:
            at = self.chance.choice([indent, deeper]) if head.endswith(":") else deeper
            return [head + self.behind(), *self.items(value, at)]
        if isinstance(value, str) and "\n" in value and self.chance.random() < 0.7:
            mark = "|" if value.endswith("\n") else "|-"
            lines = [f"{head} {mark}{self.behind()}", *(" " * deeper + line for line in value.splitlines())]
            return [*lines, *([" " * (indent + 1) + self.remark()] if self.chance.random() < 0.3 else [])]
        return [f"{head} {self.flow(value, deeper)}{self.behind()}"]

    def items(self, value: list[Any], indent: int) -> list[str]:
        lines: list[str] = []
        for item in value:
            lines += self.above(indent)
            dash = " " * indent + "-"
            if isinstance(item, dict) and item and self.chance.random() < 0.7:
                inner = self.members(item, indent + 2)
                while not inner[0].strip() or inner[0].lstrip().startswith("#"):
                    inner.pop(0)
                lines += [f"{dash} {inner[0].lstrip()}", *inner[1:]]
            else:
                lines += self.entry(dash, item, indent)
        return lines

    def flow(self, value: Any, indent: int) -> str:
        comma = self.chance.choice([", ", ",", f", {self.remark()}\n{' ' * indent}"])
        if isinstance(value, dict):
            return "{" + comma.join(f"{name}: {self.flow(below, indent)}" for name, below in value.items()) + "}"
        if isinstance(value, list):
            return "[" + comma.join(self.flow(item, indent) for item in value) + "]"
        if isinstance(value, str) and "\n" not in value and value.isalpha() and self.chance.random() < 0.6:
            return self.chance.choice([value, f"'{value}'"])
        return (
            yaml.safe_dump(value, default_style='"').strip()
            if isinstance(value, str)
            else str(value).lower().replace("none", "null")
        )


def invented(chance: random.Random, depth: int = 0) -> Any:
    drawn = chance.random()
    if depth < 4 and drawn < 0.35:
        return {name: invented(chance, depth + 1) for name in chance.sample("abcdefgh", chance.randint(0, 4))}
    if depth < 4 and drawn < 0.6:
        return [invented(chance, depth + 1) for _ in range(chance.randint(0, 4))]
    return chance.choice(
        [1, True, None, 2.5, "word", "text", "two words", "lines\nof text\n", "lines\nagain", "on", "# no"]
    )


def altered(chance: random.Random, value: Any) -> Any:
    """Return the value after one random edit."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        name = chance.choice(sorted(value))
        drawn = chance.random()
        if drawn < 0.15:
            return {other: below for other, below in value.items() if other != name}
        if drawn < 0.3:
            return {**value, chance.choice("ijkl"): invented(chance, 3)}
        return {**value, name: altered(chance, value[name])}
    if isinstance(value, list) and value and chance.random() < 0.8:
        at = chance.randrange(len(value))
        drawn = chance.random()
        if drawn < 0.2:
            return [*value[:at], *value[at + 1 :]]
        if drawn < 0.4:
            return [*value[:at], invented(chance, 3), *value[at:]]
        return [*value[:at], altered(chance, value[at]), *value[at + 1 :]]
    return invented(chance, 3)


def edited(chance: random.Random, value: dict[str, Any], *, times: int) -> dict[str, Any]:
    for _ in range(times):
        altered_value = altered(chance, value)
        value = altered_value if isinstance(altered_value, dict) and altered_value else {"a": 1}
    return value


def written_by(chance: random.Random) -> tuple[str, dict[str, Any]]:
    value = {name: invented(chance, 1) for name in chance.sample("abcdefgh", 4)}
    text = Author(chance).document(value)
    assert read(text) == [value], text
    return text, value


def test_ten_edits_of_any_text_give_exactly_the_new_value(full: bool) -> None:
    for seed in range(20_000 if full else 400):
        chance = random.Random(seed)
        text, value = written_by(chance)
        wanted = edited(chance, value, times=10)
        after = revised(text, wanted)
        assert same(read(after), [wanted]), (seed, text, wanted, after)


def test_edits_do_not_depend_on_line_endings(full: bool) -> None:
    for seed in range(5_000 if full else 60):
        chance = random.Random(seed)
        text, value = written_by(chance)
        wanted = edited(chance, value, times=3)
        after = revised(text.replace("\n", "\r\n"), wanted)
        assert after == revised(text, wanted).replace("\n", "\r\n"), seed


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for name, below in value.items() for leaf in leaves(below, (*path, name))]
    if isinstance(value, list):
        return [leaf for at, below in enumerate(value) for leaf in leaves(below, (*path, at))]
    return [] if isinstance(value, str) and "\n" in value else [path]


def put(value: Any, path: tuple[Any, ...], leaf: Any) -> Any:
    if not path:
        return leaf
    if isinstance(value, dict):
        return {**value, path[0]: put(value[path[0]], path[1:], leaf)}
    return [*value[: path[0]], put(value[path[0]], path[1:], leaf), *value[path[0] + 1 :]]


def test_ten_new_scalars_change_at_most_ten_lines_and_no_comment(full: bool) -> None:
    for seed in range(10_000 if full else 300):
        chance = random.Random(seed)
        text, value = written_by(chance)
        paths = chance.sample(leaves(value), min(10, len(leaves(value))))
        wanted = value
        for at, path in enumerate(paths):
            wanted = put(wanted, path, f"edited {at}")
        after = revised(text, wanted)
        assert same(read(after), [wanted]), (seed, text, after)
        before, now = text.splitlines(), after.splitlines()
        assert len(before) == len(now), (seed, text, after)
        assert sum(one != other for one, other in zip(before, now, strict=True)) <= len(paths)
        assert [line[line.find("# remark") :] for line in before if "# remark" in line] == [
            line[line.find("# remark") :] for line in now if "# remark" in line
        ]


def test_an_edit_that_is_impossible_in_place_rewrites_the_parent_value() -> None:
    text = "a: {x: 1, # of x\n  y: 2}\nb: 1 # of b\n"
    warnings.simplefilter("error")
    after = revised(text, {"a": {"y": 2, "z": 3}, "b": 1})
    assert read(after) == [{"a": {"y": 2, "z": 3}, "b": 1}]
    assert after.endswith("b: 1 # of b\n")


REMARK = re.compile(r"# remark \d+: - not an item")
BACKWARDS = Field("object", fields={name: Field() for name in "hgfedcba"})


def reformatted(text: str, *fields: Field) -> str:
    return scribe.reformat(text, fields, file="a.yaml")


def test_a_reformatted_text_keeps_values_and_comments_and_is_stable(full: bool) -> None:
    for seed in range(10_000 if full else 300):
        text, value = written_by(random.Random(seed))
        after = reformatted(text, BACKWARDS)
        assert same(read(after), [value]), (seed, text, after)
        assert list(read(after)[0]) == sorted(value, reverse=True)
        assert sorted(REMARK.findall(text)) == sorted(REMARK.findall(after)), (seed, text, after)
        assert reformatted(after, BACKWARDS) == after, (seed, text, after)


def test_the_canonical_format() -> None:
    text = (
        "# head\n\nspec:\n    applicable_statuses:\n    - active\n    - 'on hold'\n    is_active:   true   # why\n\n\n"
        "    # the name\n    name: |\n          Two\n            lines\n        # below the name\n"
        "key: k\nkind: statusReason\n"
    )
    assert reformatted(text, scribe.document_field(shipped_catalog().kind("statusReason"))) == (
        "# head\n\nkind: statusReason\nkey: k\nspec:\n  # the name\n  name: |\n    Two\n      lines\n"
        "  # below the name\n  is_active: true   # why\n  applicable_statuses: [active, 'on hold']\n"
    )


def test_a_written_document_is_in_canonical_format() -> None:
    for value in commented():
        written = scribe.write(value, TEMPLATE)
        assert reformatted(written, TEMPLATE) == written


def test_a_list_that_is_too_long_for_its_line_is_split() -> None:
    items = [f"program-{number}" for number in range(12)]
    after = reformatted(f"a: [{', '.join(items)}]\n", OPEN)
    assert after == "a:\n" + "".join(f"  - {item}\n" for item in items)


def test_an_anchor_stays_before_its_alias() -> None:
    text = "h: &x {a: 1}\na: *x\n"
    assert reformatted(text, Field("object", fields={"a": OPEN, "h": OPEN})) == text


def test_a_text_that_would_change_its_meaning_is_refused() -> None:
    with pytest.raises(DocumentError):
        reformatted("a:\n    - |+\n      x\n\n\nb: 1\n", OPEN)


def test_formatted_json_is_sorted() -> None:
    field = scribe.document_field(None)
    after = scribe.reformat('{"spec": {"b": [{}]}, "kind": "x"}', [field], file="a.json")
    assert after == '{\n  "kind": "x",\n  "spec": {\n    "b": [\n      {}\n    ]\n  }\n}\n'


def misspelt(line: int, column: int, pointer: str, text: str) -> Diagnostic:
    """Return a diagnostic with a fix."""
    return Diagnostic("RC206", "misspelt", location=Location("a.yaml", line, column), pointer=pointer, fix=Fix(text))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("mode: fsat  # fsat\n", "mode: fast  # fsat\n"),
        ("mode: 'fsat'\n", "mode: 'fast'\n"),
        ('mode: "fsat"\r\nb: fsat\r\n', 'mode: "fast"\r\nb: fsat\r\n'),
        ("\ufeffmode: fsat\n", "\ufeffmode: fast\n"),
    ],
)
def test_a_fix_replaces_the_word_at_its_location_and_nothing_else(before: str, after: str) -> None:
    diagnostic = misspelt(1, 7, "/mode", "fast")
    other_file = diagnostic._replace(location=Location("b.yaml", 1, 7))
    assert scribe.fix(before, [other_file, diagnostic], file="a.yaml") == (
        after,
        [Repair(diagnostic, "fsat", "fast")],
    )


def test_a_fix_of_a_name_keeps_the_value() -> None:
    diagnostic = misspelt(2, 3, "/spec/nmae", "name")
    repairs = [Repair(diagnostic, "nmae", "name")]
    assert scribe.fix("spec:\n  nmae: nmae\n", [diagnostic], file="a.yaml") == ("spec:\n  name: nmae\n", repairs)


@pytest.mark.parametrize("text", ["b: &x fsat\nmode: *x\n", "b: 1\nmode: |\n  fsat\n", 'b: 1\nmode: "f\\u0073at"\n'])
def test_a_word_that_is_written_in_another_way_is_not_fixed(text: str) -> None:
    diagnostic = misspelt(2, 7, "/mode", "fast")
    assert scribe.fix(text, [diagnostic, diagnostic._replace(fix=None)], file="a.yaml") == (text, [])
