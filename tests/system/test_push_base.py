"""The base is shared with colleagues: pushed when asked to, never backwards, and fetched with the command shown."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.support.git import commit_all, fake_git, git
from tests.support.process import ROOT, Completed, edit_file, run_in_process, run_ok

REF = "refs/rhythmconf/applied/local"
REFSPEC = "+refs/rhythmconf/*:refs/rhythmconf/*"


@pytest.fixture
def remote(work: Path) -> Path:
    """Return a bare repository, the origin of `work`, which has its branch and no base."""
    bare = work.with_name(f"{work.name}-origin")
    git(work, "clone", "-q", "--bare", str(work), str(bare))
    git(work, "remote", "add", "origin", str(bare))
    git(work, "push", "-q", "-u", "origin", "main")
    git(bare, "for-each-ref", "--format=delete %(refname)", "refs/rhythmconf")
    return bare


def change(work: Path, text: str = "at all") -> str:
    edit_file(work / "config/lapsed.yaml", "in time", text)
    return commit_all(work)


def pushed(remote: Path) -> str:
    return git(remote, "for-each-ref", "--format=%(objectname)", REF)


def apply(work: Path, *options: str) -> Completed:
    return run_ok(work, "apply", "--auto-approve", *options)


def test_a_base_is_pushed_only_when_asked_to(work: Path, remote: Path) -> None:
    first = change(work)
    apply(work)
    assert pushed(remote) == ""
    apply(work, "--push-base")
    assert pushed(remote) == first


def test_a_project_can_ask_for_it_and_a_saved_plan_too(work: Path, remote: Path) -> None:
    edit_file(work / "rhythmconf.yaml", "project: hisp\n", "project: hisp\npush_base: true\n")
    first = change(work)
    apply(work)
    assert pushed(remote) == first
    edit_file(work / "config/lapsed.yaml", "at all", "for two months")
    second = commit_all(work)
    run_ok(work, "plan", "-o", "saved.plan")
    run_ok(work, "apply", "saved.plan")
    assert pushed(remote) == second
    doctor = run_ok(work, "doctor").stdout
    assert "push_base" in doctor


@pytest.mark.parametrize("options", [("--only", "program/lapsed"), ("--no-base",)])
def test_a_base_that_does_not_move_is_not_pushed(work: Path, remote: Path, options: tuple[str, ...]) -> None:
    change(work)
    apply(work, "--push-base", *options)
    assert pushed(remote) == ""


def test_a_base_that_somebody_else_pushed_is_not_put_back(work: Path, remote: Path) -> None:
    other = work.with_name(f"{work.name}-other")
    git(work, "clone", "-q", str(remote), str(other))
    (other / "notes.txt").write_text("theirs\n")
    theirs = commit_all(other)
    git(other, "push", "-q", "origin", f"{theirs}:{REF}")
    change(work)
    done = apply(work, "--push-base")
    assert "warning[RC535]: the base of local was not pushed: somebody else has pushed another base" in done.stderr
    assert f"git fetch origin '{REFSPEC}'" in done.stderr
    assert pushed(remote) == theirs


@pytest.mark.parametrize("obstacle", ["gone", "no remote", "read only", "two remotes"])
def test_a_push_that_fails_is_said_and_the_apply_is_complete(work: Path, remote: Path, obstacle: str) -> None:
    if obstacle == "gone":
        remote.rename(remote.with_name("gone"))
    elif obstacle == "read only":
        hook = remote / "hooks/pre-receive"
        hook.write_text("#!/bin/sh\necho 'you may not push' >&2\nexit 1\n")
        hook.chmod(0o755)
    else:
        git(work, "remote", "rename", "origin", "one")
        git(work, "remote", "add", "two", str(remote)) if obstacle == "two remotes" else git(
            work, "remote", "rm", "one"
        )
    commit = change(work)
    done = apply(work, "--push-base")
    assert done.last == "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."
    assert "warning[RC535]: the base of local was not pushed: " in done.stderr
    assert f"git push {'REMOTE' if 'remote' in obstacle else 'origin'} {REF}" in done.stderr
    assert git(work, "rev-parse", REF) == commit


def test_the_only_remote_is_taken_whatever_its_name(work: Path, remote: Path) -> None:
    git(work, "remote", "rename", "origin", "server")
    commit = change(work)
    assert "RC535" not in apply(work, "--push-base").stderr
    assert pushed(remote) == commit


def test_doctor_shows_the_base_and_offers_to_fetch_those_of_others(work: Path, remote: Path) -> None:
    doctor = run_ok(work, "doctor").stdout
    assert f"git: the base of local is commit {git(work, 'rev-parse', REF)[:7]}\n" in doctor
    (command,) = [line.partition("too: ")[2] for line in doctor.splitlines() if "git config --add" in line]
    assert "refs/rhythmconf" not in git(work, "config", "--get-all", "remote.origin.fetch")
    git(work, *shlex.split(command)[1:])
    assert git(work, "config", "--get-all", "remote.origin.fetch").splitlines()[-1] == REFSPEC
    assert "git config --add" not in run_ok(work, "doctor").stdout
    git(work, "push", "-q", "origin", REF)
    git(work, "update-ref", "-d", REF)
    assert "git: no base of local is known\n" in run_ok(work, "doctor").stdout
    git(work, "fetch", "-q")
    assert "git: the base of local is commit" in run_ok(work, "doctor").stdout


def test_doctor_says_what_is_wrong_with_git(work: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    (work / ".git/HEAD").write_text("bad")
    path = fake_git(tmp_path_factory.mktemp("fake"), "echo 'fatal: no luck' >&2; exit 128")
    result = run_in_process(work, "doctor", env={"PATH": path})
    assert (result.code, "git can't answer in this work tree: fatal: no luck" in result.stdout) == (1, True)


def test_doctor_outside_a_repository_says_nothing_of_git(tmp_path: Path) -> None:
    run_ok(tmp_path, "init", "project")
    assert "git:" not in run_ok(tmp_path / "project", "doctor").stdout


def test_init_offers_to_fetch_the_bases_of_others(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert "git config" not in run_ok(tmp_path, "init", "one").stderr
    git(tmp_path, "remote", "add", "origin", "git@example.org:a/b.git")
    said = run_ok(tmp_path, "init", "two").stderr
    assert f"git config --add remote.origin.fetch '{REFSPEC}'\n" in said
    assert "refs/rhythmconf" not in git(tmp_path, "config", "--get-all", "remote.origin.fetch")


def test_the_pipelines_do_not_put_back_a_base_either(work: Path, remote: Path) -> None:
    older = git(work, "rev-parse", "HEAD")
    newer = change(work)
    git(work, "push", "-q", "origin", "main", f"{newer}:{REF}")
    script = ROOT / "rhythmconf/templates/pipelines/publish.sh"
    for commit, code in ((older, 1), (newer, 0)):
        git(work, "update-ref", REF, commit)
        environ = {**os.environ, "RHYTHMCONF_ENV": "local"}
        done = subprocess.run(["bash", str(script), "applied"], cwd=work, env=environ, capture_output=True, check=False)
        assert done.returncode == code, done
        assert pushed(remote) == newer
