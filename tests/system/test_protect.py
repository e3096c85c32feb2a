"""What may not be deleted, and what is switched off instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.process import PROJECT, called, edit, project, well, write

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
    """A protected program, applied."""
    project(tmp_path, {"config/program.yaml": PROGRAM}, f"{PROJECT}default_environment: local\n")
    well(tmp_path, "apply", "--auto-approve")
    return tmp_path


def test_protection_outlives_the_document(work: Path) -> None:
    (work / "config/program.yaml").write_text("", encoding="utf-8")
    write(work, {"config/other.yaml": "kind: program\nkey: other\nspec: {name: Other, is_active: true}\n"})
    refused = called(work, "plan", "--prune", "program/cmsi")
    assert refused.code == 3
    for words in ("program/cmsi is protected (record", "protect: false", "--retire"):
        assert words in refused.stdout
    assert called(work, "plan", "--prune", "program/cmsi", "--allow", "program/cmsi").code == 3


def test_a_plan_that_a_guard_refused_is_not_applied_from_a_file(work: Path) -> None:
    edit(work / "config/program.yaml", "key: cmsi", "key: other")
    refused = called(work, "plan", "--prune", "program/cmsi", "--format", "json")
    (work / "refused.plan").write_text(refused.stdout)
    ran = called(work, "apply", "refused.plan")
    assert (ran.code, "RC310" in ran.stderr) == (3, True)
    assert "cmsi" in called(work, "plan", "--prune", "program/cmsi").stdout


def test_a_deletion_that_was_planned_before_the_protection_is_refused(work: Path) -> None:
    edit(work / "config/program.yaml", "protect: true", "protect: false")
    well(work, "apply", "--auto-approve")
    (work / "config/program.yaml").write_text("", encoding="utf-8")
    write(work, {"config/other.yaml": "kind: program\nkey: other\nspec: {name: Other, is_active: true}\n"})
    well(work, "plan", "--prune", "program/cmsi", "-o", "early.plan")
    edit(work / "rhythmconf.yaml", "local.db,", "local.db, protected: true,")
    ran = called(work, "apply", "early.plan")
    assert (ran.code, "without having asked" in ran.stderr) == (3, True), ran
    edit(work / "rhythmconf.yaml", "local.db, protected: true,", "local.db,")
    assert well(work, "apply", "early.plan").last == "Apply complete! Resources: 1 added, 0 changed, 1 destroyed."


def test_lifting_a_protection_takes_an_apply_first(work: Path) -> None:
    edit(work / "config/program.yaml", "protect: true", "protect: false")
    assert well(work, "apply", "--auto-approve").last == "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."
    edit(work / "config/program.yaml", "key: cmsi", "key: other")
    edit(work / "config/program.yaml", "name: CMSI", "name: Other")
    well(work, "apply", "--auto-approve")
    assert well(work, "plan", "--prune", "program/cmsi").last == "Plan: 0 to add, 0 to change, 1 to destroy."


def test_a_record_is_switched_off_where_that_is_enough(work: Path) -> None:
    (work / "config/program.yaml").write_text(PROGRAM.replace("cmsi", "other").replace("CMSI", "Other"))
    well(work, "apply", "--auto-approve")
    offered = called(work, "plan", "--prune", "program/cmsi")
    assert "--retire would switch it off and keep it" in offered.stdout
    retired = well(work, "apply", "--auto-approve", "--prune", "program/cmsi", "--retire")
    assert retired.last == "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."
    assert "is_active: true -> false" in retired.stdout
    assert well(work, "plan", "--prune", "program/cmsi", "--retire").last == "No changes."
    assert "RC332" not in well(work, "plan").stderr


def test_a_deletion_that_is_refused_names_who_refers_to_the_record(work: Path) -> None:
    group = "kind: programGroup\nkey: ports\nspec: {name: Ports}\n"
    write(work, {"config/program.yaml": f"{group}---\n{PROGRAM}  group_id: ports\n"})
    well(work, "apply", "--auto-approve")
    write(work, {"config/program.yaml": PROGRAM})
    refused = called(work, "plan", "--prune", "programGroup/ports")
    assert refused.code == 3
    assert "programGroup/ports would be deleted, but is still referred to by program/cmsi (/group_id)" in refused.stdout
    assert "change those first, or bring its document back" in refused.stdout
    assert "--allow programGroup/ports" in refused.stderr
