"""A plan says before anything else what it does to members, in dates."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from rhythmconf.model.dates import week_date
from rhythmconf.settings import Dialect
from tests.support.emulated import shipped_catalog
from tests.support.emulator_transport import open_embedded
from tests.support.process import edit_file, run, run_ok
from tests.support.tenants import Tenant

NOTICES = "config/notices/renewals.yaml"
DROPS = "config/billing/drops.yaml"
REMINDERS = "config/billing/renewal-reminders.yaml"
SIXTY = "{position: after, number: 60, unit_of_time: days, relative_to: the reference date}"
TITLE = "What this does to members"


@pytest.fixture
def narrowed(applied_example: Path) -> Path:
    """A project in which the window of one reminder has just become narrower by a day."""
    edit_file(applied_example / REMINDERS, SIXTY, SIXTY.replace("60", "61"))
    return applied_example


def test_sixty_to_sixty_one_names_who_gets_no_reminder_from_when_on(narrowed: Path) -> None:
    effects = run_ok(narrowed, "plan", "--env", "production", "--format", "json").json()["effects"]
    gap = next(effect for effect in effects["each"] if effect["effect"] == "gap")
    first = date.fromisoformat(gap["dates"][0][0])
    # 60 days after a Monday is a Friday.
    assert first.weekday() == 4
    assert (
        date.fromisoformat(effects["as_of"]) + timedelta(60)
        <= first
        < date.fromisoformat(effects["as_of"]) + timedelta(67)
    )
    text = run_ok(narrowed, "plan", "--env", "production").stdout.splitlines()
    assert text[0].startswith(TITLE)
    assert text[1] == "  renewal-reminders-weekly, 60 days"
    written = f"{first.day} {first:%b} {first.year}"
    assert text[2] == (f"    ! {gap['count']} of 800 expiry dates get no reminder: every Friday from {written} on")


@pytest.mark.parametrize("format", ["markdown", "html", "github", "sarif", "junit"])
def test_every_format_says_it(narrowed: Path, format: str) -> None:
    output = run_ok(narrowed, "plan", "--env", "production", "--format", format).stdout
    assert "of 800 expiry dates get no reminder: every Friday from" in output


def test_a_saved_plan_says_it_without_its_project(narrowed: Path, tmp_path: Path) -> None:
    run_ok(narrowed, "plan", "--env", "production", "-o", str(tmp_path / "p.plan"))
    planned = run_ok(narrowed, "plan", "--env", "production").stdout.splitlines()[:4]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shown = run_ok(elsewhere, "show", "plan", str(tmp_path / "p.plan"))
    assert shown.stdout.splitlines()[:4] == planned


def test_the_calendar_of_a_plan_has_only_what_the_plan_changes(narrowed: Path) -> None:
    calendar = run_ok(narrowed, "plan", "--env", "production", "--format", "json").json()["calendar"]
    assert {step["template"] for step in calendar["steps"]} == {"renewal-reminders-weekly"}
    changeovers = {step["step"]: step["changeover"] for step in calendar["steps"]}
    assert changeovers["90 days"]["never"] == changeovers["60 days"]["twice"] == 0


def test_a_plan_of_one_template_alone_knows_its_schedule(narrowed: Path) -> None:
    only = ("--only", "billingTemplate/renewal-reminders-weekly")
    output = run_ok(narrowed, "plan", "--env", "production", *only).stdout
    assert "get no reminder: every Friday from" in output


def test_a_plan_that_moves_no_date_says_nothing_of_members(applied_example: Path) -> None:
    edit_file(applied_example / REMINDERS, "name: Renewal reminders (weekly)", "name: Reminders (weekly)")
    output = run_ok(applied_example, "plan", "--env", "production").stdout
    assert TITLE not in output
    assert "1 to change" in output


def test_what_staff_changed_is_what_is_before(narrowed: Path) -> None:
    """The dates are compared with the tenant's, not with those of an earlier version of the files."""
    run_ok(narrowed, "plan", "--env", "production", "-o", "p.plan")
    run_ok(narrowed, "apply", "p.plan")
    edit_file(narrowed / REMINDERS, SIXTY.replace("60", "61"), SIXTY)
    output = run_ok(narrowed, "plan", "--env", "production").stdout
    assert "get no reminder" not in output
    assert "takes" in output.splitlines()[2]


def test_drift_has_no_effects(narrowed: Path) -> None:
    assert TITLE not in run_ok(narrowed, "drift", "--env", "production").stdout


