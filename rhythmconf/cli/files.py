"""The disk: finding, reading and writing the files of a project, never outside it and never half-written.

What only some commands need (temporary files, processes) is imported where it is used: each costs milliseconds.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path

from rhythmconf.errors import DocumentError, SettingsError, UsageError

SUFFIXES = (".yaml", ".yml", ".json")
_MAX_BYTES = 10 * 1024 * 1024


def read_tree(root: Path, folder: str) -> dict[str, bytes]:
    """Every document file below `root/folder`, by project-relative path, sorted; dot files are left out.

    Raises SettingsError where the folder is missing, DocumentError for what can't be read or leaves the project.
    """
    top = root / folder
    if not top.is_dir():
        raise SettingsError(
            f"the folder {folder!r} does not exist",
            where=str(top),
            help="make it, or correct `sources` in rhythmconf.yaml",
        )
    _stay_inside(root, top, folder)
    length = len(str(root)) + 1
    return {
        entry.path[length:]: read(root, entry.path[length:]) if entry.is_symlink() else _content(entry.path, length)
        for entry in _listed(str(top))
    }


def read(root: Path, relative: str) -> bytes:
    """One regular file inside the project, at most 10 MiB."""
    path = root / relative
    _stay_inside(root, path, relative)
    return _content(str(path), len(str(path)) - len(relative))


def _stay_inside(root: Path, path: Path, relative: str) -> None:
    if not path.resolve().is_relative_to(root.resolve()):
        raise DocumentError("this leads out of the project", where=relative, help="copy it into the project")


def _listed(folder: str) -> Iterator[os.DirEntry[str]]:
    """The document files of a folder and those below, sorted; links to folders are not followed.

    What scandir knows already (a name, a link, a folder) is not asked for again: Path objects and their `resolve`
    cost ten times as much as reading the file.
    """
    try:
        with os.scandir(folder) as entries:
            found = sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name)
    except OSError as error:
        raise DocumentError(f"can't be read: {error.strerror}", where=folder) from error
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            yield from _listed(entry.path)
        elif entry.name.endswith(SUFFIXES):
            yield entry


def _content(path: str, length: int) -> bytes:
    """All bytes of a file; messages name it without the first `length` characters of its path."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with FileIO(descriptor) as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise DocumentError("this is not a regular file", where=path[length:])
            if status.st_size > _MAX_BYTES:
                raise DocumentError("the file is larger than 10 MiB", where=path[length:], help="split it")
            data = file.read(status.st_size + 1)  # the end is seen in one call
            return data if len(data) <= status.st_size else data + file.readall()
    except OSError as error:
        raise DocumentError(f"can't be read: {error.strerror}", where=path[length:]) from error


def read_any(path: Path) -> bytes:
    """A file that the user names, wherever it lies, such as a saved plan."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"can't be read: {error.strerror}", where=str(path), help="check its name") from error


def read_if_there(root: Path, relative: str) -> bytes | None:
    """The file's bytes, or None where there is no such file."""
    return read(root, relative) if (root / relative).is_file() else None


def write(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a whole file or nothing: a temporary file beside it, fsync, rename; a link is not followed.

    A pipe or a terminal takes the bytes and stays what it is.
    """
    if _flows(path):
        _pour(path, data)
        return
    if path.is_symlink():
        raise SettingsError("won't write through a symbolic link", where=str(path), help="remove the link")
    from tempfile import mkstemp

    try:
        handle, name = mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise _unwritten(path, error) from error
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise _unwritten(path, error) from error


def _flows(path: Path) -> bool:
    """Whether there is something that a rename would put a file in the place of: `/dev/null`, a named pipe."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)


def _pour(path: Path, data: bytes) -> None:
    try:
        with path.open("wb") as stream:
            stream.write(data)
    except OSError as error:
        raise _unwritten(path, error) from error


def _unwritten(path: Path, error: OSError) -> SettingsError:
    help = "its folder has to exist, and to be yours to write to"
    return SettingsError(f"can't be written: {error.strerror}", where=str(path), help=help)


def commit(root: Path) -> str | None:
    """The checked-out commit, None outside a git work tree or without git."""
    return git(root, "rev-parse", "--verify", "-q", "HEAD")


def git(root: Path, *arguments: str) -> str | None:
    """What git answers, stripped; None where it fails or isn't there."""
    answer = git_bytes(root, *arguments)
    return None if answer is None else answer.decode("utf-8", "surrogateescape").strip()


def git_bytes(root: Path, *arguments: str, given: bytes | None = None) -> bytes | None:
    """The same as bytes; `given` is what git reads."""
    import subprocess

    try:
        answer = subprocess.run(  # noqa: S603 -- arguments are ours, no shell
            ["git", "-C", str(root), *arguments],  # noqa: S607 -- the user's own git
            capture_output=True,
            check=False,
            input=given,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout if answer.returncode == 0 else None


def environments_on_disk(root: Path, folder: str) -> Iterable[str]:
    """The names below `overlays/` or `bindings/` that stand for an environment."""
    top = root / folder
    return sorted(path.stem if path.is_file() else path.name for path in top.iterdir()) if top.is_dir() else ()
