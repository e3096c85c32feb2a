"""Each rule about runs finds what it is for, and nothing in what is right."""

from __future__ import annotations

import pytest

from rhythmconf.catalog import load_shipped
from rhythmconf.insight.lint import Bodies, judge
from rhythmconf.model import Body, Diagnostic, Key
from rhythmconf.settings import CalendarSettings
from rhythmconf.text import yaml12
from tests.support.judging import TODAY, WEEKLY, bounds, days, found_at, judged, notice, program, template

MONTH = "after 1 months, the reference date"
FIRST = "/renewal_reminder_options/reminders/0"
MONTHLY = "every month on the 1st at 06:00"
SIX_OF_SEVEN = (
    "114 of 800 expiry dates are in no run, the first is Thu 3 Dec 2026; the window of 6 days is narrower than the "
    "cadence of 7 days: 3 Dec 2026, 10 Dec 2026, 17 Dec 2026, and 111"
)
QUARTERLY = "every quarter on the 1st of its first month at 06:00"


def step(window: str, name: str = "60", sends: str = "n") -> str:
    return f"{{name: '{name}', reminder_notice_id: {sends}, {window}}}"


def anchored(start: str, end: str) -> str:
    """Return a window of bounds such as `before 3 months, the end of the quarter`."""
    return f"expiration_date_range_start: {_bound(start)}, expiration_date_range_end: {_bound(end)}"


def _bound(text: str) -> str:
    offset, _, anchor = text.partition(", ")
    position, *amount = offset.split()
    number, unit = amount or ("0", "days")
    return f"{{position: {position}, number: {number}, unit_of_time: {unit}, relative_to: {anchor}}}"


def reminding(*steps: str, schedule: str = WEEKLY) -> str:
    notices = notice("n") + notice("m") + notice("o")
    return notices + template("t", *steps).replace(WEEKLY, schedule)


def acting(option: str, switch: str, window: str, schedule: str = WEEKLY, key: str = "d", more: str = "") -> str:
    """Return a template with one option and its schedule."""
    return f"""\
---
kind: billingTemplate
key: {key}
spec: {{name: {key}, is_active: true, {switch}: true, {option}: {{{more}{window}}}}}
---
kind: recurringBillingRun
key: {key}
spec: {{name: {key}, is_active: true, template_id: {key}, schedule: '{schedule}', pre_processing_lead_time: 0}}
"""


def dropping(window: str, schedule: str = WEEKLY, more: str = "") -> str:
    return acting("drop_options", "perform_drops", window, schedule, more=more)


def only(text: str, calendar: CalendarSettings | None = None) -> Diagnostic:
    """Return the only finding."""
    [finding] = judged(text, calendar=calendar)
    return finding


def test_seven_days_each_week_are_right() -> None:
    assert found_at(reminding(step(bounds(60, 66)), step(bounds(30, 36), "30", "m"))) == []


@pytest.mark.parametrize("text", ["whenever the board meets", "every other day", "0 0 * *"])
def test_a_schedule_that_is_not_understood_is_a_note_and_the_only_finding(text: str) -> None:
    finding = only(reminding(step(bounds(66, 60)), schedule=text))
    assert (finding.code, finding.severity, finding.pointer) == ("RC700", "note", "/spec/schedule")
    assert f"the schedule '{text}' is not understood" in finding.message
    assert "calendar: {schedules: {t: every week on Monday at 06:00}}" in finding.help


def test_a_schedule_that_is_nearly_understood_gets_advice() -> None:
    finding = only(reminding(step(bounds(60, 66)), schedule="weekly on mondays at 6"))
    assert finding.help.startswith(
        "if it means `every week on Monday at 06:00`, write that, or leave the text as it is"
    )
    assert finding.help.endswith("`calendar: {schedules: {t: every week on Monday at 06:00}}`")
    finding = only(reminding(step(bounds(60, 66)), schedule="0 6 * * 9"))
    assert finding.help.startswith("in a cron line a weekday is 0 to 7 (0 and 7 are Sunday), not 9; or say in ")


def test_the_project_may_say_what_a_schedule_means() -> None:
    text = reminding(step(bounds(60, 66)), schedule="whenever the board meets")
    assert judged(text, calendar=CalendarSettings(schedules={"t": WEEKLY})) == []


