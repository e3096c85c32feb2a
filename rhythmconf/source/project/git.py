"""Ask git: the state of the work tree, which commits a checkout lacks, and the refs that name the applied commits.

Starting git costs some 5 ms, a tenth of a small plan. So each question is asked in one process: `work_tree` runs
`git status` once, `Objects` keeps one `git cat-file --batch` for all that a plan has to know of the history.

A folder that is in no git repository has no history. In a repository, a git that fails is an error: without its answer
nothing shows who changed what.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

from rhythmconf.errors import UsageError
from rhythmconf.model import MissingCommit
from rhythmconf.source.project.git_objects import Objects, open_objects
from rhythmconf.source.project.git_process import (
    Answer,
    GitFailed,
    ask,
    find_repository,
    git_failed,
    in_repository,
    require,
)

__all__ = ["GitFailed", "Objects", "in_repository", "open_objects"]

_FIELDS = {"1 ": 8, "2 ": 9, "u ": 10, "? ": 1, "! ": 1}
"""The number of fields in front of the path, by the type of an entry of `git status --porcelain=v2`."""
REFS = "refs/rhythmconf/applied"


class WorkTree(NamedTuple):
    """The checked-out commit, None before the first one, and whether the files that were asked for are committed.

    `upstream` is the branch that this one comes from (`origin/main`), or empty, and `lacks` counts the commits of it
    that are not in the checkout, as of the last `git fetch`. `changed` are the project-relative paths at which the work
    tree differs from the commit, `ignored` those that git ignores. `detached` says that no branch is checked out, as in
    a pipeline.
    """

    commit: str | None
    clean: bool
    upstream: str = ""
    lacks: int = 0
    changed: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    detached: bool = False

    def holds(self, names: Iterable[str]) -> bool:
        """Tell whether the commit has these files as they are in the work tree."""
        return self.clean and self.ignored.isdisjoint(names)


def applied_ref(environment: str, project: str = "") -> str:
    """Return the ref that names the commit of an environment's last complete apply.

    `project` is named if it is not at the top of its repository, which may have several projects.
    """
    return f"refs/rhythmconf/projects/{project}/applied/{environment}" if project else f"{REFS}/{environment}"


def base_ref(root: Path, project: str, environment: str) -> str:
    """Return the ref of the base of a project in a folder."""
    return applied_ref(environment, project if prefix(root.resolve()) else "")


def work_tree(root: Path, paths: Iterable[str]) -> WorkTree | None:
    """Return the state of the work tree at project-relative paths; None outside a git repository.

    Raises GitFailed where there is a repository and git can't answer.
    """
    if not in_repository(root):
        return None
    options = ("--porcelain=v2", "-z", "--branch", "--untracked-files=all", "--ignored")
    answer = require(root, "status", *options, "--", *paths)
    lines = answer.decode("utf-8", "surrogateescape").rstrip("\0").split("\0")
    heads = dict(line.removeprefix("# branch.").split(" ", 1) for line in lines if line.startswith("# branch."))
    if "oid" not in heads:
        raise git_failed("`git status` does not name the checked-out commit")
    commit = None if heads["oid"] == "(initial)" else heads["oid"]
    top = f"{prefix(root.resolve())}/".removeprefix("/")  # git follows links to the project
    changed, ignored = set[str](), set[str]()
    for line in lines:
        # The path comes behind a fixed number of fields; the former path of a rename is an entry of its own.
        path = line.split(" ", _FIELDS.get(line[:2], 0))[-1].removeprefix(top)
        if line.startswith("! "):
            ignored.add(path)
        elif not line.startswith("# "):
            changed.add(path)
    lacks = int(heads.get("ab", "+0 -0").rpartition("-")[2])
    return WorkTree(
        commit,
        not changed,
        heads.get("upstream", ""),
        lacks,
        frozenset(changed),
        frozenset(ignored),
        heads.get("head") == "(detached)",
    )


def commit_of(root: Path, ref: str) -> str | None:
    """Return the id that a ref names, also where that commit is missing; None for no ref. Raises GitFailed."""
    answer = ask(root, "rev-parse", "--verify", "--quiet", ref)
    if not answer.ok and answer.words:
        raise git_failed(answer.words)
    return answer.output.decode().strip() or None


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
    answer = require(root, "log", "--no-show-signature", "--format=%H%x00%an", *lacks, "--")
    lines = (line.partition("\0") for line in answer.decode("utf-8", "replace").splitlines())
    return tuple(MissingCommit(id, author) for id, _, author in lines)


def move(root: Path, environment: str, commit: str, expected: str, project: str = "") -> str:
    """Move the base of an environment to a commit if it is at `expected` (empty: it must not exist).

    Return git's words where it refuses, or an empty text. Raises GitFailed.
    """
    message = f"rhythmconf apply --env {environment}"
    ref = base_ref(root, project, environment) if project else applied_ref(environment)
    answer = ask(root, "update-ref", "--create-reflog", "-m", message, ref, commit, expected)
    return "" if answer.ok else answer.words or "git update-ref failed without a message"


class PushFailed(NamedTuple):
    """Why a ref was not pushed, and whether the remote has refused it because it has another one."""

    words: str
    rejected: bool


def push(root: Path, remote: str, ref: str, replaced: str = "") -> PushFailed | None:
    """Push a ref to a remote, never backwards: it may only replace a commit that was rewritten.

    Raises GitFailed where git hangs.
    """
    lease = (f"--force-with-lease={ref}:{replaced}",) if replaced else ()
    answer = ask(root, "push", "--porcelain", *lease, remote, f"{ref}:{ref}")
    if answer.ok:
        return None
    report = answer.output.decode("utf-8", "replace").splitlines()
    refusals = [line.rpartition("\t")[2] for line in report if line.startswith("!")]
    return PushFailed(
        "; ".join(refusals) or " ".join(answer.words.split()), any("[rejected]" in one for one in refusals)
    )


def fetch(root: Path, remote: str, spec: str, *options: str) -> Answer:
    """Fetch refs of a remote, and nothing beside them. Raises GitFailed."""
    alone = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--recurse-submodules=no")
    return ask(root, "fetch", *alone, *options, remote, spec)


def remotes(root: Path) -> dict[str, bool]:
    """Return the remotes, and of each whether git fetches the bases from it. Raises GitFailed."""
    if not in_repository(root):
        return {}
    answer = ask(root, "config", "--get-regexp", r"^remote\..*\.(url|fetch)$")
    if not answer.ok and answer.words:
        raise git_failed(answer.words)
    lines = [line.partition(" ") for line in answer.output.decode("utf-8", "replace").splitlines()]
    fetched = {name.removesuffix(".fetch") for name, _, spec in lines if "refs/rhythmconf/" in spec}
    sections = [name.removesuffix(".url") for name, _, _ in lines if name.endswith(".url")]
    return {section.removeprefix("remote."): section in fetched for section in sections}


def remote_of(names: Iterable[str], branch: str) -> str:
    """Return the remote of a branch such as `origin/main`; empty for a branch of no remote."""
    return max((name for name in names if branch.startswith(f"{name}/")), key=len, default="")


def choose_remote(names: Collection[str], upstream: str = "") -> str:
    """Return the remote with which bases are exchanged: that of the upstream, else origin, else the only one.

    Empty where there are several others, or none.
    """
    return remote_of(names, upstream) or ("origin" if "origin" in names else [*names, ""][0] if len(names) == 1 else "")


def default_branch(root: Path) -> str:
    """Return the default branch of the remote, as the last clone or `git remote set-head` saw it; empty if unknown."""
    remote = choose_remote(remotes(root))
    head = f"refs/remotes/{remote}/HEAD"
    answer = ask(root, "symbolic-ref", "--quiet", head) if remote else None
    return answer.output.decode("utf-8", "replace").strip().removeprefix(head.removesuffix("HEAD")) if answer else ""


def current_branch(root: Path) -> str:
    """Return the branch that is checked out, also before its first commit; empty if a commit is checked out."""
    answer = ask(root, "symbolic-ref", "--quiet", "HEAD")
    return answer.output.decode("utf-8", "replace").strip().removeprefix("refs/heads/")


def uncommitted(root: Path, names: Iterable[str]) -> frozenset[str]:
    """Return those of the files, relative to `root`, whose content no commit has. Raises GitFailed."""
    answer = require(
        root, "status", "--porcelain=v1", "-z", "--no-renames", "--ignored", "--untracked-files=all", "--", *names
    )
    entries = answer.decode("utf-8", "surrogateescape").split("\0")[:-1]
    folder = prefix(root)
    return frozenset(entry[3:].removeprefix(f"{folder}/" if folder else "") for entry in entries)


def changed_since(root: Path, revision: str) -> frozenset[str]:
    """Return the files of the repository whose content differs from a revision, as paths from its top.

    What is not committed counts too, except for what git ignores. Raises UsageError for an unknown revision and outside
    of a repository.
    """
    help = "name a branch, a tag or a commit of this repository"
    if not in_repository(root):
        raise UsageError("nothing shows what has changed: this folder is in no git repository", where=str(root))
    if revision.startswith("-") or not ask(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").ok:
        raise UsageError(f"git knows no revision {revision!r}", where=str(root), help=help)
    top = os.path.realpath(require(root, "rev-parse", "--show-toplevel").decode("utf-8", "surrogateescape").strip())
    differing = require(root, "diff", "--name-only", "--no-renames", "-z", revision)
    new = require(Path(top), "ls-files", "--others", "--exclude-standard", "-z")
    return frozenset((differing + new).decode("utf-8", "surrogateescape").split("\0")) - {""}


def tracked(folder: Path, names: Iterable[str]) -> frozenset[str] | None:
    """Return those of the files, relative to a folder, that a commit can change; None where git can't be asked."""
    try:
        answer = ask(folder, "ls-files", "-z", "--", *names) if in_repository(folder) else None
    except GitFailed:
        return None
    if answer is None or not answer.ok:
        return None
    return frozenset(answer.output.decode("utf-8", "surrogateescape").split("\0")[:-1])


def prefix(root: Path) -> str:
    """Return the project's folder relative to its repository; empty where it is the root or in no repository."""
    folder = root.absolute()
    given = os.environ.get("GIT_WORK_TREE")
    for top in (folder, *folder.parents):
        if (top / ".git").exists() or (given and top == Path(os.path.realpath(given))):
            return "" if top == folder else folder.relative_to(top).as_posix()
    return ""


def first_work_tree(root: Path) -> Path:
    """Return the folder that a project has in the work tree of which its own is a linked one; else the folder itself.

    `.git` of a linked work tree is a file that names REPOSITORY/.git/worktrees/NAME.
    """
    folder = Path(os.path.realpath(root))
    repository = Path(find_repository(folder) or folder)
    if repository.parent.name != "worktrees" or repository.parent.parent.name != ".git":
        return folder
    return repository.parents[2] / prefix(folder)
