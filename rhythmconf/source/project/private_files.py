"""Read files of the cache folder that only this user can have written."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from rhythmconf.platform import disk


def read_private(path: Path, most: int) -> bytes:
    """Return the first `most` bytes of a regular file that belongs to this user alone; nothing for any other."""
    try:
        descriptor = os.open(path, os.O_RDONLY | disk.OPEN | disk.NO_FOLLOW | disk.NO_WAIT)
        with os.fdopen(descriptor, "rb") as file:
            return file.read(most) if _is_private(os.fstat(descriptor)) else b""
    except OSError:
        return b""


def _is_private(status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) and not disk.describe_exposure(status)
