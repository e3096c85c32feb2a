"""Find, read and write the files of a project: never outside it, and never half-written.

What only some commands need (temporary files, processes) is imported where it is used: each costs milliseconds.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from io import FileIO
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from rhythmconf.errors import DocumentError, SettingsError, UsageError
from rhythmconf.model import Diagnostic, Location
from rhythmconf.model.suggest import nearest
from rhythmconf.platform import disk
from rhythmconf.source.project import codes, portable
from rhythmconf.text import leftovers

SUFFIXES = (".yaml", ".yml", ".json")
MAX_BYTES = 10 * 1024 * 1024
"""The size of the largest file that is read."""
_MAX_ANY = 1024 * 1024 * 1024
"""Bytes of a file that the user names. A snapshot of 100,000 records has a tenth of that."""


class Tree(NamedTuple):
    """The texts of files by project-relative path, sorted, and what is wrong with those that could not be read.

    `others` are the files that are no documents by their names.
    """

    texts: dict[str, bytes]
    diagnostics: list[Diagnostic]
    others: list[str]


def read_tree(root: Path, folder: str) -> Tree:
    """Read every document file below `root/folder` except dot files. What can't be read becomes a diagnostic.

    Raises SettingsError where the folder is missing.
    """
    top = root / folder
    if not top.is_dir():
        if any(sign in folder for sign in "*?["):
            help = "a source is a folder with all that is below it; write the folder, for example `sources: [config]`"
            raise SettingsError(
                f"the source {folder!r} is a pattern, and patterns are not read", where=str(top), help=help
            )
        raise SettingsError(
            f"the folder {folder!r} does not exist",
            where=str(top),
            help="create it, or correct `sources` in rhythmconf.yaml. A sparse checkout leaves folders out, and a "
            "submodule needs `git submodule update --init`.",
        )
    tree = Tree({}, [], [])
    try:
        _stay_inside(root, top, folder)
        _add(root, "/".join(PurePosixPath(folder).parts), tree)
    except DocumentError as error:
        tree.diagnostics.append(_unreadable(folder, error))
    return tree


def is_document(path: str, folder: str) -> bool:
    """Tell whether `read_tree` of a folder reads the file at a project-relative path below it, by its name."""
    return path.endswith(SUFFIXES) and "/." not in path[len(folder) :]


def read_all(root: Path, names: Iterable[str]) -> Tree:
    """Read those of the named files that exist. One that can't be read counts as empty and becomes a diagnostic."""
    tree = Tree({}, [], [])
    for name in names:
        try:
            if (text := read_if_there(root, name)) is not None:
                tree.texts[name] = text
        except DocumentError as error:
            tree.texts[name] = b""
            tree.diagnostics.append(_unreadable(name, error))
    return tree


def _unreadable(name: str, error: DocumentError) -> Diagnostic:
    return Diagnostic(error.code, error.message, location=Location(name), help=error.help or "")


def read(root: Path, relative: str) -> bytes:
    """One regular file inside the project, at most 10 MiB. Raises DocumentError."""
    path = root / relative
    _stay_inside(root, path, relative)
    return _content(str(path), relative)


def read_anywhere(path: Path, *, most: int = MAX_BYTES) -> bytes:
    """One regular file of at most so many bytes, wherever it is. Raises DocumentError."""
    return _content(str(path), str(path), most)


def _stay_inside(root: Path, path: Path, relative: str) -> None:
    """Raise DocumentError for a link out of the project, to a hidden file such as `.env`, or into a hidden folder.

    A message about what is wrong in a file shows a line of it, and `.git/config` may contain a password.
    """
    # realpath, for `resolve` raises at a link that leads to itself; opening that tells of it.
    real, top = Path(os.path.realpath(path)), os.path.realpath(root)
    if not real.is_relative_to(top):
        raise DocumentError("this leads out of the project", where=relative, help="copy it into the project")
    if any(part.startswith(".") for part in {*real.relative_to(top).parts} - {*relative.split("/")}):
        raise DocumentError("this leads to a hidden file", where=relative, help="copy it to a name without a dot")


def _add(root: Path, folder: str, tree: Tree) -> None:
    """Read the document files of a folder and those below, sorted; links to folders are not followed.

    What scandir knows already (a name, a link, a folder) is not asked for again: Path objects and their `resolve`
    cost ten times as much as reading the file.
    """
    for entry in _entries(root, folder):
        name = f"{folder}/{entry.name}" if folder else entry.name  # with a slash on Windows too
        try:
            if entry.is_dir(follow_symlinks=False):
                _add(root, name, tree)
            elif entry.name.endswith(SUFFIXES):
                tree.texts[name] = read(root, name) if entry.is_symlink() else _content(entry.path, name)
            elif ignored := _find_ignored(entry, name):
                tree.diagnostics.append(ignored)
            elif entry.is_file(follow_symlinks=False):
                tree.others.append(name)
        except DocumentError as error:
            tree.diagnostics.append(_unreadable(name, error))


def link_targets(root: Path, names: Iterable[str]) -> list[str]:
    """Return where those of the named files and folders that are links lead to, relative to the project."""
    wanted = defaultdict[str, set[str]](set)
    for name in names:
        folder, _, last = f"{root}/{name}".rstrip("/").rpartition("/")
        wanted[folder].add(last)
    targets = []
    # One listing of a folder says of all its files whether they are links.
    for folder, lasts in wanted.items():
        with suppress(OSError), os.scandir(folder) as entries:
            targets += [entry.path for entry in entries if entry.is_symlink() and entry.name in lasts]
    return [relative_path(root, path) for path in targets]


