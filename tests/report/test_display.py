"""Short texts for keys and values: long texts are cut around the relevant part."""

from __future__ import annotations

import pytest

from rhythmconf.report.display import LINE_WIDTH, brief, cut_line
from rhythmconf.report.markdown_escaping import shorten

LINE = "".join(chr(ord("a") + number % 26) for number in range(1_000))


def test_a_short_line_is_not_cut() -> None:
    assert cut_line("  nmae: x", 3) == ("  nmae: x", 3)
    assert cut_line(LINE[:LINE_WIDTH], LINE_WIDTH) == (LINE[:LINE_WIDTH], LINE_WIDTH)


@pytest.mark.parametrize(
    ("column", "before", "first", "after"),
    [(1, "", 0, "..."), (80, "", 0, "..."), (500, "...", 419, "..."), (921, "...", 840, ""), (1_000, "...", 840, "")],
)
def test_a_long_line_is_cut_around_the_column(column: int, before: str, first: int, after: str) -> None:
    shown, position = cut_line(LINE, column)
    assert shown == f"{before}{LINE[first : first + LINE_WIDTH]}{after}"
    assert position == column - first + len(before)


def test_a_long_value_shows_twice_as_much_of_its_beginning_as_of_its_end() -> None:
    assert brief(LINE) == f'"{LINE[:49]} … {LINE[-24:]}" (1002 characters)'
    assert brief(LINE[:98]) == f'"{LINE[:98]}"'
    assert shorten(LINE, 90) == f"{LINE[:60]} … {LINE[-23:]}"
    assert shorten(LINE[:90], 90) == LINE[:90]
