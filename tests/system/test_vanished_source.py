"""A pull into a new project makes its folders; a folder that git knows and that is gone is no new one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.git import commit_all, git
from tests.support.process import SETTINGS, make_project, run_in_process, run_ok

TWO = SETTINGS.replace("sources: [config]", "sources: [config, more]")
DOCUMENT = "kind: statusReason\nkey: {0}\nspec: {{name: {0}}}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = make_project(tmp_path, {f"{name}/{name}.yaml": DOCUMENT.format(name) for name in ("config", "more")}, TWO)
    (folder / ".gitignore").write_text(".rhythmconf/\n")
    git(folder, "init", "-q")
    commit_all(folder, "first")
    return folder


def in_the_work_tree(folder: Path) -> None:
    shutil.rmtree(folder / "more")


def in_the_index(folder: Path) -> None:
    git(folder, "rm", "-rq", "more")


def by_a_sparse_checkout(folder: Path) -> None:
    git(folder, "sparse-checkout", "set", "config")
    assert not (folder / "more").exists()


def in_a_commit_after_the_base(folder: Path) -> None:
    git(folder, "rm", "-rq", "more")
    commit_all(folder, "without more")


WAYS = (in_the_work_tree, in_the_index, by_a_sparse_checkout, in_a_commit_after_the_base)


@pytest.mark.parametrize("vanish", WAYS)
@pytest.mark.parametrize("command", ["pull", "pull --dry-run", "promote --from local --to remote"])
def test_a_folder_that_git_knows_is_refused_with_what_brings_it_back(
    project: Path, command: str, vanish: object
) -> None:
    run_ok(project, "apply", "--auto-approve")
    assert callable(vanish)
    vanish(project)
    words = command.split()
    ran = run_in_process(project, *words, *(("--env", "local") if words[0] == "pull" else ()))
    assert ran.code == 3
    assert "the source folder 'more' is gone" in ran.stderr
    assert "git checkout " in ran.stderr
    assert "-- more" in ran.stderr
    assert "remove it from `sources`" in ran.stderr
    assert not (project / "more").exists()
    assert not (project / "config/statusReason").exists()


def test_the_checked_out_commit_is_enough(project: Path) -> None:
    """Nothing was applied yet, so there is no base."""
    in_the_work_tree(project)
    ran = run_in_process(project, "pull")
    assert (ran.code, "the checked-out commit has documents in it" in ran.stderr) == (3, True), ran


def test_the_base_of_a_project_below_the_top_of_its_repository_counts(tmp_path: Path) -> None:
    files = {f"{name}/{name}.yaml": DOCUMENT.format(name) for name in ("config", "more")}
    project = make_project(tmp_path / "below", {**files, ".gitignore": ".rhythmconf/\n"}, TWO)
    git(tmp_path, "init", "-q")
    commit_all(tmp_path, "first")
    run_ok(project, "apply", "--auto-approve")
    in_a_commit_after_the_base(project)
    ran = run_in_process(project, "pull")
    assert (ran.code, "has documents in it" in ran.stderr) == (3, True), ran
    assert not (project / "more").exists()


def test_a_folder_that_is_gone_on_purpose_can_be_removed_from_the_sources(project: Path) -> None:
    run_ok(project, "apply", "--auto-approve")
    in_a_commit_after_the_base(project)
    (project / "rhythmconf.yaml").write_text(SETTINGS)
    run_ok(project, "pull")


@pytest.mark.parametrize("place", ["no git", "an empty repository", "a repository without the folder"])
def test_the_folders_of_a_new_project_are_made(tmp_path: Path, place: str) -> None:
    one = make_project(tmp_path, {"config/a.yaml": DOCUMENT.format("a")}, SETTINGS)
    run_ok(one, "apply", "--auto-approve")
    shutil.rmtree(one / "config")
    if place != "no git":
        git(one, "init", "-q")
    if place == "a repository without the folder":
        commit_all(one, "first")
    assert "1 document added" in run_ok(one, "pull").last
    assert [path.name for path in (one / "config").rglob("*.yaml")] == ["a.yaml"]


def test_a_snapshot_needs_no_folder(project: Path, tmp_path: Path) -> None:
    run_ok(project, "apply", "--auto-approve")
    in_the_work_tree(project)
    run_ok(project, "pull", "--snapshot", str(tmp_path / "tenant.json"))
