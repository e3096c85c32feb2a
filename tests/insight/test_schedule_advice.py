"""What is nearly a schedule gets advice, and what is advised is understood."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.insight.windows.schedules import understand
from rhythmconf.insight.windows.schedules.advice import advise

MEANINGS = {
    "every monday": "every week on Monday",
    "weekly on mondays at 6": "every week on Monday at 06:00",
    "Mondays, 6 am": "every week on Monday at 06:00",
    "Monday 06:00": "every week on Monday at 06:00",
    "every week on Mondy at 6:00": "every week on Monday at 06:00",
    "tues and thurs at 7pm": "every week on Tuesday and Thursday at 19:00",
    "daily at 18.30": "every day at 18:30",
    "each day at noon": "every day at 12:00",
    "weekly": "every week on Monday",
    "every wek on Monday": "every week on Monday",
    "every mnth on the 1st": "every month on the 1st",
    "every yar on June 30": "every year on June 30",
    "Monday to Friday at 6": "every weekday at 06:00",
    "every working day": "every weekday",
    "first monday of the month": "every month on the first Monday",
    "every month on the last friday at 6pm": "every month on the last Friday at 18:00",
    "last day of each month": "every month on the last day",
    "1st and 15th of the month at 12 am": "every month on the 1st and 15th at 00:00",
    "monthly on the 31st": "every month on the 31st",
    "quarterly": "every quarter on the 1st of its first month",
    "30 June": "every year on June 30",
    "annually on Jan 1": "every year on January 1",
    "@weekly": "every week on Sunday",
    "6 30 * * 1": "30 6 * * 1",
    "0 6 * * Monday": "0 6 * * mon",
    "0 0 6 ? * MON": "0 6 * * mon",
}
PROBLEMS = {
    "0 6 * * 9": "a weekday is 0 to 7 (0 and 7 are Sunday), not 9",
    "0 24 * * *": "an hour is 0 to 23, not 24",
    "60 6 * * *": "a minute is 0 to 59, not 60",
    "0 6 32 * *": "a day is 1 to 31, not 32",
    "0 6 1 13 *": "a month is 1 to 12, not 13",
    "0 6 * * 1-9": "not 9",
    "0 6 * *": "has 4",
    "every week on Monday at 25:00": "`25:00` is not a time of day: write one from 00:00 to 23:59",
    "every monday at 25": "`25:00` is not a time of day",
    "daily at 6:75": "`06:75` is not a time of day",
    "every 2 weeks at 24:00": "`24:00` is not a time of day",
    "0 0 6 ? * 2": "has 6",
    "every 2 weeks on Monday at 6": "`every 2 weeks on Monday at 06:00 from YYYY-MM-DD`",
    "every other Tuesday": "`every 2 weeks on Tuesday from YYYY-MM-DD`",
    "fortnightly": "`every 2 weeks from YYYY-MM-DD`",
    "rate(7 days)": "`every 7 days from YYYY-MM-DD`",
    "FREQ=WEEKLY;INTERVAL=2": "DTSTART",
    "every week on Monday from 12/07/2026": "write 2026-07-12 or 2026-12-07",
    "every 10 days from 7.12.2026": "write 2026-12-07",
    "every 10 days from 2026-02-30": "February 2026 has 28 days",
}
NEITHER = (
    "whenever the board meets",
    "at full moon",
    "every monday at 6 and at 18",
    "every 0",
    "every 0 weeks",
    "every 0 days at 6",
    "every 00 weeks on Monday",
    "",
    "x" * 2_000,
)
WORDS = """
    every each on the of and at Monday mondays tue Mondy weekly week month monthly first last 1st 31st 15 day june at 6
    6pm 6:00 noon 25 quarter yearly weekday other 2 weeks from * 0 9 */2 ? mon-fri @daily full
"""
TEXTS = st.lists(st.sampled_from(WORDS.split()), max_size=7).map(" ".join)


@pytest.mark.parametrize("text", MEANINGS)
def test_what_a_schedule_may_mean_is_offered(text: str) -> None:
    assert understand(text) is None
    assert advise(text).meaning == MEANINGS[text]


@pytest.mark.parametrize("text", PROBLEMS)
def test_what_is_wrong_with_a_schedule_is_said(text: str) -> None:
    assert understand(text) is None
    meaning, problem = advise(text)
    assert not meaning
    assert PROBLEMS[text] in problem


@pytest.mark.parametrize("text", NEITHER)
def test_nothing_is_guessed(text: str) -> None:
    assert advise(text) == ("", "")


@given(TEXTS)
def test_what_is_offered_is_understood(text: str) -> None:
    meaning, problem = advise(text)
    assert not meaning or understand(meaning) is not None
    assert not (meaning and problem)
    for written in re.findall("`(every [^`]*YYYY-MM-DD)`", problem):
        assert any(understand(written.replace("YYYY-MM-DD", f"2026-12-{day:02}")) for day in range(1, 8))
