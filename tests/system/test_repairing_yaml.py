"""A mistake in the shape of a document is named where it is, with what repairs it, and one edit repairs it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.process import make_project, run_in_process, write_files

TEMPLATE = """\
kind: billingTemplate
key: reminders
spec:
  name: Reminders
  is_active: true
  send_renewal_reminders: true
  renewal_reminder_options:
    reminders:
      - name: 30 days
        reminder_notice_id: mail
        expiration_date_range_start:
          {position: after, number: 30, unit_of_time: days, relative_to: the reference date}
        expiration_date_range_end:
          {position: after, number: 36, unit_of_time: days, relative_to: the reference date}
    program_restriction: include
    program_ids: [cmsi]
---
kind: program
key: cmsi
spec: {name: CMSI, is_active: true}
---
kind: notice
key: mail
spec:
  name: Mail
  email: {from: a@b.example, subject: Renew, body: Renew}
"""


def validate(tmp_path: Path, old: str, new: str, text: str = TEMPLATE) -> list[str]:
    """Return the output of `validate` on the template with one change, each line without what is around it."""
    assert text.count(old) >= 1
    folder = make_project(tmp_path, {"config/a.yaml": text.replace(old, new, 1)})
    result = run_in_process(folder, "validate", "--env", "local")
    assert result.code == 1
    return [line.strip() for line in (result.stdout + result.stderr).splitlines()]


def errors(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("error[")]


@pytest.mark.parametrize(
    ("old", "line"),
    [
        ("spec:\n  name: Reminders", 3),
        ("spec:\n  name: Mail", 24),
        ("# above\nspec:\n  # below\n  name: Reminders", 6),
    ],
)
def test_a_missing_spec_is_named_at_once(tmp_path: Path, old: str, line: int) -> None:
    text = TEMPLATE.replace("spec:\n  name: Reminders", old) if old.startswith("#") else TEMPLATE
    lines = validate(tmp_path, old, old.replace("spec:\n", ""), text)
    line -= old.startswith("#")
    [error] = errors(lines)
    assert error == f"error[RC101]: the line `spec:` is missing above line {line}"
    assert f"help: write a line `spec:`, without spaces in front, above line {line}" in lines


def test_deeper_lines_below_a_spec_are_still_called_deeper(tmp_path: Path) -> None:
    [error] = errors(validate(tmp_path, "  is_active: true\n  send", "    is_active: true\n  send"))
    assert "missing" not in error
    assert "indented" in error


@pytest.mark.parametrize("option", ["drop_options", "renewal_reminder_options", "application_expiration_options"])
def test_a_missing_option_comes_with_a_skeleton_of_all_that_it_needs(tmp_path: Path, option: str) -> None:
    switches = {
        "drop_options": "perform_drops",
        "renewal_reminder_options": "send_renewal_reminders",
        "application_expiration_options": "expire_applications",
    }
    head = TEMPLATE.partition("  send_renewal")[0]
    text = f"{head}  {switches[option]}: true\n---{TEMPLATE.partition('---')[2]}"
    lines = validate(tmp_path, "is_active", "is_active", text)
    found = re.search(rf"`({option}: \{{.*\}})`", "\n".join(lines))
    assert found is not None
    skeleton = found[1].replace("<key of a notice>", "mail").replace("<number>", "7")
    assert "<" not in skeleton
    assert ("position: before" in skeleton) == (option != "renewal_reminder_options")
    folder = tmp_path / "repaired"
    folder.mkdir()
    make_project(folder, {"config/a.yaml": text.replace(": true\n---", f": true\n  {skeleton}\n---")})
    output = run_in_process(folder, "validate", "--env", "local")
    assert "error[RC2" not in output.stdout + output.stderr


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("      - name: 30", "        name: 30", "name"),
        ("      - name: 30 days\n        rem", "        rem", "reminder_notice_id"),
        ("\n      - name: 30", "\n\n        # one\n        name: 30", "name"),
    ],
)
def test_a_missing_dash_is_named(tmp_path: Path, old: str, new: str, name: str) -> None:
    lines = validate(tmp_path, old, new)
    line = (
        TEMPLATE.replace(old, new, 1).split("\n").index(f"        {name}: {'mail' if 'notice' in name else '30 days'}")
        + 1
    )
    assert len(errors(lines)) == 1
    assert f"help: write `- ` in place of the two spaces in front of `{name}` in line {line}" in lines


@pytest.mark.parametrize(
    ("old", "new", "line", "item"),
    [
        ("- name: 30 days", "-name: 30 days", 9, "- name"),
        ("[cmsi]", "\n      -cmsi", 17, "- cmsi"),
        ("[cmsi]", "\n      - cmsi\n      -other", 18, "- other"),
    ],
)
def test_a_dash_without_a_blank_is_named(tmp_path: Path, old: str, new: str, line: int, item: str) -> None:
    lines = validate(tmp_path, old, new)
    assert len(errors(lines)) == 1
    assert any(f"a.yaml:{line}:" in one for one in lines)
    assert any(one.startswith("help:") and f"`{item}`" in one for one in lines)
    assert any("dash" in one and "blank" in one for one in lines)


@pytest.mark.parametrize(
    ("old", "line", "lacks"),
    [
        (
            "        reminder_notice_id",
            10,
            "reminder_notice_id, expiration_date_range_start and expiration_date_range_end",
        ),
        ("        expiration_date_range_start", 11, "expiration_date_range_start and expiration_date_range_end"),
        ("        expiration_date_range_end", 13, "expiration_date_range_end: it is in"),
    ],
)
def test_a_dash_that_splits_an_item_is_one_error(tmp_path: Path, old: str, line: int, lacks: str) -> None:
    lines = validate(tmp_path, old, f"      - {old.strip()}")
    [error] = errors(lines)
    assert f"reminders[0] lacks {lacks}" in error
    assert "in reminders[1]" in error
    assert any(f"put two blanks in place of `- ` in line {line}:" in one for one in lines)


def test_two_items_that_both_lack_a_field_are_no_split(tmp_path: Path) -> None:
    whole = TEMPLATE.partition("      - name")[2].partition("    program_restriction")[0]
    text = TEMPLATE.replace("    program_restriction", f"      - name{whole}    program_restriction", 1)
    lines = validate(tmp_path, "        reminder_notice_id: mail\n", "", text)
    assert "reminders[0]: reminder_notice_id is missing" in errors(lines)[0]


@pytest.mark.parametrize("text", ["“Mail: “", "“a: b”", "„a: b“", "«a: b»", "‘a: b’"])
def test_typographic_quotes_around_a_colon_are_named(tmp_path: Path, text: str) -> None:
    lines = validate(tmp_path, "name: Mail", f"name: {text}")
    assert f"the typographic quote {text[0]} doesn't quote a text" in errors(lines)[0]
    assert any(one.startswith('help: write " at both ends') for one in lines)


@pytest.mark.parametrize(
    ("old", "new"), [("kind: program", "kin: program"), ("kind: program", "kind: progam"), ("key: cmsi", "key: [cmsi]")]
)
def test_the_cause_comes_before_what_follows_from_it(tmp_path: Path, old: str, new: str) -> None:
    first, _, rest = TEMPLATE.partition("---\n")
    folder = make_project(tmp_path, {"config/a.yaml": first})
    write_files(folder, {"config/z.yaml": rest.replace(old, new, 1)})
    for command in ("validate", "plan"):
        result = run_in_process(folder, command, "--env", "local")
        codes = re.findall(r"error\[(RC\d+)\]", result.stdout + result.stderr)
        assert codes.index("RC210") > 0
        assert f"{result.stdout}{result.stderr}".index("z.yaml:") < f"{result.stdout}{result.stderr}".index("a.yaml:")
