"""Read the objects of a repository: commits, trees and files, through one `git cat-file --batch`."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from posixpath import normpath
from typing import TYPE_CHECKING, NamedTuple

from rhythmconf.platform import processes
from rhythmconf.source.project import git_process
from rhythmconf.source.project.git_process import git_failed

if TYPE_CHECKING:
    from subprocess import Popen

_NEAR = 1000
"""Commits that are searched for an ancestor before git itself is asked."""
_AT_ONCE = 500
"""Requests that are sent before their answers are read: they must fit into a pipe."""
_MOST_LINKS = 8
"""Links to links that are followed before a folder counts as missing."""
_WORDS_S = 0.1
"""Seconds to wait for what git says about its end."""
_BATCH = ("cat-file", "--batch")


class Object(NamedTuple):
    """An object of the repository: its id, `commit`, `tree` or `blob`, and its bytes."""

    id: str
    type: str
    data: bytes


class Entry(NamedTuple):
    """One entry of a tree object."""

    mode: bytes
    name: str
    id: str

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file, and no link."""
        return self.mode.startswith(b"100")

    @property
    def is_submodule(self) -> bool:
        """Whether it is the commit of a submodule."""
        return self.mode == b"160000"

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.mode == b"40000"

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return self.mode == b"120000"


@contextmanager
def open_objects(root: Path) -> Iterator[Objects]:
    """Open the repository of a project for reading. Raises GitFailed."""
    with git_process.start(root, *_BATCH) as process:
        yield Objects(root, process)


