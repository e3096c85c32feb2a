"""Two people with a clone each: a checkout that lacks applied commits puts nothing back without being asked to."""

from __future__ import annotations

import re
import shutil

import pytest

from tests.support.git import git
from tests.support.two_clones import NOTICE, REF, REFSPEC, Pair, applied_by_ana, program, pull, sides, snapshot

CASES: dict[str, tuple[dict[str, str], tuple[str, ...], dict[str, str]]] = {
    "a field": ({"config/a.yaml": program("a", "both")}, (), {"a/customer_type": "behind"}),
    "a field that is new": ({"config/a.yaml": program("a", more="  is_active: true\n")}, (), {}),
    "a field that is gone": (
        {"config/a.yaml": "kind: program\nkey: a\nspec: {name: Program a}\n"},
        (),
        {"a/customer_type": "behind"},
    ),
    "an overlay": (
        {"overlays/s/a.yaml": "kind: program\nkey: a\nspec: {description: Two}\n"},
        (),
        {"a/description": "behind"},
    ),
    "a text file": ({"config/body.html": "<p>Hello</p>\n"}, (), {"hi/email/body": "behind"}),
    "a deleted document": ({}, ("config/b.yaml",), {"b/name": "behind", "b/customer_type": "behind"}),
    "a new document": ({"config/c.yaml": program("c")}, (), {}),
}
"""What Ana applies, and the sides of what Ben's plan would put back."""


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("own", [False, True], ids=["behind", "diverged"])
def test_what_an_applied_commit_changed_is_behind_and_refused(two: Pair, case: str, own: bool) -> None:
    files, removed, expected = CASES[case]
    if own:
        two.ben.write("config/hi.yaml", NOTICE.replace("name: Hi", "name: Hello"))
        two.ben.commit()
        expected = {**expected, "hi/name": "yours"}
    commit = applied_by_ana(two, files, removed)
    before = snapshot(two.ben)
    assert sides(two.ben.plan()) == expected
    lacks = f"this checkout lacks 1 applied commit, {commit[:7]} by Ana"
    if expected:
        for command in (("plan",), ("apply", "--auto-approve"), ("plan", "-o", "saved.plan")):
            refused = two.ben.run(*command)
            assert (refused.code, f"refused: {lacks}: run `git pull`" in refused.stdout) == (3, True), refused
            assert f"(or `git merge {commit[:7]}`)" in refused.stdout
            assert "plan again with `--allow-behind`" in refused.stderr
        assert not (two.ben.folder / "saved.plan").exists()
    else:
        said = two.ben.ok("plan")
        assert (said.last, f"warning[RC325]: {lacks}\n" in said.stderr) == ("No changes.", True)
        kept = two.ben.apply()
        assert "warning[RC529]: the base of s was not moved" in kept.stderr
    assert snapshot(two.ben) == before
    assert two.ben.base() == commit
    pull(two.ben)
    assert sides(two.ben.plan()) == ({"hi/name": "yours"} if own else {})
    two.ben.apply()
    assert two.ben.base() == git(two.ben.folder, "rev-parse", "HEAD")


SCREEN = program("a", more="  application_360_screen_id: standard\n")


def test_the_bindings_of_an_applied_commit_are_behind_too(two: Pair) -> None:
    applied_by_ana(two, {"config/a.yaml": SCREEN})
    pull(two.ben)
    assert two.ben.ok("plan").last == "No changes."
    applied_by_ana(two, {"bindings/s.yaml": "platform/360Screen: {standard: i2}\n"})
    assert sides(two.ben.plan()) == {"a/application_360_screen_id": "behind"}
    assert two.ben.run("plan").code == 3


def test_bindings_that_are_edited_here_are_yours(two: Pair) -> None:
    applied_by_ana(two, {"config/a.yaml": SCREEN})
    two.ana.write("bindings/s.yaml", "platform/360Screen: {standard: i2}\n")
    assert sides(two.ana.plan()) == {"a/application_360_screen_id": "yours"}


