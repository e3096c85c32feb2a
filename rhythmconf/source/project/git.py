"""Ask git: the state of the work tree, the files of a commit, and the refs that name the applied commits.

Starting git costs some 5 ms, a tenth of a small plan. So each question is asked in one process: `work_tree` runs
`git status` once, `Objects` keeps one `git cat-file --batch` for all that a plan has to know of the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from subprocess import Popen

REFS = "refs/rhythmconf/applied"
_NEAR = 1000
"""Commits that are searched for an ancestor before git itself is asked."""
_AT_ONCE = 500
"""Requests that are sent before their answers are read: they must fit into a pipe."""


class WorkTree(NamedTuple):
    """The checked-out commit, None before the first one, and whether the files that were asked for are committed."""

    commit: str | None
    clean: bool


def applied_ref(environment: str) -> str:
    """Return the ref that names the commit of an environment's last complete apply."""
    return f"{REFS}/{environment}"


def work_tree(root: Path, paths: Iterable[str]) -> WorkTree | None:
    """Return the state of the work tree at project-relative paths; None outside a work tree or without git."""
    answer = _run(root, "status", "--porcelain=v2", "--branch", "--untracked-files=all", "--", *paths)
    if answer is None:
        return None
    lines = answer.decode("utf-8", "surrogateescape").splitlines()
    commits = [line.removeprefix("# branch.oid ") for line in lines if line.startswith("# branch.oid ")]
    commit = commits[0] if commits and commits[0] != "(initial)" else None
    return WorkTree(commit, clean=all(line.startswith("#") for line in lines))


def advance(root: Path, environment: str, commit: str) -> bool:
    """Move the ref of an environment to a commit; False where git refuses."""
    message = f"rhythmconf apply --env {environment}"
    return _run(root, "update-ref", "--create-reflog", "-m", message, applied_ref(environment), commit) is not None


def prefix(root: Path) -> str:
    """Return the project's folder relative to its repository; empty where it is the root or in no repository."""
    folder = root.absolute()
    for top in (folder, *folder.parents):
        if (top / ".git").exists():
            return folder.relative_to(top).as_posix().removeprefix(".")
    return ""


@contextmanager
def open_objects(root: Path) -> Iterator[Objects | None]:
    """Open the repository of a project for reading; None where git can't be started."""
    from subprocess import DEVNULL, PIPE, Popen

    try:
        process = Popen(  # noqa: S603 -- arguments are ours, no shell
            ["git", "-C", str(root), "cat-file", "--batch"],  # noqa: S607 -- the user's own git
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
        )
    except OSError:
        yield None
        return
    try:
        yield Objects(root, process)
    finally:
        process.kill()
        # Outside a repository git has left already: what was meant for it can't be sent any more.
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        process.wait()


class Objects:
    """The objects of a repository, read through one `git cat-file --batch`."""

    def __init__(self, root: Path, process: Popen[bytes]) -> None:
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 -- both are pipes
        self._root = root
        self._requests: IO[bytes] = process.stdin
        self._answers: IO[bytes] = process.stdout

    def resolve(self, revision: str) -> str | None:
        """Return the commit that a revision names; None where there is none."""
        # A request is a line, so a revision with a line break would be two requests.
        commit = None if "\n" in revision else self._read(f"{revision}^{{commit}}")
        return commit.id if commit else None

    def is_ancestor(self, commit: str, descendant: str) -> bool:
        """Return whether `descendant` is `commit` or comes after it."""
        queue = [descendant]
        seen = {descendant}
        for current in queue:
            if current == commit:
                return True
            if len(queue) > _NEAR:
                return _run(self._root, "merge-base", "--is-ancestor", commit, descendant) is not None
            parents = [parent for parent in self._parents(current) if parent not in seen]
            seen.update(parents)
            queue += parents
        return False

    def files(self, commit: str, folder: str) -> dict[str, str]:
        """Return the regular files below a project-relative folder at a commit: path and blob."""
        tree = self._read(f"{commit}:./{folder}")
        return dict(self._walk(tree, folder)) if tree and tree.type == "tree" else {}

    def text(self, commit: str, path: str) -> bytes | None:
        """Return the bytes of a regular file at a commit, by its project-relative path; None where there is none."""
        folder, _, name = path.rpartition("/")
        tree = self._read(f"{commit}:./{folder}")
        entries = _entries(tree) if tree and tree.type == "tree" else ()
        blobs = [entry.id for entry in entries if entry.name == name and entry.is_file]
        return self.texts(blobs)[0] if blobs else None

    def texts(self, blobs: Sequence[str]) -> list[bytes]:
        """Return the bytes of blobs, in their order."""
        return [blob.data if blob else b"" for blob in self._read_all(blobs)]

    def _parents(self, commit: str) -> list[str]:
        found = self._read(commit)
        head = found.data.partition(b"\n\n")[0].splitlines() if found else []
        return [line.removeprefix(b"parent ").decode() for line in head if line.startswith(b"parent ")]

    def _walk(self, tree: _Object, folder: str) -> Iterator[tuple[str, str]]:
        for entry in _entries(tree):
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_file:
                yield path, entry.id
            elif entry.is_folder and (below := self._read(entry.id)):
                yield from self._walk(below, path)

    def _read(self, name: str) -> _Object | None:
        return next(self._read_all([name]))

    def _read_all(self, names: Sequence[str]) -> Iterator[_Object | None]:
        """Ask for objects by name; None for each that isn't there."""
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            try:
                self._requests.write(b"".join(name.encode("utf-8", "surrogateescape") + b"\n" for name in some))
                self._requests.flush()
            except OSError:
                yield from (None for _ in some)
                continue
            yield from (self._answer() for _ in some)

    def _answer(self) -> _Object | None:
        # "ID TYPE SIZE", and then the bytes and a line break. Any other line says why there is no object.
        match self._answers.readline().split():
            case [id, type, size] if size.isdigit():
                return _Object(id.decode(), type.decode(), self._answers.read(int(size) + 1)[:-1])
        return None


class _Object(NamedTuple):
    id: str
    type: str
    data: bytes


class _Entry(NamedTuple):
    """One entry of a tree object."""

    mode: bytes
    name: str
    id: str

    @property
    def is_file(self) -> bool:
        return self.mode.startswith(b"100")

    @property
    def is_folder(self) -> bool:
        return self.mode == b"40000"


def _entries(tree: _Object) -> Iterator[_Entry]:
    """Read a tree object: for each entry `MODE NAME`, a zero byte, and the id as bytes."""
    digest_size = len(tree.id) // 2
    start = 0
    while start < len(tree.data):
        end = tree.data.index(b"\0", start)
        mode, _, name = tree.data[start:end].partition(b" ")
        start = end + 1 + digest_size
        yield _Entry(mode, name.decode("utf-8", "surrogateescape"), tree.data[end + 1 : start].hex())


def _run(root: Path, *arguments: str) -> bytes | None:
    """Return what git prints; None where it fails, is not installed or takes longer than a minute."""
    import subprocess

    try:
        answer = subprocess.run(  # noqa: S603 -- arguments are ours, no shell
            ["git", "-C", str(root), *arguments],  # noqa: S607 -- the user's own git
            capture_output=True,
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout if answer.returncode == 0 else None
