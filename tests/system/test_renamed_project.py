"""Who renames a project after an apply is asked once whether that is meant, and told both ways out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.process import PROGRAMS, REASON, edit_file, make_project, run_in_process, run_ok, write_files

LOCAL = """\
version: 1
project: hisp
sources: [config]
environments:
  local: {tenant: hisp-system, embedded: .rhythmconf/local.db, dialect: {list_lag_s: 0}}
default_environment: local
"""


@pytest.fixture
def renamed(tmp_path: Path) -> Path:
    """Return a project of two programs that was renamed after an apply."""
    make_project(tmp_path, PROGRAMS, LOCAL)
    run_ok(tmp_path, "apply", "--auto-approve")
    edit_file(tmp_path / "rhythmconf.yaml", "project: hisp", "project: association")
    return tmp_path


def test_one_finding_asks_whether_the_project_was_renamed(renamed: Path) -> None:
    result = run_in_process(renamed, "plan")
    assert result.code == 1
    assert result.stderr.count("error[") == 1
    assert "error[RC341]: did you rename the project?" in result.stderr
    assert "rhythmconf.yaml:2:10" in result.stderr
    assert "'association' here; 2 records in the tenant carry the mark of 'hisp'" in result.stderr
    assert "write `project: hisp` again" in result.stderr


def test_the_old_name_finds_the_records_again(renamed: Path) -> None:
    edit_file(renamed / "rhythmconf.yaml", "project: association", "project: hisp")
    assert run_ok(renamed, "plan").last == "No changes."


def test_the_command_of_the_message_takes_the_records_over(renamed: Path) -> None:
    command = run_in_process(renamed, "plan").stderr.partition("`rhythmconf adopt ")[2].partition("`")[0].split()
    taken = run_ok(renamed, "adopt", *command, "--auto-approve")
    assert taken.last == "Apply complete! Resources: 0 added, 0 changed, 0 destroyed, 2 adopted."
    assert run_ok(renamed, "plan").last == "No changes."


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("adopt", "--auto-approve"), 3),
        (("adopt", "program/lapsed", "--auto-approve"), 3),
        (("pull",), 3),
        (("drift",), 1),
        (("plan", "--only", "program"), 1),
    ],
)
def test_every_command_that_looks_for_the_records_asks_it(renamed: Path, arguments: tuple[str, ...], code: int) -> None:
    result = run_in_process(renamed, *arguments)
    assert result.code == code, result
    assert result.stderr.count("did you rename the project?") == 1, result
    assert "is managed by project" not in result.stderr


def test_who_takes_over_one_record_of_several_is_not_asked(tmp_path: Path) -> None:
    make_project(tmp_path, {**PROGRAMS, "config/r.yaml": REASON}, LOCAL)
    run_ok(tmp_path, "apply", "--auto-approve")
    edit_file(tmp_path / "rhythmconf.yaml", "project: hisp", "project: association")
    run_ok(tmp_path, "adopt", "program/lapsed", "--from-project", "hisp", "--auto-approve")
    # Now records carry both names: it is no rename any more, and the other two are named themselves.
    result = run_in_process(tmp_path, "plan")
    assert "rename the project" not in result.stderr
    assert "program/moved: record" in result.stderr
    assert result.stderr.count("error[RC303]") == 2


def test_one_record_of_another_project_says_both_ways_too(tmp_path: Path) -> None:
    make_project(tmp_path, {"config/r.yaml": REASON}, LOCAL)
    run_ok(tmp_path, "apply", "--auto-approve")
    edit_file(tmp_path / "rhythmconf.yaml", "project: hisp", "project: association")
    result = run_in_process(tmp_path, "plan")
    assert "error[RC303]" in result.stderr
    assert "If this project had that name before, write `project: hisp`" in result.stderr


def test_records_of_two_other_projects_are_no_rename(tmp_path: Path) -> None:
    make_project(tmp_path, {"config/r.yaml": REASON}, LOCAL)
    run_ok(tmp_path, "apply", "--auto-approve")
    edit_file(tmp_path / "rhythmconf.yaml", "project: hisp", "project: second")
    (tmp_path / "config/r.yaml").unlink()
    write_files(tmp_path, PROGRAMS)
    run_ok(tmp_path, "apply", "--auto-approve")
    edit_file(tmp_path / "rhythmconf.yaml", "project: second", "project: third")
    write_files(tmp_path, {"config/r.yaml": REASON})
    result = run_in_process(tmp_path, "plan")
    assert "rename the project" not in result.stderr
    assert result.stderr.count("error[RC303]") == 3


def test_many_records_are_counted_and_not_listed(tmp_path: Path) -> None:
    text = "".join(f"---\nkind: program\nkey: p-{n:02}\nspec: {{name: Program {n}}}\n" for n in range(12))
    make_project(tmp_path, {"config/p.yaml": text}, LOCAL)
    run_ok(tmp_path, "apply", "--auto-approve")
    edit_file(tmp_path / "rhythmconf.yaml", "project: hisp", "project: association")
    result = run_in_process(tmp_path, "plan")
    assert "12 records in the tenant carry the mark of 'hisp'" in result.stderr
    assert "program/p-00, program/p-01, program/p-02 and 9 more" in result.stderr.replace("certifications/", "")
    assert "with the keys of all 12" in result.stderr
    assert result.stderr.count("error[") == 1