def test_a_field_that_both_edited_is_a_conflict_and_drift_stays_drift(two: Pair) -> None:
    two.ben.write("config/a.yaml", program("a", "organization"))
    two.ben.write("config/b.yaml", program("b", "both"))
    two.ben.commit()
    applied_by_ana(two, {"config/a.yaml": program("a", "both")})
    (b,) = [one for one in two.ana.tenant.records("programs") if one["name"] == "Program b"]
    two.ana.tenant.call("PATCH", "programs", f"/{b['id']}", [{"op": "add", "path": "/description", "value": "staff"}])
    (hi,) = two.ana.tenant.records("notices")
    two.ana.tenant.call("PATCH", "notices", f"/{hi['id']}", [{"op": "replace", "path": "/name", "value": "Staff"}])
    plan = two.ben.plan()
    assert sides(plan) == {"a/customer_type": "conflict", "b/customer_type": "yours", "hi/name": "drift"}
    (field,) = [field for one in plan["changes"] for field in one["fields"] if field["class"] == "conflict"]
    assert (field["base"], field["old"], field["new"]) == ("contact", "both", "organization")
    assert two.ben.run("plan", "--allow-behind").code == 3
    assert two.ben.ok("plan", "--allow-behind", "--ours", "program/a").last.startswith("Plan: 0 to add, 3 to change")
    drift = two.ben.run("drift")
    assert (drift.code, "warning[RC325]" in drift.stderr) == (2, True)
    assert drift.stdout.count("  ~ ") >= 2


def test_drift_shows_nothing_of_what_is_behind_but_says_so(two: Pair) -> None:
    commit = applied_by_ana(two, {"config/a.yaml": program("a", "both")})
    said = two.ben.ok("drift")
    assert said.last == "No changes."
    assert f"warning[RC325]: this checkout lacks 1 applied commit, {commit[:7]} by Ana" in said.stderr


def test_a_document_deleted_here_and_edited_by_an_applied_commit_is_a_conflict(two: Pair) -> None:
    (two.ben.folder / "config/b.yaml").unlink()
    two.ben.commit()
    applied_by_ana(two, {"config/b.yaml": program("b", "both")})
    (change,) = two.ben.plan()["changes"]
    assert (change["action"], change["class"]) == ("delete", "conflict")
    assert two.ben.run("plan", "--allow-behind").code == 3


def test_a_document_edited_here_and_deleted_by_an_applied_commit_is_a_conflict(two: Pair) -> None:
    two.ben.write("config/b.yaml", program("b", "both"))
    two.ben.commit()
    applied_by_ana(two, {}, ("config/b.yaml",))
    (change,) = two.ben.plan()["changes"]
    assert (change["action"], change["class"]) == ("create", "conflict")
    refused = two.ben.run("plan", "--allow-behind")
    assert "program/b was edited here, and deleted by an applied commit that this checkout lacks" in refused.stdout


def test_many_missing_commits_are_counted_and_the_newest_are_named(two: Pair) -> None:
    commits = [
        applied_by_ana(two, {"config/a.yaml": program("a").replace("Program a", f"Program {n}")}) for n in range(5)
    ]
    refused = two.ben.run("plan")
    names = ", ".join(f"{commit[:7]} by Ana" for commit in reversed(commits[2:]))
    assert f"this checkout lacks 5 applied commits, {names} and 2 more: run `git pull`" in refused.stderr
    pull(two.ben)
    assert two.ben.ok("plan").last == "No changes."


def test_a_merge_that_contains_the_applied_commit_is_not_behind(two: Pair) -> None:
    git(two.ana.folder, "checkout", "-q", "-b", "side")
    two.ana.write("config/b.yaml", program("b", "both"))
    two.ana.commit()
    git(two.ana.folder, "checkout", "-q", "main")
    applied_by_ana(two, {"config/a.yaml": program("a", "both")})
    git(two.ana.folder, "-c", "user.name=Ana", "-c", "user.email=x@y", "merge", "-q", "--no-edit", "side")
    assert sides(two.ana.plan()) == {"b/customer_type": "yours"}
    git(two.ana.folder, "checkout", "-q", "side")
    assert sides(two.ana.plan()) == {"a/customer_type": "behind", "b/customer_type": "yours"}


def test_an_override_is_recorded_and_the_base_does_not_go_back(two: Pair) -> None:
    two.ben.write("config/b.yaml", program("b", "organization"))
    two.ben.commit()
    commit = applied_by_ana(two, {"config/a.yaml": program("a", "both")})
    two.ben.ok("plan", "--allow-behind", "-o", "old.plan")
    shown = two.ben.ok("show", "plan", "old.plan").stdout
    for words in ("allowed: --allow-behind", "behind, would undo an applied commit", f"{commit[:7]} by Ana"):
        assert words in shown
    done = two.ben.ok("apply", "old.plan")
    assert "warning[RC529]: the base of s was not moved: it is at " in done.stderr
    assert two.ben.base() == commit
    assert sides(two.ana.plan()) == {"a/customer_type": "drift", "b/customer_type": "drift"}


