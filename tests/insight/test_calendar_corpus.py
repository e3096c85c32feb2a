"""The calendar of each case: runs, windows, coverage, readings and changes as an independent computation has them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest

from rhythmconf.insight.windows import (
    Calendar,
    Coverage,
    Schedule,
    Setup,
    Step,
    StepCalendar,
    coverage,
    make_calendar,
    read_setup,
    schedules_of,
)
from rhythmconf.insight.windows.changes import Side, count_mixed, pair_steps
from rhythmconf.insight.windows.counting import find_ranges
from rhythmconf.insight.windows.readings import deviations
from rhythmconf.insight.windows.values import Ranges
from rhythmconf.settings import CalendarSettings
from tests.support.members import CASES, CATALOG, Case, find_expiry, make_bodies

SHOWN = 63
"""Days of each case whose windows are written down."""


class Made(NamedTuple):
    """What is computed for a case."""

    expect: dict[str, Any]
    after: Setup
    before: Setup | None
    calendar: Calendar
    settings: CalendarSettings
    first: date
    expiry: tuple[date, date]


def make(case: Case) -> Made:
    settings, first = CalendarSettings(zone=case["zone"]), date.fromisoformat(case["as_of"])
    after = read_setup(make_bodies(case["documents"]), CATALOG, settings)
    before = read_setup(make_bodies(case["before"]), CATALOG, settings) if "before" in case else None
    calendar = make_calendar(after, before, first=first, days=case["days"], settings=settings)
    return Made(case["expect"], after, before, calendar, settings, first, find_expiry(case))


@pytest.fixture(params=CASES)
def made(request: pytest.FixtureRequest) -> Made:
    return make(CASES[request.param])


def name(step: Step) -> str:
    return "/".join(filter(None, (step.template.name, step.option, step.name)))


def schedules(made: Made, step: Step) -> tuple[Schedule, ...]:
    return schedules_of(made.after)[step.template]


def windowed(made: Made) -> list[StepCalendar]:
    return [each for each in made.calendar.steps if each.step.start and each.step.end]


def texts(ranges: Ranges) -> list[list[str]]:
    return [[first.isoformat(), last.isoformat()] for first, last in ranges]


def counts(covered: Coverage) -> dict[str, int]:
    return {"never": covered.never, "once": covered.once, "more": covered.more, "most": covered.most}


def test_runs_are_those_of_the_schedules(made: Made) -> None:
    found: dict[str, Any] = {}
    for schedule in made.calendar.schedules:
        days = [run.day.isoformat() for run in made.calendar.runs if run.schedule == schedule.key]
        known = {"count": len(days), "first": days[:8], "last": days[-1] if days else None}
        found[schedule.key.name] = known if schedule.understood else None
    assert found == made.expect["runs"]


def test_windows_are_those_of_the_bounds(made: Made) -> None:
    found = [
        {
            "date": run.day.isoformat(),
            "schedule": run.schedule.name,
            "step": "/".join(filter(None, (run.template.name, step.option, step.name))),
            "start": step.window.start.isoformat(),
            "end": step.window.end.isoformat(),
        }
        for run in made.calendar.runs
        for step in run.steps
        if step.window and run.day < made.first + timedelta(SHOWN)
    ]
    assert sorted(found, key=repr) == sorted((dict(each) for each in reordered(made.expect["calendar"])), key=repr)


def reordered(calendar: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{name: each[name] for name in ("date", "schedule", "step", "start", "end")} for each in calendar]


def test_coverage_is_counted_over_the_expiration_dates(made: Made) -> None:
    expected = {
        step: wanted and {name: value for name, value in wanted.items() if name not in ("days", "least")}
        for step, wanted in made.expect["coverage"].items()
    }
    found = {
        name(each.step): covered and counts(covered) | {"never_on": texts(covered.never_on)}
        for each in made.calendar.steps
        for covered in [coverage(each.step, schedules(made, each.step), *made.expiry, made.settings)]
    }
    assert found == expected


def test_coverage_of_each_reading(made: Made) -> None:
    found = {
        name(each.step): {
            f"{deviation.setting}={deviation.value}": covered and counts(covered)
            for deviation in deviations(made.settings, "windows")
            for covered in [coverage(each.step, schedules(made, each.step), *made.expiry, deviation.settings)]
        }
        for each in windowed(made)
    }
    assert found == made.expect["coverage_by_reading"]


def test_readings_that_move_a_window(made: Made) -> None:
    found = {
        name(each.step): {
            f"{reading.setting}={reading.value}": {
                "run": reading.run.isoformat(),
                "base": [day.isoformat() for day in reading.base],
                "other": [day.isoformat() for day in reading.window],
            }
            for reading in each.readings
        }
        for each in windowed(made)
        if each.readings
    }
    assert found == made.expect["windows_by_reading"]


def test_readings_that_move_runs(made: Made) -> None:
    found = {
        schedule.key.name: {
            f"{reading.setting}={reading.value}": {
                "count": reading.runs,
                "away": [day.isoformat() for day in reading.away],
                "extra": [day.isoformat() for day in reading.extra],
            }
            for reading in schedule.readings
        }
        for schedule in made.calendar.schedules
        if schedule.readings
    }
    assert found == made.expect["runs_by_reading"]


def test_what_is_unknown(made: Made) -> None:
    unknown = {
        name(each.step)
        for each in made.calendar.steps
        if any(one.subject == f"billingTemplate/{name(each.step).replace('/', ' ')}" for one in made.calendar.unknown)
    }
    assert sorted(unknown) == made.expect["unknown"]


@pytest.mark.parametrize("case", [case for case in CASES if "transition" in CASES[case]["expect"]])
def test_expiration_dates_across_a_change(case: str) -> None:
    made = make(CASES[case])
    assert made.before is not None
    first, last = (day.toordinal() for day in made.expiry)
    found = {}
    templates = schedules_of(made.after)
    for step in [step for template in templates for step in made.after.steps[template] if step.start]:
        former = pair_steps([step], made.before.steps.get(step.template, ())).get(step.pointer)
        # A step that is new has no old runs.
        side = Side(former, schedules_of(made.before)[former.template]) if former else Side(step, ())
        new = Side(step, templates[step.template])
        mixed = count_mixed(new, side, made.first.toordinal(), first, last, made.settings)
        found[name(step)] = {
            "days": len(mixed),
            "least": min(mixed),
            "most": max(mixed),
            "never": mixed.count(0),
            "once": mixed.count(1),
            "more": sum(count > 1 for count in mixed),
            "never_on": texts(find_ranges([count == 0 for count in mixed], first)),
        }
    assert found == made.expect["transition"]


@pytest.mark.parametrize("case", [case for case in CASES if "backlog" in CASES[case]["expect"]])
def test_backlog_of_the_first_run(case: str) -> None:
    made = make(CASES[case])
    found = {
        name(each.step): {
            "run": each.backlog.run.isoformat(),
            "days": each.backlog.days,
            "dates": texts(each.backlog.dates),
        }
        for each in made.calendar.steps
        if each.backlog
    }
    assert found == made.expect["backlog"]