@pytest.mark.parametrize("old", ["template_id: t", "name: t, is_active: true"])
def test_a_schedule_that_runs_nothing_is_not_judged(old: str) -> None:
    text = reminding(step(bounds(60, 66)), schedule="whenever the board meets")
    text = text.replace("name: t, is_active: true", "name: t, is_active: false")
    assert found_at(text) == []


@pytest.mark.parametrize(
    "window",
    [bounds(66, 60), bounds(60, 66, "before"), anchored("on, the end of the month", "on, the beginning of the month")],
)
def test_a_window_that_ends_before_it_begins_on_every_run_is_an_error_and_the_only_one(window: str) -> None:
    finding = only(reminding(step(window)))
    assert (finding.code, finding.severity, finding.pointer) == ("RC701", "error", f"/spec{FIRST}")
    assert "the window ends before it begins on every run; on Mon 7 Dec 2026 it is from " in finding.message
    assert ("with `before`, the larger number" in finding.help) == ("before" in window)


def test_a_window_that_ends_before_it_begins_on_some_runs_is_a_warning() -> None:
    window = anchored("after 0 days, the reference date", "after 10 days, the beginning of the month")
    [sometimes] = [one for one in judged(reminding(step(window))) if one.code == "RC701"]
    assert sometimes.severity == "warning"
    assert "of 114 runs; on Mon 14 Dec 2026 it is from Mon 14 Dec 2026 to Fri 11 Dec 2026" in sometimes.message


@pytest.mark.parametrize(
    ("schedule", "window", "says"),
    [
        (
            WEEKLY,
            bounds(60, 65),
            SIX_OF_SEVEN,
        ),
        (MONTHLY, bounds(60, 89), "is narrower than the cadence of up to 31 days"),
        (
            QUARTERLY,
            anchored("before 3 months, the beginning of the quarter", "before 3 months, the end of the quarter"),
            "of 800 expiry dates are in no run, the first is Wed 31 Mar 2027",
        ),
    ],
)
def test_dates_that_no_run_takes_are_a_gap(schedule: str, window: str, says: str) -> None:
    [gap] = [one for one in judged(reminding(step(window), schedule=schedule)) if one.code == "RC702"]
    assert says in gap.message
    assert gap.pointer == f"/spec{FIRST}"


def test_the_help_for_quarters_takes_each_date_once() -> None:
    wrong = anchored("before 3 months, the beginning of the quarter", "before 3 months, the end of the quarter")
    [gap] = [one for one in judged(reminding(step(wrong), schedule=QUARTERLY)) if one.code == "RC702"]
    assert "before 3 months, the beginning of the quarter" in gap.help
    right = anchored("before 3 months, the beginning of the quarter", "before 1 days, the reference date")
    assert found_at(reminding(step(right), schedule=QUARTERLY)) == []


def test_a_forecast_has_no_gap_and_no_repeat() -> None:
    for window in (bounds(0, 2), bounds(0, 90)):
        assert found_at(acting("renewal_forecasting_options", "forecast_renewals", window)) == []


def test_invoices_have_gaps_but_no_repeats() -> None:
    more = "invoice_template_id: inv, payment_terms_id: net, "
    option, switch = "training_provider_billing_options", "bill_training_providers"
    assert found_at(acting(option, switch, bounds(6, 2, "before"), more=more)) == [
        ("RC702", "billingTemplate/d", f"/{option}")
    ]
    assert found_at(acting(option, switch, bounds(60, 2, "before"), more=more)) == []


@pytest.mark.parametrize(("window", "most"), [(bounds(60, 67), 2), (bounds(60, 73), 2), (bounds(60, 80), 3)])
def test_people_must_not_get_the_same_reminder_several_times(window: str, most: int) -> None:
    finding = only(reminding(step(window)))
    assert (finding.code, finding.severity, finding.pointer) == ("RC703", "warning", f"/spec{FIRST}")
    assert f"people get it up to {most} times" in finding.message
    assert finding.help == "make the window 7 days wide, as many as lie between two runs"