def test_a_base_that_somebody_moved_meanwhile_is_not_moved_back(two: Pair) -> None:
    two.ben.write("config/b.yaml", program("b", "organization"))
    two.ben.commit()
    two.ben.ok("plan", "-o", "early.plan")
    commit = applied_by_ana(two, {"config/a.yaml": program("a", "both")})
    done = two.ben.ok("apply", "early.plan")
    assert f"was not moved: it is at {commit[:7]} by now, which" in done.stderr
    assert two.ben.base() == commit


def test_an_empty_plan_of_an_older_commit_does_not_move_the_base_back(two: Pair) -> None:
    two.ben.ok("plan", "-o", "empty.plan")
    commit = applied_by_ana(two, {"config/a.yaml": program("a", "both")})
    git(two.ben.folder, "fetch", "-q", "origin", "main")
    assert "RC529" not in two.ben.ok("apply", "empty.plan").stderr
    assert two.ben.base() == commit


@pytest.mark.parametrize("how", ["amend", "squash"])
def test_a_rewritten_commit_can_be_named(two: Pair, how: str) -> None:
    applied_by_ana(two, {"config/a.yaml": program("a", "both")})
    two.ana.write("config/c.yaml", program("c"))
    git(two.ana.folder, "add", "-A")
    if how == "amend":
        git(two.ana.folder, "-c", "user.name=A", "-c", "user.email=x@y", "commit", "-q", "--amend", "-m", "reworded")
    else:
        git(two.ana.folder, "reset", "-q", "--soft", "HEAD~1")
        git(two.ana.folder, "commit", "-q", "-m", "squashed")
    two.ana.write("config/b.yaml", program("b", "both"))
    head = two.ana.commit()
    refused = two.ana.run("plan")
    move = f"amended, rebased or squashed, move the base to the one that took its place: `git update-ref {REF} COMMIT`"
    assert (refused.code, move in refused.stdout) == (3, True)
    done = two.ana.apply("--base", "HEAD~1")
    (help,) = [line.rpartition("git update-ref ")[2] for line in done.stderr.splitlines() if "git update-ref" in line]
    git(two.ana.folder, "update-ref", *help.split())
    assert two.ana.base() == head
    assert two.ana.ok("plan").last == "No changes."


def test_histories_without_a_common_commit_are_compared_with_care(two: Pair) -> None:
    git(two.ana.folder, "checkout", "-q", "--orphan", "fresh")
    two.ana.write("config/a.yaml", program("a", "both"))
    two.ana.commit()
    plan = two.ana.plan()
    assert sides(plan) == {"a/customer_type": "conflict"}
    assert (plan["base"]["descends"], plan["base"]["fork"], plan["base"]["lacks"]) == (False, None, 1)


def test_before_the_first_commit_of_a_branch_an_applied_base_still_counts(two: Pair) -> None:
    git(two.ana.folder, "checkout", "-q", "--orphan", "fresh")
    two.ana.write("config/a.yaml", program("a", "both"))
    assert two.ana.run("plan").code == 3


def test_every_report_says_what_is_behind(two: Pair) -> None:
    commit = applied_by_ana(two, {"config/a.yaml": program("a", "both")})
    lacks = f"this checkout lacks 1 applied commit, {commit[:7]} by Ana"
    for format in ("text", "json", "markdown", "html", "sarif", "junit", "github"):
        report = two.ben.run("plan", "--format", format).stdout
        # Markdown puts the id and the name into code spans.
        assert lacks in report.replace("`", ""), format
        assert "behind" in report, format
    assert two.ben.plan()["base"] == {
        "commit": commit,
        "origin": REF,
        "descends": False,
        "fork": git(two.ben.folder, "rev-parse", "HEAD"),
        "lacks": 1,
        "missing": [{"commit": commit, "author": "Ana"}],
    }
    assert (
        "#### Would undo applied commits that this checkout lacks" in two.ben.run("plan", "--format", "markdown").stdout
    )


def test_a_clone_without_the_bases_says_how_to_fetch_them(two: Pair) -> None:
    git(two.ben.folder, "update-ref", "-d", REF)
    fetch = f"git fetch origin '{REFSPEC}'"
    for command in (("plan",), ("drift",)):
        said = two.ben.ok(*command)
        assert "warning[RC533]: no base of s is known in this clone" in said.stderr
        assert fetch in said.stderr
        assert f"only if --prune names it; if others apply too, fetch theirs: {fetch}\n" in said.stdout
    assert fetch in two.ben.ok("pull", "--only-drift").stderr
    for format in ("markdown", "html", "json"):
        assert "refs/rhythmconf/*" in two.ben.ok("plan", "--format", format).stdout.replace("\\", "").replace(
            "&#43;", "+"
        )


