"""The comparison of two texts loses nothing and adds nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.report.word_diff import Piece, unified, word_diff

LINES = st.lists(st.sampled_from(["a b c\n", "a x c\n", "\n", "  d\n", "long line of words\n", "end"]), max_size=30)


@given(LINES, LINES)
def test_the_pieces_add_up_to_both_texts(before: list[str], after: list[str]) -> None:
    old, new = "".join(before), "".join(after)
    pieces = word_diff(old, new)
    hidden = sum(int(piece.text.split()[0]) for piece in pieces if piece.type == "gap")
    for side, text in (("old", old), ("new", new)):
        shown = "".join(piece.text for piece in pieces if piece.type in ("same", side))
        assert len(shown.splitlines()) + hidden == len(text.splitlines())
        if not hidden:
            assert shown == text


def test_only_changed_words_are_marked() -> None:
    assert word_diff("the fee is 10 dollars", "the fee is 20 dollars") == [
        Piece("same", "the fee is "),
        Piece("old", "10 "),
        Piece("new", "20 "),
        Piece("same", "dollars"),
    ]


def test_long_unchanged_passages_are_counted() -> None:
    lines = [f"line {number}\n" for number in range(2000)]
    changed = [*lines[:1000], "new line\n", *lines[1000:]]
    pieces = word_diff("".join(lines), "".join(changed))
    assert [piece.type for piece in pieces] == ["gap", "same", "new", "same", "gap"]
    assert pieces[0].text == "998 unchanged lines"


def test_a_very_long_passage_is_replaced_as_a_whole() -> None:
    old, new = " ".join(map(str, range(5000))), " ".join(map(str, range(1, 5001)))
    assert [piece.type for piece in word_diff(old, new)] == ["old", "new"]


def test_a_unified_diff_without_its_header() -> None:
    assert unified("a\nb\n", "a\nc\n") == ["@@ -1,2 +1,2 @@", " a", "-b", "+c"]


def test_frequent_words_are_compared_too() -> None:
    words = ["the ", "fee ", "is ", "due "] * 100
    changed = [*words[:200], "not ", *words[200:]]
    assert word_diff("".join(words), "".join(changed)) == [
        Piece("same", "".join(words[:200])),
        Piece("new", "not "),
        Piece("same", "".join(words[200:])),
    ]
