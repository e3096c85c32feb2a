"""Texts of schedules: which are understood, and when they run."""

from __future__ import annotations

from collections import Counter
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.insight.windows.schedules import MOST_RUNS, occurrences, prepared_on, understand
from rhythmconf.settings import CalendarSettings

NEW_YORK = CalendarSettings(zone="America/New_York")


def runs(text: str, first: str, last: str, settings: CalendarSettings = NEW_YORK) -> list[str]:
    """Return the runs of a schedule as `2026-12-07 06:00`."""
    recurrence = understand(text)
    assert recurrence is not None, text
    found = occurrences(recurrence, date.fromisoformat(first), date.fromisoformat(last), settings)
    return [f"{one.date} {one.time:%H:%M}" for one in found]


def days(text: str, first: str, last: str, settings: CalendarSettings = NEW_YORK) -> str:
    """Return the dates of the runs in the form that pytest compares best: one text."""
    return " ".join(run.split(" ")[0].removeprefix(first[:2]) for run in runs(text, first, last, settings))


WORDS = [
    ("every day at 06:00", "26-12-30 26-12-31 27-01-01 27-01-02"),
    ("every weekday at 06:00", "26-12-30 26-12-31 27-01-01 27-01-04"),
    ("every week on Monday at 06:00", "27-01-04 27-01-11 27-01-18"),
    ("every week on Monday, Wednesday and Friday", "26-12-30 27-01-01 27-01-04 27-01-06"),
    ("every week on Tuesday and Sunday at 9:00", "27-01-03 27-01-05 27-01-10 27-01-12"),
    ("every month on the 1st at 06:00", "27-01-01 27-02-01 27-03-01 27-04-01"),
    ("every month on the 1st, 15th at 06:00", "27-01-01 27-01-15 27-02-01 27-02-15"),
    ("every month on the 3rd and the 22nd", "27-01-03 27-01-22 27-02-03 27-02-22"),
    ("every month on the 31st at 06:00", "26-12-31 27-01-31 27-03-31 27-05-31"),
    ("every month on the last day at 23:00", "26-12-31 27-01-31 27-02-28 27-03-31"),
    ("every month on the second Tuesday at 09:00", "27-01-12 27-02-09 27-03-09 27-04-13"),
    ("every month on the first Monday", "27-01-04 27-02-01 27-03-01 27-04-05"),
    ("every month on the fourth Friday", "27-01-22 27-02-26 27-03-26 27-04-23"),
    ("every month on the last Friday", "27-01-29 27-02-26 27-03-26 27-04-30"),
    ("every quarter on the 1st of its first month at 07:00", "27-01-01 27-04-01 27-07-01 27-10-01"),
    ("every quarter on the 15th of its second month", "27-02-15 27-05-15 27-08-15 27-11-15"),
    ("every quarter on the 25th of its third month", "27-03-25 27-06-25 27-09-25 27-12-25"),
    ("every quarter on the 31st of its last month", "26-12-31 27-03-31 27-12-31 28-03-31"),
    ("every year on February 29 at 06:00", "28-02-29 32-02-29 36-02-29 40-02-29"),
    ("every year on March 1", "27-03-01 28-03-01 29-03-01 30-03-01"),
    ("every 10 days from 2026-12-01", "26-12-31 27-01-10 27-01-20 27-01-30"),
    ("every 10 days at 06:00 from 2027-01-20", "27-01-20 27-01-30 27-02-09 27-02-19"),
    ("every 2 weeks from 2026-12-07", "27-01-04 27-01-18 27-02-01 27-02-15"),
    ("every 2 weeks on Monday from 2026-12-07 at 06:00", "27-01-04 27-01-18 27-02-01 27-02-15"),
    ("every 2 weeks on Monday and Thursday at 06:00 from 2026-12-10", "27-01-04 27-01-07 27-01-18 27-01-21"),
    ("every 1 day from 2026-12-01", "26-12-30 26-12-31 27-01-01 27-01-02"),
]
CRON = [
    ("0 6 * * *", "26-12-30 26-12-31 27-01-01 27-01-02"),
    ("0 6 * * MON", "27-01-04 27-01-11 27-01-18"),
    ("0 6 * * 0", "27-01-03 27-01-10 27-01-17"),
    ("0 6 * * 7", "27-01-03 27-01-10 27-01-17"),
    ("0 6 * * sun", "27-01-03 27-01-10 27-01-17"),
    ("0 6 * * 5-7", "27-01-01 27-01-02 27-01-03 27-01-08"),
    ("0 6 * * mon-fri", "26-12-30 26-12-31 27-01-01 27-01-04"),
    ("0 6 1,15 * *", "27-01-01 27-01-15 27-02-01 27-02-15"),
    ("0 6 31 * *", "26-12-31 27-01-31 27-03-31 27-05-31"),
    ("0 6 1 */3 *", "27-01-01 27-04-01 27-07-01 27-10-01"),
    ("0 6 1 jan,jul *", "27-01-01 27-07-01 28-01-01 28-07-01"),
    ("0 6 29 2 *", "28-02-29 32-02-29 36-02-29"),
    ("0 6 4 * 1", "27-01-04 27-01-11 27-01-18 27-01-25"),
    ("0 6 13 * 5", "27-01-01 27-01-08 27-01-13 27-01-15"),
    ("0 6 */10 * 1", "26-12-31 27-01-01 27-01-04 27-01-11"),
    ("0 6 20-31/5 * *", "26-12-30 27-01-20 27-01-25 27-01-30"),
    ("0 6 5/10 * *", "27-01-05 27-01-15 27-01-25 27-02-05"),
    ("0 6 * 1,3 1", "27-01-04 27-01-11 27-01-18 27-01-25 27-03-01 27-03-08"),
]
AWS = [
    ("cron(0 6 ? * 2 *)", "27-01-04 27-01-11 27-01-18"),
    ("cron(0 6 ? * 1 *)", "27-01-03 27-01-10 27-01-17"),
    ("cron(0 6 ? * MON-FRI *)", "26-12-30 26-12-31 27-01-01 27-01-04"),
    ("cron(0 6 * * ? *)", "26-12-30 26-12-31 27-01-01 27-01-02"),
    ("cron(0 6 ? * * *)", "26-12-30 26-12-31 27-01-01 27-01-02"),
    ("cron(0 6 L * ? *)", "26-12-31 27-01-31 27-02-28 27-03-31"),
    ("cron(0 6 ? * L *)", "27-01-02 27-01-09 27-01-16"),
    ("cron(0 6 ? * 6L *)", "27-01-29 27-02-26 27-03-26 27-04-30"),
    ("cron(0 6 ? * 3#2 *)", "27-01-12 27-02-09 27-03-09 27-04-13"),
    ("cron(0 6 ? * TUE#2 *)", "27-01-12 27-02-09 27-03-09 27-04-13"),
    ("cron(0 6 1W * ? *)", "27-01-01 27-02-01 27-03-01 27-04-01 27-05-03"),
    ("cron(0 6 3W * ? *)", "27-01-04 27-02-03 27-03-03 27-04-02"),
    ("cron(0 6 31W * ? *)", "26-12-31 27-01-29 27-03-31 27-05-31"),
    ("cron(0 6 1/10 * ? *)", "26-12-31 27-01-01 27-01-11 27-01-21 27-01-31"),
    ("cron(0 6 1 1/3 ? *)", "27-01-01 27-04-01 27-07-01 27-10-01"),
    ("cron(0 6 1 JAN,JUL ? 2028-2029)", "28-01-01 28-07-01 29-01-01 29-07-01"),
    ("cron(0 6 ? 1,3 2 *)", "27-01-04 27-01-11 27-01-18 27-01-25 27-03-01 27-03-08"),
    ("cron(0 6 ? * 2 2028-2029)", "28-01-03 28-01-10 28-01-17"),
    ("rate(1 day)", "26-12-30 26-12-31 27-01-01 27-01-02"),
    ("rate(24 hours)", "26-12-30 26-12-31 27-01-01 27-01-02"),
]
RRULES = [
    ("FREQ=WEEKLY;BYDAY=MO;BYHOUR=6;BYMINUTE=0", "27-01-04 27-01-11 27-01-18"),
    ("RRULE:FREQ=WEEKLY;BYDAY=MO;BYHOUR=6", "27-01-04 27-01-11 27-01-18"),
    ("FREQ=DAILY", "26-12-30 26-12-31 27-01-01 27-01-02"),
    ("FREQ=WEEKLY;BYDAY=MO;BYMONTH=1,3", "27-01-04 27-01-11 27-01-18 27-01-25 27-03-01 27-03-08"),
    ("FREQ=DAILY;BYMONTH=1,3;BYDAY=MO,TU;BYSETPOS=1", "27-01-04 27-01-05 27-01-11 27-01-12 27-01-18"),
    ("FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=9", "27-01-29 27-02-26 27-03-26 27-04-30"),
    ("FREQ=MONTHLY;BYMONTHDAY=-1", "26-12-31 27-01-31 27-02-28 27-03-31"),
    ("FREQ=MONTHLY;BYMONTHDAY=31", "26-12-31 27-01-31 27-03-31 27-05-31"),
    ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "26-12-31 27-01-29 27-02-26 27-03-31"),
    ("FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=1", "27-03-01 27-09-01 28-03-01 28-09-01"),
    ("FREQ=YEARLY;BYYEARDAY=-1", "26-12-31 27-12-31 28-12-31 29-12-31"),
    ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO", "27-01-04 28-01-03 29-01-01 29-12-31"),
    ("FREQ=WEEKLY;BYDAY=MO;UNTIL=20270111", "27-01-04 27-01-11"),
    ("FREQ=WEEKLY;BYDAY=MO;BYHOUR=6;UNTIL=20270111T055959", "27-01-04"),
    ("FREQ=WEEKLY;BYDAY=MO;BYHOUR=6;UNTIL=20270111T110000Z", "27-01-04 27-01-11"),
    ("FREQ=WEEKLY;BYDAY=MO;BYHOUR=6;UNTIL=20270111T105959Z", "27-01-04"),
    ("DTSTART:20261207T060000\nRRULE:FREQ=WEEKLY;INTERVAL=2", "27-01-04 27-01-18 27-02-01"),
    ("DTSTART:20261207T060000 RRULE:FREQ=WEEKLY;COUNT=6", "27-01-04 27-01-11"),
    ("DTSTART;VALUE=DATE:20261231\nRRULE:FREQ=MONTHLY", "26-12-31 27-01-31 27-03-31 27-05-31"),
    ("DTSTART;TZID=Europe/Berlin:20261207T030000\nRRULE:FREQ=WEEKLY", "27-01-03 27-01-10 27-01-17"),
    ("DTSTART:20261207T030000Z\nRRULE:FREQ=WEEKLY", "27-01-03 27-01-10 27-01-17"),
]


