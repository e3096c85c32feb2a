"""An environment with `freeze_hours` takes no change of a template in the hours before its run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rhythmconf.engine.plan import check_freeze
from rhythmconf.errors import Refused
from rhythmconf.model import MISSING, Change, Fingerprint, Key, Plan, Summary
from rhythmconf.model.next_runs import NextRun, NextRuns
from rhythmconf.model.plan import FieldChange
from rhythmconf.settings import Environment
from tests.support.emulated import shipped_catalog
from tests.support.process import edit_file, make_project, run_in_process, run_ok

SETTINGS = """\
version: 1
project: demo
sources: [config]
environments:
  here: {{tenant: t, embedded: here.db, freeze_hours: {hours}, calendar: {{zone: America/New_York}}}}
  open: {{tenant: t, embedded: open.db}}
"""
TEMPLATE = """\
kind: billingTemplate
key: drops
spec:
  name: Drops
  is_active: true
  perform_drops: true
  drop_options:
    expiration_date_range_start:
      {{position: before, number: {start}, unit_of_time: days, relative_to: the reference date}}
    expiration_date_range_end:
      {{position: before, number: 10, unit_of_time: days, relative_to: the reference date}}
    program_restriction: none
---
kind: recurringBillingRun
key: drops-runs
spec:
  {{name: Runs, template_id: drops, schedule: "{schedule}", pre_processing_lead_time: 0, is_active: true}}
