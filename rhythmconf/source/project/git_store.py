"""Keep the lock and the run records of a tenant in refs of a git remote.

The lock is a ref to a commit whose message is the claim; a run record is a chain of commits whose messages are its
parts. `git push --force-with-lease` moves such a ref only from the state that was seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rhythmconf.source.project import git
from rhythmconf.source.project.git_process import Answer, GitFailed, ask, require
from rhythmconf.source.project.shared_store import StoreFailed, store_name

_AUTHOR = ("-c", "user.name=rhythmconf", "-c", "user.email=rhythmconf@localhost")
_ATTEMPTS = 5
"""How often the lock is tried where it is neither taken nor held, because others take and release it."""


class GitStore:
    """The lock and the run records of one tenant in a git remote. `name` is the tenant's, made safe for a ref."""

    def __init__(self, root: Path, remote: str, name: str) -> None:
        self._root = root
        self._remote = remote
        self._lock = f"refs/rhythmconf/lock/{name}"
        self._runs = f"refs/rhythmconf/runs/{name}"
        self._versions: dict[str, str] = {}
        self._tree = ""
        self._taken = (b"", "")

    def take(self, claim: bytes) -> bytes | None:
        """Take the lock if it is free. Return None, or the claim of its holder."""
        commit = self._commit(claim)
        for _ in range(_ATTEMPTS):
            answer = self._push(self._lock, "", commit)
            # An answer may be lost after the push had its effect, so the remote decides.
            present = commit if answer.ok else self._present(self._lock)
            if present == commit:
                self._taken = (claim, commit)
                return None
            if present and (held := self._read_lock(present)) is not None:
                return held
        raise self._failed(answer.words or answer.output.decode("utf-8", "replace"))

    def read_claim(self) -> bytes | None:
        """Return the claim of the lock's holder, None where the lock is free."""
        for _ in range(_ATTEMPTS):
            present = self._present(self._lock)
            if not present:
                return None
            if (claim := self._read_lock(present)) is not None:
                return claim
        raise self._failed("the lock changes too often")

    def release(self, claim: bytes) -> bool:
        """Release the lock if this claim has it. Return whether it had."""
        (taken, commit), self._taken = self._taken, (b"", "")
        if taken != claim:
            commit = self._present(self._lock)
            if not commit or self._read_lock(commit) != claim:
                return False
        answer = self._push(self._lock, commit, "")
        # An answer may be lost after the push had its effect. Another commit is the lock of somebody else.
        present = "" if answer.ok else self._present(self._lock)
        if present == commit:
            raise self._failed(answer.words or answer.output.decode("utf-8", "replace"))
        return not present

    def fetch(self) -> Mapping[str, str]:
        """Return the present version of each run record."""
        try:
            answer = git.fetch(self._root, self._remote, f"+{self._runs}/*:{self._runs}/*", "--prune")
        except GitFailed as error:
            raise self._failed(error.message) from error
        if not answer.ok:
            raise self._failed(answer.words)
        lines = _lines(self._ask("for-each-ref", "--format=%(objectname) %(refname)", self._runs))
        self._versions = {line.rpartition("/")[2]: line.partition(" ")[0] for line in lines}
        return dict(self._versions)

    def read(self, run: str) -> bytes:
        """Return the record of a run, as of the last `fetch` or `append`; empty where there is none."""
        version = self._versions.get(run)
        return self._messages("--reverse", version) if version else b""

    def append(self, run: str, after: str | None, data: bytes) -> str | None:
        """Add lines to a run record that is still at the version `after`. Return the new version, else None."""
        ref, commit = f"{self._runs}/{run}", self._commit(data, after)
        answer = self._push(ref, after or "", commit)
        if not answer.ok:
            present = self._present(ref)
            if present == (after or ""):
                raise self._failed(answer.words or answer.output.decode("utf-8", "replace"))
            if present != commit:
                return None
        self._versions[run] = commit
        return commit

    def _commit(self, message: bytes, parent: str | None = None) -> str:
        """Return a new commit of the empty tree, which `hash-object` writes where it isn't there."""
        try:
            if not self._tree:
                self._tree = require(self._root, "hash-object", "-t", "tree", "-w", "--stdin").decode().strip()
            parents = ("-p", parent) if parent else ()
            answer = ask(self._root, *_AUTHOR, "commit-tree", self._tree, *parents, "-F", "-", input=message)
        except GitFailed as error:
            raise self._failed(error.message) from error
        if not answer.ok:
            raise self._failed(answer.words)
        return answer.output.decode().strip()

    def _push(self, ref: str, expected: str, commit: str) -> Answer:
        lease = f"--force-with-lease={ref}:{expected}"
        try:
            return ask(self._root, "push", "--porcelain", "--no-verify", "--no-signed", "--recurse-submodules=no",
                       lease, self._remote, f"{commit}:{ref}")  # fmt: skip
        except GitFailed as error:
            return Answer(b"", error.message, ok=False)

    def _present(self, ref: str) -> str:
        """Return the commit that a ref of the remote names; empty where it isn't there."""
        for line in _lines(self._ask("ls-remote", self._remote, ref)):
            id, _, name = line.partition("\t")
            if name == ref:
                return id
        return ""

    def _read_lock(self, commit: str) -> bytes | None:
        """Return the claim at the lock if it is still this commit."""
        answer = git.fetch(self._root, self._remote, f"+{self._lock}:{self._lock}")
        known = ask(self._root, "cat-file", "-e", commit)
        if known.ok:
            return self._messages("-1", commit)
        if not answer.ok and self._present(self._lock) == commit:
            raise self._failed(answer.words)
        return None

    def _messages(self, how: str, commit: str) -> bytes:
        """Return the lines of the messages of commits. Each is JSON, so an empty line is none of them."""
        text = self._ask("log", how, "--no-show-signature", "--no-color", "--format=%B", commit, "--")
        return b"".join(line + b"\n" for line in text.split(b"\n") if line)

    def _ask(self, *arguments: str) -> bytes:
        try:
            answer = ask(self._root, *arguments)
        except GitFailed as error:
            raise self._failed(error.message) from error
        if not answer.ok:
            raise self._failed(answer.words)
        return answer.output

    def _failed(self, words: str) -> StoreFailed:
        said = " ".join(words.split())[:600] or "git ended without a message"
        return StoreFailed(
            f"the lock and the run records in {self._remote} can't be reached: {said}",
            help=f"`git ls-remote {self._remote}` must work in this folder, and you need the right to push to it",
        )


def _lines(output: bytes) -> list[str]:
    """Return the lines that git printed. A ref of somebody else may have any bytes in its name but a line feed."""
    return [line.decode("utf-8", "replace") for line in output.split(b"\n") if line]


def open_git_store(root: Path, remote: str, tenant: str, id: str) -> GitStore:
    """Return the store of a tenant. Raises StoreFailed where its remote is missing: see `find_remote`."""
    return GitStore(root, find_remote(root, remote, tenant), store_name(tenant, id))


def find_remote(root: Path, remote: str, tenant: str) -> str:
    """Return the remote of a tenant's lock and run records. An empty `remote` is the one that bases are exchanged with.

    Raises StoreFailed where there is no such remote.
    """
    try:
        remotes = git.remotes(root)
    except GitFailed as error:
        raise StoreFailed(error.message, help=error.help) from error
    chosen = remote or git.choose_remote(remotes)
    if chosen not in remotes:
        problem = f"there is no git remote {chosen}" if chosen else "no git remote is called origin"
        raise StoreFailed(
            f"the lock and the run records of {tenant} are kept in git, and {problem}",
            help="add it (`git remote add origin URL`), or name another one: `state: {git: REMOTE}`",
        )
    return chosen
