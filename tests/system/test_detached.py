"""A checkout of a commit without a branch, as a pipeline makes it: the base is found, moved and pushed all the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.git import git
from tests.support.two_clones import REF, REFSPEC, Pair, Person, applied_by_ana, program


@pytest.fixture
def job(two: Pair) -> Person:
    """Return Ben's clone as a pipeline has it: the commit of main is checked out, and no branch is there."""
    detach(two.ben.folder)
    return two.ben


def detach(folder: Path) -> None:
    git(folder, "checkout", "-q", "--detach", "origin/main")
    git(folder, "branch", "-q", "-D", "main")


def change(two: Pair) -> str:
    """Let Ana commit a change of `a` without applying it, and check it out in the job."""
    two.ana.write("config/a.yaml", program("a", "organization"))
    commit = two.ana.commit()
    git(two.ben.folder, "fetch", "-q", "origin")
    git(two.ben.folder, "checkout", "-q", "--detach", commit)
    return commit


def test_the_base_is_the_ref_of_the_environment(two: Pair, job: Person) -> None:
    base = job.base()
    assert job.ok("plan").last == "No changes."
    commit = change(two)
    shown = job.ok("plan").stdout
    assert f"commit {commit[:12]}" in shown
    assert f"base {base[:12]} ({REF}), changes since: 1 in the files, 0 in the tenant (drift)" in shown


def test_an_apply_moves_the_base_and_pushes_it(two: Pair, job: Person) -> None:
    commit = change(two)
    job.ok("plan", "-o", "job.plan")
    applied = job.ok("apply", "job.plan", "--push-base")
    assert "RC529" not in applied.stderr
    assert "RC535" not in applied.stderr
    assert job.base() == two.ana.base() == commit
    assert job.ok("plan").last == "No changes."
    # Nothing but the base has moved: no branch was made.
    assert git(job.folder, "for-each-ref", "refs/heads") == ""


@pytest.mark.parametrize("command", ["plan", "drift"])
def test_a_job_without_the_bases_says_how_to_fetch_them(job: Person, command: str) -> None:
    git(job.folder, "update-ref", "-d", REF)
    said = job.run(command)
    assert "warning[RC533]: no base of s is known in this clone" in said.stderr, said
    assert f"git fetch origin '{REFSPEC}'" in said.stderr
    job.fetch()
    assert "RC533" not in job.run(command).stderr


def test_a_job_of_a_commit_that_lacks_an_applied_one_is_refused(two: Pair, job: Person) -> None:
    commit = applied_by_ana(two, {"config/b.yaml": program("b", "organization")})
    for command in (("plan",), ("apply", "--auto-approve")):
        refused = job.run(*command)
        assert refused.code == 3, refused
        assert f"this checkout lacks 1 applied commit, {commit[:7]} by Ana" in refused.stdout
        assert "On no branch, run `git switch BRANCH` first" in refused.stdout
    git(job.folder, "fetch", "-q", "origin")
    git(job.folder, "checkout", "-q", "--detach", "origin/main")
    assert job.ok("plan").last == "No changes."


def test_a_detached_checkout_without_a_remote_says_nothing_about_one(two: Pair, job: Person) -> None:
    git(job.folder, "update-ref", "-d", REF)
    git(job.folder, "remote", "remove", "origin")
    shutil.rmtree(job.folder / ".rhythmconf", ignore_errors=True)
    assert "RC533" not in job.run("plan").stderr
