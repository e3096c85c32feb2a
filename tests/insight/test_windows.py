"""What is read from bodies, and what a calendar says where something is odd, unclear or far away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from rhythmconf.catalog import Catalog
from rhythmconf.insight.windows import (
    Bound,
    Calendar,
    Coverage,
    Restriction,
    Setup,
    Step,
    StepCalendar,
    Unknown,
    Window,
    count_days_of,
    coverage,
    from_json,
    make_calendar,
    read_setup,
    run_windows,
    schedules_of,
    to_json,
    window,
)
from rhythmconf.insight.windows.schedules import Occurrence
from rhythmconf.model import Body, Key
from rhythmconf.settings import CalendarSettings
from tests.support.catalogs import make_catalog, make_schema
from tests.support.members import CATALOG, make_bodies

FIRST = date(2026, 12, 1)
T, S = Key("certifications/billingTemplate", "t"), Key("certifications/recurringBillingRun", "s")
SETTINGS = CalendarSettings()


def bound(position: str, number: Any = None, unit: Any = None, anchor: str = "the reference date") -> Body:
    values = {"position": position, "number": number, "unit_of_time": unit, "relative_to": anchor}
    return {name: value for name, value in values.items() if value is not None}


def window_of(start: Body, end: Body) -> Body:
    return {"expiration_date_range_start": start, "expiration_date_range_end": end}


WEEK = window_of(bound("after", 60, "days"), bound("after", 66, "days"))
GRACE = window_of(bound("before", 88, "days"), bound("before", 61, "days"))


def remind(*reminders: Body, **options: Any) -> Body:
    return {"send_renewal_reminders": True, "renewal_reminder_options": {"reminders": list(reminders), **options}}


def drop(options: Body = GRACE, **more: Any) -> Body:
    return {"perform_drops": True, "drop_options": {**options, **more}}


def make_documents(template: Body, schedule: str = "every week on Monday at 06:00", **members: Any) -> list[Any]:
    spec = {"name": "Run", "template_id": "t", "schedule": schedule, "pre_processing_lead_time": 0, **members}
    return [
        {"kind": "billingTemplate", "key": "t", "spec": {"name": "T", **template}},
        {"kind": "recurringBillingRun", "key": "s", "spec": spec},
    ]


def make_setup(template: Body, schedule: str = "every week on Monday at 06:00", **members: Any) -> Setup:
    return read_setup(make_bodies(make_documents(template, schedule, **members)), CATALOG, SETTINGS)


def make(
    template: Body,
    schedule: str = "every week on Monday at 06:00",
    *,
    before: Setup | None = None,
    first: date = FIRST,
    days: int = 90,
    settings: CalendarSettings = SETTINGS,
    **members: Any,
) -> Calendar:
    setup = make_setup(template, schedule, **members)
    return make_calendar(setup, before, first=first, days=days, settings=settings)


def only(calendar: Calendar) -> StepCalendar:
    [step] = calendar.steps
    return step


def steps(setup: Setup) -> tuple[Step, ...]:
    return setup.steps[T]


# --- reading bodies


def test_names_of_reminders_are_numbered_where_they_are_not_enough() -> None:
    reminders = [{"name": "60", **WEEK}, {"name": "7", **WEEK}, {"name": "60", **WEEK}, WEEK, {**WEEK}]
    named = [(step.name, step.pointer) for step in steps(make_setup(remind(*reminders)))]
    names = ["60#1", "7", "60#2", "#1", "#2"]
    assert named == [(name, f"/renewal_reminder_options/reminders/{n}") for n, name in enumerate(names)]


def test_an_option_without_reminders_has_no_name_of_a_step() -> None:
    [step] = steps(make_setup(drop()))
    assert (step.option, step.pointer, step.name) == ("drop_options", "/drop_options", None)
    assert (step.does, step.takes) == ("drop", "certifications")
    assert step.start == Bound("before", "the reference date", 88, "days")
    assert step.end == Bound("before", "the reference date", 61, "days")


@pytest.mark.parametrize("switch", [False, None])
def test_an_option_that_is_switched_off_is_no_step(switch: bool | None) -> None:
    template = {**drop(), "perform_drops": switch}
    assert steps(make_setup(template)) == ()
    assert [run.steps for run in make(template, days=7).runs] == [()]


def test_number_and_unit_say_nothing_beside_on() -> None:
    on = bound("on", 1.5, "months", "the end of the year")
    [step] = steps(make_setup(drop(window_of(on, on))))
    assert (step.start, step.unclear) == (Bound("on", "the end of the year", 0, "days"), "")


@pytest.mark.parametrize(
    ("start", "why"),
    [
        (bound("after", 1.5, "months"), "the start is 1.5 months, and only a whole number has a certain meaning"),
        (bound("after", 0.5, "days"), "the start is 0.5 days, and only a whole number has a certain meaning"),
        (bound("after", 1.5, "weeks"), "the start is 1.5 weeks, and only a whole number has a certain meaning"),
        (bound("after", None, "days"), "the start has no number"),
        (bound("after", True, "days"), "the start has no number"),
        (bound("after", 1, "decades"), "the start has 'decades', which rhythmconf doesn't know"),
        (bound("near", 1, "days"), "the start has 'near', which rhythmconf doesn't know"),
        (bound("on", anchor="the end of the decade"), "the start has 'the end of the decade', which"),
        ({"position": ["after"]}, "the start has no number"),
        (None, "the start is missing"),
    ],
)
def test_a_bound_that_is_not_clear_makes_the_window_unknown(start: Any, why: str) -> None:
    bodies = make_bodies(make_documents(drop()))
    bodies[T] = {**bodies[T], "drop_options": {"expiration_date_range_end": GRACE["expiration_date_range_end"]}}
    if start is not None:
        bodies[T]["drop_options"]["expiration_date_range_start"] = start  # type: ignore[call-overload,index]
    setup = read_setup(bodies, CATALOG, SETTINGS)
    [step] = steps(setup)
    assert step.unclear.startswith(why)
    calendar = make_calendar(setup, setup, first=FIRST, days=14, settings=SETTINGS)
    assert calendar.unknown == (Unknown("billingTemplate/t drop_options", "window"),)
    made = only(calendar)
    assert (made.coverage, made.readings, made.changeover, made.backlog) == (None, (), None, None)
    assert [[each.window for each in run.steps] for run in calendar.runs] == [[None], [None]]
    assert coverage(step, setup.schedules, FIRST, FIRST, SETTINGS) is None
    assert window(step, Occurrence(FIRST, time()), 0, SETTINGS) is None
    assert run_windows(step, setup.schedules[0], FIRST, FIRST, SETTINGS) == ()


def test_a_whole_number_may_be_written_with_a_fraction() -> None:
    [step] = steps(make_setup(drop(window_of(bound("before", 2.0, "months"), bound("before", 1, "months")))))
    assert (step.start, step.unclear) == (Bound("before", "the reference date", 2, "months"), "")


def test_programs_are_restricted_by_the_option() -> None:
    def programs(**options: Any) -> Restriction:
        [step] = steps(make_setup(remind({"name": "a", **WEEK}, **options)))
        return step.programs

    keys = frozenset({Key("certifications/program", "cmsi")})
    assert programs() == Restriction("none")
    assert programs(program_restriction="none", program_ids=["cmsi"]) == Restriction("none")
    assert programs(program_restriction="include", program_ids=["cmsi"]) == Restriction("include", keys)
    assert programs(program_restriction="exclude", program_ids=["cmsi"]) == Restriction("exclude", keys)
    assert programs(program_restriction="include") == Restriction("include")
    # Another restriction is none of programs.
    assert programs(restrict_status_reasons=True, status_reason_ids=["gone"]) == Restriction("none")


def test_a_record_that_no_document_declares_is_known_by_its_id() -> None:
    bodies = make_bodies(make_documents(remind({"name": "a", **WEEK})))
    options: Any = bodies[T]["renewal_reminder_options"]
    options |= {"program_restriction": "include", "program_ids": ["4711"]}
    [step] = steps(read_setup(bodies, CATALOG, SETTINGS))
    assert step.programs == Restriction("include", frozenset({Key("certifications/program", "id:4711")}))


@pytest.mark.parametrize("off", [{"is_active": False}, {"template_id": "another"}])
def test_only_active_schedules_of_documents_run(off: Any) -> None:
    setup = make_setup(drop(), **off)
    assert setup.schedules == ()
    assert make_calendar(setup, None, first=FIRST, days=90, settings=SETTINGS).steps == ()


def test_an_inactive_template_has_no_runs() -> None:
    setup = make_setup({**drop(), "is_active": False})
    assert (setup.steps, setup.schedules) == ({}, ())


def test_lead_times_are_whole_days() -> None:
    leads = [make_setup(drop(), pre_processing_lead_time=lead).schedules[0].lead for lead in (None, -3, 0, 2, 2.5, 1e9)]
    assert leads == [0, 0, 0, 2, 3, 3660]


def test_odd_records_of_a_tenant_are_read_without_an_exception() -> None:
    odds: list[Any] = [None, 1, "x", [], [1, None], {"reminders": "x"}, {"reminders": [1, None]}, {"reminders": {}}]
    for odd in odds:
        bodies: Mapping[Key, Body] = {
            T: {"send_renewal_reminders": True, "renewal_reminder_options": odd, "perform_drops": True},
            S: {"template_id": {"$ref": str(T)}, "schedule": odd, "pre_processing_lead_time": odd},
        }
        calendar = make_calendar(read_setup(bodies, CATALOG, SETTINGS), None, first=FIRST, days=90, settings=SETTINGS)
        assert all(each.coverage is None for each in calendar.steps)
        assert from_json(to_json(calendar)) == calendar


# --- schedules


def test_a_schedule_that_is_not_understood_leaves_the_window_relative_to_the_run() -> None:
    calendar = make(drop(), "when the moon is full", before=make_setup(drop()))
    made = only(calendar)
    assert calendar.runs == ()
    assert [each.understood for each in calendar.schedules] == [False]
    assert made.relative == "88 to 61 days before the run"
    assert (made.coverage, made.readings, made.changeover, made.backlog) == (None, (), None, None)
    assert calendar.unknown == (
        Unknown("recurringBillingRun/s", "schedule"),
        Unknown("billingTemplate/t drop_options", "schedule"),
    )


def test_the_project_says_what_a_schedule_means() -> None:
    settings = CalendarSettings(schedules={"s": "every week on Monday at 06:00"})
    bodies = make_bodies(make_documents(drop(), "when the moon is full"))
    setup = read_setup(bodies, CATALOG, settings)
    calendar = make_calendar(setup, None, first=FIRST, days=14, settings=settings)
    assert [run.day for run in calendar.runs] == [date(2026, 12, 7), date(2026, 12, 14)]
    assert calendar.schedules[0].text == "when the moon is full"
    assert calendar.unknown == ()


def test_one_of_two_schedules_that_is_not_understood_makes_the_coverage_unknown() -> None:
    documents = make_documents(drop())
    documents.append({**documents[1], "key": "other", "spec": {**documents[1]["spec"], "schedule": "at times"}})
    setup = read_setup(make_bodies(documents), CATALOG, SETTINGS)
    calendar = make_calendar(setup, None, first=FIRST, days=14, settings=SETTINGS)
    made = only(calendar)
    assert len(calendar.runs) == 2
    assert (made.coverage, made.relative) == (None, "88 to 61 days before the run")
    # The runs that are known tell which reading moves their windows.
    assert [(each.setting, each.coverage) for each in made.readings] == [("bounds", None)]


def test_two_schedules_of_a_template_count_together() -> None:
    documents = make_documents(remind({"name": "a", **WEEK}))
    for number, text in enumerate(("every week on Monday at 06:00", "every week on Thursday at 06:00")):
        spec = {**documents[1]["spec"], "schedule": text}
        documents.append({**documents[1], "key": f"other{number}", "spec": spec})
    setup = read_setup(make_bodies(documents), CATALOG, SETTINGS)
    made = only(make_calendar(setup, None, first=FIRST, days=14, settings=SETTINGS))
    assert made.coverage == Coverage(0, 0, 800, 3)
    assert count_days_of(made.step, schedules_of(setup)[T], FIRST, FIRST, SETTINGS) == (3,)


def test_two_runs_of_a_day_are_two_runs() -> None:
    calendar = make(remind({"name": "a", **WEEK}), "0 6,18 * * 1", days=7)
    assert [(run.day, run.at) for run in calendar.runs] == [
        (date(2026, 12, 7), time(6)),
        (date(2026, 12, 7), time(18)),
    ]
    assert only(calendar).coverage == Coverage(0, 0, 800, 2)


def test_a_step_without_a_window_is_in_the_runs_and_nothing_is_unknown() -> None:
    calendar = make({"activate_applications": True, "application_activation_options": {}}, days=7)
    assert only(calendar) == StepCalendar(
        Step(T, "application_activation_options", "/application_activation_options", None, "activate", "applications")
    )
    assert [[each.window for each in run.steps] for run in calendar.runs] == [[None]]
    assert calendar.unknown == ()


def test_the_first_and_the_last_day_count() -> None:
    days = [run.day for run in make(drop(), first=date(2026, 12, 7), days=8).runs]
    assert days == [date(2026, 12, 7), date(2026, 12, 14)]
    assert [run.day for run in make(drop(), first=date(2026, 12, 8), days=6).runs] == []


# --- coverage far away, and the ends of time


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (bound("before", 3, "years"), bound("before", 3, "years")),
        (bound("after", 120, "months"), bound("after", 120, "months")),
        (bound("before", 4000, "days"), bound("before", 4000, "days")),
    ],
)
def test_windows_years_from_their_runs_are_counted(start: Body, end: Body) -> None:
    covered = only(make(drop(window_of(start, end)), "every day at 06:00")).coverage
    assert covered is not None
    assert covered.never < 5
    assert covered.most in (1, 2)


@pytest.mark.parametrize("number", [40_000, 10**9, 10**300])
@pytest.mark.parametrize("unit", ["days", "weeks", "months", "years"])
def test_windows_further_away_than_a_century_are_not_counted(number: int, unit: str) -> None:
    calendar = make(drop(window_of(bound("before", number, unit), bound("before", 1, "days"))), days=7)
    assert only(calendar).coverage is None
    assert calendar.unknown == (Unknown("billingTemplate/t drop_options", "window"),)
    [run] = calendar.runs
    [step] = run.steps
    assert step.window is not None
    assert step.window.start < date(1920, 1, 1)


@pytest.mark.parametrize("first", [date.min, date(1, 3, 1), date(9999, 1, 1), date.max])
@pytest.mark.parametrize("settings", [SETTINGS, CalendarSettings("offset-first", "sunday", "end-open", "prepared")])
def test_the_ends_of_time_are_no_exception(first: date, settings: CalendarSettings) -> None:
    for anchor in ("the reference date", "the beginning of the week", "the end of the year"):
        for position in ("before", "after"):
            bounds = window_of(bound(position, 30, "months", anchor), bound(position, 3, "weeks", anchor))
            setup = make_setup(drop(bounds), "every day at 06:00", pre_processing_lead_time=9)
            calendar = make_calendar(setup, setup, first=first, days=800, settings=settings)
            assert from_json(to_json(calendar)) == calendar


# --- readings


def test_the_settings_are_said_with_their_source() -> None:
    settings = CalendarSettings(week="sunday", zone="Asia/Tokyo", given=frozenset({"week"}))
    guesses = make(drop(), settings=settings).guesses
    assert [(each.id, each.setting) for each in guesses] == [
        ("G1", "order"),
        ("G2", "week"),
        ("G3", "bounds"),
        ("G4", "reference"),
        ("G5", "zone"),
        ("G5", "clock"),
        ("G7", "months"),
        ("G8", "short"),
        ("G8", "gap"),
    ]
    found = {each.setting: (each.value, each.source) for each in guesses}
    assert (found["week"], found["zone"]) == (("sunday", "project"), ("Asia/Tokyo", "default"))
    assert all(each.says.endswith(".") for each in guesses)


def test_each_reading_deviates_from_the_base_in_one_setting() -> None:
    base = CalendarSettings(bounds="end-open", reference="prepared")
    readings = only(make(drop(), settings=base, pre_processing_lead_time=2)).readings
    assert [(each.guess, each.setting, each.value) for each in readings] == [
        ("G3", "bounds", "closed"),
        ("G4", "reference", "run"),
    ]
    # Monday 7 December, prepared on Thursday 3 December.
    assert (readings[0].run, readings[0].base) == (date(2026, 12, 7), Window(date(2026, 9, 6), date(2026, 10, 2)))
    assert readings[0].window == Window(date(2026, 9, 6), date(2026, 10, 3))
    assert readings[1].window == Window(date(2026, 9, 10), date(2026, 10, 6))


def test_a_reading_counts_only_where_it_moves_a_window_in_the_days_shown() -> None:
    months = drop(window_of(bound("before", 1, "months"), bound("before", 1, "months")))
    shown = [only(make(months, "every month on the 31st at 06:00", days=days)).readings for days in (60, 130)]
    assert [[(each.setting, each.run) for each in readings] for readings in shown] == [
        [("bounds", date(2026, 12, 31)), ("months", date(2026, 12, 31))],
        [("bounds", date(2026, 12, 31)), ("months", date(2026, 12, 31))],
    ]
    assert [each.setting for each in only(make(months, "every month on the 1st at 06:00")).readings] == ["bounds"]


# --- changes


def test_a_calendar_without_a_change_has_neither_changeover_nor_backlog() -> None:
    made = only(make(drop()))
    assert (made.changeover, made.backlog) == (None, None)


def test_a_step_that_is_left_alone_has_zeros() -> None:
    made = only(make(drop(), before=make_setup(drop())))
    assert made.changeover is not None
    assert (made.changeover.never, made.changeover.twice) == (0, 0)
    assert made.backlog is not None
    assert (made.backlog.run, made.backlog.days, made.backlog.dates) == (date(2026, 12, 7), 0, ())


def test_a_reminder_that_moves_closer_is_sent_twice() -> None:
    after = remind({"name": "mail", **window_of(bound("after", 45, "days"), bound("after", 51, "days"))})
    made = only(make(after, before=make_setup(remind({"name": "mail", **WEEK}))))
    assert made.changeover is not None
    # 30 November took 29 January to 4 February; 7 December takes 21 to 27 January, which old runs have taken too.
    assert made.changeover.twice_on == ((date(2027, 1, 21), date(2027, 2, 4)),)
    assert (made.changeover.twice, made.changeover.never) == (15, 0)


def test_a_reminder_is_the_same_by_its_id_then_by_its_name() -> None:
    def moved(before: Body, after: Body) -> int | None:
        later = window_of(bound("after", 45, "days"), bound("after", 51, "days"))
        made = only(make(remind({**WEEK, **after}), before=make_setup(remind({**later, **before}))))
        return made.changeover and made.changeover.never

    assert moved({"id": 7, "name": "45 days"}, {"id": 7, "name": "60 days"}) == 15
    assert moved({"id": 7, "name": "mail"}, {"name": "mail"}) == 15
    assert moved({"id": 7, "name": "mail"}, {"id": 8, "name": "mail"}) == 15
    assert moved({"id": 7, "name": "45 days"}, {"id": 8, "name": "60 days"}) is None
    assert moved({}, {}) is None


def test_the_apply_day_is_new() -> None:
    after = remind({"name": "mail", **window_of(bound("after", 61, "days"), bound("after", 67, "days"))})
    before = make_setup(remind({"name": "mail", **WEEK}))
    for first, expected in ((date(2026, 12, 7), date(2027, 2, 5)), (date(2026, 12, 8), date(2027, 2, 12))):
        changeover = only(make(after, before=before, first=first)).changeover
        assert changeover is not None
        assert changeover.never_on == ((expected, expected),)


def test_a_new_drop_takes_the_dates_that_no_run_has_taken() -> None:
    made = only(make(drop(), before=Setup({}, ())))
    assert made.changeover is None
    assert made.backlog is not None
    assert made.backlog.dates == ((date(2026, 9, 10), date(2026, 9, 30)),)


def test_a_shorter_grace_takes_dates_at_once() -> None:
    before = make_setup(drop(window_of(bound("before", 116, "days"), bound("before", 89, "days"))))
    made = only(make(drop(), before=before))
    assert made.backlog is not None
    # The old runs had taken everything until 2 September, the ordinary week is 1 to 7 October.
    assert made.backlog.dates == ((date(2026, 9, 10), date(2026, 9, 30)),)


def test_no_run_in_the_days_shown_leaves_no_backlog() -> None:
    assert only(make(drop(), "every year on July 1 at 06:00", before=make_setup(drop()))).backlog is None


def test_a_reminder_has_no_backlog() -> None:
    step = remind({"name": "mail", **WEEK})
    assert only(make(step, before=make_setup(step))).backlog is None


def test_old_runs_that_are_not_understood_make_the_change_unknown() -> None:
    calendar = make(drop(), before=make_setup(drop(), "at times"))
    assert (only(calendar).changeover, only(calendar).backlog) == (None, None)
    assert only(calendar).coverage is not None
    assert calendar.unknown == (Unknown("billingTemplate/t drop_options", "schedule"),)


# --- words


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (bound("after", 60, "days"), bound("after", 66, "days"), "60 to 66 days after the run"),
        (bound("after", 1, "days"), bound("after", 1, "days"), "1 day after the run"),
        (bound("on"), bound("on"), "the day of the run"),
        (bound("before", 2, "weeks"), bound("on"), "from 2 weeks before the run to the day of the run"),
        (
            bound("before", 3, "months", "the beginning of the quarter"),
            bound("before", 1, "days"),
            "from 3 months before the beginning of the quarter of the run to 1 day before the run",
        ),
        (
            bound("on", anchor="the beginning of the month"),
            bound("on", anchor="the end of the month"),
            "from the beginning of the month of the run to the end of the month of the run",
        ),
    ],
)
def test_a_window_relative_to_the_run(start: Body, end: Body, words: str) -> None:
    assert only(make(drop(window_of(start, end)), "at times")).relative == words
    settings = CalendarSettings(reference="prepared", bounds="end-open")
    other = only(make(drop(window_of(start, end)), "at times", settings=settings)).relative
    assert other == words.replace("the run", "the preparation of the run") + ", without the last day"


# --- another kind


EDGE = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("position", "unit_of_time", "relative_to")}
    | {"number": {"type": "number"}},
}
CLEANING = make_schema(
    "house/cleaning",
    {
        "sweep": {
            "type": "object",
            "x-step": {"does": "remind", "takes": "applications"},
            "properties": {
                "from": {**EDGE, "x-window": "start"},
                "to": {**EDGE, "x-window": "end"},
                "room_ids": {
                    "type": "array",
                    "items": {"type": "string"},
                    "x-list-type": "set",
                    "x-ref": "room",
                    "x-when": {"rooms": ["only", "exclude"]},
                },
                "rooms": {"type": "string"},
            },
        },
        "off": {"type": "boolean"},
    },
)
ROTA = make_schema(
    "house/rota",
    {
        "plan": {"type": "string", "x-schedule": {"runs": "cleaning", "lead": "ahead"}},
        "cleaning": {"type": "string", "x-ref": "cleaning"},
        "ahead": {"type": "number"},
        "used": {"type": "boolean", "x-active": True},
    },
)
ROOM = make_schema("house/room", {"name": {"type": "string"}})


@pytest.fixture
def house(tmp_path: Path) -> Catalog:
    return make_catalog(tmp_path, CLEANING, ROTA, ROOM, module="house")


def test_a_kind_of_a_project_has_a_calendar_by_its_schema_alone(house: Catalog) -> None:
    cleaning, rota, room = Key("house/cleaning", "c"), Key("house/rota", "r"), {"$ref": "house/room/hall"}
    sweep = {"from": bound("after", 1, "days"), "to": bound("after", 7, "days"), "rooms": "only", "room_ids": [room]}
    bodies: dict[Key, Any] = {
        cleaning: {"sweep": sweep},
        rota: {"plan": "every week on Monday at 06:00", "cleaning": {"$ref": "house/cleaning/c"}, "ahead": 1},
    }
    setup = read_setup(bodies, house, SETTINGS)
    calendar = make_calendar(setup, None, first=FIRST, days=7, settings=SETTINGS)
    assert only(calendar).step.programs == Restriction("include", frozenset({Key("house/room", "hall")}))
    assert only(calendar).coverage == Coverage(0, 800, 0, 1)
    [run] = calendar.runs
    assert (run.day, run.prepared_on) == (date(2026, 12, 7), date(2026, 12, 4))
    bodies[rota]["used"] = False
    assert read_setup(bodies, house, SETTINGS).schedules == ()
