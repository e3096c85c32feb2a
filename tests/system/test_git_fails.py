"""In a git repository, a git that can't answer is an error: nothing of the staff's work is overwritten without it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from rhythmconf.source.project import git_process
from tests.support.git import commit_all, fake_git, git
from tests.support.process import (
    PROGRAMS,
    SETTINGS,
    edit_file,
    make_project,
    run_in_process,
    run_ok,
    write_files,
)

REF = "refs/rhythmconf/applied/local"
HOT_FIX = "Did not renew before the deadline"
COMMANDS = {
    "plan": ("plan",),
    "apply": ("apply", "--auto-approve"),
    "drift": ("drift",),
    "pull": ("pull", "--only-drift"),
    "promote": ("promote", "--from", "local", "--to", "guarded"),
}


@pytest.fixture
def disputed(work: Path) -> Path:
    """Return a project in which the files and the tenant have changed one field since the base."""
    lapsed = work / "config/lapsed.yaml"
    edit_file(lapsed, "Did not renew in time", HOT_FIX)
    run_ok(work, "apply", "--auto-approve", "--no-base")
    edit_file(lapsed, HOT_FIX, "Did not renew for two months")
    commit_all(work)
    assert run_in_process(work, "plan").code == 3
    return work


def beside(folder: Path, name: str) -> Path:
    """Return a path beside a folder, for this test alone."""
    return folder.with_name(f"{folder.name}-{name}")


def tenant_has(folder: Path, text: str) -> bool:
    return text in run_ok(folder, "plan", "--no-base", "--format", "json").stdout


class Damage(NamedTuple):
    """What makes git fail: a change of the repository, or variables of the environment; and words of git."""

    words: str
    spoil: Callable[[Path], object] = lambda folder: None
    env: Callable[[Path], dict[str, str]] = lambda folder: {}


def spoil_base(folder: Path) -> None:
    """Remove a file of the base from the objects."""
    id = git(folder, "rev-parse", f"{REF}:config/lapsed.yaml")
    (folder / ".git/objects" / id[:2] / id[2:]).unlink()


def empty_repository(folder: Path) -> None:
    shutil.rmtree(folder / ".git")
    (folder / ".git").mkdir()


STATUS_ONLY = 'for word; do [ "$word" = cat-file ] && exit 1; done; PATH=${PATH#*:} exec git "$@"'
DAMAGES = {
    "another owner": Damage("dubious ownership", env=lambda folder: {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}),
    "no git": Damage("git can't be started", env=lambda folder: {"PATH": "/nonexistent"}),
    "damaged HEAD": Damage("not a git repository", lambda folder: (folder / ".git/HEAD").write_text("bad")),
    "damaged index": Damage("index file", lambda folder: (folder / ".git/index").write_bytes(b"bad")),
    "empty .git": Damage("not a git repository", empty_repository),
    "GIT_DIR elsewhere": Damage("'/nonexistent'", env=lambda folder: {"GIT_DIR": "/nonexistent"}),
    "damaged object": Damage("is missing", spoil_base),
    "cat-file dies": Damage(
        "ended before it had answered", env=lambda folder: {"PATH": fake_git(beside(folder, "fake"), STATUS_ONLY)}
    ),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_git_that_cannot_answer_is_an_error_and_nothing_is_written(
    disputed: Path, damage: str, command: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    words, spoil, env = DAMAGES[damage]
    spoil(disputed)
    before = (disputed / "config/lapsed.yaml").read_text()
    result = run_in_process(disputed, *COMMANDS[command], env=env(disputed))
    assert result.code == 1, result
    assert "error[RC532]: git can't answer in this work tree: " in result.stderr
    assert words in result.stderr
    assert "--no-base" in result.stderr
    assert (disputed / "config/lapsed.yaml").read_text() == before
    assert tenant_has(disputed, HOT_FIX)


@pytest.mark.parametrize("command", ["plan", "drift", "pull"])
def test_without_git_a_two_way_comparison_has_to_be_asked_for(disputed: Path, command: str) -> None:
    (disputed / ".git/HEAD").write_text("bad")
    asked = run_in_process(disputed, *COMMANDS[command], "--no-base")
    assert (asked.code, "RC532" in asked.stderr) == (2 if command == "drift" else 0, False)
    if command == "plan":
        assert "allowed: --no-base" in asked.stdout
        assert "no base (two-way comparison)" in asked.stdout
        run_ok(disputed, "plan", "--no-base", "-o", "asked.plan")
        assert "allowed: --no-base" in run_ok(disputed, "show", "plan", "asked.plan").stdout


def test_a_plan_without_a_base_does_not_move_the_base(disputed: Path) -> None:
    base = git(disputed, "rev-parse", REF)
    assert run_ok(disputed, "apply", "--auto-approve", "--no-base").last.startswith("Apply complete!")
    assert git(disputed, "rev-parse", REF) == base
    both = run_in_process(disputed, "plan", "--no-base", "--base", "HEAD")
    assert (both.code, "--base and --no-base contradict each other" in both.stderr) == (1, True)


def test_a_reviewed_plan_is_applied_without_git_and_the_base_is_said_to_stay(work: Path) -> None:
    edit_file(work / "config/lapsed.yaml", "in time", "at all")
    run_ok(work, "plan", "-o", "early.plan")
    commit_all(work)
    run_ok(work, "plan", "-o", "late.plan")
    (work / ".git/HEAD").write_text("bad")
    assert run_ok(work, "apply", "early.plan").stderr.count(
        "warning[RC529]: the base of local was not moved: git can't"
    )
    assert run_in_process(work, "apply", "late.plan").code == 3


def test_a_plan_that_is_applied_elsewhere_says_that_the_base_stays(work: Path, tmp_path: Path) -> None:
    commit_all_edits(work)
    run_ok(work, "plan", "-o", "saved.plan")
    elsewhere = beside(work, "elsewhere")
    shutil.copytree(work, elsewhere, ignore=shutil.ignore_patterns(".git"))
    said = run_ok(elsewhere, "apply", "saved.plan").stderr
    assert "warning[RC529]: the base of local was not moved: this folder is in no git repository" in said


def commit_all_edits(work: Path) -> str:
    edit_file(work / "config/lapsed.yaml", "in time", "at all")
    return commit_all(work)


def test_a_git_that_hangs_is_ended(disputed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(git_process, "TIMEOUT_S", 0.5)
    path = fake_git(beside(disputed, "fake"), STATUS_ONLY.replace("exit 1", "exec sleep 600"))
    result = run_in_process(disputed, "apply", "--auto-approve", env={"PATH": path})
    assert (result.code, "`git cat-file` did not answer within 0.5 seconds" in result.stderr) == (1, True)
    assert tenant_has(disputed, HOT_FIX)


def test_outside_a_repository_a_plan_is_two_way_and_says_so(tmp_path: Path) -> None:
    make_project(tmp_path, PROGRAMS, SETTINGS)
    said = run_ok(tmp_path, "plan", env={"PATH": "/nonexistent"}).stdout
    assert "no base (two-way comparison)" in said
    assert "git fetch" not in said


def clone(work: Path, *options: str) -> Path:
    """Return a clone with its bases and the tenant of the original."""
    copy = beside(work, "clone")
    git(work, "clone", "-q", *options, f"file://{work}", str(copy))
    depth = ("--depth", "1") if "--depth" in options else ()
    git(copy, "fetch", "-q", *depth, "origin", "+refs/rhythmconf/*:refs/rhythmconf/*")
    shutil.copytree(work / ".rhythmconf", copy / ".rhythmconf")
    return copy


def test_a_shallow_clone_that_cannot_see_its_base_says_so(disputed: Path) -> None:
    write_files(disputed, {"notes.txt": "nothing\n"})
    commit_all(disputed)
    shallow = clone(disputed, "--depth", "1")
    for command in ("plan", "apply", "drift", "pull"):
        result = run_in_process(shallow, *COMMANDS[command])
        assert (result.code, "error[RC534]: this clone is shallow" in result.stderr) == (3, True), result
        assert "git fetch --unshallow" in result.stderr
    assert tenant_has(disputed, HOT_FIX)
    git(shallow, "fetch", "-q", "--unshallow")
    assert "changed to different values" in run_in_process(shallow, "plan").stderr


def test_a_shallow_clone_that_has_its_base_is_enough(disputed: Path) -> None:
    enough = clone(disputed, "--depth", "2")
    assert "changed to different values" in run_in_process(enough, "plan").stderr


@pytest.mark.parametrize("kind", ["run record", "ref"])
def test_a_base_whose_commit_is_not_in_the_clone_is_no_missing_base(disputed: Path, kind: str) -> None:
    git(disputed, "checkout", "-q", "--orphan", "other")
    commit_all(disputed)
    copy = beside(disputed, "copy")
    git(disputed, "clone", "-q", "--single-branch", "-b", "other", f"file://{disputed}", str(copy))
    # The run records name environments by their tenant's file, so the copy takes the place of the original.
    whole = beside(disputed, "whole")
    (disputed / ".git").rename(whole)
    (copy / ".git").rename(disputed / ".git")
    if kind == "ref":
        (disputed / ".git/refs/rhythmconf/applied").mkdir(parents=True)
        (disputed / ".git" / REF).write_text(git(whole, "rev-parse", REF) + "\n")
    result = run_in_process(disputed, "plan")
    assert (result.code, "error[RC534]" in result.stderr) == (3, True), result
    assert "this clone doesn't have" in result.stderr
    assert "git fetch origin '+refs/rhythmconf/*:refs/rhythmconf/*'" in result.stderr
    assert tenant_has(disputed, HOT_FIX)


@pytest.mark.parametrize("written", ["config", "config/", "./config", "./config//"])
def test_a_source_folder_is_found_at_the_base_however_it_is_written(tmp_path: Path, written: str) -> None:
    text = {"config/body.html": "<p>Hi</p>\n", ".gitignore": ".rhythmconf/\n"}
    notice = "kind: notice\nkey: hi\nspec: {name: Hi, is_active: true}\nfiles: {/email/body: body.html}\n"
    make_project(tmp_path, {**PROGRAMS, **text, "config/hi.yaml": notice}, SETTINGS.replace("[config]", f"[{written}]"))
    git(tmp_path, "init", "-q", "-b", "main")
    commit_all(tmp_path)
    run_ok(tmp_path, "apply", "--auto-approve")
    write_files(tmp_path, {"config/body.html": "<p>Hello</p>\n"})
    (tmp_path / "config/moved.yaml").unlink()
    edit_file(tmp_path / "config/lapsed.yaml", "in time", "at all")
    changes = run_in_process(tmp_path, "plan", "--format", "json").json()["changes"]
    assert {(one["key"], one["action"], one["class"]) for one in changes} == {
        ("hi", "update", "yours"),
        ("lapsed", "update", "yours"),
        ("moved", "delete", "yours"),
    }


def test_a_base_in_another_folder_is_not_taken_for_an_empty_one(disputed: Path) -> None:
    (disputed / "moved").mkdir()
    for name in ("rhythmconf.yaml", "config"):
        git(disputed, "mv", name, f"moved/{name}")
    commit_all(disputed)
    (disputed / ".rhythmconf").rename(disputed / "moved/.rhythmconf")
    folder = disputed / "moved"
    refused = run_in_process(folder, "plan")
    assert (refused.code, "has no rhythmconf.yaml in this folder" in refused.stderr) == (3, True), refused
    assert tenant_has(folder, HOT_FIX)
    named = run_in_process(folder, "plan", "--base", "HEAD", "--format", "json").json()
    assert [field["class"] for one in named["changes"] for field in one["fields"]] == ["drift"]
    run_ok(folder, "apply", "--auto-approve", "--base", "HEAD")
    own = "refs/rhythmconf/projects/hisp/applied/local"
    assert git(folder, "rev-parse", own) == git(folder, "rev-parse", "HEAD")


def test_a_base_that_is_not_valid_any_more_is_said(disputed: Path) -> None:
    lapsed = disputed / "config/lapsed.yaml"
    edit_file(lapsed, "name: Lapsed", "nme: Lapsed")
    broken = commit_all(disputed)
    git(disputed, "update-ref", REF, broken)
    edit_file(lapsed, "nme: Lapsed", "name: Lapsed")
    commit_all(disputed)
    for command in ("plan", "drift", "pull"):
        said = run_in_process(disputed, *COMMANDS[command])
        assert f"warning[RC326]: the files of the base {broken[:7]} have " in said.stderr, said
        assert "today (config/lapsed.yaml:4:3: " in said.stderr


def test_a_source_folder_that_was_a_submodule_is_said(work: Path) -> None:
    (work / "config").rename(work / "documents")
    git(work / "documents", "init", "-q", "-b", "main")
    commit_all(work / "documents")
    git(work, "rm", "-q", "-r", "--cached", "config")
    git(work, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(work / "documents"), "config")
    shutil.rmtree(work / "documents")
    commit_all(work)
    run_ok(work, "apply", "--auto-approve")
    assert "RC326" not in run_ok(work, "plan").stderr
    edit_file(work / "config/lapsed.yaml", "in time", "at all")
    said = run_in_process(work, "plan")
    assert "config was a submodule: nothing shows who changed its records" in said.stderr


@pytest.mark.parametrize("linked", ["folder", "files"])
def test_documents_behind_links_have_a_base_too(tmp_path: Path, linked: str) -> None:
    folder = make_project(tmp_path, {**PROGRAMS, ".gitignore": ".rhythmconf/\n"}, SETTINGS)
    (folder / "shared").mkdir()
    (folder / "config").rename(folder / "shared/config")
    if linked == "folder":
        (folder / "config").symlink_to("shared/config")
    else:
        (folder / "config").mkdir()
        for name in ("lapsed.yaml", "moved.yaml"):
            (folder / "config" / name).symlink_to(f"../shared/config/{name}")
    git(folder, "init", "-q", "-b", "main")
    first = commit_all(folder)
    run_ok(folder, "apply", "--auto-approve")
    lapsed = folder / "shared/config/lapsed.yaml"
    edit_file(lapsed, "in time", HOT_FIX)
    run_ok(folder, "apply", "--auto-approve", "--no-base")
    edit_file(lapsed, HOT_FIX, "at all")
    (folder / "config/moved.yaml").unlink()
    changes = run_in_process(folder, "plan", "--format", "json").json()["changes"]
    assert {(one["key"], one["action"], one["class"]) for one in changes} == {
        ("lapsed", "update", "conflict"),
        ("moved", "delete", "yours"),
    }
    git(folder, "commit", "-q", "-m", "without the target", "config") if linked == "files" else None
    run_ok(folder, "apply", "--auto-approve", "--ours", "program/lapsed")
    assert git(folder, "rev-parse", REF) == first