def relative_path(root: Path, path: str | Path) -> str:
    """Return where a path really is, relative to a folder and with slashes; `../` leads out of the folder."""
    return Path(os.path.relpath(os.path.realpath(path), os.path.realpath(root))).as_posix()


def _entries(root: Path, folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(f"{root}/{folder}") as entries:
            return sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name)
    except OSError as error:
        raise DocumentError(f"can't be read: {error.strerror}", where=folder) from error


def _find_ignored(entry: os.DirEntry[str], name: str) -> Diagnostic | None:
    """Report what looks like a source file and isn't one. Left out silently, it would look like a deleted document."""
    if entry.name.lower().endswith(SUFFIXES):
        message, help = "this is not read: its suffix has capital letters", "write it in small letters"
    elif entry.is_symlink() and os.path.isdir(entry.path):  # noqa: PTH112 -- others raise where a link leads nowhere
        message, help = "this is not read: it is a link to a folder", "name that folder in `sources`"
    else:
        return None
    return Diagnostic(codes.IGNORED_FILE, message, "warning", Location(name), help=help)


def _content(path: str, name: str, most: int = MAX_BYTES) -> bytes:
    """Return all bytes of a file; `name` is what messages call it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | disk.OPEN | disk.NO_WAIT)
        with FileIO(descriptor) as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise DocumentError("this is not a regular file", where=name)
            if status.st_size > most:
                message = f"the file is larger than {most // 1024 // 1024} MiB"
                raise DocumentError(message, where=name, help="split it")
            data = file.read(status.st_size + 1)  # the end is seen in one call
            return data if len(data) <= status.st_size else data + file.readall()
    except OSError as error:
        raise DocumentError(f"can't be read: {error.strerror}", where=name) from error


def read_any(path: Path) -> bytes:
    """Read a file that the user names, wherever it is, such as a saved plan.

    Raises UsageError, and DocumentError for what a merge or a tool for large files has left in it.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_ANY + 1)
    except OSError as error:
        raise UsageError(
            f"can't be read: {error.strerror}", where=str(path), help="check its name and your permission to read it"
        ) from error
    if len(data) > _MAX_ANY:
        raise UsageError("the file is larger than 1 GiB", where=str(path), help="check its name")
    leftovers.check(data, str(path))
    return data


def read_if_there(root: Path, relative: str) -> bytes | None:
    """Return the bytes of a file, or None if there is none. Raises DocumentError, also for a dangling link."""
    try:
        return read(root, relative)
    except DocumentError as error:
        if isinstance(error.__cause__, FileNotFoundError | NotADirectoryError) and not (root / relative).is_symlink():
            return None
        raise


def find_similar(root: Path, relative: str) -> list[str]:
    """Return the files whose path differs from a missing one only by case or Unicode form, or else looks like it."""
    folders = [""]
    *above, last = relative.split("/")
    for part in above:
        folders = [path for folder in folders for path in _similar(root, folder, part) if _is(root / path, Path.is_dir)]
    return [path for folder in folders for path in _similar(root, folder, last) if _is(root / path, Path.is_file)]


def _is(path: Path, form: Callable[[Path], bool]) -> bool:
    return form(path) and not path.is_symlink()


def _similar(root: Path, folder: str, name: str) -> list[str]:
    """Return the entries of a folder that a name may mean: the name itself, or else those that are most like it."""
    try:
        names = [path.name for path in (root / folder).iterdir() if not path.name.startswith(".")]
    except OSError:
        return []
    same = [entry for entry in names if portable.fold(entry) == portable.fold(name)]
    found = [name] if name in names else same or nearest(name, names)
    return [f"{folder}/{entry}" if folder else entry for entry in found]


def make_folder(path: Path) -> None:
    """Make a folder and those above it, if they don't exist. Raises SettingsError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        help = "you need permission to write to the folder above it, and no file may have this name"
        raise SettingsError(f"the folder can't be made: {error.strerror}", where=str(path), help=help) from error


def write(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a whole file or nothing: a temporary file beside it, fsync, rename; a link is not followed.

    A device or a named pipe is written to, not replaced.
    """
    write_parts(path, (data,), mode=mode)


def write_parts(path: Path, parts: Iterable[bytes], *, mode: int = 0o644) -> None:
    """Write a file as `write` does, from parts that are made one after the other."""
    if _is_stream(path):
        _write_stream(path, parts)
        return
    if path.is_symlink():
        raise SettingsError(
            "this is a symbolic link, and links are not followed", where=str(path), help="remove the link"
        )
    from tempfile import mkstemp

    try:
        handle, name = mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise _unwritten(path, error) from error
    try:
        with os.fdopen(handle, "wb") as file:
            disk.set_mode(file.fileno(), mode)
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        disk.replace(Path(name), path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise _unwritten(path, error) from error
    except BaseException:  # a part could not be made, or somebody has ended the command
        Path(name).unlink(missing_ok=True)
        raise


def _is_stream(path: Path) -> bool:
    """Return whether a path is a device or a named pipe, such as `/dev/null`, which a rename would replace."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)


def _write_stream(path: Path, parts: Iterable[bytes]) -> None:
    try:
        with path.open("wb") as stream:
            stream.writelines(parts)
    except OSError as error:
        raise _unwritten(path, error) from error


def _unwritten(path: Path, error: OSError) -> SettingsError:
    help = "its folder must exist, and you need permission to write to it"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        help = "free some space, then run the command again"
    elif error.errno == errno.EFBIG:
        help = "a limit of this computer (`ulimit -f`) keeps files smaller: raise it, then run the command again"
    elif error.errno == errno.ENOENT:
        help = f"its folder does not exist: make {path.parent} first"
    return SettingsError(f"can't be written: {error.strerror}", where=str(path), help=help)
