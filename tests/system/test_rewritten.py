"""A base whose commit was amended, rebased or squashed is recognised by its files, and only by these."""

from __future__ import annotations

import pytest

from tests.support.git import git
from tests.support.process import write_files
from tests.support.two_clones import NOTICE, REF, Pair, Person, applied_by_ana, program, pull, sides

EDIT = {"config/a.yaml": program("a", "both")}


def rewrite(person: Person, how: str) -> None:
    """Replace the commit that is checked out, without a change of the project's files."""
    folder = person.folder
    if how == "amended":
        git(folder, "commit", "-q", "--amend", "-m", "reworded")
    elif how == "amended with another file":
        (folder / "README.md").write_text("New\n")
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "--amend", "-m", "with a page")
    elif how == "squashed":
        git(folder, "reset", "-q", "--soft", "HEAD~1")
        git(folder, "commit", "-q", "--allow-empty", "-m", "squashed")
    elif how == "rebased":
        git(folder, "branch", "-q", "side", "HEAD~1")
        git(folder, "checkout", "-q", "side")
        (folder / "NOTES.md").write_text("Of main\n")
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "of main")
        git(folder, "cherry-pick", "main")
        git(folder, "checkout", "-q", "-B", "main", "side")
    elif how == "merged with later work":
        git(folder, "commit", "-q", "--amend", "-m", "reworded")
        person.write("config/b.yaml", program("b", "both"))
        person.commit()


@pytest.mark.parametrize(
    "how", ["amended", "amended with another file", "squashed", "rebased", "merged with later work"]
)
def test_a_rewritten_commit_with_the_same_files_is_the_base(two: Pair, how: str) -> None:
    applied = applied_by_ana(two, EDIT)
    rewrite(two.ana, how)
    own = {"b/customer_type": "yours"} if how == "merged with later work" else {}
    plan = two.ana.plan()
    assert sides(plan) == own
    assert (plan["base"]["replaced"], plan["base"]["descends"]) == (applied, True)
    same = f"({REF}, with the files of {applied[:7]}, which was rewritten)"
    two.ana.write("config/hi.yaml", NOTICE.replace("name: Hi", "name: Ho"))
    shown = two.ana.ok("plan").stdout
    assert same in shown
    head = two.ana.commit()
    two.ana.ok("plan", "-o", "saved.plan")
    assert same in two.ana.ok("show", "plan", "saved.plan").stdout
    done = two.ana.ok("apply", "saved.plan")
    assert "RC529" not in done.stderr
    assert two.ana.base() == head
    assert two.ana.ok("plan").last == "No changes."


def test_drift_since_a_rewritten_commit_stays_drift(two: Pair) -> None:
    applied_by_ana(two, EDIT)
    rewrite(two.ana, "amended")
    (b,) = [one for one in two.ana.tenant.records("programs") if one["name"] == "Program b"]
    two.ana.tenant.call("PATCH", "programs", f"/{b['id']}", [{"op": "add", "path": "/customer_type", "value": "both"}])
    assert sides(two.ana.plan()) == {"b/customer_type": "drift"}


OTHERS: dict[str, dict[str, str]] = {
    "a document": {"config/b.yaml": program("b", "organization")},
    "a new document": {"config/c.yaml": program("c")},
    "an overlay": {"overlays/s/a.yaml": "kind: program\nkey: a\nspec: {description: Two}\n"},
    "the bindings": {"bindings/s.yaml": "platform/360Screen: {standard: i2}\n"},
    "a text file of the base outside the sources": {"mails/body.html": "<p>Changed</p>\n"},
}


@pytest.mark.parametrize("case", OTHERS)
def test_a_rewritten_commit_with_other_files_is_refused(two: Pair, case: str) -> None:
    notice = NOTICE.replace("body.html", "../mails/body.html")
    applied = applied_by_ana(two, {**EDIT, "config/hi.yaml": notice, "mails/body.html": "<p>Hi</p>\n"})
    write_files(two.ana.folder, OTHERS[case])
    git(two.ana.folder, "add", "-A")
    git(two.ana.folder, "commit", "-q", "--amend", "-m", "with more")
    # Later files don't name the text any more.
    two.ana.write("config/hi.yaml", NOTICE.replace("name: Hi", "name: Ho"))
    two.ana.commit()
    refused = two.ana.run("plan")
    assert refused.code == 3, refused
    assert f"lacks 1 applied commit, {applied[:7]} by Ana" in refused.stdout
    assert f"`git update-ref {REF} COMMIT`" in refused.stdout
    assert two.ana.base() == applied


def test_a_push_replaces_the_rewritten_base_only(two: Pair) -> None:
    applied = applied_by_ana(two, EDIT)
    pull(two.ben)
    git(two.ben.folder, "commit", "-q", "--amend", "-m", "reworded")
    head = git(two.ben.folder, "rev-parse", "HEAD")
    assert "RC535" not in two.ben.apply("--push-base").stderr
    assert (two.ben.base(), two.ana.base()) == (head, head)
    git(two.ana.folder, "update-ref", REF, f"{applied}~1")
    git(two.ben.folder, "update-ref", REF, applied)
    assert "warning[RC535]" in two.ben.apply("--push-base").stderr
    assert two.ana.base() == git(two.ana.folder, "rev-parse", f"{applied}~1")
