"""Findings of rules in a project: what they do to exit codes, what the project file sets, what a comment allows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.process import SETTINGS, edit_file, make_project, run_in_process, run_ok

DROPS = """\
        kind: billingTemplate
        key: drops
        spec:
          name: Drops
          is_active: true
          perform_drops: false
        """
SWITCHES = "spec:  # rhythmconf: allow RC725 because it is switched on in June"


def codes(folder: Path, *arguments: str) -> list[tuple[str, str, bool]]:
    """Return code, severity and whether it is suppressed of each finding of a valid project."""
    found = run_in_process(folder, "validate", "--format", "json", *arguments).json()["diagnostics"]
    return [(one["code"], one["severity"], bool(one.get("suppressed"))) for one in found]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project", {"config/drops.yaml": DROPS}, SETTINGS)


def test_a_finding_is_a_warning(project: Path) -> None:
    result = run_in_process(project, "validate")
    assert result.code == 0
    assert "warning[RC725]: billingTemplate/drops does nothing: none of its steps is switched on" in result.stdout
    assert "Found 1 warning in 1 document." in result.stdout


@pytest.mark.parametrize(("level", "code"), [("error", 1), ("warning", 0), ("off", 0)])
def test_the_project_sets_the_severity_of_a_rule(project: Path, level: str, code: int) -> None:
    edit_file(project / "rhythmconf.yaml", "version: 1\n", f"version: 1\nlint: {{RC725: {level}}}\n")
    assert run_in_process(project, "validate").code == code
    assert codes(project) == ([] if level == "off" else [("RC725", level, False)])


def test_an_environment_sets_another_severity_than_the_project(project: Path) -> None:
    edit_file(project / "rhythmconf.yaml", "version: 1\n", "version: 1\nlint: {RC725: error}\n")
    edit_file(project / "rhythmconf.yaml", "  local: {", "  local: {lint: {RC725: off}, ")
    assert codes(project, "--env", "local") == []
    assert codes(project, "--env", "guarded") == [("RC725", "error", False)]
    assert run_in_process(project, "validate").code == 1


def test_a_wrong_code_in_an_environment_is_one_error(project: Path) -> None:
    edit_file(project / "rhythmconf.yaml", "  local: {", "  local: {lint: {RC203: off}, ")
    result = run_in_process(project, "validate")
    assert result.code == 1
    assert "lint: 'RC203' is not the code of a rule" in result.stderr


def test_the_error_of_a_rule_does_not_keep_a_plan_from_being_made(project: Path) -> None:
    edit_file(project / "rhythmconf.yaml", "version: 1\n", "version: 1\nlint: {RC725: error}\n")
    result = run_in_process(project, "plan")
    assert "error[RC725]" in result.stderr
    assert "1 to add, 0 to change, 0 to destroy." in result.stdout


def test_a_comment_with_a_reason_suppresses_a_finding_in_each_format(project: Path) -> None:
    edit_file(project / "rhythmconf.yaml", "version: 1\n", "version: 1\nlint: {RC725: error}\n")
    edit_file(project / "config/drops.yaml", "spec:", SWITCHES)
    result = run_in_process(project, "validate")
    assert result.code == 0
    assert "1 finding suppressed: RC725 config/drops.yaml:3 because it is switched on in June" in result.stdout
    assert "All checks passed" in result.stdout
    assert codes(project) == [("RC725", "error", True)]
    sarif = json.loads(run_in_process(project, "validate", "--format", "sarif").stdout)["runs"][0]["results"]
    assert sarif[0]["suppressions"][0]["justification"] == "it is switched on in June"
    plan = run_in_process(project, "plan")
    assert "1 finding suppressed: RC725" in plan.stderr
    assert plan.code == 0


def test_a_comment_that_does_nothing_is_a_warning_once_for_all_environments(project: Path) -> None:
    edit_file(project / "config/drops.yaml", "spec:", SWITCHES)
    edit_file(project / "config/drops.yaml", "is_active: true", "is_active: false")
    assert codes(project) == [("RC711", "warning", False)]
    # Nobody knows whether another environment needs the comment.
    assert codes(project, "--env", "local") == []


def test_a_comment_may_be_about_one_environment(project: Path) -> None:
    edit_file(project / "config/drops.yaml", "spec:", SWITCHES)
    overlay = project / "overlays/local/drops.yaml"
    overlay.parent.mkdir(parents=True)
    overlay.write_text("kind: billingTemplate\nkey: drops\nspec: {is_active: false}\n", encoding="utf-8")
    assert codes(project) == [("RC725", "warning", True)]


def test_another_day_gives_other_findings(project: Path) -> None:
    rules = project / "config/rules.yaml"
    rules.write_text(
        "kind: expirationRuleSet\nkey: r\nspec:\n  name: R\n  is_active: true\n  default_expiration_options:\n"
        "    anniversary_expiration_options:\n      fixed_expiration_dates:\n"
        "        - {expiration_date: '2030-06-30', range_start: '2030-01-01', range_end: '2030-03-01'}\n",
        encoding="utf-8",
    )
    assert codes(project, "--from", "2030-06-30") == [("RC725", "warning", False)]
    assert codes(project, "--from", "2030-07-01") == [("RC725", "warning", False), ("RC727", "warning", False)]


@pytest.mark.parametrize(("day", "says"), [("soon", "'soon' is not a date"), ("9999-12-01", "is not a year from 1970")])
def test_a_wrong_day_is_one_error(project: Path, day: str, says: str) -> None:
    result = run_in_process(project, "validate", "--from", day)
    assert result.code == 1
    assert says in result.stderr


IDLE = """\
kind: billingTemplate
key: drops
spec:
  name: Drops
  is_active: true
