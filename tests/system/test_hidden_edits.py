"""Edits of files whose changes git was told to ignore are named, and count as uncommitted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.git import commit_all, git
from tests.support.process import edit_file, run_in_process, run_ok, write_files

REF = "refs/rhythmconf/applied/local"
FLAGS = ("--assume-unchanged", "--skip-worktree")
FILES: dict[str, tuple[str, str]] = {
    "config/lapsed.yaml": ("in time", "at all"),
    "config/mail.html": ("Old", "Newer"),
    "mails/other.html": ("Old", "Newer"),
    "overlays/local/moved.yaml": ("Over", "Under"),
    "bindings/local.yaml": ("i1", "i20"),
}
"""Each kind of file that a plan is made from, with an edit that changes its size. Git may miss another one in the
second in which it wrote its index."""


@pytest.fixture
def applied(work: Path) -> Path:
    """Return a project with a file of each kind, applied."""
    text = "kind: program\nkey: {0}\nspec: {{name: {0}}}\nfiles: {{/description: {1}}}\n"
    write_files(
        work,
        {
            "config/mail.html": "Old\n",
            "mails/other.html": "Old\n",
            "config/e.yaml": text.format("e", "mail.html"),
            "config/f.yaml": text.format("f", "../mails/other.html"),
            "overlays/local/moved.yaml": "kind: program\nkey: moved\nspec: {description: Over}\n",
            "bindings/local.yaml": "platform/360Screen: {standard: i1}\n",
        },
    )
    edit_file(work / "config/lapsed.yaml", "is_active: true", "is_active: true\n  application_360_screen_id: standard")
    commit_all(work)
    run_ok(work, "apply", "--auto-approve")
    return work


def plan(folder: Path) -> Any:
    return run_ok(folder, "plan", "--format", "json").json()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("flag", FLAGS)
def test_a_hidden_edit_is_named_and_the_base_stays(applied: Path, name: str, flag: str) -> None:
    before = git(applied, "rev-parse", REF)
    git(applied, "update-index", flag, name)
    edit_file(applied / name, *FILES[name])
    write_files(applied, {"README.md": "another commit\n"})
    commit_all(applied)
    assert git(applied, "status", "--porcelain") == ""
    planned = run_ok(applied, "plan", "-o", "saved.plan")
    assert planned.stderr.count("warning[RC235]") == 1
    assert f"{name}:1" in planned.stderr
    command = f"update-index --no-{flag.removeprefix('--')} {name}"
    assert f"(git {command})" in planned.stderr
    assert "with uncommitted changes" in planned.stdout
    assert plan(applied)["clean"] is False
    run_ok(applied, "apply", "saved.plan")
    assert git(applied, "rev-parse", REF) == before
    run_ok(applied, "apply", "--auto-approve")
    assert git(applied, "rev-parse", REF) == before
    git(applied, *command.split())
    head = commit_all(applied)
    assert "RC235" not in run_ok(applied, "plan").stderr
    run_ok(applied, "apply", "--auto-approve")
    assert git(applied, "rev-parse", REF) == head


def test_a_flag_without_an_edit_and_converted_line_ends_are_no_edits(applied: Path) -> None:
    git(applied, "update-index", "--assume-unchanged", "config/lapsed.yaml")
    assert "RC235" not in run_ok(applied, "plan").stderr
    git(applied, "config", "core.autocrlf", "true")
    (applied / "config/moved.yaml").unlink()
    git(applied, "checkout", "-q", "config/moved.yaml")
    assert b"\r\n" in (applied / "config/moved.yaml").read_bytes()
    assert "RC235" not in run_ok(applied, "plan").stderr
    assert plan(applied)["clean"] is True


@pytest.mark.parametrize("flag", FLAGS)
def test_a_document_that_was_deleted_unseen_is_refused(applied: Path, flag: str) -> None:
    git(applied, "update-index", flag, "config/e.yaml")
    (applied / "config/e.yaml").unlink()
    refused = run_in_process(applied, "plan")
    assert (refused.code, "config/e.yaml" in refused.stderr) == (3, True)
