"""A tenant or a folder that was made anew: runs of the one before it say nothing about its base."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.git import commit_all, git
from tests.support.process import (
    PROGRAMS,
    SETTINGS,
    TENANT,
    Completed,
    make_project,
    run_in_process,
    run_ok,
    serve_emulator,
)

NEW = {**PROGRAMS, ".gitignore": ".rhythmconf/\n*.plan\n"}


def state(folder: Path) -> dict[str, str]:
    """Return variables that keep the run records beside the project, as they are for a user."""
    return {"RHYTHMCONF_STATE_DIR": str(folder.with_name("state"))}


def make(folder: Path, files: dict[str, str] = NEW) -> Path:
    """Make a project in git."""
    folder.mkdir()
    make_project(folder, files, SETTINGS)
    git(folder, "init", "-q", "-b", "main")
    commit_all(folder, f"first of {len(list(folder.parent.iterdir()))} in {folder.name}")
    return folder


def forget_git(folder: Path) -> None:
    """Replace the repository by one with another first commit."""
    shutil.rmtree(folder / ".git")
    git(folder, "init", "-q", "-b", "main")
    commit_all(folder, "first again")


def is_silent(result: Completed) -> bool:
    return result.code in (0, 2) and "warning" not in result.stderr and "error" not in result.stderr


@pytest.mark.parametrize("history", ["of its own", "the same"])
def test_two_folders_have_two_embedded_tenants(tmp_path: Path, history: str) -> None:
    one, two = make(tmp_path / "one"), tmp_path / "two"
    if history == "the same":
        # A clone knows the commit of the run, which would be its base if the tenants were taken for one.
        git(tmp_path, "clone", "-q", "one", "two")
        git(two, "remote", "remove", "origin")
    else:
        make(two)
    run_ok(one, "apply", "--auto-approve", env=state(one))
    result = run_in_process(two, "plan", env=state(two))
    assert (is_silent(result), "2 to add" in result.stdout) == (True, True), result
    assert "no base (two-way comparison)" in result.stdout


@pytest.mark.parametrize("command", [("plan",), ("apply", "--auto-approve"), ("drift",), ("pull", "--only-drift")])
def test_a_project_can_be_made_again_in_its_folder(tmp_path: Path, command: tuple[str, ...]) -> None:
    folder = make(tmp_path / "project")
    run_ok(folder, "apply", "--auto-approve", env=state(folder))
    shutil.rmtree(folder)
    make(folder)
    for _ in range(2):
        assert is_silent(run_in_process(folder, *command, env=state(folder)))


def test_a_project_can_be_made_again_by_init(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    for words in ("first", "second"):
        run_ok(tmp_path, "init", "demo", env=state(folder))
        git(folder, "init", "-q", "-b", "main")
        commit_all(folder, words)
        for command in (("plan",), ("apply", "--auto-approve")):
            result = run_ok(folder, *command, env=state(folder))
            assert is_silent(result), result
            assert "3 to add" in result.stdout, result
        shutil.rmtree(folder)


def test_a_new_history_and_a_new_tenant_file(tmp_path: Path) -> None:
    folder = make(tmp_path / "project")
    run_ok(folder, "apply", "--auto-approve", env=state(folder))
    forget_git(folder)
    shutil.rmtree(folder / ".rhythmconf")
    # Whoever has filled the new tenant, it is not the one of the run.
    run_ok(folder, "apply", "--auto-approve", "--no-base", env={"RHYTHMCONF_STATE_DIR": str(tmp_path / "elsewhere")})
    forget_git(folder)
    result = run_ok(folder, "plan", env=state(folder))
    assert (is_silent(result), result.last) == (True, "No changes."), result


def test_a_new_history_of_the_same_tenant_is_refused(tmp_path: Path) -> None:
    folder = make(tmp_path / "project")
    run_ok(folder, "apply", "--auto-approve", env=state(folder))
    forget_git(folder)
    for command in ("plan", "drift"):
        result = run_in_process(folder, command, env=state(folder))
        assert (result.code, "error[RC534]: run " in result.stderr) == (3, True), result


def test_a_run_of_an_earlier_served_tenant_says_nothing(tmp_path: Path) -> None:
    folder = make(tmp_path / "project")
    with serve_emulator(tmp_path, tenant=f"{TENANT}-remote") as tenant:
        env = {**state(folder), **tenant.env}
        run_ok(folder, "apply", "--auto-approve", "--env", "remote", env=env)
        forget_git(folder)
        assert run_in_process(folder, "plan", "--env", "remote", env=env).code == 3
        for record in tenant.records("programs"):
            tenant.call("DELETE", "programs", f"/{record['id']}")
        result = run_ok(folder, "plan", "--env", "remote", env=env)
        assert (is_silent(result), "2 to add" in result.stdout) == (True, True), result


def test_a_tenant_that_cannot_be_asked_stays_refused(tmp_path: Path) -> None:
    folder = make(tmp_path / "project")
    with serve_emulator(tmp_path, tenant=f"{TENANT}-remote") as tenant:
        env = {**state(folder), **tenant.env}
        run_ok(folder, "apply", "--auto-approve", "--env", "remote", env=env)
        forget_git(folder)
        denied = {**env, "RHYTHMCONF_TOKEN": "another-token"}
        result = run_in_process(folder, "plan", "--env", "remote", env=denied)
    assert (result.code, "error[RC534]: run " in result.stderr) == (3, True), result


def test_a_stale_clone_without_documents_of_that_kind_is_refused(tmp_path: Path) -> None:
    folder = make(tmp_path / "project")
    run_ok(folder, "apply", "--auto-approve", env=state(folder))
    for name in ("lapsed", "moved"):
        (folder / f"config/{name}.yaml").unlink()
    (folder / "config/reason.yaml").write_text("kind: statusReason\nkey: new\nspec: {name: New, is_active: true}\n")
    forget_git(folder)
    result = run_in_process(folder, "plan", env=state(folder))
    assert (result.code, "error[RC534]: run " in result.stderr) == (3, True), result
