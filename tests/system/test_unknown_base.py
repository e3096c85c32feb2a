"""Records that an apply has made although the base does not show it: overwriting their values is a conflict."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.git import commit_all, git
from tests.support.process import edit_file, run_in_process, run_ok, write_files

NEW = "kind: program\nkey: new\nspec: {name: New, is_active: true}\n"


def uncommitted(work: Path) -> Path:
    """Apply files that were not committed."""
    write_files(work, {"config/new.yaml": NEW})
    run_ok(work, "apply", "--auto-approve")
    return work


def stopped(work: Path) -> Path:
    """Stop an apply after it has created the record."""
    write_files(work, {"config/new.yaml": NEW})
    edit_file(work / "config/lapsed.yaml", "in time", "at all")
    commit_all(work)
    assert run_in_process(work, "apply", "--auto-approve", "--max-requests", "2").code == 5
    return work


def in_another_clone(work: Path) -> Path:
    """Apply a commit in one clone, and return another one that has the commit and not the base."""
    write_files(work, {"config/new.yaml": NEW})
    clone = work.with_name(f"{work.name}-clone")
    git(work, "clone", "-q", str(work), str(clone))
    git(clone, "fetch", "-q", "origin", "+refs/rhythmconf/*:refs/rhythmconf/*")
    commit_all(work)
    run_ok(work, "apply", "--auto-approve")
    git(clone, "pull", "-q", "--ff-only", "origin", "main")
    shutil.copytree(work / ".rhythmconf", clone / ".rhythmconf", ignore=shutil.ignore_patterns("state"))
    return clone


APPLIES = {"uncommitted": uncommitted, "stopped": stopped, "in another clone": in_another_clone}


def changes(folder: Path, *options: str) -> dict[str, dict[str, Any]]:
    plan = run_in_process(folder, "plan", "--format", "json", *options).json()
    return {one["key"]: one for one in plan["changes"]}


@pytest.mark.parametrize("apply", APPLIES.values(), ids=APPLIES)
def test_a_value_of_an_apply_that_the_base_does_not_show_is_not_overwritten_unnamed(
    work: Path, apply: Callable[[Path], Path]
) -> None:
    folder = apply(work)
    edit_file(folder / "config/new.yaml", "name: New", "name: Newer")
    result = run_in_process(folder, "apply", "--auto-approve", "--only", "program/new")
    assert (result.code, "RC310" in result.stderr) == (3, True), result
    assert "--ours program/new" in result.stderr
    (field,) = changes(folder)["new"]["fields"]
    assert (field["class"], field["old"], field["new"]) == ("conflict", "New", "Newer")
    commit_all(folder)
    run_ok(folder, "apply", "--auto-approve", "--ours", "program/new")
    # The base shows the record from now on.
    edit_file(folder / "config/new.yaml", "name: Newer", "name: Newest")
    assert changes(folder)["new"]["class"] == "yours"


def test_a_value_that_the_tenant_lacks_is_added_to_such_a_record(work: Path) -> None:
    uncommitted(work)
    edit_file(work / "config/new.yaml", "{name: New,", "{name: New, description: Added,")
    assert changes(work)["new"]["class"] == "yours"
    assert run_ok(work, "apply", "--auto-approve").last == "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."