def test_a_schedule_that_is_switched_off_says_when_it_was_due(applied_example: Path) -> None:
    edit_file(applied_example / DROPS, "every Monday\n  is_active: true", "every Monday\n  is_active: false")
    output = run_ok(applied_example, "plan", "--env", "production", "-o", "p.plan").stdout
    [(schedule, day)] = json.loads((applied_example / "p.plan").read_bytes())["effects"]["due"].items()
    assert (schedule, date.fromisoformat(day).weekday()) == ("certifications/recurringBillingRun/drops-weekly", 0)
    due = f"It was due every week on Monday at 08:00, next on {week_date(date.fromisoformat(day))}."
    assert f"      ! This run no longer happens. {due}" in output.splitlines()


def test_the_days_of_a_plan_can_be_given(narrowed: Path) -> None:
    plan = run_ok(
        narrowed, "plan", "--env", "production", "--from", "2027-06-01", "--days", "20", "--format", "json"
    ).json()
    assert (plan["effects"]["as_of"], plan["calendar"]["as_of"], plan["calendar"]["days"]) == (
        "2027-06-01",
        "2027-06-01",
        20,
    )
    assert [run["date"] for run in plan["calendar"]["runs"]] == ["2027-06-07", "2027-06-14"]


def test_a_plan_judges_what_it_leaves_in_the_tenant(applied_example: Path) -> None:
    """Staff switched a notice off whose document leaves that to them: only the tenant shows it."""
    edit_file(applied_example / NOTICES, "key: renewal-60\n", "key: renewal-60\nunmanaged: [/is_active]\n")
    transport = open_embedded(shipped_catalog(), applied_example / ".rhythmconf/production.db", "hisp", Dialect())
    with Tenant(transport, shipped_catalog(), "hisp") as tenant:
        notice = tenant.named("notice", "Renewal reminder, 60 days")
        tenant.patch("notice", notice["id"], is_active=False)
    transport.close()
    assert "RC721" not in run_ok(applied_example, "validate", "--env", "production").stdout
    warnings = run_ok(applied_example, "plan", "--env", "production").stderr
    assert "RC721" in warnings
    assert "notice/renewal-60" in warnings


@pytest.fixture
def undeclared(applied_example: Path) -> Path:
    """A project whose rule about `is_active` is an error, and a document that breaks it and is about to be applied."""
    edit_file(applied_example / "rhythmconf.yaml", "sources: [config]\n", "sources: [config]\nlint: {RC724: error}\n")
    edit_file(applied_example / DROPS, "  is_active: true\n  notification_email", "  notification_email")
    edit_file(applied_example / DROPS, "notification_email: registrar", "notification_email: board")
    return applied_example


def test_an_error_of_a_rule_is_shown_by_plan_and_refused_by_apply(undeclared: Path) -> None:
    plan = run(undeclared, "plan", "--env", "sandbox", "-o", "p.plan")
    assert plan.code == 0
    assert "error[RC724]" in plan.stderr
    assert "1 to change" in plan.last
    for command in (("apply", "--env", "sandbox", "--auto-approve"), ("apply", "p.plan")):
        refused = run(undeclared, *command)
        assert refused.code == 3
        assert "error[RC311]: RC724: " in refused.stderr
        assert "rhythmconf explain RC724" in refused.stderr
    assert run(undeclared, "plan", "--env", "sandbox").last == plan.last


@pytest.mark.parametrize("by", ["lint", "comment"])
def test_a_finding_that_is_meant_can_be_applied(undeclared: Path, by: str) -> None:
    if by == "lint":
        edit_file(undeclared / "rhythmconf.yaml", "RC724: error", "RC724: warning")
    else:
        allowed = "spec: # rhythmconf: allow RC724 because staff decides\n  name: Drops after"
        edit_file(undeclared / DROPS, "spec:\n  name: Drops after", allowed)
    assert run(undeclared, "apply", "--env", "sandbox", "--auto-approve").code == 0


def test_a_new_program_names_the_steps_that_take_it_in(applied_example: Path) -> None:
    program = (
        "kind: program\nkey: pilot\nspec: {name: Harbour pilot, customer_type: contact, certificate_mode: disabled}\n"
    )
    (applied_example / "config/programs/pilot.yaml").write_text(program, encoding="utf-8")
    effects = run_ok(applied_example, "plan", "--env", "production", "--format", "json").json()["effects"]["each"]
    assert {(one["effect"], one["other"]) for one in effects} == {("joins", "program/pilot")}
    assert ("drops-weekly", "drop_options") in {(one["key"], one["option"]) for one in effects}
    lines = run_ok(applied_example, "plan", "--env", "production").stdout.splitlines()
    assert lines[0].startswith(TITLE)
    assert "      takes in program/pilot, which is new" in lines
