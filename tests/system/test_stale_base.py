"""A base that is older than the last apply: what a colleague has applied is not called drift without a word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.git import git
from tests.support.process import write_files
from tests.support.two_clones import REF, REFSPEC, Pair, program, pull, sides

FETCH = f"git fetch origin '{REFSPEC}'"
EDITS: dict[str, tuple[dict[str, str], tuple[str, ...], int]] = {
    "a field": ({"config/a.yaml": program("a", "both")}, (), 1),
    "a field that is gone": ({"config/a.yaml": "kind: program\nkey: a\nspec: {name: Program a}\n"}, (), 1),
    "an overlay": ({"overlays/s/a.yaml": "kind: program\nkey: a\nspec: {description: Two}\n"}, (), 1),
    "a text file": ({"config/body.html": "<p>Hello</p>\n"}, (), 1),
    "a deleted document": ({}, ("config/b.yaml",), 2),
    "two documents": ({"config/a.yaml": program("a", "both"), "config/b.yaml": program("b", "both")}, (), 2),
}
"""What Ana applies, and how many differences Ben's plan calls drift."""


def applied_unseen(two: Pair, files: dict[str, str], removed: tuple[str, ...] = ()) -> str:
    """Let Ana commit and apply a change of which Ben gets nothing."""
    write_files(two.ana.folder, files)
    for name in removed:
        (two.ana.folder / name).unlink()
    commit = two.ana.commit()
    two.ana.apply()
    return commit


def on_one_computer(two: Pair, folder: Path) -> Pair:
    """Give both clones the run records of one computer."""
    state = str(folder / "state")
    return Pair(two.ana._replace(state=state), two.ben._replace(state=state))


@pytest.mark.parametrize("case", EDITS)
def test_drift_may_be_what_somebody_else_applied(two: Pair, case: str) -> None:
    files, removed, count = EDITS[case]
    base = two.ben.base()
    applied_unseen(two, files, removed)
    date = git(two.ben.folder, "-c", "core.pager=cat", "log", "-1", "--format=%cd", "--date=format:%Y-%m-%d", base)
    words = "1 difference counts" if count == 1 else f"{count} differences count"
    warning = (
        f"warning[RC546]: {words} as drift, because this clone knows no base newer than {base[:7]} (a commit of "
        f"{date}); if somebody else has applied since, this plan would undo their work\n"
    )
    for command in ("plan", "drift"):
        said = two.ben.run(command).stderr
        assert said.count(warning) == 1, said
        assert f"Fetch the newest base, then plan again: {FETCH}." in said
    assert set(sides(two.ben.plan()).values()) == {"drift"}
    assert [one["code"] for one in two.ben.plan()["diagnostics"]].count("RC546") == 1
    git(two.ben.folder, *re.findall(r"'[^']*'|\S+", FETCH.removeprefix("git ").replace("'", "")))
    refused = two.ben.run("plan")
    assert (refused.code, "RC546" in refused.stderr, "lacks 1 applied commit" in refused.stderr) == (3, False, True)
    pull(two.ben)
    assert two.ben.ok("plan").last == "No changes."


def test_an_apply_says_it_before_it_writes(two: Pair) -> None:
    applied_unseen(two, {"config/a.yaml": program("a", "both")})
    assert two.ben.apply().stderr.count("warning[RC546]") == 1


def test_the_branch_says_what_it_lacks(two: Pair) -> None:
    applied_unseen(two, {"config/a.yaml": program("a", "both")})
    git(two.ben.folder, "fetch", "-q", "origin", "main:refs/remotes/origin/main")
    said = two.ben.ok("plan").stderr
    assert f"{FETCH}. This checkout also lacks 1 commit of origin/main: run `git pull`." in said


