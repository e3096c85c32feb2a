"""Markers of a merge and pointers in place of a file are recognized, and nothing else is."""

from __future__ import annotations

import pytest

from rhythmconf.model import Location
from rhythmconf.text import leftovers
from rhythmconf.text.yaml12 import YamlError, load_all

CONFLICTS: dict[str, tuple[str, list[int]]] = {
    "git": ("a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> review\n", [2, 4, 6]),
    "diff3": ("<<<<<<< HEAD\nb\n||||||| 1a2b3c4\nx\n=======\nc\n>>>>>>> 1a2b3c4 (Say it)\n", [1, 3, 5, 7]),
    "lines of Windows": ("<<<<<<< HEAD\r\nb\r\n=======\r\nc\r\n>>>>>>> x\r\n", [1, 3, 5]),
    "without labels": ("<<<<<<<\nb\n=======\nc\n>>>>>>>\n", [1, 3, 5]),
    "an empty side": ("<<<<<<< HEAD\n=======\nc\n>>>>>>> x", [1, 2, 4]),
    "longer markers": ("<<<<<<<<<<<<<<< HEAD\nb\n===============\nc\n>>>>>>>>>>>>>>> x\n", [1, 3, 5]),
    "without the middle": ("<<<<<<< conflict 1 of 1\n%%%%%%% diff\n-b\n>>>>>>> conflict 1 of 1 ends\n", [1, 4]),
    "half removed above": ("b\n=======\nc\n>>>>>>> x\n", [2, 4]),
    "half removed below": ("<<<<<<< HEAD\nb\n=======\nc\n", [1, 3]),
}
TEXTS = {
    "a heading": "Renewal\n=======\n\nDear member,\n",
    "a heading and a quote": "Renewal\n=======\n\n> Dear member,\n>> Hello\n",
    "a table": "a | b\n--|--\n||||||\n",
    "arrows": "<<<<<< back  next >>>>>>\n<<<<<<<back\n",
    "in the middle of a line": "see <<<<<<< HEAD and ======= and >>>>>>> x\n",
    "indented": "  <<<<<<< HEAD\n  =======\n  >>>>>>> x\n",
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_a_conflict_is_found_with_its_lines(name: str) -> None:
    text, lines = CONFLICTS[name]
    markers = leftovers.find_markers(text.encode())
    assert [marker.line for marker in markers] == lines
    assert leftovers.is_conflict(markers)
    *others, last = map(str, lines)
    assert leftovers.describe_markers(markers).endswith(f"in lines {', '.join(others)} and {last}")


@pytest.mark.parametrize("name", TEXTS)
def test_what_only_looks_like_a_conflict_is_none(name: str) -> None:
    assert leftovers.find_markers(TEXTS[name].encode()) == []


@pytest.mark.parametrize(
    "text",
    [
        "Dear Ada,\n>>>>>>> the oldest of many quotes\n",
        "<<<<<<< HEAD\nb\n",
        "Title\n=====\n>>>>>>> a quote\n",
        ">>>>>>> x\n=======\n",
    ],
)
def test_one_marker_alone_is_no_conflict(text: str) -> None:
    markers = leftovers.find_markers(text.encode())
    assert markers
    assert not leftovers.is_conflict(markers)


def test_of_many_markers_only_some_are_listed() -> None:
    markers = leftovers.find_markers(b"<<<<<<< a\n=======\n>>>>>>> b\n" * 5)
    assert leftovers.describe_markers(markers).endswith("in lines 1, 2, 3, 4, 5, 6, 7, 8 and 7 more")


def test_a_million_markers_are_counted_in_time() -> None:
    text = b"<<<<<<< a\n" + b"=======\n" * 1_000_000 + b">>>>>>> b\n"
    markers = leftovers.find_markers(text)
    assert (len(markers), markers[-1].line) == (1_000_002, 1_000_002)
    assert leftovers.is_conflict(markers)


YAML_CONFLICTS = {
    "members": ("kind: k\n<<<<<<< HEAD\nkey: a\n=======\nkey: b\n>>>>>>> x\nspec: {}\n", 2),
    "a whole file": ("<<<<<<< HEAD\nkind: k\n=======\nkind: l\n>>>>>>> x\n", 1),
    "in brackets, where the parser accepts it": ("a: [\n b,\n<<<<<<< HEAD\n c,\n=======\n d,\n>>>>>>> x\n]\n", 3),
    "in quotes, where the parser accepts it": ('a: "b\n<<<<<<< HEAD\nc\n=======\nd\n>>>>>>> x\n"\n', 2),
    "in a block": ("a: |\n  b\n<<<<<<< HEAD\n  c\n=======\n  d\n>>>>>>> x\n", 3),
    "one that is left": ("a: 1\n>>>>>>> x\nb: 2\n", 2),
    "one that is left in brackets": ("a: [\n b,\n<<<<<<< HEAD\n c]\n", 3),
}


@pytest.mark.parametrize("name", YAML_CONFLICTS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_conflict_in_yaml_is_named_as_such(name: str, end: str) -> None:
    text, line = YAML_CONFLICTS[name]
    with pytest.raises(YamlError, match="a merge is not resolved: conflict markers in line") as caught:
        load_all(text.replace("\n", end), file="a.yaml")
    assert (caught.value.code, caught.value.location) == ("RC113", Location("a.yaml", line, 1))
    assert "remove the lines of markers" in (caught.value.help or "")


def test_a_conflict_in_json_is_named_as_such() -> None:
    with pytest.raises(YamlError, match="in lines 2, 4 and 6") as caught:
        load_all('{\n<<<<<<< HEAD\n"a": 1\n=======\n"a": 2\n>>>>>>> x\n}\n', file="a.json")
    assert caught.value.code == "RC113"


def test_indented_markers_are_a_text() -> None:
    assert load_all("a: |\n  <<<<<<< HEAD\n  =======\n  >>>>>>> x\n", file="a.yaml") == [
        {"a": "<<<<<<< HEAD\n=======\n>>>>>>> x\n"}
    ]


PLACEHOLDERS = [
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "git lfs pull"),
    (b"version https://git-lfs.github.com/spec/v1\next-0-a sha256:00\noid sha256:00\nsize 12\n", "git lfs pull"),
    (b"version https://hawser.github.com/spec/v1\noid sha256:00\nsize 12\n", "git lfs pull"),
    (b"/annex/objects/SHA256E-s12--00.yaml\n", "git annex get"),
    (b"\x00GITCRYPT\x00\x01\x02\xff", "git-crypt unlock"),
]


@pytest.mark.parametrize(("data", "command"), PLACEHOLDERS)
@pytest.mark.parametrize("file", ["a.yaml", "a.json"])
def test_a_pointer_in_place_of_a_file_names_the_command(data: bytes, command: str, file: str) -> None:
    with pytest.raises(YamlError, match="not the file itself") as caught:
        load_all(data, file=file)
    assert (caught.value.code, caught.value.location) == ("RC114", Location(file, 1, 1))
    assert command in (caught.value.help or "")


def test_a_text_about_git_lfs_is_no_pointer() -> None:
    assert leftovers.find_placeholder(b"See version https://git-lfs.github.com/spec/v1\n") is None
    assert leftovers.find_placeholder(b"") is None
