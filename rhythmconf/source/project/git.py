"""Ask git: the state of the work tree, which commits a checkout lacks, and the refs that name the applied commits.

Starting git costs some 5 ms, a tenth of a small plan. So each question is asked in one process: `work_tree` runs
`git status` once, `Objects` keeps one `git cat-file --batch` for all that a plan has to know of the history.

A folder that is in no git repository has no history. In a repository, a git that fails is an error: without its answer
nothing shows who changed what.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from rhythmconf.model import MissingCommit
from rhythmconf.source.project.git_objects import Objects, open_objects
from rhythmconf.source.project.git_process import GitFailed, ask, git_failed, in_repository, require

__all__ = ["GitFailed", "Objects", "in_repository", "open_objects"]

REFS = "refs/rhythmconf/applied"


class WorkTree(NamedTuple):
    """The checked-out commit, None before the first one, and whether the files that were asked for are committed.

    `remote` is the remote of the branch's upstream, or empty.
    """

    commit: str | None
    clean: bool
    remote: str = ""


def applied_ref(environment: str) -> str:
    """Return the ref that names the commit of an environment's last complete apply."""
    return f"{REFS}/{environment}"


def work_tree(root: Path, paths: Iterable[str]) -> WorkTree | None:
    """Return the state of the work tree at project-relative paths; None outside a git repository.

    Raises GitFailed where there is a repository and git can't answer.
    """
    if not in_repository(root):
        return None
    answer = require(root, "status", "--porcelain=v2", "--branch", "--untracked-files=all", "--", *paths)
    lines = answer.decode("utf-8", "surrogateescape").splitlines()
    heads = dict(line.removeprefix("# branch.").split(" ", 1) for line in lines if line.startswith("# branch."))
    if "oid" not in heads:
        raise git_failed("`git status` does not name the checked-out commit")
    commit = None if heads["oid"] == "(initial)" else heads["oid"]
    clean = all(line.startswith("#") for line in lines)
    return WorkTree(commit, clean, heads.get("upstream", "").partition("/")[0])


def has_ref(root: Path, name: str) -> bool:
    """Return whether a ref exists, also where its commit is missing. Raises GitFailed."""
    return ask(root, "rev-parse", "--verify", "--quiet", name).ok


def is_shallow(root: Path) -> bool:
    """Return whether the history of the clone is cut off. Raises GitFailed."""
    return require(root, "rev-parse", "--is-shallow-repository").strip() == b"true"


def fork_of(root: Path, base: str, head: str | None) -> str | None:
    """Return the newest commit that two commits share; None where their histories have none in common."""
    if head is None:
        return None
    answer = ask(root, "merge-base", base, head)
    if not answer.ok and answer.words:
        raise git_failed(answer.words)
    return answer.output.decode().split("\n")[0] or None


def missing_commits(root: Path, base: str, head: str | None) -> tuple[MissingCommit, ...]:
    """Return the commits that lead to `base` and not to `head`, the newest first. Raises GitFailed."""
    lacks = [base] if head is None else [base, f"^{head}"]
    answer = require(root, "log", "--format=%H%x00%an", *lacks, "--")
    lines = (line.partition("\0") for line in answer.decode("utf-8", "replace").splitlines())
    return tuple(MissingCommit(id, author) for id, _, author in lines)


def move(root: Path, environment: str, commit: str, expected: str) -> str:
    """Move the ref of an environment to a commit if it is at `expected` (empty: it must not exist).

    Return git's words where it refuses, or an empty text. Raises GitFailed.
    """
    message = f"rhythmconf apply --env {environment}"
    ref = applied_ref(environment)
    answer = ask(root, "update-ref", "--create-reflog", "-m", message, ref, commit, expected)
    return "" if answer.ok else answer.words or "git update-ref failed without a message"


def prefix(root: Path) -> str:
    """Return the project's folder relative to its repository; empty where it is the root or in no repository."""
    folder = root.absolute()
    for top in (folder, *folder.parents):
        if (top / ".git").exists():
            return folder.relative_to(top).as_posix().removeprefix(".")
    return ""