@pytest.mark.parametrize(
    ("remotes", "command"),
    [
        (["ours"], f"git fetch ours '{REFSPEC}'"),
        (["backup", "ours"], f"git fetch REMOTE '{REFSPEC}' (REMOTE: backup or ours)"),
        (["backup", "origin"], f"git fetch origin '{REFSPEC}'"),
        ([], ""),
    ],
    ids=["one", "several", "origin among them", "none"],
)
def test_the_command_names_a_remote_that_is_there(two: Pair, remotes: list[str], command: str) -> None:
    applied_unseen(two, {"config/a.yaml": program("a", "both")})
    git(two.ben.folder, "remote", "remove", "origin")
    for name in remotes:
        git(two.ben.folder, "remote", "add", name, str(two.ana.folder))
    said = two.ben.ok("plan").stderr
    assert ("RC546" in said, command in said) == (bool(remotes), True)
    git(two.ben.folder, "update-ref", "-d", REF)
    without = two.ben.ok("plan").stdout
    ending = f"; if others apply too, fetch theirs: {command}\n" if command else "\n"
    assert f"a record without a document is deleted only if --prune names it{ending}" in without
    assert ("git fetch" in without) == bool(remotes)


def test_without_drift_or_with_a_named_base_nothing_is_said(two: Pair) -> None:
    applied_unseen(two, {"config/a.yaml": program("a", "both")})
    assert "RC546" not in two.ben.ok("plan", "--base", "HEAD").stderr
    assert "RC546" not in two.ana.ok("plan").stderr
    two.ana.write("config/b.yaml", program("b", "both"))
    assert "RC546" not in two.ana.ok("plan").stderr


def test_a_newer_run_of_another_clone_on_this_computer_is_the_base(two: Pair, tmp_path: Path) -> None:
    two = on_one_computer(two, tmp_path)
    commit = applied_unseen(two, {"config/a.yaml": program("a", "both")})
    git(two.ben.folder, "fetch", "-q", "origin", "main")
    plan = two.ben.plan()
    assert sides(plan) == {"a/customer_type": "behind"}
    assert (plan["base"]["commit"], plan["base"]["origin"][:4]) == (commit, "run ")
    assert two.ben.run("apply", "--auto-approve").code == 3
    pull(two.ben)
    two.ben.write("config/b.yaml", program("b", "both"))
    head = two.ben.commit()
    assert sides(two.ben.plan()) == {"b/customer_type": "yours"}
    assert "RC529" not in two.ben.apply().stderr
    assert two.ben.base() == head


def test_a_newer_run_whose_commit_is_not_here_refuses_a_plan(two: Pair, tmp_path: Path) -> None:
    two = on_one_computer(two, tmp_path)
    commit = applied_unseen(two, {"config/a.yaml": program("a", "both")})
    for command in (("plan",), ("apply", "--auto-approve"), ("drift",)):
        refused = two.ben.run(*command)
        assert refused.code == 3
        assert f"applied commit {commit[:7]}, which this clone doesn't have" in refused.stderr
        assert f"fetch it: {FETCH}" in refused.stderr
    assert two.ben.ok("plan", "--base", "HEAD").last.startswith("Plan: 0 to add, 1 to change")


def test_a_fetch_that_puts_the_base_back_does_not_lose_it(two: Pair) -> None:
    """A forced refspec overwrites a base that was never pushed."""
    pull(two.ben)
    two.ben.write("config/a.yaml", program("a", "both"))
    commit = two.ben.commit()
    two.ben.apply()
    two.ben.fetch()
    assert two.ben.base() != commit
    plan = two.ben.plan()
    assert (plan["base"]["commit"], plan["base"]["origin"][:4], plan["changes"]) == (commit, "run ", [])
    two.ben.write("config/a.yaml", program("a", "organization"))
    assert sides(two.ben.plan()) == {"a/customer_type": "yours"}


@pytest.mark.parametrize("gone", [False, True], ids=["old commit kept", "old commit gone"])
def test_a_base_that_was_moved_to_a_rewritten_commit_comes_before_the_run(
    two: Pair, gone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    two.ben.write("config/a.yaml", program("a", "both"))
    two.ben.commit()
    two.ben.apply()
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2090-01-01T00:00:00Z")
    git(two.ben.folder, "commit", "-q", "--amend", "-m", "reworded")
    head = git(two.ben.folder, "rev-parse", "HEAD")
    git(two.ben.folder, "update-ref", REF, head)
    if gone:
        git(two.ben.folder, "reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all")
        git(two.ben.folder, "gc", "-q", "--prune=now")
    plan = two.ben.plan()
    assert (plan["base"]["commit"], plan["base"]["origin"], plan["changes"]) == (head, REF, [])
