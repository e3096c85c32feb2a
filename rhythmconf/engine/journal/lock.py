"""A tenant -> the right to write to it, held by one process at a time and let go by its death.

The right is an flock on a file of the state folder, so that a killed owner leaves nothing behind to clean up.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from rhythmconf.engine.journal import codes
from rhythmconf.errors import Refused, RhythmconfError

RETRY_S = 0.2
NAMELESS_S = 1.0
"""How long a holder without a name is waited for: it is about to write it, or to let go."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock: `started` is ISO 8601 UTC, `command` what was typed, `run` its run id if it has one."""

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
    """The lock file of a tenant in the state folder: the same for every environment that means that tenant."""
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
    """Hold the lock at `path` for the block, waiting up to `timeout` seconds for it.

    Raises Refused (RC511) naming the holder when it isn't free in time, RhythmconfError (RC512) where the file
    system has no locks, or no room for the holder's name.
    """
    descriptor = _open(path)
    try:
        _wait(descriptor, path, deadline=now() + timeout, now=now, sleep=sleep)
        _write(descriptor, path, json.dumps(asdict(holder)).encode())
        try:
            yield
        finally:
            with suppress(RhythmconfError):
                _write(descriptor, path, b"")
    finally:
        os.close(descriptor)


def holder_of(path: Path) -> Holder | None:
    """Who wrote the lock file last and did not let go properly; None when nobody is known."""
    try:
        return Holder(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def unlock(path: Path) -> Holder | None:
    """Forget an owner that is dead; gives who that was, None when nobody was noted.

    Raises Refused (RC511) when the owner lives: a lock is never taken from a running process.
    """
    if not path.exists():
        return None
    descriptor = _open(path)
    try:
        if not _try(descriptor, path):
            raise _held(path, holder_of(path))
        owner = holder_of(path)
        _write(descriptor, path, b"")
        return owner
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _impossible(path, error) from error


def _wait(
    descriptor: int, path: Path, *, deadline: float, now: Callable[[], float], sleep: Callable[[float], object]
) -> None:
    while not _try(descriptor, path):
        owner = holder_of(path)
        left = (deadline if owner else deadline + NAMELESS_S) - now()
        if left <= 0:
            raise _held(path, owner)
        sleep(min(RETRY_S, left))


def _try(descriptor: int, path: Path) -> bool:
    try:
        from fcntl import LOCK_EX, LOCK_NB, flock

        flock(descriptor, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return False
    except (OSError, ImportError) as error:
        raise _impossible(path, error) from error
    return True


def _write(descriptor: int, path: Path, text: bytes) -> None:
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text, 0)
    except OSError as error:
        raise _impossible(path, error) from error
    with suppress(OSError):
        os.fsync(descriptor)


def _held(path: Path, owner: Holder | None) -> Refused:
    who = f"by {owner}" if owner else "by a process that left no name"
    return Refused(
        f"this tenant is locked {who}",
        where=str(path),
        help="wait for that run to end, or give --lock-timeout SECONDS; the lock is free as soon as its owner is gone",
        code=codes.LOCK_HELD,
    )


def _impossible(path: Path, error: BaseException) -> RhythmconfError:
    return RhythmconfError(
        f"the state folder can't hold a lock: {error}",
        where=str(path),
        help="set RHYTHMCONF_STATE_DIR to a folder on a local file system that you can write to",
        code=codes.LOCK_IMPOSSIBLE,
    )
