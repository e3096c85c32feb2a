"""A calendar as JSON: the documented members, and the same calendar when it is read back."""

from __future__ import annotations

import json
from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rhythmconf.insight.windows import (
    Backlog,
    Bound,
    Calendar,
    Changeover,
    Coverage,
    Guess,
    Reading,
    Restriction,
    Run,
    RunsReading,
    RunStep,
    ScheduleCalendar,
    Step,
    StepCalendar,
    Unknown,
    Window,
    from_json,
    to_json,
)
from rhythmconf.model import Body, Key

KINDS = ("certifications/billingTemplate", "membership/billingTemplate")
DATES = st.dates(date(2020, 1, 1), date(2030, 12, 31))
TEXTS = st.text("ab #1", min_size=1, max_size=4)
TEMPLATES = st.builds(Key, st.sampled_from(KINDS), st.sampled_from(("a", "b")))
SCHEDULES = st.builds(Key, st.just("certifications/recurringBillingRun"), st.sampled_from(("a", "b", "c")))
WINDOWS = st.builds(Window, DATES, DATES)
RANGES = st.lists(st.tuples(DATES, DATES), max_size=2).map(tuple)
COUNTS = st.integers(0, 800)
COVERAGE = st.builds(Coverage, COUNTS, COUNTS, COUNTS, COUNTS, RANGES)
BOUNDS = st.builds(Bound, st.just("after"), st.just("the reference date"), st.integers(0, 99), st.just("days"))
PROGRAMS = st.builds(
    Restriction, st.sampled_from(("none", "include", "exclude")), st.frozensets(st.builds(Key, st.just("a/b"), TEXTS))
)
STEPS = st.builds(
    Step,
    template=TEMPLATES,
    option=st.just("drop_options"),
    pointer=st.just("/drop_options"),
    name=st.none() | TEXTS,
    does=st.just("drop"),
    takes=st.just("certifications"),
    start=st.none() | BOUNDS,
    end=st.none() | BOUNDS,
    unclear=TEXTS,
    programs=PROGRAMS,
    marks=st.just(()),
)
READINGS = st.builds(Reading, TEXTS, TEXTS, TEXTS, DATES, WINDOWS, WINDOWS, st.none() | COVERAGE)
STEP_CALENDARS = st.builds(
    StepCalendar,
    STEPS,
    st.none() | COVERAGE,
    st.lists(READINGS, max_size=2).map(tuple),
    st.none() | st.builds(Changeover, DATES, DATES, COUNTS, RANGES, COUNTS, RANGES),
    st.none() | st.builds(Backlog, DATES, COUNTS, RANGES),
    st.none() | TEXTS,
)
MOVED_RUNS = st.builds(
    RunsReading, TEXTS, TEXTS, TEXTS, COUNTS, st.lists(DATES, max_size=2).map(tuple), st.lists(DATES).map(tuple)
)
SCHEDULE_CALENDARS = st.builds(
    ScheduleCalendar, SCHEDULES, TEMPLATES, TEXTS, st.booleans(), st.lists(MOVED_RUNS, max_size=1).map(tuple)
)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Draw a calendar whose runs are of its schedules and templates."""
    schedules = draw(st.lists(SCHEDULE_CALENDARS, max_size=3, unique_by=lambda each: each.key))
    runs = [
        Run(draw(DATES), time(6, 30), each.key, each.template, draw(DATES), draw(st.lists(RUN_STEPS).map(tuple)))
        for each in schedules
    ]
    return Calendar(
        as_of=draw(DATES),
        zone="America/New_York",
        days=draw(COUNTS),
        guesses=(Guess("G1", "order", "anchor-first", "The anchor is found first.", "default"),),
        runs=tuple(runs),
        steps=tuple(draw(st.lists(STEP_CALENDARS, max_size=3))),
        schedules=tuple(schedules),
        unknown=(Unknown("billingTemplate/a drop_options", "window"),),
    )


RUN_STEPS = st.builds(RunStep, TEXTS, st.none() | TEXTS, st.none() | WINDOWS)


@settings(max_examples=20)
@given(calendars())
def test_a_calendar_is_the_same_after_it_was_written_and_read(calendar: Calendar) -> None:
    assert from_json(json.loads(json.dumps(to_json(calendar)))) == calendar


def test_a_key_stands_alone_unless_two_kinds_have_it() -> None:
    schedule = Key("certifications/recurringBillingRun", "a")
    one, other = (Key(kind, "a") for kind in KINDS)

    def names(*templates: Key) -> list[object]:
        calendars = tuple(ScheduleCalendar(schedule, template, "", understood=False) for template in templates)
        value = to_json(Calendar(date(2027, 1, 1), "UTC", 1, schedules=calendars))["schedules"]
        assert isinstance(value, list)
        return [(each["schedule"], each["template"]) for each in value if isinstance(each, dict)]

    assert names(one) == [("a", "a")]
    assert names(one, other) == [("a", str(one)), ("a", str(other))]


@pytest.mark.parametrize("value", [{}, {"as_of": "2027-01-01"}, {"as_of": 1}, {"schedules": [{}]}])
def test_anything_else_is_no_calendar(value: Body) -> None:
    with pytest.raises(ValueError, match="calendar"):
        from_json(value)
