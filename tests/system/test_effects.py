"""A plan says before anything else what it does to members, in dates."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.process import edit_file, run_ok

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
