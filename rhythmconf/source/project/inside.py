"""Write and remove the files of a project: below its folder, through no link, and only regular files.

Every command that changes a file of the project does it here. A file that a user names on the command line, such as a
saved plan, may be anywhere: `files.write`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from rhythmconf.errors import SettingsError
from rhythmconf.source.project import files, portable


def write(root: Path, name: str, data: bytes) -> None:
    """Write a whole file of the project, or nothing, and make the folders above it. Raises SettingsError."""
    check(root, name)
    path = root / name
    files.make_folder(path.parent)
    files.write(path, data)


def remove(root: Path, name: str) -> None:
    """Remove a file of the project, if it is there. Raises SettingsError."""
    check(root, name)
    try:
        (root / name).unlink(missing_ok=True)
    except OSError as error:
        help = "you need permission to write to its folder"
        raise SettingsError(f"can't be removed: {error.strerror}", where=name, help=help) from error


def check(root: Path, name: str) -> None:
    """Raise SettingsError unless `name` is, or can become, a regular file below `root`, with no link on the way.

    The root itself may be reached through a link: the user chose it.
    """
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or name.startswith("/"):
        raise SettingsError("this leads out of the project", where=name, help="name a file inside the project")
    for depth in range(1, len(parts) + 1):
        part = "/".join(parts[:depth])
        try:
            mode = os.lstat(root / part).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return  # what isn't there is made, or making it says what is wrong
        except OSError as error:
            raise SettingsError(f"can't be written: {error.strerror}", where=name) from error
        if stat.S_ISLNK(mode):
            help = "replace the link by a real file or folder; rhythmconf writes through no link inside a project"
            raise SettingsError(f"{part} is a symbolic link, and links are not followed", where=name, help=help)
        if depth == len(parts) and not stat.S_ISREG(mode):
            raise SettingsError("this is not a regular file", where=name, help="move it away")


def existing(root: Path, names: Iterable[str]) -> list[str]:
    """Return those of the names that are taken, also by a name that some computers don't tell apart from them."""
    seen: dict[str, frozenset[str]] = {}
    taken = []
    for name in names:
        folder, _, last = name.rpartition("/")
        if folder not in seen:
            seen[folder] = frozenset(map(portable.fold, _entries(root / folder)))
        if portable.fold(last) in seen[folder]:
            taken.append(name)
    return taken


def _entries(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except OSError:
        return []  # a folder that isn't there has no files; one that can't be read is named by the write
