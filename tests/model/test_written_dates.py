"""A date in another form is told how it is written, and never as a day that doesn't exist."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.model.written_dates import advise_date, is_date

ADVICE = {
    "31.12.2027": "write 2027-12-31",
    "1. 2. 2027": "write 2027-02-01",
    "12/31/2027": "write 2027-12-31",
    "31/12/2027": "write 2027-12-31",
    "01/02/2027": "write 2027-01-02 or 2027-02-01: the year first, then the month",
    "2/2/2027": "write 2027-02-02",
    "2027/12/31": "write 2027-12-31",
    "2027-2-8": "write 2027-02-08",
    "20271231": "write 2027-12-31",
    "2027-31-12": "write 2027-12-31",
    " 2027-12-31": "write 2027-12-31",
    "31 December 2027": "write 2027-12-31",
    "31st of Dec, 2027": "write 2027-12-31",
    "December 31, 2027": "write 2027-12-31",
    "Sep 1st 2027": "write 2027-09-01",
    "2026-02-30": "February 2026 has 28 days: correct the day",
    "2028-02-30": "February 2028 has 29 days: correct the day",
    "31.6.2027": "June 2027 has 30 days: correct the day",
    "31 June 2027": "June 2027 has 30 days: correct the day",
    "2027-13-32": "write year, month and day: 2026-12-01",
    "0000-01-01": "write year, month and day: 2026-12-01",
    "soon": "write year, month and day: 2026-12-01",
    "31 Decimal 2027": "write year, month and day: 2026-12-01",
    "12/27": "write year, month and day: 2026-12-01",
    "": "write year, month and day: 2026-12-01",
}


@pytest.mark.parametrize("text", ADVICE)
def test_another_form_is_explained(text: str) -> None:
    assert not is_date(text)
    assert advise_date(text) == ADVICE[text]


@pytest.mark.parametrize("text", ["2027-12-31", "2028-02-29", "2027-12-31T00:00:00Z", "2027-12-31T23:00:00+01:00"])
def test_a_date_with_the_year_first_is_one(text: str) -> None:
    assert is_date(text)


@given(st.dates(), st.sampled_from(["%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d %B %Y", "%b %d, %Y"]))
def test_the_day_is_among_those_that_are_offered(day: date, form: str) -> None:
    if day.year > 999:
        assert day.isoformat() in advise_date(day.strftime(form))


@given(st.from_regex(r"[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}", fullmatch=True))
def test_only_days_that_exist_are_offered(text: str) -> None:
    offered = advise_date(text).partition(" days: ")
    assert offered[1] or all(map(is_date, re.findall(r"\d{4}-\d{2}-\d{2}", offered[0])))
