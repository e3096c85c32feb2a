"""A line that is indented too little or too much is one error, which says how far to move what."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.process import make_project, run_in_process, run_ok

TEXT = """\
kind: notice
key: mail
spec:
  name: Mail
  email:
    from: a@b.example
    subject: Renew
    body: Renew
---
kind: program
key: cmsi
spec:
  name: CMSI
  is_active: true
---
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
          position: after
          number: 30
          unit_of_time: days
          relative_to: the reference date
        expiration_date_range_end:
          position: after
          number: 36
          unit_of_time: days
          relative_to: the reference date
    program_restriction: include
    program_ids:
      - cmsi
  perform_drops: false
"""
# name: the lines to move (both included), by how many columns, the line of the error, what its help says
MISTAKES: dict[str, tuple[int, int, int, int, str]] = {
    "a field of an item beside its list": (31, 35, -4, 31, "put 4 more spaces in front of line 31 and the lines below"),
    "the last field of a mapping": (35, 35, -2, 35, "put 2 more spaces in front of line 35"),
    "a field between two mappings": (30, 30, -2, 30, "put 2 more spaces in front of line 30"),
    "two fields of a mapping": (34, 35, -2, 34, "put 2 more spaces in front of lines 34 to 35"),
    "a field of the record beside the spec": (39, 39, -2, 39, "put 2 spaces in front of line 39"),
    "a mapping beside the spec": (22, 38, -2, 22, "put 2 spaces in front of line 22 and the lines below"),
    "all fields beside the spec": (13, 14, -2, 13, "put 2 spaces in front of lines 13 to 14"),
    "a field inside the mapping above": (39, 39, 2, 39, "take 2 spaces away in front of line 39"),
    "a field inside the item above": (36, 36, 4, 36, "take 4 spaces away in front of line 36"),
    "the name of a mapping": (22, 22, -2, 22, "put 2 spaces more in front of each line from 22 to 38"),
    "the name of a list": (23, 23, -2, 23, "put 2 spaces more in front of each line from 23 to 35"),
    "a mapping and its name": (23, 35, -2, 23, "put 2 spaces more in front of each line from 23 to 35"),
    "the first of two": (36, 36, -2, 36, "put 2 spaces more in front of it. If that is right as it is, indent line 37"),
    "a part of an item": (26, 30, -4, 26, "put 4 spaces more in front of each line from 26 to 30"),
    "a field of an item at its dash": (25, 25, -2, 25, "indent it by 8 spaces, like the lines around it"),
    "a deeper field at the dash": (34, 34, -4, 34, "indent it by 10 spaces, like the lines around it"),
    "a field behind a list at its dashes": (36, 36, 2, 36, "by 4 spaces if it belongs beside the list"),
    "the dash too far left": (24, 24, -2, 25, "put 2 spaces more in front of the dash in line 24"),
    "the dash too far right": (24, 24, 2, 25, "take 2 spaces away in front of the dash in line 24"),
    "a dash above its name": (38, 38, -4, 38, "indent it by 6 spaces, below line 37"),
    "the first line of a document": (16, 16, 2, 16, "remove the spaces in front of it"),
    "a member of the document": (17, 17, 2, 17, "remove the spaces in front of it"),
    "a scalar too far right": (20, 20, 2, 20, "indent it by 2 spaces"),
}


def shifted(first: int, last: int, by: int) -> str:
    lines = TEXT.splitlines(keepends=True)
    for number in range(first - 1, last):
        lines[number] = " " * by + lines[number] if by > 0 else lines[number].removeprefix(" " * -by)
    return "".join(lines)


@pytest.mark.parametrize("name", MISTAKES)
def test_wrong_indentation_is_one_error_on_the_line_to_move(tmp_path: Path, name: str) -> None:
    first, last, by, line, help = MISTAKES[name]
    report = run_in_process(make_project(tmp_path, {"config/a.yaml": shifted(first, last, by)}), "validate").stdout
    assert re.findall(r"--> (.*):(\d+):\d+", report) == [("config/a.yaml", str(line))], report
    assert help in report


def test_the_text_itself_is_right(tmp_path: Path) -> None:
    run_ok(make_project(tmp_path, {"config/a.yaml": TEXT}), "validate")


def test_each_of_two_equal_items_has_its_own_error(tmp_path: Path) -> None:
    wrong, right = shifted(30, 30, -2).splitlines(keepends=True), TEXT.splitlines(keepends=True)
    text = "".join([*right[:23], *wrong[23:35], *wrong[23:35], *right[35:]])
    report = run_in_process(make_project(tmp_path, {"config/a.yaml": text}), "validate").stdout
    assert re.findall(r"--> (.*):(\d+):\d+", report) == [("config/a.yaml", "30"), ("config/a.yaml", "42")], report
    assert "indented as a member of `reminders[1]`" in report


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "spec:\n  name: CMSI\n  is_active: true\n",
            "name: CMSI\nis_active: true\n",
            "write a line `spec:` above line 12",
        ),
        ("  perform_drops: false\n", "  perform_drop: false\n", "did you mean 'perform_drops'?"),
        ("  perform_drops: false\n", "colour: red\n", "`colour` is not inside `spec`"),
        ("    program_restriction: include\n", "    nonsense: include\n", "has no field 'nonsense'"),
        ("  email:\n    from: a@b.example\n", "  from: x\n  email: {from: a@b.example,\n", "RC"),
    ],
)
def test_other_unknown_names_keep_their_message(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert TEXT.count(old) == 1
    report = run_in_process(make_project(tmp_path, {"config/a.yaml": TEXT.replace(old, new)}), "validate").stdout
    assert expected in report


def test_a_field_that_its_mapping_has_already_is_not_moved_there(tmp_path: Path) -> None:
    text = TEXT.replace("  perform_drops: false\n", "    send_renewal_reminders: true\n  perform_drops: false\n")
    report = run_in_process(make_project(tmp_path, {"config/a.yaml": text}), "validate").stdout
    assert "renewal_reminder_options has no field 'send_renewal_reminders'" in report


def test_errors_inside_a_moved_field_are_found_too(tmp_path: Path) -> None:
    text = shifted(31, 35, -4).replace("number: 36", "number: many")
    report = run_in_process(make_project(tmp_path, {"config/a.yaml": text}), "validate").stdout
    assert "`expiration_date_range_end` belongs to `reminders[0]`" in report
    assert "'many'" in report