---
kind: statusReason
key: lapsed
spec: {{name: {reason}}}
"""
DAILY = "every day at 06:00"


def write(site: Path, start: int, schedule: str = DAILY, reason: str = "Lapsed") -> None:
    text = TEMPLATE.format(start=start, schedule=schedule, reason=reason)
    (site / "config/all.yaml").write_text(text)


def make_site(folder: Path, hours: float, schedule: str = DAILY) -> Path:
    """Make a project whose documents are applied: there were no runs before, so each plan would be frozen."""
    site = make_project(folder, {"config/all.yaml": ""}, SETTINGS.format(hours=hours))
    write(site, 16, schedule)
    run_ok(site, "apply", "--env", "here", "--auto-approve", "--ignore-freeze")
    return site


def test_a_change_of_a_template_waits_until_its_run_is_over(tmp_path: Path) -> None:
    site = make_site(tmp_path, 24)
    write(site, 17)
    planned = run_in_process(site, "plan", "--env", "here", "-o", "the.plan")
    assert planned.code == 0
    assert re.search(
        r"note\[RC320\]: here is frozen for this plan from .* 06:00 America/New_York to .* 06:00", planned.stderr
    )
    for command in (("apply", "the.plan"), ("apply", "--env", "here", "--auto-approve")):
        refused = run_in_process(site, *command)
        assert refused.code == 3
        assert re.search(
            r"RC320\]: billingTemplate/drops runs in \d+\.\d hours, \w{3} \d+ \w{3} \d{4}, 06:00", refused.stderr
        )
        assert "--ignore-freeze" in refused.stderr
    assert "1 to change" in run_ok(site, "plan", "--env", "here").stdout
    run_ok(site, "apply", "the.plan", "--ignore-freeze")
    assert "No changes." in run_ok(site, "plan", "--env", "here").stdout
    run = run_ok(site, "history", "--env", "here", "--format", "json").json()["runs"][0]["run"]
    assert run_in_process(site, "rollback", run, "--auto-approve").code == 3
    run_ok(site, "rollback", run, "--auto-approve", "--ignore-freeze")


def later() -> str:
    """Return a schedule whose next run is in two to three days."""
    return f"every week on {datetime.now(UTC) + timedelta(3):%A} at 12:00"


@pytest.mark.parametrize("is_moved_away", [True, False])
def test_a_change_of_a_schedule_waits_for_the_runs_of_both(tmp_path: Path, is_moved_away: bool) -> None:
    before, after = (DAILY, later()) if is_moved_away else (later(), DAILY)
    site = make_site(tmp_path, 24, before)
    write(site, 16, after)
    assert run_in_process(site, "apply", "--env", "here", "--auto-approve").code == 3


def test_what_no_run_does_is_not_frozen(tmp_path: Path) -> None:
    site = make_site(tmp_path, 24)
    write(site, 16, reason="Lapsed again")
    planned = run_ok(site, "plan", "--env", "here", "-o", "the.plan")
    assert "RC320" not in planned.stderr
    run_ok(site, "apply", "the.plan")


def test_a_run_in_some_days_freezes_nothing_yet(tmp_path: Path) -> None:
    site = make_site(tmp_path, 12, later())
    write(site, 17, later())
    run_ok(site, "plan", "--env", "here", "-o", "the.plan")
    run_ok(site, "apply", "the.plan")


def test_a_plan_from_before_the_setting_is_made_again(tmp_path: Path) -> None:
    site = make_site(tmp_path, 24)
    settings = (site / "rhythmconf.yaml").read_text()
    edit_file(site / "rhythmconf.yaml", " freeze_hours: 24,", "")
    write(site, 17)
    run_ok(site, "plan", "--env", "here", "-o", "the.plan")
    (site / "rhythmconf.yaml").write_text(settings)
    refused = run_in_process(site, "apply", "the.plan")
    assert refused.code == 3
    assert "the plan doesn't tell the runs of the next 24 hours" in refused.stderr
    assert "plan again" in refused.stderr


def test_a_schedule_without_a_document_counts(tmp_path: Path) -> None:
    site = make_site(tmp_path, 24)
    text = (site / "config/all.yaml").read_text()
    (site / "config/all.yaml").write_text(text.split("---\n")[0])  # the record stays without its document
    run_ok(site, "plan", "--env", "here")
    edit_file(site / "config/all.yaml", "number: 16", "number: 17")
    refused = run_in_process(site, "apply", "--env", "here", "--auto-approve")
    assert refused.code == 3
    assert "runs in" in refused.stderr


def test_a_schedule_that_nobody_understands_is_named(tmp_path: Path) -> None:
    site = make_site(tmp_path, 24, "rhythm:weekly")
    write(site, 17, "rhythm:weekly")
    planned = run_ok(site, "plan", "--env", "here", "-o", "the.plan")
    assert (
        "warning[RC343]: freeze_hours can't keep the hours before the runs of recurringBillingRun/drops-runs"
        in planned.stderr
    )
    run_ok(site, "apply", "the.plan")


@pytest.mark.parametrize("hours", ["0", "-1", "169", "often"])
def test_hours_that_make_no_sense_are_an_error(tmp_path: Path, hours: str) -> None:
    site = make_project(tmp_path, {"config/all.yaml": ""}, SETTINGS.format(hours=hours))
    refused = run_in_process(site, "validate")
    assert refused.code == 1
    assert re.search(r"rhythmconf\.yaml:5:\d+", refused.stderr)
    assert "freeze_hours" in refused.stderr


NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
DROPS = Key("certifications/billingTemplate", "drops")
HERE = Environment("here", "t", freeze_hours=12)


def make_plan(*hours: float, until: float = 500) -> Plan:
    """Make a plan whose template runs so many hours from now."""
    change = Change(DROPS, "update", "1", fields=(FieldChange("/name", "a", "b"),))
    runs = tuple(
        NextRun(NOW + timedelta(hours=each), DROPS, Key("certifications/recurringBillingRun", "r")) for each in hours
    )
    plan = Plan(Fingerprint("here", "t", ""), (change,), Summary())
    return plan._replace(next_runs=NextRuns(NOW + timedelta(hours=until), runs))


@pytest.mark.parametrize(
    ("hours", "frozen"),
    [((), False), ((-0.1,), False), ((0.0,), True), ((11.9,), True), ((12.0,), False), ((-1.0, 30.0, 3.0), True)],
)
def test_the_hours_begin_before_the_run_and_end_with_it(hours: Sequence[float], frozen: bool) -> None:
    with pytest.raises(Refused, match="frozen 12 hours before a run") if frozen else nullcontext():
        check_freeze(make_plan(*hours), HERE, shipped_catalog(), now=NOW.timestamp())
    check_freeze(make_plan(*hours), HERE._replace(freeze_hours=None), shipped_catalog(), now=NOW.timestamp())


def test_a_mark_changes_no_run() -> None:
    plan = make_plan(1)
    marked = plan.changes[0]._replace(fields=(FieldChange("/sys_external_id", MISSING, "rhythmconf/p/drops"),))
    check_freeze(plan._replace(changes=(marked,)), HERE, shipped_catalog(), now=NOW.timestamp())


def test_a_plan_that_ends_before_the_freeze_does_is_refused() -> None:
    with pytest.raises(Refused, match="doesn't tell the runs of the next 12 hours"):
        check_freeze(make_plan(until=11), HERE, shipped_catalog(), now=NOW.timestamp())


@pytest.mark.parametrize(
    "time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-30T12:00:00", "2026-11-30", "soon", 7]
)
def test_a_plan_file_can_have_no_other_time_than_one_in_utc(time: object) -> None:
    written: Any = make_plan(3).next_runs
    assert NextRuns.from_json(written.to_json()) == written
    for wrong in ({"until": time}, {"runs": [{"at": time, "template": str(DROPS), "schedule": str(DROPS)}]}):
        with pytest.raises(ValueError, match=r"is not a time such as|can't be read"):
            NextRuns.from_json(written.to_json() | wrong)
