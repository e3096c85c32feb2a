"""The calendar as iCalendar holds to RFC 5545, and tells the right times by its own time zones."""

from __future__ import annotations

import io
import re
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from dateutil.tz import tzical
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar.parser import Contentline

from rhythmconf.insight.windows.outlook import Outlook
from rhythmconf.report.subjects.calendar import events as calendar_events
from rhythmconf.settings.calendar import CalendarSettings
from tests.support.calendars import NEW_YORK, drops, outlook, reminders, schedule, weekly
from tests.support.payloads import PAYLOADS

ONCE = {"VCALENDAR": ("PRODID", "VERSION"), "VEVENT": ("UID", "DTSTAMP", "DTSTART"), "VTIMEZONE": ("TZID",)}
"""Properties that a component has exactly once."""


def ics(value: Outlook) -> str:
    """Return the whole calendar."""
    return "".join(calendar_events.ics(value))


def components(text: str) -> list[tuple[str, list[str]]]:
    """Return each component with its own lines, unfolded. Nothing is read by the library that wrote them."""
    lines = re.sub(r"\r\n[ \t]", "", text).split("\r\n")
    assert lines.pop() == ""
    done: list[tuple[str, list[str]]] = []
    open_ones: list[tuple[str, list[str]]] = []
    for line in lines:
        name, _, value = line.partition(":")
        if name == "BEGIN":
            open_ones.append((value, []))
        elif name == "END":
            assert open_ones[-1][0] == value
            done.append(open_ones.pop())
        else:
            assert re.fullmatch(r"[A-Z-]+(;[A-Z-]+=[^;:]+)*:.*", line), line
            open_ones[-1][1].append(line)
    assert not open_ones
    return done


def check(text: str) -> None:
    """Check what RFC 5545 demands and what clients refuse without."""
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    found = components(text)
    names = [name for name, _ in found]
    assert names.count("VCALENDAR") == 1
    assert len(names) > 1, "a calendar has at least one component"
    zones = {line.partition(":")[2] for name, lines in found if name == "VTIMEZONE" for line in lines if "TZID" in line}
    for name, lines in found:
        properties = [re.split("[;:]", line)[0] for line in lines]
        assert all(properties.count(one) == 1 for one in ONCE.get(name, ())), (name, properties)
        if name in ("STANDARD", "DAYLIGHT"):
            assert {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"} <= {*properties}
        if name == "VEVENT":
            [stamp] = [line for line in lines if line.startswith("DTSTAMP")]
            assert re.fullmatch(r"DTSTAMP:\d{8}T\d{6}Z", stamp)
            [start] = [line for line in lines if line.startswith("DTSTART")]
            match = re.fullmatch(r"DTSTART;TZID=([^:]+):\d{8}T\d{6}|DTSTART:\d{8}T\d{6}Z", start)
            assert match
            assert match[1] is None or match[1] in zones
    uids = [line for name, lines in found if name == "VEVENT" for line in lines if line.startswith("UID")]
    assert len({*uids}) == len(uids)


def events(text: str) -> list[Any]:
    """Return the events that the library reads."""
    return list(icalendar.Calendar.from_ical(text).walk("VEVENT"))


@pytest.mark.parametrize(
    "value",
    [
        weekly(),
        outlook(),
        outlook(settings=CalendarSettings()),
        outlook(drops("d", -88, -61), schedule("d"), settings=CalendarSettings()),
        outlook(reminders("r", ("60", 60, 66)), schedule("r", "not understood")),
        outlook(reminders("r", ("60", 60, 66)), schedule("r", "every day at 06:00"), days=800),
    ],
    ids=["weekly", "nothing", "nothing in UTC", "in UTC", "no runs", "daily"],
)
def test_the_file_holds_to_the_standard(value: Outlook) -> None:
    text = ics(value)
    check(text)
    assert len(events(text)) == len(value.calendar.runs)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_of_a_file_can_add_a_line(payload: str) -> None:
    value = outlook(reminders("r", (payload, 60, 66)), schedule("r", name=payload), days=20)
    check(ics(value))
    assert len(events(ics(value))) == 2


@given(st.text(st.sampled_from("ab, ;\\^\u00e9\u20ac")))
@example("a" * 73 + "\\" + "n" * 80)
@example("\\" * 200)
def test_a_line_is_broken_as_the_library_breaks_it(line: str) -> None:
    contentline: Any = Contentline  # the library has no types for it
    for repeated in (line, line * 20):
        assert calendar_events.fold(repeated) == contentline(repeated).to_ical().decode()


def test_an_event_says_what_the_run_does() -> None:
    first = events(ics(weekly()))[0]
    renewals = next(one for one in events(ics(weekly())) if "renewals" in str(one["summary"]))
    assert str(first["summary"]) == "Runs of drops: drop 10 Sep-7 Oct"
    assert str(renewals["summary"]) == (
        "Runs of renewals: 90 days 7 Mar-13 Mar 2027, 60 days 6 Feb-11 Feb 2027, 30 days 6 Jan-14 Jan 2027"
    )
    described = str(renewals["description"]).splitlines()
    assert described[0] == (
        "90 days, reminder to people whose certification expires in its window: 7 Mar-13 Mar 2027 (7 days)"
    )
    assert "Prepared on Fri 4 Dec 2026. Until the run, staff can look at the list in Rhythm." in described


def test_an_event_keeps_its_identifier_when_windows_and_times_change() -> None:
    before = outlook(reminders("r", ("60", 60, 66)), schedule("r"))
    after = outlook(reminders("r", ("60", 61, 67)), schedule("r", "every week on Monday at 09:00"))
    assert uids(before) == uids(after)
    assert ics(before) == ics(outlook(reminders("r", ("60", 60, 66)), schedule("r")))
    other = [before._replace(environment="sandbox"), before._replace(project="other")]
    assert not {*uids(before)} & {uid for each in other for uid in uids(each)}
    shorter = outlook(reminders("r", ("60", 60, 66)), schedule("r"), first=date(2026, 12, 8), days=7)
    assert {*uids(shorter)} < {*uids(before)}


def uids(value: Outlook) -> list[str]:
    """Return the identifiers of all events."""
    return [str(one["uid"]) for one in events(ics(value))]


def test_two_runs_a_day_are_two_events() -> None:
    value = outlook(reminders("r", ("60", 60, 66)), schedule("r", "0 6,18 * * *"), days=3)
    assert [one["dtstart"].dt.hour for one in events(ics(value))] == [6, 18] * 3
    check(ics(value))


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("America/New_York", date(2027, 3, 1)),
        ("America/New_York", date(2026, 10, 20)),
        ("Europe/Berlin", date(2027, 3, 15)),
        ("Australia/Lord_Howe", date(2027, 3, 20)),
        ("Asia/Kolkata", date(2027, 3, 1)),
    ],
)
def test_the_zone_in_the_file_tells_the_same_times(zone: str, first: date) -> None:
    settings = NEW_YORK._replace(zone=zone)
    value = outlook(
        reminders("r", ("60", 60, 66)), schedule("r", "every day at 06:00"), settings=settings, first=first, days=40
    )
    text = ics(value)
    [file_zone] = [tzical(io.StringIO(text)).get(zone)]
    for run in value.calendar.runs:
        told = datetime.combine(run.day, run.at, file_zone).utcoffset()
        assert told == datetime.combine(run.day, run.at, ZoneInfo(zone)).utcoffset(), run.day
