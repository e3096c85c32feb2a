"""A suggestion exists, is near, and has the digits of what was written."""

from __future__ import annotations

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from rhythmconf.model import Key
from rhythmconf.model.suggest import did_you_mean, ending_with, nearest, nearest_keys, suggest

LETTERS = st.sampled_from("abC-._20é")
NAMES = st.text(LETTERS, max_size=9)


def distance(one: str, other: str) -> int:
    """Count insertions, deletions, changes and swaps of neighbours, straight from the definition."""

    @cache
    def rest(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        least = min(rest(i - 1, j), rest(i, j - 1), rest(i - 1, j - 1) - (one[i - 1] == other[j - 1])) + 1
        if i > 1 and j > 1 and (one[i - 1], one[i - 2]) == (other[j - 2], other[j - 1]):
            least = min(least, rest(i - 2, j - 2) + 1)
        return least

    return rest(len(one), len(other))


@st.composite
def misspelt(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Draw names, and one of them with up to three letters changed, added or left out."""
    names = draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    word = draw(st.sampled_from(names))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(word)))
        word = word[:at] + draw(st.sampled_from(["", "a", "2", "-", "B"])) + word[at + draw(st.integers(0, 1)) :]
    return word, names


@settings(max_examples=200)
@given(misspelt())
def test_a_suggestion_exists_is_near_and_has_the_same_digits(drawn: tuple[str, list[str]]) -> None:
    word, names = drawn
    suggested = nearest(word, names)
    assert set(suggested) <= set(names)
    distances = {name: distance(word.lower(), name.lower()) for name in names}
    for name in suggested:
        assert distances[name] <= 2
        assert [digit for digit in name if digit.isdigit()] == [digit for digit in word if digit.isdigit()]
    assert suggest(word, names) == did_you_mean(suggested)
    keys = [Key("a/b", name) for name in names]
    assert nearest_keys(Key("a/b", word), keys) == suggested
    assert nearest_keys(Key("a/c", word), keys) == []


def test_the_only_name_that_ends_with_a_word_is_meant() -> None:
    dates = ["the reference date", "the end of the month", "the end of the year"]
    assert ending_with("reference date", dates) == ["the reference date"]
    assert ending_with("Reference Date", dates) == ["the reference date"]
    assert ending_with("month", dates) == ["the end of the month"]
    assert ending_with("template_id", ["name", "template_id", "sub_template_id"]) == []
    for word in ("", "date of", "ence date", "th"):
        assert ending_with(word, dates) == []


def test_a_name_with_other_digits_is_not_suggested() -> None:
    for word, name in [
        ("drops-2026", "drops-2025"),
        ("RC999", "RC109"),
        ("renewal-6", "renewal-60"),
        ("sandbox", "sandbox2"),
        ("level2", "level"),
        ("lev3l", "level"),
        ("notice-12", "notice-21"),
    ]:
        assert nearest(word, [name]) == [], (word, name)
    assert nearest("renewl-60", ["renewal-60", "renewal-30"]) == ["renewal-60"]
