"""An apply names the billing runs that it comes too late for; a rollback names those that it doesn't undo."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rhythmconf.errors import Rejected
from rhythmconf.flows.run_warnings import warn_of_made
from rhythmconf.model import Body, Change, Key
from rhythmconf.settings import CalendarSettings
from tests.support.emulated import shipped_catalog
from tests.support.populations import prepare_run
from tests.support.process import edit_file, run_ok

DROPS = "config/billing/drops.yaml"
DATABASE = ".rhythmconf/production.db"
TODAY = datetime.now(UTC).date()
SOON, YESTERDAY = (f"{TODAY + timedelta(days)}" for days in (9, -1))


@pytest.fixture
def shortened(applied_example: Path) -> Path:
    """A project that drops members a day earlier than its tenant; the plan is saved as p.plan."""
    edit_file(applied_example / DROPS, "number: 61", "number: 60")
    run_ok(applied_example, "plan", "--env", "production", "-o", "p.plan")
    return applied_example


def test_an_apply_names_the_runs_that_were_prepared_before_it(shortened: Path) -> None:
    prepare_run(shortened / DATABASE, "hisp", "drops-weekly", SOON)
    prepare_run(shortened / DATABASE, "hisp", "drops-weekly", YESTERDAY, run_date=YESTERDAY)
    prepare_run(shortened / DATABASE, "hisp", "forecast-year", SOON)
    applied = run_ok(shortened, "apply", "p.plan").stderr
    assert applied.count("RC548") == 1
    assert "the run of drops-weekly on" in applied
    assert "(0 people, ready) was prepared from the old template" in applied


def test_an_apply_that_changes_no_template_asks_for_no_run(applied_example: Path) -> None:
    edit_file(applied_example / "config/status-reasons.yaml", "name: Renewal overdue", "name: Overdue")
    run_ok(applied_example, "plan", "--env", "production", "-o", "p.plan")
    assert "billingRuns" not in run_ok(applied_example, "apply", "p.plan", "-v").stderr


def test_an_environment_that_is_not_protected_asks_for_no_run(shortened: Path) -> None:
    prepare_run(shortened / ".rhythmconf/sandbox.db", "hisp-sandbox", "drops-weekly", SOON)
    done = run_ok(shortened, "apply", "--env", "sandbox", "--auto-approve", "-v")
    assert "1 changed" in done.stdout
    assert "billingRuns" not in done.stderr


def test_a_rollback_names_the_runs_that_were_made_in_between(shortened: Path) -> None:
    prepare_run(
        shortened / DATABASE, "hisp", "drops-weekly", YESTERDAY, preprocessing_date=YESTERDAY, run_date=YESTERDAY
    )
    run_ok(shortened, "apply", "p.plan")
    prepare_run(shortened / DATABASE, "hisp", "drops-weekly", SOON, preprocessing_date=f"{TODAY}")
    prepare_run(shortened / DATABASE, "hisp", "forecast-year", SOON, preprocessing_date=f"{TODAY}")
    run = run_ok(shortened, "history", "--env", "production", "--format", "json").json()["runs"][0]["run"]
    back = run_ok(shortened, "rollback", run, "-o", "back.plan")
    assert back.stderr.count("RC549") == 1
    assert "(0 people, ready) was made since the apply: a rollback doesn't undo it" in back.stderr
    assert "was made since the apply" in (shortened / "back.plan").read_text()


class _Refusing:
    """A client whose tenant doesn't let billing runs be read."""

    def with_budget(self, _most: int) -> _Refusing:
        return self

    def search(self, *_: object) -> Iterator[list[Body]]:
        raise Rejected("no", status=403)


def test_runs_that_can_not_be_read_are_not_known() -> None:
    changed = Change(Key("certifications/billingTemplate", "drops"), "delete", "1")
    reading = warn_of_made(_Refusing(), [changed], shipped_catalog(), CalendarSettings(), "2026-11-30T10:00:00Z")  # type: ignore[arg-type]
    with pytest.raises(StopIteration) as stopped:
        next(reading)
    [note] = stopped.value.value
    assert (note.code, note.severity) == ("RC549", "note")
    assert "billing runs are not known" in note.message
