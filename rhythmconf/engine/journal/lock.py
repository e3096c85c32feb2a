"""Lock a tenant, so that one process at a time writes to it.

The lock is on a file of the state folder. The system releases it when its owner dies, so a killed process leaves
nothing to clean up. The file names the holder in JSON. Windows locks its first byte, which nobody else can then read.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from rhythmconf.engine.journal import codes
from rhythmconf.errors import Refused, RhythmconfError
from rhythmconf.platform import disk

RETRY_S = 0.2
"""Seconds between two tries to take the lock. There are two at least: `hold` of another process has it briefly."""
UNNAMED_S = 1.0
"""Seconds to wait for a holder without a name: it is about to write it, or to release the lock."""


class Holder(NamedTuple):
    """The process that holds a lock. `started` is ISO 8601 UTC, `command` what was typed, `run` its run id or empty."""

    pid: int
    host: str
    user: str
    started: str
    command: str
    run: str = ""

    def __str__(self) -> str:
        run = f", run {self.run}" if self.run else ""
        return f"{self.user}@{self.host} (process {self.pid}, since {self.started}{run}: {self.command})"


def lock_path(folder: Path, base_url: str, tenant: str) -> Path:
    """Return the lock file of a tenant in the state folder: one for all environments that use that tenant."""
    digest = hashlib.sha256(f"{base_url}\0{tenant}".encode()).hexdigest()
    return folder / "locks" / f"{digest[:16]}.lock"


@contextmanager
def lock(
    path: Path,
    holder: Holder,
    *,
    timeout: float,
    now: Callable[[], float],
    sleep: Callable[[float], object],
) -> Iterator[None]:
    """Hold the lock at `path` for the block. Wait up to `timeout` seconds for it.

    Raises Refused (RC511) with the holder's name when the lock isn't free in time, and RhythmconfError (RC512) when
    the file system has no locks or no space for the holder's name.
    """
    # Imported here and below, because most commands need no lock, and this costs milliseconds.
    from filelock import unlock_descriptor

    descriptor = _open(path)
    try:
        deadline = now() + max(timeout, RETRY_S)
        while not _try_lock(descriptor, path):
            owner = read_holder(path)
            left = (deadline if owner else deadline + UNNAMED_S) - now()
            if left <= 0:
                raise _held(path, owner)
            sleep(min(RETRY_S, left))
        _write(descriptor, path, json.dumps(holder._asdict()).encode())
        try:
            yield
        finally:
            with suppress(RhythmconfError):
                _write(descriptor, path, b"")
            # Windows may take its time to release the lock of a file that is only closed.
            with suppress(OSError):
                unlock_descriptor(descriptor)
    finally:
        os.close(descriptor)


def read_holder(path: Path) -> Holder | None:
    """Read who holds the lock, or died while holding it; None when the file names nobody."""
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(1)  # behind the byte that Windows locks
            return Holder(**json.loads(b"{" + file.read()))
    except (OSError, ValueError, TypeError):
        return None


@contextmanager
def hold(path: Path) -> Iterator[bool]:
    """Hold the lock for the block if it is free, for a moment and without a name. Yield whether it was free."""
    descriptor = _open(path)
    try:
        yield _try_lock(descriptor, path)
    finally:
        os.close(descriptor)


def is_held(path: Path, holder: Holder) -> bool:
    """Tell whether a holder is another process that still has the lock, and so still runs."""
    if holder.pid == os.getpid():
        return False
    try:
        with hold(path) as is_free:
            return not is_free
    except RhythmconfError:
        return False


@contextmanager
def unlock(path: Path, *, sleep: Callable[[float], object]) -> Iterator[Holder | None]:
    """Remove the name of a dead holder, and hold the lock for the block. Yield that holder, None if there was none.

    Raises Refused (RC511) when the holder is alive: a lock is never taken from a running process.
    """
    descriptor = _open(path)
    try:
        if not _try_lock(descriptor, path):
            sleep(RETRY_S)  # `hold` of another process has it briefly
            if not _try_lock(descriptor, path):
                raise _held(path, read_holder(path))
        holder = read_holder(path)
        _write(descriptor, path, b"")
        yield holder
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | disk.OPEN, 0o600)
    except OSError as error:
        raise _impossible(path, error) from error


def _try_lock(descriptor: int, path: Path) -> bool:
    """Take the lock if it is free. Return whether it was."""
    from filelock import lock_descriptor

    try:
        return lock_descriptor(descriptor, blocking=False)
    except OSError as error:
        raise _impossible(path, error) from error


def _write(descriptor: int, path: Path, text: bytes) -> None:
    try:
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, text)
    except OSError as error:
        raise _impossible(path, error) from error
    # The name only informs people, and some file systems can't sync: the lock holds without it.
    with suppress(OSError):
        os.fsync(descriptor)


def _held(path: Path, holder: Holder | None) -> Refused:
    by = f"by {holder}" if holder else "by a process that left no name"
    return Refused(
        f"this tenant is locked {by}",
        where=str(path),
        help="wait for that run to end, or give --lock-timeout SECONDS; the lock is free as soon as that process ends",
        code=codes.LOCK_HELD,
    )


def _impossible(path: Path, error: OSError) -> RhythmconfError:
    help = "set RHYTHMCONF_STATE_DIR to a folder on a local file system that you can write to"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        help = "free some space, then run the command again; or set RHYTHMCONF_STATE_DIR to a folder on another disk"
    return RhythmconfError(
        f"the state folder can't hold a lock: {error.strerror or error}",
        where=str(path),
        help=help,
        code=codes.LOCK_IMPOSSIBLE,
    )
