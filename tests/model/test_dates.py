"""Dates are written in English, and with a year wherever it could be another one."""

from __future__ import annotations

from datetime import date

import pytest

from rhythmconf.model import dates


@pytest.mark.parametrize(
    ("start", "end", "near", "text"),
    [
        (date(2027, 2, 5), date(2027, 2, 11), date(2026, 12, 7), "5 Feb-11 Feb 2027"),
        (date(2027, 2, 5), date(2027, 2, 11), date(2027, 1, 4), "5 Feb-11 Feb"),
        (date(2026, 12, 29), date(2027, 1, 4), date(2026, 12, 7), "29 Dec 2026-4 Jan 2027"),
        (date(2026, 12, 29), date(2026, 12, 29), date(2026, 12, 7), "29 Dec"),
        (date(2026, 12, 29), date(2026, 12, 29), None, "29 Dec 2026"),
    ],
)
def test_a_range_has_the_years_that_are_not_clear(start: date, end: date, near: date | None, text: str) -> None:
    assert dates.span(start, end, near) == text


def test_a_long_list_of_ranges_says_how_many_more_there_are_and_until_when() -> None:
    days = [(date(2027, month, 1), date(2027, month, 2)) for month in range(1, 13)]
    assert dates.spans(days, 2) == "1 Jan-2 Jan 2027, 1 Feb-2 Feb 2027, and 10 more until 2 Dec 2027"
    assert dates.spans(days[:2], 2) == "1 Jan-2 Jan 2027, 1 Feb-2 Feb 2027"


def test_a_run_has_the_day_of_the_week() -> None:
    assert dates.week_date(date(2026, 12, 7)) == "Mon 7 Dec 2026"