def test_two_schedules_of_a_template_are_judged_together() -> None:
    second = template("t", step(bounds(60, 66))).partition("---\nkind: recurringBillingRun")[2]
    second = f"---\nkind: recurringBillingRun{second}".replace("key: t", "key: again", 1).replace(
        "name: t", "name: again"
    )
    assert found_at(reminding(step(bounds(60, 66))) + second) == [("RC703", "billingTemplate/t", FIRST)]
    # Three days and four: no date is taken twice, and none is left out.
    half = template("t", step(bounds(60, 62))).replace("Monday", "Monday and Thursday")
    assert [code for code, _, _ in found_at(notice("n") + half)] == ["RC702"]
    thursday = second.replace("Monday", "Thursday")
    assert found_at(reminding(step(bounds(60, 63))) + thursday) == [("RC703", "billingTemplate/t", FIRST)]


def test_one_run_must_not_send_two_reminders_to_the_same_people() -> None:
    text = reminding(step(bounds(60, 66)), step(bounds(66, 72), "66", "m"), step(bounds(30, 36), "30", "o"))
    finding = only(text)
    assert (finding.code, finding.pointer) == ("RC704", "/spec/renewal_reminder_options/reminders/1")
    assert "renewal_reminder_options '66': on Mon 7 Dec 2026 it takes people who expire 11 Feb 2027" in finding.message
    assert finding.message.endswith("and so does renewal_reminder_options '60'")


def test_reminders_of_members_and_of_applicants_do_not_overlap() -> None:
    more = f"""\
  send_application_reminders: true
  application_reminder_options:
    reminders: [{{name: a, reminder_notice_id: a, {bounds(60, 66)}}}]
"""
    text = notice("n") + notice("a", kind="applicationNotice") + template("t", step(bounds(60, 66)), more=more)
    assert found_at(text) == []


FINAL = template("t", step(bounds(52, 46, "before"), "final"))


def test_a_drop_must_not_come_before_the_last_reminder() -> None:
    finding = only(notice("n") + FINAL + dropping(bounds(51, 45, "before")))
    assert (finding.code, finding.pointer) == ("RC705", "/spec/drop_options")
    assert "comes before billingTemplate/t renewal_reminder_options 'final': who expires on" in finding.message
    assert found_at(notice("n") + FINAL + dropping(bounds(59, 53, "before"))) == []


@pytest.mark.parametrize(
    ("reminded", "dropped", "found"),
    [
        ("include\n    program_ids: [cmsi]", "include, program_ids: [rds]", False),
        ("include\n    program_ids: [cmsi]", "exclude, program_ids: [cmsi]", False),
        ("exclude\n    program_ids: [rds]", "include, program_ids: [rds]", False),
        ("include\n    program_ids: [cmsi]", "include, program_ids: [cmsi]", True),
        ("exclude\n    program_ids: [rds]", "include, program_ids: [cmsi]", True),
        ("none", "include, program_ids: [rds]", True),
    ],
)
def test_only_reminders_of_the_same_programs_count(reminded: str, dropped: str, found: bool) -> None:
    text = program("cmsi") + program("rds") + notice("n")
    text += FINAL.replace("program_restriction: none", f"program_restriction: {reminded}")
    text += dropping(bounds(51, 45, "before"), more=f"program_restriction: {dropped}, ")
    assert found_at(text) == [("RC705", "billingTemplate/d", "/drop_options")] * found


@pytest.mark.parametrize(
    ("option", "switch"), [("drop_options", "perform_drops"), ("application_expiration_options", "expire_applications")]
)
@pytest.mark.parametrize(("window", "found"), [((7, 0), True), ((60, 0), True), ((7, 1), False), ((88, 61), False)])
def test_a_drop_must_not_take_what_has_not_expired(
    option: str, switch: str, window: tuple[int, int], found: bool
) -> None:
    findings = [one for one in judged(acting(option, switch, bounds(*window, "before"))) if one.code == "RC706"]
    assert [one.severity for one in findings] == ["error"] * found
    assert all("on Mon 7 Dec 2026 it takes" in one.message for one in findings)
    assert all(one.pointer == f"/spec/{option}" for one in findings)