"""
BUSY = f"""\
{IDLE}  perform_drops: true
  drop_options:
    expiration_date_range_start: {{position: before, number: 88, unit_of_time: days, relative_to: the reference date}}
    expiration_date_range_end: {{position: before, number: 61, unit_of_time: days, relative_to: the reference date}}
"""
RESTRICTED = """\
kind: program
key: cmsi
spec: {name: CMSI, is_active: true}
---
kind: applicationNotice
key: welcome
spec:
  name: Welcome
  is_active: true
  restrict_to_certain_programs: true
  restricted_program_ids: [cmsi]
  email: {from: a@b.example, subject: Hello, body: Hello}
"""
SILENT = RESTRICTED.replace("  restrict_to_certain_programs: true\n", "")


def plans(project: Path) -> list[str]:
    """Return what every command says that compares the files with the tenant."""
    results = [run_in_process(project, *command) for command in (("plan",), ("plan", "--format", "json"), ("drift",))]
    return [result.stdout + result.stderr for result in results]


@pytest.mark.parametrize(
    ("code", "applied", "now"),
    [
        # No step is on in the document; one is in the record.
        ("RC725", BUSY, IDLE),
        # The document has a list without its switch; the record has the switch on.
        ("RC723", RESTRICTED, SILENT),
    ],
)
def test_a_finding_that_the_record_disproves_is_none_in_a_plan(
    tmp_path: Path, code: str, applied: str, now: str
) -> None:
    project = make_project(tmp_path / "project", {"config/all.yaml": applied}, SETTINGS)
    run_ok(project, "apply", "--auto-approve")
    (project / "config/all.yaml").write_text(now, encoding="utf-8")
    assert code in run_in_process(project, "validate").stdout
    assert [code in shown for shown in plans(project)] == [False] * 3
    # Elsewhere, where there is no such record, it holds.
    assert code in run_in_process(project, "plan", "--env", "guarded").stderr


def test_an_error_that_the_record_disproves_stops_no_apply(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", {"config/all.yaml": BUSY}, SETTINGS)
    run_ok(project, "apply", "--auto-approve")
    (project / "config/all.yaml").write_text(IDLE.replace("name: Drops", "name: All drops"), encoding="utf-8")
    edit_file(project / "rhythmconf.yaml", "version: 1\n", "version: 1\nlint: {RC725: error}\n")
    assert run_in_process(project, "validate").code == 1
    assert "1 changed" in run_ok(project, "apply", "--auto-approve").last
    assert run_in_process(project, "apply", "--auto-approve", "--env", "local").code == 0


@pytest.mark.parametrize(
    ("code", "applied", "now"),
    [
        # What the document doesn't say is true of it, whatever the record has.
        ("RC724", BUSY.replace("is_active: true", "is_active: false"), BUSY.replace("  is_active: true\n", "")),
        # The record has more, but not this.
        ("RC725", RESTRICTED + "---\n" + IDLE, SILENT + "---\n" + IDLE),
        # Only another record has the switch.
        ("RC723", RESTRICTED, SILENT.replace("key: welcome", "key: other").replace("Welcome", "Other")),
    ],
)
def test_a_finding_that_no_record_disproves_stays(tmp_path: Path, code: str, applied: str, now: str) -> None:
    project = make_project(tmp_path / "project", {"config/all.yaml": applied}, SETTINGS)
    run_ok(project, "apply", "--auto-approve")
    (project / "config/all.yaml").write_text(now, encoding="utf-8")
    for shown in plans(project):
        assert shown.count(f"[{code}]") == 1 or shown.count(f'"{code}"') == 1, shown