@pytest.mark.parametrize(("text", "expected"), [*WORDS, *CRON, *AWS, *RRULES])
def test_a_schedule_runs_on_these_days(text: str, expected: str) -> None:
    found = days(text, "2026-12-30", "2041-01-01")
    assert found[: len(expected)] == expected
    if "UNTIL" in text or "COUNT" in text or "202" in expected:
        assert found == expected


@pytest.mark.parametrize("text", [text for text, _ in [*WORDS, *CRON, *AWS, *RRULES]])
def test_case_and_blanks_make_no_difference(text: str) -> None:
    assert understand(text) == understand(text.upper()) == understand(text.lower())
    assert understand(text) == understand("  " + text.replace(" ", " \t ") + "\n")


NOT_UNDERSTOOD = [
    "", " ", "\x00", "weekly", "every", "every ", "every other Monday", "every full moon at 06:00", "daily at 06:00",
    "Every day, unless it rains", "every days", "every day at 24:00", "every day at 06:60", "every day at 6",
    "every day at 06:00 at 07:00", "every day at 06:00 or so", "every day at 6:00 pm", "every at 06:00 day",
    "every week", "every week on", "every week on Mon", "every week on Mondays", "every week on Monday Tuesday",
    "every week on Monday,", "every week on and Monday", "every month on the 0th", "every month on the 32nd",
    "every month on the 2th", "every month on the 1st, last day", "every month on the fifth Monday",
    "every month on the first day", "every quarter on the 1st", "every quarter on the 1st of its fourth month",
    "every quarter on the 1st of its first", "every year on February 30", "every year on April 31",
    "every year on 1 March", "every year on March 0", "every year on Smarch 1", "every 2 weeks",
    "every 0 days from 2026-12-01", "every -1 days from 2026-12-01", "every 2 weeks from 2026-02-30",
    "every 2 weeks from 1-1-2026", "every 2 months from 2026-12-01", "every 2 weeks on Monday from 2026-12-08",
    "every 2 days on Monday from 2026-12-07", "every 2 weeks at 06:00 from 2026-12-07 at 07:00",
    "every 2 weeks from 0001-01-01", "every 2 weeks from 9999-01-01", "every ٢ weeks from 2026-12-07",
    "0 6 * *", "0 6 * * * *", "60 6 * * *", "0 24 * * *", "0 6 0 * *", "0 6 32 * *", "0 6 * 13 *", "0 6 * * 8",
    "0 6 * * MONDAY", "0 6 MON * *", "0 6 * * 5-1", "0 6 * * FRI-SUN", "0 6 */0 * *", "0 6 ? * 1", "0 6 L * *",
    "0 6 * * 5L", "0 6 * * 5#2", "0 6 15W * *", "0 6 , * *", "0 6 1- * *", "0 6 1,,2 * *", "0 6 30 2 *", "@daily",
    "H 6 * * *", "0 6 5-5/2 * *", "0 6 * * 1-FRI", "٠ 6 * * *", "* * * * *", "*/30 * * * *", "0,30 0-12 * * *",
    "cron()", "cron(0 6 * * *)", "cron(0 6 ? * 2)", "cron(0 6 * * * *)", "cron(0 6 ? * ? *)", "cron(0 6 1 * 2 *)",
    "cron(0 6 ? * 0 *)", "cron(0 6 ? * 8 *)", "cron(0 6 32 * ? *)", "cron(0 6 LW * ? *)", "cron(0 6 1W,2W * ? *)",
    "cron(0 6 ? * 3#2,5#1 *)", "cron(0 6 ? * 3#6 *)", "cron(0 6 ? * 2 1969)", "cron(0 6 ? * 2 *", "cron(* * ? * 2 *)",
    "cron(0 6 ? * 2/0 *)", "cron(0 6 ? * FRI-MON *)", "cron(0 6 ? * 2 *) x", "rate(1 days)", "rate(2 day)",
    "rate(0 days)", "rate(7 days)", "rate(5 minutes)", "rate(5 hours)", "rate(1 week)", "rate(day)", "rate(1 day",
    "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=3", "FREQ=YEARLY;BYWEEKNO=20",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "FREQ=DAILY;COUNT=3", "FREQ=HOURLY", "FREQ=MINUTELY", "FREQ=SECONDLY",
    "FREQ=FORTNIGHTLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=", "FREQ=WEEKLY;BYDAY=XX", "FREQ=WEEKLY;BYDAY=1MO",
    "FREQ=WEEKLY;BYMONTHDAY=1", "FREQ=DAILY;BYYEARDAY=1", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "FREQ=DAILY;BYHOUR=24",
    "FREQ=DAILY;BYMONTH=13", "FREQ=MONTHLY;BYMONTHDAY=0", "FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=DAILY;BYSETPOS=1",
    "FREQ=DAILY;BYEASTER=0", "FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;", "FREQ=DAILY;COLOUR=RED", "BYDAY=MO;FREQ=WEEKLY",
    "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;UNTIL=20270230", "FREQ=DAILY;UNTIL=soon", "RRULE:", "RRULE", "DTSTART",
    "DTSTART:20261207T060000", "DTSTART:20261399\nRRULE:FREQ=DAILY", "DTSTART:99991231\nRRULE:FREQ=DAILY",
    "DTSTART:20261207\nRRULE:FREQ=DAILY;COUNT=3;UNTIL=20270101", "DTSTART;TZID=Mars/Olympus:20261207\nRRULE:FREQ=DAILY",
    "DTSTART:20261207\nDTSTART:20261208\nRRULE:FREQ=DAILY", "RRULE:FREQ=DAILY\nRRULE:FREQ=DAILY",
    "RRULE:FREQ=DAILY\nEXDATE:20261207", "DTSTART;TZID=Europe/Berlin:20261207T060000Z\nRRULE:FREQ=DAILY",
    "FREQ=DAILY;BYHOUR=0,1,2,3,4;BYMINUTE=0,10,20,30,40", "FREQ=DAILY;INTERVAL=" + "9" * 900,
    "0 6 * * " + "1," * 500 + "1", "every week on " + "Monday, " * 200 + "Tuesday", "9" * 5000, "every " * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("text", NOT_UNDERSTOOD, ids=range(len(NOT_UNDERSTOOD)))
def test_what_is_not_exactly_one_of_the_forms_is_not_understood(text: str) -> None:
    assert understand(text) is None


FRAGMENTS = """
every day weekday week month quarter year on the of its first last Monday and , at 06:00 from 2026-12-07 1st 31st
2 weeks February 29 0 * */2 1-5 MON SUN 7 ? L 15W 6L 3#2 cron( rate( ) RRULE: FREQ=MONTHLY FREQ=DAILY ;BYDAY=MO
;BYMONTHDAY=-1 ;BYSETPOS=9 ;COUNT=3 ;INTERVAL=2 ;UNTIL=20270101T000000Z DTSTART:20261207T060000Z ; = :
"""
PIECES = st.lists(st.sampled_from(FRAGMENTS.split()))


@given(st.one_of(st.text(), PIECES.map(" ".join), PIECES.map("".join)))
def test_no_text_makes_it_fail_or_run_often(text: str) -> None:
    recurrence = understand(text)
    if recurrence is not None:
        found = occurrences(recurrence, date(2026, 12, 1), date(2027, 12, 31), NEW_YORK)
        assert list(found) == sorted(found)
        # Where the clocks skip an hour, its run is at the time of the next one.
        assert max(Counter(one.date for one in found).values(), default=0) <= MOST_RUNS


@pytest.mark.parametrize("text", [
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=9",
    "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6", "FREQ=DAILY;BYHOUR=1,2;BYSETPOS=3",
    "DTSTART:19000101\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "cron(0 6 31 2 ? *)", "cron(0 6 ? * 2 1970)",
])  # fmt: skip
def test_what_never_runs_is_understood_and_has_no_runs(text: str) -> None:
    assert days(text, "2026-12-01", "2029-02-08") == ""


CHANGES = [
    # zone, time, the day of the change, and when a run on that day is (gap: shift)
    ("America/New_York", "02:30", "2027-03-14", "03:30"),
    ("America/New_York", "01:59", "2027-03-14", "01:59"),
    ("America/New_York", "03:00", "2027-03-14", "03:00"),
    ("America/New_York", "01:30", "2027-11-07", "01:30"),
    ("Europe/Berlin", "02:00", "2027-03-28", "03:00"),
    ("Europe/Berlin", "02:30", "2027-10-31", "02:30"),
    ("Australia/Lord_Howe", "02:15", "2027-10-03", "02:45"),
    ("Australia/Lord_Howe", "02:30", "2027-10-03", "02:30"),
    ("Australia/Lord_Howe", "01:45", "2027-04-04", "01:45"),
    ("Africa/Cairo", "00:00", "2027-04-30", "01:00"),
]


@pytest.mark.parametrize(("zone", "at", "day", "shown"), CHANGES)
def test_a_run_in_a_skipped_hour_is_later_or_left_out(zone: str, at: str, day: str, shown: str) -> None:
    hour, minute = at.split(":")
    for text in (
        f"every day at {at}",
        f"{int(minute)} {int(hour)} * * *",
        f"FREQ=DAILY;BYHOUR={hour};BYMINUTE={minute}",
    ):
        before = str(date.fromisoformat(day) - timedelta(days=1))
        settings = CalendarSettings(zone=zone)
        assert runs(text, before, day, settings) == [f"{before} {at}", f"{day} {shown}"]
        left = [f"{before} {at}"] if shown != at else [f"{before} {at}", f"{day} {shown}"]
        assert runs(text, before, day, settings._replace(gap="skip")) == left


def test_a_run_may_be_moved_past_midnight() -> None:
    nuuk = CalendarSettings(zone="America/Nuuk")  # its clocks go forward at 23:00 on Saturday
    assert runs("every day at 23:30", "2027-03-27", "2027-03-28", nuuk) == ["2027-03-28 00:30", "2027-03-28 23:30"]
    assert runs("every day at 23:30", "2027-03-27", "2027-03-27", nuuk) == []
    assert runs("every day at 23:30", "2027-03-28", "2027-03-28", nuuk) == ["2027-03-28 00:30", "2027-03-28 23:30"]


def test_two_runs_at_one_moment_are_one() -> None:
    assert runs("30 2,3 * * *", "2027-03-14", "2027-03-14") == ["2027-03-14 03:30"]


def test_a_schedule_may_tell_utc() -> None:
    utc = NEW_YORK._replace(clock="utc")
    assert runs("every week on Monday at 02:30", "2027-03-01", "2027-03-15", utc) == [
        "2027-03-07 21:30", "2027-03-14 22:30",
    ]  # fmt: skip
    assert runs("every week on Monday at 02:30", "2027-03-01", "2027-03-15") == [
        "2027-03-01 02:30", "2027-03-08 02:30", "2027-03-15 02:30",
    ]  # fmt: skip
    # UTC skips and repeats no hour: both runs of the repeated hour in New York are runs.
    assert runs("30 5,6 * * *", "2027-11-07", "2027-11-07", utc) == ["2027-11-07 01:30"] * 2


def test_a_run_on_the_31st_may_be_on_the_last_day() -> None:
    clipped = NEW_YORK._replace(short="clip")
    assert days("every month on the 31st", "2027-01-01", "2027-05-31", clipped) == "27-01-31 27-02-28 27-03-31 " \
        "27-04-30 27-05-31"  # fmt: skip
    assert days("every month on the 30th, 31st", "2027-02-01", "2027-04-30", clipped) == "27-02-28 27-03-30 27-03-31 " \
        "27-04-30"  # fmt: skip
    assert days("every year on February 29", "2027-01-01", "2028-12-31", clipped) == "27-02-28 28-02-29"
    assert days("every quarter on the 31st of its last month", "2027-01-01", "2027-12-31", clipped) == "27-03-31 " \
        "27-06-30 27-09-30 27-12-31"  # fmt: skip


@pytest.mark.parametrize("text", ["0 6 31 * *", "FREQ=MONTHLY;BYMONTHDAY=31;BYHOUR=6", "cron(0 6 31 * ? *)"])
def test_languages_that_define_short_months_are_not_guessed_at(text: str) -> None:
    clipped = NEW_YORK._replace(short="clip")
    assert days(text, "2027-01-01", "2027-05-31", clipped) == "27-01-31 27-03-31 27-05-31"


def test_several_runs_of_a_day_are_several_occurrences() -> None:
    assert runs("0 6,18 * * 1", "2027-01-04", "2027-01-10") == ["2027-01-04 06:00", "2027-01-04 18:00"]


def test_an_occurrence_is_a_date_and_a_time() -> None:
    recurrence = understand("every day at 06:00")
    assert recurrence is not None
    assert occurrences(recurrence, date(2027, 1, 1), date(2027, 1, 1), NEW_YORK) == ((date(2027, 1, 1), time(6)),)
    assert occurrences(recurrence, date(2027, 1, 2), date(2027, 1, 1), NEW_YORK) == ()


@pytest.mark.parametrize("text", [text for text, _ in [*WORDS, *CRON, *AWS, *RRULES]])
def test_the_runs_of_a_range_are_those_of_its_parts(text: str) -> None:
    """What a schedule does on a day depends on no other day that is asked for."""
    whole = runs(text, "2027-02-25", "2027-05-05")
    parts = [("2027-02-25", "2027-02-28"), ("2027-03-01", "2027-03-13"), ("2027-03-14", "2027-05-05")]
    assert [run for first, last in parts for run in runs(text, first, last)] == whole


@pytest.mark.parametrize(("first", "last"), [("0001-01-01", "0001-01-09"), ("9999-12-20", "9999-12-31")])
@pytest.mark.parametrize("text", ["every day at 06:00", "0 6 * * *", "cron(0 6 * * ? *)", "FREQ=DAILY;BYHOUR=6"])
def test_the_ends_of_the_calendar_are_reached(text: str, first: str, last: str) -> None:
    utc = CalendarSettings()
    assert len(runs(text, first, last, utc)) == (date.fromisoformat(last) - date.fromisoformat(first)).days + 1


@pytest.mark.parametrize(("run", "lead", "expected"), [
    ("2027-01-04", 0, "2027-01-04"), ("2027-01-04", 1, "2027-01-01"), ("2027-01-04", 3, "2026-12-30"),
    ("2027-01-08", 4, "2027-01-04"), ("2027-01-08", 5, "2027-01-01"), ("2027-01-02", 0, "2027-01-02"),
    ("2027-01-02", 1, "2027-01-01"), ("2027-01-03", 1, "2027-01-01"), ("2027-01-03", 2, "2026-12-31"),
    ("2027-01-03", 6, "2026-12-25"), ("2027-01-04", 10**12, "0001-01-01"),
])  # fmt: skip
def test_a_run_is_prepared_on_a_working_day(run: str, lead: int, expected: str) -> None:
    assert str(prepared_on(date.fromisoformat(run), lead)) == expected


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(0, 400))
def test_a_lead_counts_working_days(run: date, lead: int) -> None:
    day = run
    for _ in range(lead):
        day -= timedelta(days=1)
        while day.weekday() > 4:
            day -= timedelta(days=1)
    assert prepared_on(run, lead) == day
