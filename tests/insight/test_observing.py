"""What past runs say about the readings of dates."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rhythmconf.insight.forecast.observing import Observation, PastRun, observe
from rhythmconf.insight.windows import Step, read_setup
from rhythmconf.insight.windows.bounds import windows
from rhythmconf.model import Key
from rhythmconf.settings.calendar import CalendarSettings
from tests.support.calendars import bound, template
from tests.support.members import CATALOG, make_bodies

FIRST = date(2026, 8, 31)
"""A Monday."""
DEFAULTS = CalendarSettings()
OTHERS: dict[str, Any] = {
    "order": "offset-first",
    "week": "sunday",
    "bounds": "end-open",
    "reference": "prepared",
    "months": "roll",
}


def steps(start: Any, end: Any) -> tuple[Step, ...]:
    options = {"program_restriction": "none", "expiration_date_range_start": start, "expiration_date_range_end": end}
    bodies = make_bodies([template("d", perform_drops=True, drop_options=options)])
    return read_setup(bodies, CATALOG, DEFAULTS).steps[Key("certifications/billingTemplate", "d")]


def make_run(day: date, made: tuple[Step, ...], reading: CalendarSettings, lead: int = 3) -> PastRun:
    """Return a run of a tenant with this reading that took everybody who expires in its window."""
    prepared = day - timedelta(lead)
    reference = day if reading.reference == "run" else prepared
    [first], [last] = windows(made[0], (reference.toordinal(),), reading)
    taken = tuple(date.fromordinal(day) for day in range(first, last + 1))
    return PastRun("d", day, prepared, made, {"certifications": taken})


def observed(found: Observation) -> dict[str, str]:
    return {each.setting: each.observed for each in found.findings if each.observed}


WEEK = steps(bound("on", anchor="the beginning of the week"), bound("on", anchor="the end of the week"))
DAYS = steps(bound("before", 10), bound("before", 4))


@pytest.mark.parametrize("setting", ["week", "reference"])
@pytest.mark.parametrize("other", [False, True])
def test_runs_prove_a_setting(setting: str, other: bool) -> None:
    reading = DEFAULTS._replace(**{setting: OTHERS[setting]}) if other else DEFAULTS
    made = WEEK if setting == "week" else DAYS
    runs = [make_run(FIRST + timedelta(7 * week), made, reading) for week in range(3)]
    found = observe(runs, DEFAULTS)
    assert observed(found)[setting] == getattr(reading, setting)
    assert found.runs == 3


def test_both_ends_count_if_somebody_on_the_last_day_was_taken() -> None:
    assert observed(observe([make_run(FIRST, DAYS, DEFAULTS, lead=0)], DEFAULTS))["bounds"] == "closed"
    # A run that leaves the last day out may have found nobody there: that proves nothing.
    found = observe([make_run(FIRST, DAYS, DEFAULTS._replace(bounds="end-open"), lead=0)], DEFAULTS)
    assert "bounds" not in observed(found)


@settings(max_examples=40)
@given(
    st.fixed_dictionaries({name: st.booleans() for name in OTHERS}),
    st.lists(st.tuples(st.integers(0, 200), st.sampled_from([WEEK, DAYS])), max_size=4),
)
def test_the_reading_of_the_tenant_always_fits(
    others: dict[str, bool], days: list[tuple[int, tuple[Step, ...]]]
) -> None:
    reading = DEFAULTS._replace(**{name: OTHERS[name] for name, other in others.items() if other})
    found = observe([make_run(FIRST + timedelta(day), made, reading) for day, made in days], DEFAULTS)
    assert found.misfit is None
    assert all(getattr(reading, each.setting) in each.fits for each in found.findings)


def test_runs_that_no_reading_fits_prove_nothing() -> None:
    good = make_run(FIRST, DAYS, DEFAULTS)
    odd = good._replace(day=FIRST + timedelta(7), taken={"certifications": (date(2020, 1, 1),)})
    found = observe([odd, good], DEFAULTS)
    assert found.misfit == odd
    assert {each.fits for each in found.findings} == {()}


def test_runs_without_people_or_options_are_skipped() -> None:
    run = make_run(FIRST, DAYS, DEFAULTS)
    found = observe([run._replace(taken={}), run._replace(steps=())], DEFAULTS)
    assert (found.runs, found.people, found.skipped, observed(found)) == (0, 0, 2, {})


def test_a_day_of_preparation_that_nobody_knows_refutes_nothing() -> None:
    found = observe([make_run(FIRST, DAYS, DEFAULTS)._replace(prepared=None)], DEFAULTS)
    assert "reference" not in observed(found)


def test_a_date_beside_a_step_without_a_window_says_nothing() -> None:
    run = make_run(FIRST, DAYS, DEFAULTS)
    free = run.steps[0]._replace(start=None, end=None)
    assert observe([run._replace(steps=(*run.steps, free))], DEFAULTS).skipped == 1