def test_a_pull_names_the_remote_that_the_branch_comes_from(two: Pair) -> None:
    git(two.ben.folder, "update-ref", "-d", REF)
    git(two.ben.folder, "remote", "rename", "origin", "ours")
    said = two.ben.ok("pull", "--only-drift").stderr
    assert f"fetch theirs: git fetch ours '{REFSPEC}'" in said
    assert "git fetch origin" not in said


def test_an_author_cannot_write_into_a_report(two: Pair) -> None:
    two.ana.write("config/a.yaml", program("a", "both"))
    git(two.ana.folder, "add", "-A")
    git(two.ana.folder, "commit", "-q", "-m", "x", "--author", "\x1b[31m<b>`|*_ <x@y>")
    two.ana.apply()
    two.ben.fetch()
    for format in ("text", "markdown", "html", "junit", "github"):
        report = two.ben.run("plan", "--format", format)
        assert "\x1b" not in report.stdout + report.stderr
        assert format == "text" or "<b>" not in report.stdout, format


def test_an_upstream_branch_of_the_same_repository_is_no_remote(two: Pair) -> None:
    git(two.ana.folder, "checkout", "-q", "-b", "side/work", "--track", "main")
    git(two.ana.folder, "checkout", "-q", "-b", "more", "--track", "side/work")
    git(two.ana.folder, "update-ref", "-d", REF)
    shutil.rmtree(two.ana.folder / ".rhythmconf/state")
    assert "RC533" not in two.ana.ok("plan").stderr


def test_a_resumed_run_does_not_move_the_base_back(two: Pair) -> None:
    two.ben.write("config/b.yaml", program("b", "organization"))
    two.ben.write("config/c.yaml", program("c"))
    two.ben.commit()
    made = two.ben.plan()["requests"]["made"]
    stopped = two.ben.run("apply", "--auto-approve", "--max-requests", str(made + 1))
    assert stopped.code in (1, 5), stopped
    commit = applied_by_ana(two, {"config/a.yaml": program("a", "both")})
    resumed = two.ben.ok("resume")
    assert "warning[RC529]: the base of s was not moved: it is at " in resumed.stderr
    assert two.ben.base() == commit


def test_signatures_shown_in_logs_are_no_commits(two: Pair) -> None:
    commit = applied_by_ana(two, {"config/a.yaml": program("a", "both")})
    for name, value in (("log.showSignature", "true"), ("color.ui", "always"), ("format.pretty", "oneline")):
        git(two.ben.folder, "config", name, value)
    assert f"lacks 1 applied commit, {commit[:7]} by Ana: run" in two.ben.run("plan").stdout


@pytest.mark.parametrize("command", [("pull", "--only-drift"), ("promote", "--from", "s", "--to", "t")])
def test_commands_that_write_what_drifted_say_what_is_missing(two: Pair, command: tuple[str, ...]) -> None:
    commit = applied_by_ana(two, {"config/a.yaml": program("a", "both")})
    said = two.ben.run(*command)
    assert f"warning[RC325]: this checkout lacks 1 applied commit, {commit[:7]} by Ana" in said.stderr, said
    assert git(two.ben.folder, "status", "--porcelain") == ""
    git(two.ben.folder, "update-ref", "-d", REF)
    without = two.ben.run(*command)
    assert "no base is known for s: every difference counts as " in without.stderr
    assert f"git fetch origin '{REFSPEC}'" in without.stderr


def test_pull_refuses_an_option_that_changes_nothing(two: Pair) -> None:
    refused = two.ben.run("pull", "--no-base")
    assert (refused.code, "--no-base changes nothing without --only-drift" in refused.stderr) == (1, True)


def test_the_merge_that_a_refusal_names_brings_a_branch_what_it_lacks(two: Pair) -> None:
    """A feature branch gets nothing of main by `git pull`."""
    git(two.ben.folder, "checkout", "-q", "-b", "feature")
    two.ben.write("config/b.yaml", program("b", "both"))
    two.ben.commit()
    applied_by_ana(two, {"config/a.yaml": program("a", "both")})
    refused = two.ben.run("plan").stdout
    (command,) = set(re.findall(r"`git (merge [0-9a-f]+)`", refused))
    git(two.ben.folder, "-c", "user.name=Ben", "-c", "user.email=x@y", *command.split(), "-q", "--no-edit")
    assert sides(two.ben.plan()) == {"b/customer_type": "yours"}
    assert two.ben.run("plan").code == 0
