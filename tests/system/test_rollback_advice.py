"""What a rollback says about the files: which commit to revert, and none where the values come from no commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.git import commit_all, git
from tests.support.process import edit_file, make_project, run_in_process, run_ok

FILES = {
    "config/a.yaml": "kind: program\nkey: a\nspec: {name: A, is_active: true, customer_type: contact}\n",
    "config/b.yaml": "kind: program\nkey: b\nspec: {name: B, is_active: true, customer_type: contact}\n",
    ".gitignore": ".rhythmconf/\n*.plan\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = make_project(tmp_path / "project", FILES)
    git(folder, "init", "-q", "-b", "main")
    commit_all(folder, "first")
    run_ok(folder, "apply", "--env", "local", "--auto-approve")
    return folder


def advice(folder: Path) -> str:
    """Return what the rollback of the latest run says."""
    run_id = run_ok(folder, "history", "--format", "json").json()["runs"][0]["run"]
    return run_in_process(folder, "rollback", run_id, "--env", "local", "-o", "back.plan").stderr


def test_the_first_apply_names_no_commit(folder: Path) -> None:
    """A revert of the first commit would delete the whole project."""
    text = advice(folder)
    assert "RC526" in text
    assert "git revert" not in text


def test_without_a_run_the_newest_that_wrote_is_offered(folder: Path) -> None:
    runs = run_ok(folder, "history", "--format", "json").json()["runs"]
    run_ok(folder, "apply", "--env", "local", "--auto-approve")
    said = run_in_process(folder, "rollback", "--env", "local").stderr
    assert f"the newest that wrote something: rhythmconf rollback {runs[0]['run']}; rhythmconf history" in said
    assert "the newest" not in run_in_process(folder, "rollback", "--env", "remote").stderr


def test_an_apply_that_put_drift_back_names_no_commit(folder: Path) -> None:
    edit_file(folder / "config/a.yaml", "contact", "both")
    run_ok(folder, "apply", "--env", "local", "--auto-approve", "--allow-updates", "program=100%")
    git(folder, "checkout", "-q", "--", "config/a.yaml")
    run_ok(folder, "apply", "--env", "local", "--auto-approve", "--allow-updates", "program=100%")
    assert "git revert" not in advice(folder)


def test_all_commits_of_an_apply_can_be_listed(folder: Path) -> None:
    base = git(folder, "rev-parse", "HEAD")
    edit_file(folder / "config/a.yaml", "contact", "both")
    commit_all(folder, "second")
    edit_file(folder / "config/b.yaml", "contact", "both")
    last = commit_all(folder, "third")
    run_ok(folder, "apply", "--env", "local", "--auto-approve", "--allow-updates", "program=100%")
    text = advice(folder)
    assert f"git revert {last[:12]}; `git log {base[:12]}..{last[:12]}`" in text


def test_a_field_that_stops_being_managed_keeps_its_value_and_is_told_how(folder: Path) -> None:
    (folder / "config/a.yaml").write_text(
        "kind: program\nkey: a\nunmanaged: [/customer_type]\nspec: {name: A, is_active: true}\n"
    )
    result = run_ok(folder, "plan", "--env", "local", "-q")
    assert result.last == "No changes."
    assert "unless the field was declared until now" in result.stderr
