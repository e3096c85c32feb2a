"""What rhythmconf.yaml says schedules mean: keys without a schedule, and meanings that can't be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.process import make_project, run_in_process, write_files

TEMPLATE = "kind: billingTemplate\nkey: drops\nspec: {name: Drops, is_active: true, perform_drops: false}\n"
SCHEDULE = """\
kind: recurringBillingRun
key: {key}
spec: {{name: {key}, template_id: drops, schedule: as agreed, pre_processing_lead_time: 0, is_active: true}}
"""
HEAD = "version: 1\nproject: hisp\nsources: [config]\n"
LOCAL = "  local: {tenant: hisp-local, embedded: .rhythmconf/local.db%s}\n"
OTHER = "  other: {tenant: hisp-other, embedded: .rhythmconf/other.db%s}\n"


def found(folder: Path, settings: str, *arguments: str, code: int = 0) -> list[tuple[str, str, str, str]]:
    """Validate a project with two schedules, `weekly` in all environments and `daily` in `other` alone."""
    make_project(folder, settings=settings)
    write_files(folder, {
        "config/drops.yaml": TEMPLATE,
        "config/weekly.yaml": SCHEDULE.format(key="weekly"),
        "overlays/other/daily.yaml": SCHEDULE.format(key="daily"),
    })  # fmt: skip
    result = run_in_process(folder, "validate", "--format", "json", *arguments)
    assert result.code == code, result
    every: list[dict[str, Any]] = result.json()["diagnostics"]
    about = [one for one in every if one["file"] == "rhythmconf.yaml"]
    return [(one["code"], f"{one['line']}:{one['column']}", one["message"], one["help"]) for one in about]


def test_a_meaning_without_a_schedule_is_a_warning(tmp_path: Path) -> None:
    settings = (
        f"{HEAD}calendar: {{schedules: {{weekly: every day, daily: every weekday, wekly: every day}}}}\nenvironments:\n"
        + LOCAL % ", calendar: {schedules: {daily: every day}}"
        + OTHER % ""
    )
    [first, second] = found(tmp_path, settings)
    assert first == (
        "RC236", "4:65", "no document of a schedule has the key 'wekly'", "did you mean 'weekly'?",
    )  # fmt: skip
    assert second[:3] == ("RC236", "6:86", "no document of a schedule has the key 'daily'")
    assert second[3] == "correct the key, or remove the line"


def test_a_meaning_of_another_environment_is_no_mistake(tmp_path: Path) -> None:
    settings = f"{HEAD}calendar: {{schedules: {{daily: every day}}}}\nenvironments:\n" + LOCAL % "" + OTHER % ""
    assert found(tmp_path, settings) == []
    assert found(tmp_path, settings, "--env", "local") == []


def test_lint_may_silence_the_rule(tmp_path: Path) -> None:
    settings = (
        f"{HEAD}lint: {{RC236: off}}\ncalendar: {{schedules: {{wekly: every day}}}}\nenvironments:\n"
        + LOCAL % ""
        + OTHER % ""
    )
    assert found(tmp_path, settings) == []


def test_a_meaning_that_is_not_understood_is_an_error(tmp_path: Path) -> None:
    settings = (
        f"{HEAD}calendar: {{schedules: {{weekly: every so often}}}}\nenvironments:\n"
        + LOCAL % ", calendar: {schedules: {weekly: now and then}}"
        + OTHER % ""
    )
    help = "write it in words such as `every week on Monday at 06:00`, or as a cron line or an RRULE"
    assert found(tmp_path, settings, code=1) == [
        ("RC003", "4:32", "the meaning of the schedule 'weekly' isn't understood: 'every so often'", help),
        ("RC003", "6:94", "the meaning of the schedule 'weekly' isn't understood: 'now and then'", help),
    ]
    result = run_in_process(tmp_path, "plan", "--env", "local")
    assert result.code == 1
    assert "rhythmconf.yaml:4:32" in result.stderr
