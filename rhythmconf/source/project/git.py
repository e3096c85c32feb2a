"""What git keeps -> the files of a project at a commit, as bytes; and the refs that remember what was applied."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from rhythmconf.source.project import files

REFS = "refs/rhythmconf/applied"


def applied_ref(environment: str) -> str:
    """The ref that names the commit of an environment's last complete apply."""
    return f"{REFS}/{environment}"


def resolve(root: Path, revision: str) -> str | None:
    """The commit that a revision names; None where there is none here."""
    return files.git(root, "rev-parse", "--verify", "-q", "--end-of-options", f"{revision}^{{commit}}")


def comes_after(root: Path, commit: str) -> bool:
    """Whether the checked-out commit is `commit` or comes after it."""
    return files.git(root, "merge-base", "--is-ancestor", commit, "HEAD") is not None


def clean(root: Path, paths: Iterable[str]) -> bool:
    """Whether the work tree holds, at these project-relative paths, exactly what is committed."""
    return files.git(root, "status", "--porcelain", "--untracked-files=all", "--", *paths) == ""


def advance(root: Path, environment: str, commit: str) -> bool:
    """Remember what was applied; False where git doesn't."""
    message = f"rhythmconf apply --env {environment}"
    return files.git(root, "update-ref", "--create-reflog", "-m", message, applied_ref(environment), commit) is not None


def names(root: Path, commit: str) -> dict[str, str]:
    """Every regular file of the project at a commit: project-relative path -> blob."""
    listed = files.git_bytes(root, "ls-tree", "-r", "-z", commit) or b""
    found: dict[str, str] = {}
    for line in listed.split(b"\0")[:-1]:
        facts, _, path = line.partition(b"\t")
        mode, _, blob = facts.split(b" ")
        if mode.startswith(b"100"):
            found[path.decode("utf-8", "surrogateescape")] = blob.decode()
    return found


def read(root: Path, blobs: Mapping[str, str], wanted: Collection[str]) -> dict[str, bytes]:
    """The bytes of those of the `wanted` files that are there, by path."""
    there = sorted(path for path in wanted if path in blobs)
    if not there:
        return {}
    request = "".join(f"{blobs[path]}\n" for path in there).encode()
    answer = files.git_bytes(root, "cat-file", "--batch", given=request) or b""
    found: dict[str, bytes] = {}
    at = 0
    for path in there:
        end = answer.index(b"\n", at) + 1
        size = int(answer[at:end].split()[2])
        found[path] = answer[end : end + size]
        at = end + size + 1
    return found