class Objects:
    """The objects of a repository. Each method raises GitFailed where git ends, hangs or lacks what must be there."""

    def __init__(self, root: Path, process: Popen[bytes]) -> None:
        self._root = root
        self._process = process
        self._received = bytearray()
        self._trees: dict[str, tuple[Entry, ...]] = {}

    def resolve(self, revision: str) -> str | None:
        """Return the commit that a revision names; None where there is none."""
        # A request is a line, so a revision with a line break would be two requests.
        commit = None if "\n" in revision else self._find(f"{revision}^{{commit}}")
        return commit.id if commit else None

    def committed_at(self, commit: str) -> float:
        """Return when a commit was made, in seconds since 1970; 0 where it doesn't say so."""
        head = self._existing(commit, self._find(commit)).data.partition(b"\n\n")[0].splitlines()
        words = next((line for line in head if line.startswith(b"committer ")), b"").split()
        return float(words[-2]) if len(words) > 2 and words[-2].isdigit() else 0.0

    def is_ancestor(self, commit: str, descendant: str) -> bool | None:
        """Return whether `descendant` is `commit` or comes after it; None where the history is cut off (shallow)."""
        queue = [descendant]
        seen = {descendant}
        cut = False
        for current in queue:
            if current == commit:
                return True
            if len(queue) > _NEAR:
                return self._ask_ancestor(commit, descendant)
            found = self._find(current)
            cut = cut or found is None
            parents = [parent for parent in _parents(found) if parent not in seen]
            seen.update(parents)
            queue += parents
        return None if cut else False

    def files(self, commit: str, folder: str) -> dict[str, str]:
        """Return the files below a project-relative folder at a commit: path and blob.

        As on the disk, the folder and its files may be links inside the project; folders below may not.
        """
        real = self._follow(commit, folder)
        found = {
            path: self._file(commit, path, entry)
            for path, entry in self._walk(self._entries(f"{commit}:./{real}"), real)
        }
        return {f"{folder}{path.removeprefix(real)}": blob for path, blob in found.items() if blob}

    def entries(self, commit: str, folder: str) -> Iterator[tuple[str, Entry]]:
        """Yield what is below a project-relative folder at a commit, or the submodule that the folder is."""
        above, _, name = folder.rpartition("/")
        outer = self._entries(f"{commit}:./{above}")
        if submodule := next((entry for entry in outer if entry.name == name and entry.is_submodule), None):
            yield folder, submodule
        yield from self._walk(self._entries(f"{commit}:./{folder}"), folder)

    def is_submodule(self, commit: str, folder: str) -> bool:
        """Return whether the files of a folder were in another repository at a commit."""
        entry = self._entry(commit, self._follow(commit, folder))
        return entry is not None and entry.is_submodule

    def _follow(self, commit: str, path: str) -> str:
        """Return the path that a path leads to, if it is a link."""
        for _ in range(_MOST_LINKS):
            entry = self._entry(commit, path)
            if entry is None or not entry.is_link:
                break
            target = self.texts([entry.id])[0].decode("utf-8", "surrogateescape")
            path = normpath(f"{posixpath.dirname(path) or '.'}/{target}")
        return path

    def _file(self, commit: str, path: str, entry: Entry) -> str | None:
        if entry.is_link:
            return self._blob(commit, self._follow(commit, path))
        return entry.id if entry.is_file else None

    def text(self, commit: str, path: str) -> bytes | None:
        """Return the bytes of a regular file at a commit, by its project-relative path; None where there is none."""
        return self.named_texts(commit, [path]).get(path)

    def history(self, commit: str, most: int) -> Iterator[str]:
        """Yield a commit and the commits before it, the nearest first."""
        queue = [commit]
        for current in queue:
            if len(queue) < most:
                queue += [parent for parent in dict.fromkeys(_parents(self._find(current))) if parent not in queue]
            yield current

    def tree_id(self, commit: str) -> str | None:
        """Return the id of the project's folder at a commit: it is the same for the same content."""
        tree = self._find(f"{commit}:./")
        return tree.id if tree else None

    def ids(self, commit: str, paths: Iterable[str]) -> dict[str, str]:
        """Return the ids of those project-relative files and folders that are there at a commit."""
        found = {path: self._entry(commit, path) for path in map(normpath, paths)}
        return {path: f"{entry.mode.decode()} {entry.id}" for path, entry in found.items() if entry}

    def folder(self, commit: str, folder: str) -> tuple[Entry, ...]:
        """Return what is in a project-relative folder at a commit."""
        return self._entries(f"{commit}:./{folder}")

    def is_at_top(self, commit: str, name: str) -> bool:
        """Return whether a commit has something of this name at the top of the repository."""
        return self._find(f"{commit}:{name}") is not None

    def named_texts(self, commit: str, paths: Iterable[str]) -> dict[str, bytes]:
        """Return the bytes of those of the named regular files that are there at a commit."""
        blobs = {path: blob for path in paths if (blob := self._blob(commit, path)) is not None}
        return dict(zip(blobs, self.texts([*blobs.values()]), strict=True))

    def texts(self, blobs: Sequence[str]) -> list[bytes]:
        """Return the bytes of blobs, in their order."""
        return [self._existing(blob, found).data for blob, found in zip(blobs, self._find_all(blobs), strict=True)]

    def _blob(self, commit: str, path: str) -> str | None:
        entry = self._entry(commit, path)
        return entry.id if entry and entry.is_file else None

    def _entry(self, commit: str, path: str) -> Entry | None:
        folder, _, name = path.rpartition("/")
        return next((entry for entry in self._entries(f"{commit}:./{folder}") if entry.name == name), None)

    def _entries(self, name: str) -> tuple[Entry, ...]:
        """Return the entries of a tree, which is read once; none where there is no such folder."""
        if name not in self._trees:
            tree = self._find(name)
            self._trees[name] = tuple(_parse_tree(tree)) if tree and tree.type == "tree" else ()
        return self._trees[name]

    def _walk(self, entries: Iterable[Entry], folder: str) -> Iterator[tuple[str, Entry]]:
        """Yield what is below a folder except the folders themselves."""
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_folder:
                yield from self._walk(self._tree(entry.id), path)
            else:
                yield path, entry

    def _tree(self, id: str) -> tuple[Entry, ...]:
        """Return the entries of a tree that another one refers to, which is read once."""
        if id not in self._trees:
            self._trees[id] = tuple(_parse_tree(self._existing(id, self._find(id))))
        return self._trees[id]

    def _ask_ancestor(self, commit: str, descendant: str) -> bool | None:
        if git_process.ask(self._root, "merge-base", "--is-ancestor", commit, descendant).ok:
            return True
        shallow = git_process.require(self._root, "rev-parse", "--is-shallow-repository").strip() == b"true"
        return None if shallow else False

    def _existing(self, name: str, found: Object | None) -> Object:
        """Return an object that another one refers to. Of a damaged one, git says that it is missing."""
        if found is None:
            raise git_failed(self._words() or f"the object {name} is missing")
        return found

    def _find(self, name: str) -> Object | None:
        return next(self._find_all([name]))

    def _find_all(self, names: Sequence[str]) -> Iterator[Object | None]:
        """Ask for objects by name; None for each that isn't there."""
        requests = self._process.stdin
        assert requests is not None  # noqa: S101 -- it is a pipe
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            try:
                requests.write(b"".join(name.encode("utf-8", "surrogateescape") + b"\n" for name in some))
                requests.flush()
            except OSError:
                raise self._ended() from None
            yield from (self._answer() for _ in some)

    def _answer(self) -> Object | None:
        # "ID TYPE SIZE", and then the bytes and a line break. Any other line says why there is no object.
        match self._take_line().split():
            case [id, type, size] if size.isdigit():
                return Object(id.decode(), type.decode(), self._take(int(size) + 1)[:-1])
        return None

    def _take_line(self) -> bytes:
        while (end := self._received.find(b"\n")) < 0:
            self._receive()
        return self._take(end + 1)

    def _take(self, size: int) -> bytes:
        while len(self._received) < size:
            self._receive()
        taken = bytes(memoryview(self._received)[:size])
        del self._received[:size]
        return taken

    def _receive(self) -> None:
        """Wait for more bytes of the answers."""
        answers = self._process.stdout
        assert answers is not None  # noqa: S101 -- it is a pipe
        received = processes.read_pipe(answers, git_process.TIMEOUT_S)
        if received is None:
            raise git_process.too_slow(_BATCH)
        if not received:
            raise self._ended()
        self._received += received

    def _ended(self) -> git_process.GitFailed:
        return git_failed(self._words() or "`git cat-file` ended before it had answered")

    def _words(self) -> str:
        """Return what git has printed as errors so far."""
        errors = self._process.stderr
        assert errors is not None  # noqa: S101 -- it is a pipe
        return (processes.read_pipe(errors, _WORDS_S) or b"").decode("utf-8", "replace")


def _parents(commit: Object | None) -> list[str]:
    head = commit.data.partition(b"\n\n")[0].splitlines() if commit else []
    return [line.removeprefix(b"parent ").decode() for line in head if line.startswith(b"parent ")]


def _parse_tree(tree: Object) -> Iterator[Entry]:
    """Read a tree object: for each entry `MODE NAME`, a zero byte, and the id as bytes."""
    digest_size = len(tree.id) // 2
    start = 0
    while start < len(tree.data):
        end = tree.data.index(b"\0", start)
        mode, _, name = tree.data[start:end].partition(b" ")
        start = end + 1 + digest_size
        yield Entry(mode, name.decode("utf-8", "surrogateescape"), tree.data[end + 1 : start].hex())
