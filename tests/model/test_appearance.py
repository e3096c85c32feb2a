"""Texts that look the same have one appearance, and a contrast shows where they differ."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.model.appearance import appearance, contrast, key_appearance
from rhythmconf.text import yaml12

COMPOSED, DECOMPOSED = "Caf\u00e9", "Cafe\u0301"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (COMPOSED, DECOMPOSED),
        ("\ud55c\uae00", unicodedata.normalize("NFD", "\ud55c\uae00")),
        ("file", "\ufb01le"),
        ("ABC", "\uff21\uff22\uff23"),
        ("Lapsed", "LAPSED"),
        ("Stra\u00dfe", "STRASSE"),
        ("Lapsed", "Lapsed "),
        ("Lapsed", " Lapsed"),
        ("A B", "A  B"),
        ("A B", "A\tB"),
        ("A B", "A\u00a0B"),
        ("A B", "A\u202fB"),
        ("A B", "A\u3000B"),
        ("AB", "A\u200bB"),
        ("AB", "A\u00adB"),
        ("AB", "\ufeffAB"),
        ("AB", "A\u2060B"),
        ("AB", "A\ufe0fB"),
        ("AB", "\u202aAB\u202c"),
        (COMPOSED, "Cafe\u200b\u0301"),
        ("2025-26", "2025\u201326"),
        ("2025-26", "2025\u221226"),
        ("Member's", "Member\u2019s"),
        ('"New"', "\u201cNew\u201d"),
        ("a 'b", "a \u00b4b"),
        ("1/2 day", "\u00bd day"),
        ("A/B", "A\u2215B"),
        ("Lapsed", "L\u0430psed"),
        ("Lapsed", "L\u0410PSED"),
        ("Member", "\u041cember"),
        ("BCEHKMOPTX", "\u0412\u0421\u0415\u041d\u041a\u041c\u041e\u0420\u0422\u0425"),
        ("O", "\u039f"),
        ("\u00d3", "\u041e\u0301"),
    ],
)
def test_texts_that_look_the_same_have_one_appearance(one: str, other: str) -> None:
    assert one != other
    assert appearance(one) == appearance(other)
    assert len(set(contrast(one, other))) == 2
    assert all(text.isascii() for text in contrast(one, other)) or "\ud55c" in one


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lapsed", "Lapsed 2"),
        ("Renewal 30", "Renewal 60"),
        ("A-B", "A B"),
        ("Cafe", COMPOSED),
        ("", "A"),
        ("5 \u00b5g", "5 mg"),
        ("\u03b1", "a"),
    ],
)
def test_texts_that_a_person_tells_apart_have_two_appearances(one: str, other: str) -> None:
    assert appearance(one) != appearance(other)


@given(st.text(), st.text())
def test_a_contrast_reads_as_the_texts(one: str, other: str) -> None:
    texts = contrast(one, other)
    assert [yaml12.load_all(text, file="a.yaml") for text in texts] == [[one], [other]]
    assert (one == other) == (texts[0] == texts[1])


@given(st.text(), st.sampled_from([" ", "\u00a0", "\u200b", "\u00ad"]), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_form_case_and_invisible_ends_never_change_an_appearance(text: str, blank: str, form: str) -> None:
    assert appearance(text) == appearance(f"{blank}{text}{blank}")
    assert appearance(text) == appearance(unicodedata.normalize(form, text))  # type: ignore[arg-type]
    assert appearance(text) == appearance(appearance(text))


def test_keys_look_the_same_where_only_separators_differ() -> None:
    assert len({key_appearance(name) for name in ("a.b", "a-b", "a_b", "a--b", "a.b-")}) == 1
    assert len({key_appearance(name) for name in ("ab", "a-b", "a-1-1", "a-11")}) == 4