@pytest.mark.parametrize(
    ("setting", "other", "window", "schedule"),
    [
        ("order", "offset-first", ("before 2 months, the end of the quarter", "on, the end of the quarter"), QUARTERLY),
        (
            "week",
            "sunday",
            ("after 1 weeks, the beginning of the week", "after 1 weeks, the end of the week"),
            "every week on Sunday at 06:00",
        ),
        (
            "months",
            "roll",
            ("after 1 months, the reference date", "after 1 months, the reference date"),
            "every day at 06:00",
        ),
    ],
)
def test_a_window_that_depends_on_a_reading_is_found_until_the_project_states_it(
    setting: str, other: str, window: tuple[str, str], schedule: str
) -> None:
    text = reminding(step(anchored(*window)), schedule=schedule)
    [reading] = [one for one in judged(text) if one.code == "RC707"]
    assert reading.pointer == f"/spec{FIRST}"
    assert f"`{setting}` is {getattr(CalendarSettings(), setting)}" in reading.message
    assert f"if it is {other}" in reading.message
    stated = CalendarSettings(given=frozenset(["order", "week", "months"]))
    assert [one for one in judged(text, calendar=stated) if one.code == "RC707"] == []


def test_readings_that_move_every_window_are_no_finding() -> None:
    assert found_at(reminding(step(bounds(60, 66)))) == []  # `bounds` and `reference` would move it


@pytest.mark.parametrize(("number", "unit"), [("1.5", "months"), ("0.5", "years"), ("2.5", "weeks"), ("60.5", "days")])
def test_a_number_that_is_not_whole_is_an_error_and_the_only_one(number: str, unit: str) -> None:
    window = anchored(f"after {number} {unit}, the reference date", "after 70 days, the reference date")
    finding = only(reminding(step(window)))
    assert (finding.code, finding.severity, finding.pointer) == ("RC708", "error", f"/spec{FIRST}")
    assert f"the start is {number} {unit}" in finding.message


def test_a_whole_number_with_a_point_is_whole() -> None:
    window = anchored("after 60.0 days, the reference date", "after 66 days, the reference date")
    assert found_at(reminding(step(window))) == []


def test_templates_that_are_alike_have_findings_of_their_own() -> None:
    text = notice("n") + template("t", step(bounds(60, 65), "sixty")) + template("u", step(bounds(60, 65), "other"))
    messages = [one.message for one in judged(text)]
    assert [message.split(":")[0] for message in messages] == [
        "billingTemplate/t renewal_reminder_options 'sixty'",
        "billingTemplate/u renewal_reminder_options 'other'",
    ]


def test_an_option_that_is_off_and_a_template_without_a_schedule_have_no_runs() -> None:
    off = acting("drop_options", "perform_drops", bounds(7, 0, "before")).replace(
        "perform_drops: true", "perform_drops: false"
    )
    assert [code for code, _, _ in found_at(off)] == ["RC725", "RC725"]
    alone = dropping(bounds(7, 0, "before")).partition("---\nkind: recurringBillingRun")[0]
    assert found_at(alone) == []


def test_the_bounds_of_the_dates_that_there_are_do_no_harm() -> None:
    assert days(1)  # the form of a bound
    window = anchored("after 9000 years, the reference date", "after 9001 years, the reference date")
    assert {one.code for one in judged(reminding(step(window)))} <= {"RC701", "RC702", "RC703", "RC707"}


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("after 3 days, the reference date", "before 1 days, the reference date", 1),
        ("before 3 days, the reference date", "before 1 days, the reference date", 0),
        # This one ends before it begins on some days of the week only, and nobody knows on which the runs are.
        ("after 3 days, the beginning of the week", "on, the reference date", 0),
    ],
)
def test_a_window_without_known_schedules_must_not_end_before_it_begins_on_any_day(
    start: str, end: str, found: int
) -> None:
    [options] = yaml12.load_all(f"{{{anchored(start, end)}}}".encode(), file="")
    body: Body = {"name": "R", "is_active": True, "perform_auto_renewals": True, "auto_renewal_options": options}
    subject = Bodies({Key("membership/billingTemplate", "r"): body}, load_shipped(), TODAY, CalendarSettings())
    assert [finding.rule for finding in judge(subject)] == ["RC701"] * found
