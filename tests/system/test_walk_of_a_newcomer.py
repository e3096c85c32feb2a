"""What a newcomer had to guess when only the messages helped: each says now what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.process import EXAMPLES, edit_file, make_project, run, run_in_process, run_ok

TEMPLATES = {f"config/{file.name}": file.read_text() for file in (EXAMPLES / "minimal/config").iterdir()}
SETTINGS = "version: 1\nproject: hisp\nsources: [config]\nenvironments:\n  local: {tenant: t, embedded: t.db}\n"
TWO = """\
version: 1
project: hisp
sources: [config]
default_environment: sandbox
environments:
  sandbox: {tenant: hisp-sandbox, embedded: sandbox.db}
  production: {tenant: hisp, embedded: production.db}
"""


@pytest.mark.parametrize(
    ("file", "old", "new", "help"),
    [
        ("reminder", "number: 30, unit_of_time: days, relative_to: the reference date", "relative_to: reference date",
         "did you mean 'the reference date'?"),
        ("reminder", "reminder_notice_id: renewal-30", "reminder_notice: renewal-30",
         "did you mean 'reminder_notice_id'?"),
        ("reminder", "program_ids: [safety-inspector]", "program: [safety-inspector]", "did you mean 'program_ids'?"),
        ("reminder", "reminder_notice_id: renewal-30", "reminder_notice_id: safety-inspector",
         "program/safety-inspector is of another kind; write the key of a notice"),
        ("reminder", "\n---\n", "\n--\n", "write `---`, three dashes, between two documents"),
        ("reminder", "\n---\n", "\n\u2014\n", "write `---`, three dashes, between two documents"),
        ("reminder", "name: Renewal reminder, 30 days", 'name: "Renewal reminder', "close it"),
    ],
)  # fmt: skip
def test_a_slip_is_answered_with_what_to_write(tmp_path: Path, file: str, old: str, new: str, help: str) -> None:
    folder = make_project(tmp_path, TEMPLATES, SETTINGS)
    path = folder / f"config/{file}.yaml"
    path.write_text(path.read_text().replace(old, new, 1))
    shown = run_in_process(folder, "validate")
    assert shown.code == 1
    assert help in shown.stdout


def test_an_unclosed_quote_is_found_before_the_next_document(tmp_path: Path) -> None:
    folder = make_project(tmp_path, TEMPLATES, SETTINGS)
    edit_file(folder / "config/reminder.yaml", "name: Renewal reminder, 30 days", "name: 'Renewal reminder")
    shown = run_in_process(folder, "validate").stdout
    assert "error[RC101]: the quote that begins here is never closed\n --> config/reminder.yaml:7:9" in shown


@pytest.mark.parametrize(
    ("command", "example"),
    [
        ("diff", "for example `rhythmconf diff --from sandbox --to production`"),
        ("promote", "for example `rhythmconf promote --from sandbox --to production`"),
    ],
)
def test_a_missing_option_is_answered_with_an_example(tmp_path: Path, command: str, example: str) -> None:
    shown = run(make_project(tmp_path), command, "sandbox", "production")
    assert (shown.code, example in shown.stderr) == (1, True), shown.stderr


@pytest.mark.parametrize("option", ["--env", "--out"])
def test_an_option_without_its_value_is_answered_with_the_help_of_its_command(tmp_path: Path, option: str) -> None:
    shown = run(make_project(tmp_path), "plan", option).stderr
    assert f"Option '{option}' requires an argument." in shown
    assert "see 'rhythmconf plan --help'" in shown


def test_a_default_that_does_not_exist_names_the_environments(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {}, TWO.replace("default_environment: sandbox", "default_environment: local"))
    assert "help: environments: sandbox, production" in run_in_process(folder, "validate").stderr


def test_a_reference_to_a_new_record_is_its_key(tmp_path: Path) -> None:
    folder = make_project(tmp_path, TEMPLATES, SETTINGS)
    # The page has the name of the record instead.
    named = 'Programs</th><td class="new">Certified Safety Inspector</td>'
    for format in ("text", "markdown", "html"):
        shown = run_in_process(folder, "plan", "--format", format).stdout
        assert (named if format == "html" else "[program/safety-inspector]") in shown
        assert "known after apply" not in shown


def test_ids_that_two_tenants_gave_to_an_item_are_no_difference(tmp_path: Path) -> None:
    folder = make_project(tmp_path, TEMPLATES, TWO)
    run_ok(folder, "apply", "--auto-approve")
    reminders = folder / "config/reminder.yaml"
    before = reminders.read_text()
    text = before.replace("name: 30 days", "name: 31 days").replace("number: 30", "number: 31")
    reminders.write_text(text.replace("number: 36", "number: 37"))
    run_ok(folder, "apply", "--auto-approve")
    run_ok(folder, "apply", "--env", "production", "--auto-approve")
    for to in ("production", "files"):
        said = run_ok(folder, "diff", "--from", "sandbox", "--to", to)
        assert said.last == f"0 differences, 0 only in sandbox, 0 only in {to}, 3 identical."


def test_a_domain_that_all_tenants_share_is_no_leak(tmp_path: Path) -> None:
    text = TEMPLATES["config/reminder.yaml"].replace("certification@example.org", "office@hisp.example")
    folder = make_project(tmp_path, TEMPLATES | {"config/reminder.yaml": text}, TWO)
    assert run_in_process(folder, "validate").last == "All checks passed: 3 documents, 0 problems."
    leaking = text.replace("office@hisp.example", "office@hisp.portal.example")
    (folder / "config/reminder.yaml").write_text(leaking)
    assert "RC730" in run_in_process(folder, "validate").stdout
