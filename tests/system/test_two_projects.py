"""Two projects of one repository whose environments have the same name don't share a base."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.git import commit_all, git
from tests.support.process import PROGRAMS, SETTINGS, edit_file, make_project, run_in_process, run_ok

SHARED = "refs/rhythmconf/applied/local"
HISP, OTHER = (f"refs/rhythmconf/projects/{name}/applied/local" for name in ("hisp", "other"))
PUBLISH = Path(__file__).parents[2] / "rhythmconf/templates/pipelines/publish.sh"


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., tuple[Path, Path]]:
    """Return a function that makes a repository with two projects in the given folders, both applied."""

    def make_two(first: str, second: str) -> tuple[Path, Path]:
        folders = []
        for below, name in ((first, "hisp"), (second, "other")):
            settings = SETTINGS.replace("project: hisp", f"project: {name}")
            folders.append(make_project(tmp_path / below, {**PROGRAMS, ".gitignore": ".rhythmconf/\n"}, settings))
        git(tmp_path, "init", "-q", "-b", "main")
        commit_all(tmp_path)
        for folder in folders:
            run_ok(folder, "apply", "--auto-approve")
        return folders[0], folders[1]

    return make_two


def refs(folder: Path) -> dict[str, str]:
    lines = git(folder, "for-each-ref", "--format=%(refname) %(objectname)", "refs/rhythmconf").splitlines()
    return dict(line.split(" ", 1) for line in lines)


def sides(folder: Path) -> set[str]:
    planned: Any = run_in_process(folder, "plan", "--format", "json").json()
    return {field["class"] for change in planned["changes"] for field in change["fields"]}


@pytest.mark.parametrize(("first", "second"), [("", "down"), ("one", "two"), ("deep/one", "deep/one/below")])
def test_an_apply_of_one_project_says_nothing_of_the_other(
    make: Callable[..., tuple[Path, Path]], first: str, second: str
) -> None:
    one, two = make(first, second)
    start = git(one, "rev-parse", "HEAD")
    assert refs(one) == {HISP if first else SHARED: start, OTHER: start}
    edit_file(one / "config/lapsed.yaml", "in time", "at all")
    edit_file(two / "config/moved.yaml", "Moved away", "Moved")
    head = commit_all(one)
    run_ok(two, "apply", "--auto-approve")
    assert refs(one) == {HISP if first else SHARED: start, OTHER: head}
    assert sides(one) == {"yours"}
    assert "git" in run_ok(two, "doctor").stdout
    assert f"commit {head[:7]}" in run_ok(two, "doctor").stdout
    run_ok(one, "apply", "--auto-approve")
    assert set(refs(one).values()) == {head}
    for folder in (one, two):
        assert run_ok(folder, "plan").last == "No changes."


def without_names(folder: Path) -> None:
    """Let the refs be as older versions set them: one for all projects, and no run records."""
    commit = git(folder, "rev-parse", "HEAD")
    for ref in refs(folder):
        git(folder, "update-ref", "-d", ref)
    git(folder, "update-ref", SHARED, commit)


@pytest.mark.parametrize("records", [True, False], ids=["run records", "none"])
def test_a_base_of_an_older_version_is_found_until_the_next_apply(
    make: Callable[..., tuple[Path, Path]], records: bool, tmp_path: Path
) -> None:
    one, two = make("one", "two")
    start = git(one, "rev-parse", "HEAD")
    without_names(one)
    env = {} if records else {"RHYTHMCONF_STATE_DIR": str(tmp_path / "elsewhere")}
    edit_file(two / "config/lapsed.yaml", "in time", "at all")
    (two / "config/moved.yaml").unlink()
    head = commit_all(one)
    planned = run_in_process(two, "plan", "--format", "json", env=env).json()
    assert planned["base"]["commit"] == start
    assert {change["class"] for change in planned["changes"]} == {"yours"}
    run_ok(two, "apply", "--auto-approve", env=env)
    assert refs(one) == {SHARED: start, OTHER: head}
    assert run_in_process(one, "plan", "--format", "json", env=env).json()["base"]["commit"] == start


def test_the_base_of_a_project_at_the_top_is_not_that_of_a_new_one_below(work: Path) -> None:
    settings = SETTINGS.replace("project: hisp", "project: other")
    folder = make_project(work / "below", PROGRAMS, settings)
    commit_all(work)
    run_ok(work, "apply", "--auto-approve")
    planned = run_ok(folder, "plan")
    assert planned.last == "Plan: 2 to add, 0 to change, 0 to destroy."
    assert "no base (two-way comparison)" in planned.stdout
    assert "was not taken: it is that of the project at the top of the repository" in planned.stderr
    assert f"--base {SHARED}. The next complete apply sets {OTHER}." in planned.stderr
    assert "base" in run_ok(folder, "plan", "--base", SHARED).stdout
    run_ok(folder, "apply", "--auto-approve")
    assert "was not taken" not in run_ok(folder, "plan").stderr


def test_a_project_in_a_new_folder_does_not_take_the_base_of_others(make: Callable[..., tuple[Path, Path]]) -> None:
    one, _ = make("one", "two")
    without_names(one)
    third = make_project(one.parent / "third", PROGRAMS, SETTINGS.replace("project: hisp", "project: third"))
    commit_all(one)
    planned = run_ok(third, "plan")
    assert "was not taken: it has no rhythmconf.yaml in this folder" in planned.stderr
    run_ok(third, "apply", "--auto-approve")
    assert "refs/rhythmconf/projects/third/applied/local" in refs(one)


def test_each_base_is_pushed_by_its_own_ref(make: Callable[..., tuple[Path, Path]], tmp_path: Path) -> None:
    one, two = make("one", "two")
    git(tmp_path, "init", "-q", "--bare", "server.git")
    git(one, "remote", "add", "origin", str(tmp_path / "server.git"))
    edit_file(two / "config/lapsed.yaml", "in time", "at all")
    head = commit_all(one)
    run_ok(two, "apply", "--auto-approve", "--push-base")
    assert refs(tmp_path / "server.git") == {OTHER: head}
    (one / "rhythmconf-reports").mkdir()
    done = subprocess.run(
        ["bash", str(PUBLISH), "applied"],
        cwd=one,
        env={"PATH": "/usr/bin:/bin", "RHYTHMCONF_ENV": "local"},
        check=False,
    )
    assert (done.returncode, set(refs(tmp_path / "server.git"))) == (0, {OTHER, HISP})
