"""`calendar` shows what the files mean in dates: every format, from the files alone, whatever the rules say."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.support.process import EXAMPLES, Completed, edit_file, make_project, run, run_in_process, run_ok, write_files

FORMATS = ("text", "json", "markdown", "html", "ics")
SETTINGS = """\
version: 1
project: hisp
sources: [config]
default_environment: production
calendar: {zone: America/New_York}
environments:
  production:
    tenant: hisp
    auth: {domain: hisp.us.auth0.com, client_id: "${NOT_SET}", client_secret: "${NOT_SET_EITHER}"}
  sandbox: {tenant: hisp-sandbox, embedded: .rhythmconf/sandbox.db, calendar: {zone: Europe/Berlin}}
"""
TEMPLATE = """\
kind: billingTemplate
key: drops-weekly
spec:
  name: Drops
  is_active: true
  perform_drops: true
  drop_options:
    program_restriction: none
    expiration_date_range_start: {position: before, number: 67, unit_of_time: days, relative_to: the reference date}
    expiration_date_range_end: {position: before, number: 61, unit_of_time: days, relative_to: the reference date}
---
kind: recurringBillingRun
key: drops-weekly
spec:
  name: Drops, every Monday
  template_id: drops-weekly
  schedule: every week on Monday at 08:00
  pre_processing_lead_time: 3
  is_active: true
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project whose tenant nobody can reach: its variables are not set."""
    return make_project(tmp_path, {"config/drops.yaml": TEMPLATE}, SETTINGS)


def calendar(folder: Path, *arguments: str) -> Completed:
    """Run the command for a calendar from 1 December 2026 on; it must succeed and print no error."""
    done = run_ok(folder, "calendar", "--from", "2026-12-01", *arguments)
    assert done.stderr == ""
    return done


def test_a_process_writes_every_format_from_the_files_alone(project: Path) -> None:
    outputs = [word for name in FORMATS for word in ("--format", name, "--output-file", f"out.{name}")]
    done = run(project, "calendar", "--from", "2026-12-01", *outputs)
    assert (done.code, done.stdout, done.stderr) == (0, "", "")
    written = {name: (project / f"out.{name}").read_text(encoding="utf-8") for name in FORMATS}
    assert "    Mon 7 Dec 2026   1 Oct-7 Oct (7 days)\n" in written["text"]
    assert json.loads(written["json"])["runs"][0]["prepared_on"] == "2026-12-02"
    assert "| Mon 7 Dec 2026 | 1 Oct-7 Oct (7 days) |" in written["markdown"]
    assert written["html"].startswith("<!DOCTYPE html>")
    assert written["ics"].startswith("BEGIN:VCALENDAR")
    # Neither a tenant nor its folder was made.
    assert not (project / ".rhythmconf" / "sandbox.db").exists()


def test_the_environment_chooses_overlays_and_calendar_settings(project: Path) -> None:
    edit_file(project / "config/drops.yaml", "number: 67", "number: 70")
    assert "Dates and times are in America/New_York." in calendar(project).stdout
    write_files(
        project,
        {
            "overlays/sandbox/off.yaml": "kind: recurringBillingRun\nkey: drops-weekly\nspec: {is_active: false}\n",
        },
    )
    off = calendar(project, "--env", "sandbox").stdout
    assert "Dates and times are in Europe/Berlin." in off
    assert off.endswith("Nothing runs in sandbox: every schedule is switched off.\n")


def test_the_first_day_is_today_in_the_zone_of_the_tenant(project: Path) -> None:
    zone = ZoneInfo("Pacific/Kiritimati")
    edit_file(project / "rhythmconf.yaml", "America/New_York", zone.key)
    before = datetime.now(zone).date()
    value = run_ok(project, "calendar", "--format", "json").json()
    assert before <= date.fromisoformat(value["as_of"]) <= datetime.now(zone).date()


@pytest.mark.parametrize(
    ("arguments", "message", "help"),
    [
        (["billingTemplate/drop-weekly"], "no document declares billingTemplate/drop-weekly", "did you mean 'drops-"),
        (["program/cmsi"], "program/cmsi is neither a template nor a schedule", "billingTemplate, recurringBillingRun"),
        (["drops-weekly"], "'drops-weekly' is not KIND/KEY", "program/cmsi"),
        (["--from", "tomorrow"], "--from: 'tomorrow' is not a date", "2026-12-01"),
        (["--from", "2027-02-29"], "--from: '2027-02-29' is not a date", "February 2027 has 28 days"),
        (["--from", "31.12.2026"], "--from: '31.12.2026' is not a date", "write 2026-12-31"),
        (["--from", "0001-01-01"], "0001-01-01 is not a day of a calendar", "1900-01-01"),
        (["--from", "9999-12-31"], "9999-12-31 is not a day of a calendar", "2200-12-31"),
        (["--days", "801"], "801 is not in the range 1<=x<=800", "--help"),
        (["--days", "0"], "0 is not in the range 1<=x<=800", "--help"),
        (["--format", "sarif"], "'sarif' is not one of", "--help"),
        (["--env", "prodution"], "There is no environment prodution", "did you mean 'production'"),
    ],
)
def test_wrong_arguments_say_what_to_type(project: Path, arguments: list[str], message: str, help: str) -> None:
    done = run_in_process(project, "calendar", *arguments)
    assert (done.code, done.stdout) == (1, "")
    assert message in done.stderr
    assert help in done.stderr


def test_keys_choose_templates_and_schedules(project: Path) -> None:
    write_files(
        project, {"config/more.yaml": TEMPLATE.replace("drops-weekly", "more").replace("name: D", "name: More d")}
    )
    whole = calendar(project, "--format", "json").json()
    assert {step["template"] for step in whole["steps"]} == {"drops-weekly", "more"}
    for key in ("billingTemplate/more", "recurringBillingRun/more", "certifications/billingTemplate/more"):
        value = calendar(project, key, "--format", "json").json()
        assert {step["template"] for step in value["steps"]} == {run["schedule"] for run in value["runs"]} == {"more"}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("number: 67", "number: 5", "its window ends before it begins, on every run"),
        ("position: before, number: 61", "position: after, number: 61", "is in more than one run"),
        ("number: 61, unit_of_time: days", "number: 1.5, unit_of_time: months", "its window is not clear"),
        ("every week on Monday at 08:00", "at full moon", "the schedule 'at full moon' is not understood"),
    ],
    ids=["RC701", "RC706", "RC708", "RC700"],
)
def test_what_the_rules_find_does_not_stop_it(project: Path, old: str, new: str, says: str) -> None:
    edit_file(project / "config/drops.yaml", old, new)
    assert says in " ".join(calendar(project).stdout.split())
    for name in FORMATS:
        assert calendar(project, "--format", name).stdout


def test_files_with_other_errors_are_refused(project: Path) -> None:
    edit_file(project / "config/drops.yaml", "perform_drops", "preform_drops")
    done = run_in_process(project, "calendar")
    assert (done.code, done.stdout) == (1, "")
    assert "error in the files" in done.stderr


def test_no_colour_and_plain_ascii(project: Path) -> None:
    plain = run(project, "calendar", "--from", "2026-12-01", env={"NO_COLOR": "1", "LC_ALL": "C"})
    assert plain.stdout.isascii()
    assert "\x1b" not in plain.stdout
    assert max(map(len, plain.stdout.splitlines())) <= 80
    painted = run(project, "calendar", "--from", "2026-12-01", "--color", "always")
    assert "\x1b[" in painted.stdout


def test_a_variable_with_a_format_of_other_commands_means_text(project: Path) -> None:
    done = run_in_process(project, "calendar", "--from", "2026-12-01", env={"RHYTHMCONF_FORMAT": "sarif"})
    assert (done.code, done.stdout.splitlines()[0]) == (
        0,
        "Calendar of production  1 Dec 2026 to 28 Feb 2027 (90 days)",
    )


def test_the_same_day_gives_the_same_bytes(project: Path) -> None:
    for name in FORMATS:
        assert calendar(project, "--format", name) == calendar(project, "--format", name)


def test_all_readings_are_shown_where_they_are_asked_for(project: Path) -> None:
    assert "if bounds is end-open" not in calendar(project).stdout
    assert "if bounds is end-open (G3)" in calendar(project, "--readings", "all").stdout


def test_the_example_has_no_problem() -> None:
    text = run_ok(EXAMPLES / "association", "calendar", "--env", "production", "--from", "2026-12-01").stdout
    assert "Look at these first" not in text
    assert text.endswith("147 runs in 90 days, 8 schedules, 15 steps.\n")
    assert max(map(len, text.splitlines())) <= 80
