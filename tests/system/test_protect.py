"""Protected records are not deleted, and --retire deactivates records instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.process import PROJECT, edit_file, make_project, run_in_process, run_ok, write_files

PROGRAM = """\
kind: program
key: cmsi
protect: true
spec:
  name: CMSI
  is_active: true
"""


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Return a project whose protected program is applied."""
    make_project(tmp_path, {"config/program.yaml": PROGRAM}, f"{PROJECT}default_environment: local\n")
    run_ok(tmp_path, "apply", "--auto-approve")
    return tmp_path


def test_a_protected_record_stays_when_its_document_is_removed(work: Path) -> None:
    (work / "config/program.yaml").write_text("", encoding="utf-8")
    write_files(work, {"config/other.yaml": "kind: program\nkey: other\nspec: {name: Other, is_active: true}\n"})
    refused = run_in_process(work, "plan", "--prune", "program/cmsi")
    assert refused.code == 3
    for words in ("program/cmsi is protected (record", "protect: false", "--retire"):
        assert words in refused.stdout
    assert run_in_process(work, "plan", "--prune", "program/cmsi", "--allow", "program/cmsi").code == 3


def test_a_refused_plan_cannot_be_applied_from_a_file(work: Path) -> None:
    edit_file(work / "config/program.yaml", "key: cmsi", "key: other")
    refused = run_in_process(work, "plan", "--prune", "program/cmsi", "--format", "json")
    (work / "refused.plan").write_text(refused.stdout)
    result = run_in_process(work, "apply", "refused.plan")
    assert (result.code, "RC310" in result.stderr) == (3, True)
    assert "cmsi" in run_in_process(work, "plan", "--prune", "program/cmsi").stdout


def test_a_deletion_that_was_planned_before_the_protection_is_refused(work: Path) -> None:
    edit_file(work / "config/program.yaml", "protect: true", "protect: false")
    run_ok(work, "apply", "--auto-approve")
    (work / "config/program.yaml").write_text("", encoding="utf-8")
    write_files(work, {"config/other.yaml": "kind: program\nkey: other\nspec: {name: Other, is_active: true}\n"})
    run_ok(work, "plan", "--prune", "program/cmsi", "-o", "early.plan")
    edit_file(work / "rhythmconf.yaml", "local.db,", "local.db, protected: true,")
    result = run_in_process(work, "apply", "early.plan")
    assert (result.code, "which no guard has checked" in result.stderr) == (3, True), result
    edit_file(work / "rhythmconf.yaml", "local.db, protected: true,", "local.db,")
    assert run_ok(work, "apply", "early.plan").last == "Apply complete! Resources: 1 added, 0 changed, 1 destroyed."


def test_a_protection_ends_only_after_an_apply(work: Path) -> None:
    edit_file(work / "config/program.yaml", "protect: true", "protect: false")
    assert run_ok(work, "apply", "--auto-approve").last == "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."
    edit_file(work / "config/program.yaml", "key: cmsi", "key: other")
    edit_file(work / "config/program.yaml", "name: CMSI", "name: Other")
    run_ok(work, "apply", "--auto-approve")
    assert run_ok(work, "plan", "--prune", "program/cmsi").last == "Plan: 0 to add, 0 to change, 1 to destroy."


def test_retire_deactivates_a_record_instead_of_deleting_it(work: Path) -> None:
    (work / "config/program.yaml").write_text(PROGRAM.replace("cmsi", "other").replace("CMSI", "Other"))
    run_ok(work, "apply", "--auto-approve")
    offered = run_in_process(work, "plan", "--prune", "program/cmsi")
    assert "--retire would switch it off and keep it" in offered.stdout
    retired = run_ok(work, "apply", "--auto-approve", "--prune", "program/cmsi", "--retire")
    assert retired.last == "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."
    assert "is_active: true -> false" in retired.stdout
    assert run_ok(work, "plan", "--prune", "program/cmsi", "--retire").last == "No changes."
    assert "RC332" not in run_ok(work, "plan").stderr


def test_a_refused_deletion_names_the_referrers(work: Path) -> None:
    group = "kind: programGroup\nkey: ports\nspec: {name: Ports}\n"
    write_files(work, {"config/program.yaml": f"{group}---\n{PROGRAM}  group_id: ports\n"})
    run_ok(work, "apply", "--auto-approve")
    write_files(work, {"config/program.yaml": PROGRAM})
    refused = run_in_process(work, "plan", "--prune", "programGroup/ports")
    assert refused.code == 3
    assert "programGroup/ports would be deleted, but is still referred to by program/cmsi (/group_id)" in refused.stdout
    assert "change those first, or restore its document" in refused.stdout
    assert "--allow programGroup/ports" in refused.stderr


def test_without_a_terminal_a_protected_environment_asks_for_a_saved_plan(tmp_path: Path) -> None:
    make_project(tmp_path)
    refused = run_in_process(tmp_path, "apply", "--env", "guarded")
    assert refused.code == 3
    assert "rhythmconf plan --env guarded -o FILE" in refused.stderr
    assert "--auto-approve" not in refused.stderr
