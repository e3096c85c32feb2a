"""Windows, coverage and changes agree with a computation that walks from day to day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from rhythmconf.insight.windows import (
    Bound,
    Coverage,
    Schedule,
    Setup,
    Step,
    coverage,
    make_calendar,
)
from rhythmconf.insight.windows.schedules import understand
from rhythmconf.insight.windows.values import Position, Ranges, Unit
from rhythmconf.model import Key
from rhythmconf.settings import CalendarSettings
from tests.support.naive_calendar import CADENCES, DAY, Cadence, find_prepared, find_runs, find_window

TEMPLATE = Key("certifications/billingTemplate", "t")
SPAN = timedelta(4 * 366)
"""No window of these tests is further from its run."""
MOST = {"days": 400, "weeks": 60, "months": 30, "years": 2}
ANCHORS = ["the reference date"] * 4 + [
    f"the {edge} of the {period}" for edge in ("beginning", "end") for period in ("week", "month", "quarter", "year")
]
STARTS = [date(2027, 2, 20), date(2028, 2, 25), date(2026, 12, 1), date(2027, 10, 25)]
"""Days before a change of clocks, a leap day, the end of a year."""


class Line(NamedTuple):
    """A schedule with its lead time."""

    cadence: Cadence
    lead: int


@st.composite
def bounds(draw: st.DrawFn) -> Bound:
    position, unit = draw(st.sampled_from(get_args(Position))), draw(st.sampled_from(get_args(Unit)))
    if position == "on":
        return Bound("on", draw(st.sampled_from(ANCHORS)), 0, "days")
    return Bound(position, draw(st.sampled_from(ANCHORS)), draw(st.integers(0, MOST[unit])), unit)


WINDOWS = st.tuples(bounds(), bounds())
LINES = st.lists(st.builds(Line, st.sampled_from(CADENCES), st.integers(0, 12)), min_size=1, max_size=2)
SETTINGS = st.builds(
    CalendarSettings,
    order=st.sampled_from(("anchor-first", "offset-first")),
    week=st.sampled_from(("monday", "sunday")),
    bounds=st.sampled_from(("closed", "end-open")),
    reference=st.sampled_from(("run", "prepared")),
    zone=st.sampled_from(("UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo")),
    clock=st.sampled_from(("local", "utc")),
    months=st.sampled_from(("clip", "roll")),
    gap=st.sampled_from(("shift", "skip")),
)


def make_step(window: tuple[Bound, Bound], **members: Any) -> Step:
    return Step(TEMPLATE, "drop_options", "/drop_options", None, "drop", "certifications", *window, **members)


def make_schedules(lines: Sequence[Line]) -> tuple[Schedule, ...]:
    schedules = [
        Schedule(
            Key("certifications/recurringBillingRun", str(number)),
            TEMPLATE,
            cadence.text,
            understand(cadence.text),
            lead,
        )
        for number, (cadence, lead) in enumerate(lines)
    ]
    assert all(schedule.recurrence for schedule in schedules)
    return tuple(schedules)


def make_setup(window: tuple[Bound, Bound], lines: Sequence[Line]) -> Setup:
    return Setup({TEMPLATE: (make_step(window),)}, make_schedules(lines))


def walk(
    window: tuple[Bound, Bound], lines: Sequence[Line], first: date, last: date, chosen: CalendarSettings
) -> list[tuple[date, date, date]]:
    """Return run, first and last day of each window that could hold a day from `first` to `last`."""
    return sorted(
        (run, *find_window(*window, run, lead, chosen))
        for cadence, lead in lines
        for run in find_runs(cadence, first - SPAN, last + SPAN, chosen)
    )


def count(windows: Sequence[tuple[date, date, date]], first: date, last: date) -> dict[date, int]:
    """Compare each day with each window."""
    near = [(start, end) for _, start, end in windows if start <= last and end >= first]
    days = [first + number * DAY for number in range((last - first).days + 1)]
    return {day: sum(start <= day <= end for start, end in near) for day in days}


def spread(ranges: Ranges) -> list[date]:
    return [first + number * DAY for first, last in ranges for number in range((last - first).days + 1)]


def check_coverage(window: tuple[Bound, Bound], lines: Sequence[Line], first: date, chosen: CalendarSettings) -> None:
    last = first + 90 * DAY
    counts = count(walk(window, lines, first, last, chosen), first, last)
    found = coverage(make_step(window), make_schedules(lines), first, last, chosen)
    assert found is not None
    never = [day for day, number in counts.items() if number == 0]
    assert spread(found.never_on) == never
    assert (
        found[:4]
        == Coverage(
            len(never),
            sum(number == 1 for number in counts.values()),
            sum(number > 1 for number in counts.values()),
            max(counts.values()),
        )[:4]
    )


def check_runs(window: tuple[Bound, Bound], lines: Sequence[Line], first: date, chosen: CalendarSettings) -> None:
    """The runs of a calendar and their windows, and the first run that each reading moves."""
    calendar = make_calendar(make_setup(window, lines), None, first=first, days=60, settings=chosen)
    last = first + 59 * DAY
    expected = sorted(
        (run, find_prepared(run, lead), *find_window(*window, run, lead, chosen))
        for cadence, lead in lines
        for run in find_runs(cadence, first, last, chosen)
    )
    found = [(run.day, run.prepared_on, *(run.steps[0].window or ())) for run in calendar.runs]
    assert sorted(found) == expected
    readings = {reading.setting: reading for reading in calendar.steps[0].readings}
    for setting, value in others(chosen).items():
        changed_setting: dict[str, Any] = {setting: value}
        other = chosen._replace(**changed_setting)
        moved = [
            (run, base, changed)
            for cadence, lead in lines
            for run in find_runs(cadence, first, last, chosen)
            for base, changed in [(find_window(*window, run, lead, chosen), find_window(*window, run, lead, other))]
            if base != changed
        ]
        assert (setting in readings) == bool(moved)
        if moved:
            reading = readings[setting]
            assert (reading.run, reading.base, reading.window) == min(moved)


def others(chosen: CalendarSettings) -> Mapping[str, str]:
    values = {
        "order": ("anchor-first", "offset-first"),
        "week": ("monday", "sunday"),
        "bounds": ("closed", "end-open"),
        "reference": ("run", "prepared"),
        "months": ("clip", "roll"),
    }
    return {name: next(value for value in pair if value != getattr(chosen, name)) for name, pair in values.items()}


def check_change(
    new: tuple[tuple[Bound, Bound], Sequence[Line]],
    old: tuple[tuple[Bound, Bound], Sequence[Line]],
    change: date,
    chosen: CalendarSettings,
) -> None:
    calendar = make_calendar(make_setup(*new), make_setup(*old), first=change, days=60, settings=chosen)
    [step] = calendar.steps
    assert step.changeover is not None
    # Dates far from the change are as in a steady state, so three years on both sides are enough.
    first, last = change - SPAN * 3 // 4, change + SPAN * 3 // 4
    after, before = walk(*new, first, last, chosen), walk(*old, first, last, chosen)
    mixed = [each for each in before if each[0] < change] + [each for each in after if each[0] >= change]
    now, will, was = (count(each, first, last) for each in (mixed, after, before))
    assert spread(step.changeover.never_on) == [day for day in now if not now[day] and will[day] and was[day]]
    assert spread(step.changeover.twice_on) == [day for day in now if now[day] > max(will[day], was[day])]
    runs = [each for each in after if change <= each[0] < change + 60 * DAY]
    if not runs:
        assert step.backlog is None
        return
    assert step.backlog is not None
    run, start, end = min(runs)
    usual = count([each for each in after if each[0] < change], start, max(start, end)) if start <= end else {}
    taken = count([each for each in before if each[0] < change], start, max(start, end)) if start <= end else {}
    assert step.backlog.run == run
    assert spread(step.backlog.dates) == [day for day in usual if usual[day] and not taken[day]]


CHANGED = st.tuples(WINDOWS, LINES)
ANY_DAY = st.dates(date(2020, 1, 1), date(2040, 1, 1))


def test_coverage_and_runs_are_those_of_comparing_each_date_with_each_run(full: bool) -> None:
    @settings(max_examples=10_000 if full else 25)
    @given(WINDOWS, LINES, ANY_DAY if full else st.sampled_from(STARTS), SETTINGS)
    def compare(window: tuple[Bound, Bound], lines: list[Line], first: date, chosen: CalendarSettings) -> None:
        check_coverage(window, lines, first, chosen)
        check_runs(window, lines, first, chosen)

    compare()


def test_a_change_is_that_of_comparing_each_date_with_old_and_new_runs(full: bool) -> None:
    @settings(max_examples=1_000 if full else 15)
    @given(CHANGED, CHANGED, ANY_DAY if full else st.sampled_from(STARTS), SETTINGS)
    def compare(
        new: tuple[tuple[Bound, Bound], list[Line]],
        old: tuple[tuple[Bound, Bound], list[Line]],
        change: date,
        chosen: CalendarSettings,
    ) -> None:
        check_change(new, old, change, chosen)

    compare()
