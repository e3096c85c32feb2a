"""Names of files work on Linux, macOS and Windows, or are told apart from those that do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.source.project import portable

BAD = [
    "config/con.yaml",
    "config/Aux",
    "NUL.tar.gz",
    "prn/x.yaml",
    "a/com1.yaml",
    "a/COM¹.yaml",
    "a/lpt9.email-body.html",
    "con .yaml",
    "conin$.yaml",
    "a./x.yaml",
    "a /x.yaml",
    "a/x.yaml ",
    "a/x.",
    "C:/x.yaml",
    "what?.yaml",
    "a\\b.yaml",
    "a\tb.yaml",
    "a\nb.yaml",
    "x" * 201,
]
GOOD = ["config/console.yaml", "a/con_.yaml", "a/com10.yaml", "a/auxiliary/null.yaml", "./a/b.c.yaml", "a/é.yaml", "x"]


@pytest.mark.parametrize("path", BAD)
def test_what_windows_refuses_has_a_problem(path: str) -> None:
    assert portable.find_problem(path)
    assert portable.may_have_problems([*GOOD, path])


@pytest.mark.parametrize("path", GOOD)
def test_what_every_computer_accepts_has_none(path: str) -> None:
    assert portable.find_problem(path) == ""


PARTS = st.text(st.sampled_from("acnoupxlt1. :é\x01") | st.characters(exclude_categories=["Cs"]), min_size=1).filter(
    lambda text: "/" not in text
) | st.sampled_from(["Aux", "NUL.tar.gz", "con.x", "a" * 300, "a" * 300 + ".yaml", "lpt1 .a", ".", ".."])


@given(PARTS)
def test_a_name_made_portable_has_no_problem_and_stays_so(name: str) -> None:
    made = portable.make_portable(name)
    assert portable.find_problem(made) == ""
    assert portable.make_portable(made) == made
    assert 0 < len(made) <= portable.LONGEST_NAME
    if not portable.find_problem(name) and len(name) <= portable.LONGEST_NAME and name not in (".", ".."):
        assert made == name


@given(st.lists(st.lists(PARTS, min_size=1, max_size=3).map("/".join), max_size=4))
def test_the_quick_look_at_all_paths_misses_no_problem(paths: list[str]) -> None:
    if any(map(portable.find_problem, paths)):
        assert portable.may_have_problems(paths)


@pytest.mark.parametrize(("one", "other"), [("A.yaml", "a.yaml"), ("é", "e\u0301"), ("É", "e\u0301"), ("ß", "SS")])
def test_names_that_some_computers_mix_up_fold_to_one(one: str, other: str) -> None:
    assert portable.fold(one) == portable.fold(other)
