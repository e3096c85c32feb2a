"""Files that only their owner can read and write, in a folder of the same kind."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from rhythmconf.errors import AuthError
from rhythmconf.platform import disk

SIZE_CAP = 1024 * 1024
CREATE = os.O_CREAT | disk.OPEN | disk.NO_FOLLOW


def read(path: Path) -> bytes | None:
    """Read a file; return None if there is none.

    Raises AuthError for a file that other users can read or that belongs to another user.
    """
    with os_errors_as_auth_errors(path):
        try:
            check_folder(path.parent)
            descriptor = os.open(path, os.O_RDONLY | disk.OPEN | disk.NO_FOLLOW | disk.NO_WAIT)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as stream:
            # Check the open file, not the path: somebody could put another file there in between.
            _check(path, os.fstat(descriptor), stat.S_ISREG)
            return stream.read(SIZE_CAP)


def write(path: Path, data: bytes) -> None:
    """Replace a file in one step, so that neither a reader nor a crash sees half of it. Raises AuthError."""
    draft = path.with_name(f".{path.stem}.{token_hex(8)}")
    with os_errors_as_auth_errors(path):
        with os.fdopen(os.open(draft, CREATE | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
            stream.write(data)
            stream.flush()
            # Before the rename: after a power cut the name could otherwise stand for an empty file.
            os.fsync(stream.fileno())
        disk.replace(draft, path)


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner can use. Raises AuthError where it can't be made or others can use it."""
    with os_errors_as_auth_errors(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_folder(folder)


def check_folder(folder: Path) -> None:
    """Raise AuthError for a folder that others can use or that is a link; OSError where there is none."""
    _check(folder, folder.lstat(), stat.S_ISDIR)


def _check(path: Path, status: os.stat_result, is_expected: Callable[[int], bool]) -> None:
    # Whoever can write the file can choose the token, and whoever can read it can use the token.
    if not is_expected(status.st_mode):
        raise unusable(path, "rhythmconf did not create this kind of file")
    if exposure := disk.describe_exposure(status):
        raise unusable(path, exposure)


@contextmanager
def os_errors_as_auth_errors(path: Path) -> Iterator[None]:
    """Raise AuthError instead of an OSError that leaves the block."""
    try:
        yield
    except OSError as error:
        raise unusable(path, error.strerror or type(error).__name__) from None


def unusable(path: Path, why: str) -> AuthError:
    """Return the error of a cache that can't be used."""
    return AuthError(
        f"The token cache can't be used: {why}.",
        where=str(path),
        help="Empty it with `rhythmconf logout`, or set RHYTHMCONF_TOKEN or XDG_CACHE_HOME.",
    )
