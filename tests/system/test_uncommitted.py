"""Edit, apply, commit, edit the same field: what was applied before its commit, and how the base follows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.git import commit_all, git
from tests.support.process import (
    PROGRAMS,
    SETTINGS,
    TENANT,
    ServedTenant,
    edit_file,
    make_project,
    run_in_process,
    run_ok,
    serve_emulator,
)

NOTE = "note[RC529]: the base of local was not moved: the files are not committed"
BASE = "refs/rhythmconf/applied/local"


def head(folder: Path, name: str = "HEAD") -> str:
    return git(folder, "rev-parse", name).strip()


def edit(folder: Path, old: str, new: str) -> None:
    edit_file(folder / "config/lapsed.yaml", old, new)


def test_an_apply_of_uncommitted_files_says_how_the_base_follows(work: Path) -> None:
    edit(work, "in time", "at all")
    applied = run_ok(work, "apply", "--auto-approve")
    assert NOTE in applied.stderr
    assert "`rhythmconf apply --env local` once more" in applied.stderr
    assert head(work, BASE) == head(work)
    commit_all(work)
    planned = run_ok(work, "plan")
    assert planned.last == "No changes."
    assert "this commit is not the base yet: apply with: rhythmconf apply --env local" in planned.stderr
    again = run_ok(work, "apply", "--auto-approve")
    assert NOTE not in again.stderr
    assert head(work, BASE) == head(work)
    assert "not the base yet" not in run_ok(work, "plan").stderr
    edit(work, "at all", "once more")
    assert run_in_process(work, "plan", "--detailed-exitcode").code == 2


def test_a_conflict_with_the_own_apply_names_that_run(work: Path) -> None:
    edit(work, "in time", "at all")
    run_id = run_ok(work, "apply", "--auto-approve", "--format", "json").json()["run"]
    commit_all(work)
    edit(work, "at all", "once more")
    planned = run_in_process(work, "plan")
    assert f"note[RC529]: the last run on this computer, {run_id}" in planned.stderr
    assert "--ours KIND/KEY" in planned.stderr
    assert run_ok(work, "plan", "--ours", "program/lapsed").last.startswith("Plan: 0 to add, 1 to change")


def test_a_conflict_with_somebody_else_names_no_run_of_ones_own(work: Path) -> None:
    edit(work, "in time", "at all")
    run_ok(work, "apply", "--auto-approve")
    commit_all(work)
    run_ok(work, "apply", "--auto-approve")
    # Somebody else applies from another computer, and the same field is edited here.
    edit(work, "at all", "by half")
    run_ok(work, "apply", "--auto-approve", env={"RHYTHMCONF_STATE_DIR": str(work.with_name("elsewhere"))})
    edit(work, "by half", "once more")
    (change,) = run_in_process(work, "plan", "--format", "json").json()["changes"]
    assert [field["class"] for field in change["fields"]] == ["conflict"]
    shown = run_in_process(work, "plan").stderr
    assert "--ours KIND/KEY" not in shown
    assert "the last run on this computer" not in shown


def test_a_committed_apply_says_nothing(work: Path) -> None:
    edit(work, "in time", "at all")
    commit_all(work)
    assert "RC529" not in run_ok(work, "apply", "--auto-approve").stderr
    edit(work, "at all", "in parts")
    assert "RC529" not in run_ok(work, "apply", "--auto-approve", "--only", "program/lapsed").stderr


def test_drift_is_shown_with_the_command_that_keeps_it(work: Path) -> None:
    document = work / "config/lapsed.yaml"
    before = document.read_text()
    edit(work, "in time", "at all")
    run_ok(work, "apply", "--auto-approve", "--no-base")
    document.write_text(before)
    for command in ("plan", "drift"):
        shown = run_in_process(work, command).stderr
        assert shown.count("rhythmconf pull --env local --only-drift") == 1, shown
        assert "deleted in the tenant on purpose" not in shown
    run_ok(work, "pull", "--env", "local", "--only-drift")
    assert "at all" in document.read_text()


GONE = "if a record was deleted in the tenant on purpose, delete its document too"
KEEP = "rhythmconf pull --env remote --only-drift"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, ServedTenant]]:
    """Return a project in git that was applied to a served tenant, and the tenant."""
    with serve_emulator(tmp_path, tenant=f"{TENANT}-remote") as tenant:
        folder = make_project(tmp_path / "work", {**PROGRAMS, ".gitignore": ".rhythmconf/\n"}, SETTINGS)
        git(folder, "init", "-q", "-b", "main")
        commit_all(folder)
        run_ok(folder, "apply", "--env", "remote", "--auto-approve", env=tenant.env)
        yield folder, tenant


@pytest.mark.parametrize("command", ["plan", "drift"])
@pytest.mark.parametrize(("removed", "edited"), [(True, False), (False, True), (True, True), (False, False)])
def test_each_kind_of_drift_has_its_hint_once(
    served: tuple[Path, ServedTenant], command: str, removed: bool, edited: bool
) -> None:
    folder, tenant = served
    first, second = tenant.records("programs")
    if removed:
        tenant.call("DELETE", "programs", f"/{first['id']}")
    if edited:
        operation = {"op": "replace", "path": "/name", "value": "By hand"}
        tenant.call("PATCH", "programs", f"/{second['id']}", [operation])
    shown = run_in_process(folder, command, "--env", "remote", env=tenant.env).stderr
    assert (shown.count(GONE), shown.count(KEEP)) == (removed, edited), shown


def test_a_deleted_record_stays_deleted_if_its_document_goes_too(served: tuple[Path, ServedTenant]) -> None:
    folder, tenant = served
    lapsed = next(one for one in tenant.records("programs") if one["name"] == "Lapsed")
    tenant.call("DELETE", "programs", f"/{lapsed['id']}")
    assert GONE in run_ok(folder, "plan", "--env", "remote", env=tenant.env).stderr
    # What the other hint names can't help here.
    run_ok(folder, "pull", "--env", "remote", "--only-drift", env=tenant.env)
    assert "1 to add" in run_ok(folder, "plan", "--env", "remote", env=tenant.env).stdout
    (folder / "config/lapsed.yaml").unlink()
    after = run_ok(folder, "plan", "--env", "remote", env=tenant.env)
    assert (after.last, GONE in after.stderr) == ("No changes.", False)


def test_a_new_document_is_no_deleted_record(served: tuple[Path, ServedTenant]) -> None:
    folder, tenant = served
    (folder / "config/new.yaml").write_text("kind: program\nkey: new\nspec: {name: New}\n")
    assert GONE not in run_ok(folder, "plan", "--env", "remote", env=tenant.env).stderr
