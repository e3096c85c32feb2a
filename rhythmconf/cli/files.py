"""The disk: finding, reading and writing the files of a project, never outside it and never half-written."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
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
    found: dict[str, bytes] = {}
    for parent, folders, names in os.walk(top):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith(SUFFIXES) and not name.startswith("."):
                relative = (Path(parent) / name).relative_to(root).as_posix()
                found[relative] = read(root, relative)
    return found


def read(root: Path, relative: str) -> bytes:
    """One regular file inside the project, at most 10 MiB."""
    path = root / relative
    real = path.resolve()
    if not real.is_relative_to(root.resolve()):
        raise DocumentError("the file leads out of the project", where=relative, help="copy it into the project")
    try:
        with os.fdopen(os.open(real, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise DocumentError("this is not a regular file", where=relative)
            if status.st_size > _MAX_BYTES:
                raise DocumentError("the file is larger than 10 MiB", where=relative, help="split it")
            return file.read()
    except OSError as error:
        raise DocumentError(f"can't be read: {error.strerror}", where=relative) from error


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
    """Write a whole file or nothing: a temporary file beside it, fsync, rename; a link is not followed."""
    if path.is_symlink():
        raise SettingsError("won't write through a symbolic link", where=str(path), help="remove the link")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
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


def _unwritten(path: Path, error: OSError) -> SettingsError:
    help = "its folder has to exist, and to be yours to write to"
    return SettingsError(f"can't be written: {error.strerror}", where=str(path), help=help)


def digest(texts: Mapping[str, bytes]) -> str:
    """The SHA-256 over names and contents of all texts."""
    total = hashlib.sha256()
    for name in sorted(texts):
        total.update(f"{name}\0{hashlib.sha256(texts[name]).hexdigest()}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


def commit(root: Path) -> str | None:
    """The checked-out commit, None outside a git work tree or without git."""
    return git(root, "rev-parse", "--verify", "-q", "HEAD")


def git(root: Path, *arguments: str) -> str | None:
    """What git answers, stripped; None where it fails or isn't there."""
    try:
        answer = subprocess.run(  # noqa: S603 -- arguments are ours, no shell
            ["git", "-C", str(root), *arguments],  # noqa: S607 -- the user's own git
            capture_output=True,
            check=False,
            text=True,
            timeout=30,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def environments_on_disk(root: Path, folder: str) -> Iterable[str]:
    """The names below `overlays/` or `bindings/` that stand for an environment."""
    top = root / folder
    return sorted(path.stem if path.is_file() else path.name for path in top.iterdir()) if top.is_dir() else ()
