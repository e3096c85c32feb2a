"""Open, protect and replace files, where Windows does it differently."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from time import sleep

# Every `os.open` needs OPEN: without O_BINARY, Windows would change line ends and stop at a Ctrl-Z.
if sys.platform == "win32":
    OPEN = os.O_BINARY | os.O_NOINHERIT
    NO_FOLLOW = 0
    NO_WAIT = 0
else:
    OPEN = os.O_CLOEXEC
    NO_FOLLOW = os.O_NOFOLLOW
    """Fail at a symbolic link. On Windows, only people with a special right can make one."""
    NO_WAIT = os.O_NONBLOCK
    """Open a named pipe without waiting for its writer. On Windows, pipes have no names in folders."""

_PAUSES_S = (0.01, 0.05, 0.2, 0.5, 1.0)
"""Seconds between the tries to replace a file that somebody reads."""


def set_mode(descriptor: int, mode: int) -> None:
    """Set the permissions of an open file. On Windows a file has those of its folder."""
    if sys.platform != "win32":
        os.fchmod(descriptor, mode)


def describe_exposure(status: os.stat_result) -> str:
    """Return why a file or folder is not this user's alone, in words, or "".

    On Windows this is always "": permissions are lists there, which the folders of a user inherit from the profile.
    """
    if sys.platform == "win32":
        return ""
    if status.st_uid != os.geteuid():
        return "it belongs to another user"
    return "other users can read it" if stat.S_IMODE(status.st_mode) & 0o077 else ""


def others_can_write(path: Path) -> bool:
    """Tell whether every user of this computer can change a file, or put another one in its place.

    On Windows this is always false, because nothing is known about it.
    """
    if sys.platform == "win32":
        return False
    try:
        file, folder = path.stat().st_mode, path.resolve().parent.stat().st_mode
    except OSError:
        return False
    replaceable = folder & stat.S_IWOTH and not folder & stat.S_ISVTX
    return bool(file & stat.S_IWOTH or replaceable)


def replace(source: Path, target: Path) -> None:
    """Rename a file over another one in one step. Raises OSError.

    Windows doesn't replace a file while another program has it open, so there this tries again for some two seconds.
    """
    if sys.platform == "win32":
        for pause in _PAUSES_S:
            try:
                source.replace(target)
            except PermissionError:
                sleep(pause)
            else:
                return
    source.replace(target)


def sync_folder(folder: Path) -> None:
    """Write a folder to the disk, where that is possible: only then a new file survives a crash. Raises OSError."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
