"""The tokens of this computer, one file for each issuer, client, audience and tenant, readable by their owner only.

A file also keeps the times of its mints: an issuer counts them, and gives no more beyond a monthly number.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from rhythmconf.errors import AuthError
from rhythmconf.model import decode

KEPT_S = 62 * 86_400.0
"""Mints older than two months count for nothing any more."""
MARGIN_S = 300.0
"""A token is not used in its last minutes, so that it doesn't end in the middle of a run."""
SIZE_CAP = 1024 * 1024
CREATE = os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Entry:
    """One cache file: the token, until when it may be used, and when tokens were minted (all in epoch seconds)."""

    token: str = field(default="", repr=False)
    until: float = 0.0
    mints: tuple[float, ...] = ()

    def usable(self, now: float, stale: str) -> bool:
        """Whether the token can be sent now, and isn't the one that was just refused."""
        return self.token not in ("", stale) and now < self.until

    def minted(self, now: float) -> Entry:
        """The same, with one more mint in its log."""
        return replace(self, mints=(*(at for at in self.mints if at > now - KEPT_S), now))

    def unminted(self) -> Entry:
        """The same, without the last mint of its log."""
        return replace(self, mints=self.mints[:-1])

    def holding(self, token: str, now: float, lifetime_s: float) -> Entry:
        """The same, with another token that lives for so many seconds."""
        return replace(self, token=token, until=now + lifetime_s - min(MARGIN_S, lifetime_s / 10))


def entry_file(cache_dir: Path, domain: str, client_id: str, audience: str, tenant: str) -> Path:
    """Where the token of these four is kept."""
    named = json.dumps([domain, client_id, audience, tenant]).encode()
    return _folder(cache_dir) / f"{sha256(named).hexdigest()}.json"


def read(path: Path) -> Entry:
    """What the file holds, or nothing. Raises AuthError for a file that others can read, or that others made."""
    with _complaining(path):
        try:
            _check(path.parent, path.parent.lstat(), stat.S_ISDIR)
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return Entry()
        with os.fdopen(descriptor, "rb") as stream:
            _check(path, os.fstat(descriptor), stat.S_ISREG)
            return _parse(stream.read(SIZE_CAP))


def write(path: Path, entry: Entry) -> None:
    """Replace the file at once, so that no reader and no crash meets half of it. The lock must be held."""
    value = {"format": 1, "token": entry.token, "until": entry.until, "mints": list(entry.mints)}
    _sweep(path)
    draft = path.with_name(f".{path.stem}.{token_hex(8)}")
    with _complaining(path):
        with os.fdopen(os.open(draft, CREATE | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
            stream.write(json.dumps(value).encode())
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock beside the file, waiting for it; it is released by the death of its owner, too."""
    with _complaining(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check(path.parent, path.parent.lstat(), stat.S_ISDIR)
        descriptor = os.open(path.with_suffix(".lock"), CREATE | os.O_RDWR, 0o600)
    with os.fdopen(descriptor, "rb"):
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


def logout(cache_dir: Path) -> int:
    """Forget every token, one in a draft too; gives how many files held any. The times of the mints stay, because the
    issuer counts on."""
    forgotten = 0
    folder = _folder(cache_dir)
    if folder.is_dir() and not folder.is_symlink():
        with _complaining(folder):
            folder.chmod(0o700)
    for path in sorted({found.with_suffix(".json") for ends in ("json", "lock") for found in folder.glob(f"*.{ends}")}):
        with locked(path):
            swept, entry = _sweep(path), _whatever(path)
            write(path, Entry(mints=entry.mints))
        forgotten += bool(swept or entry.token)
    return forgotten


def mints_this_month(cache_dir: Path, now: float) -> int:
    """How many tokens this computer minted in the calendar month (UTC) of `now`, in epoch seconds."""
    month = datetime.fromtimestamp(now, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return sum(at >= month.timestamp() for path in _entries(cache_dir) for at in read(path).mints)


def _sweep(path: Path) -> int:
    """Remove the drafts of killed writers; gives how many there were. Nobody else writes while the lock is held."""
    drafts = list(path.parent.glob(f".{path.stem}.*"))
    with _complaining(path):
        for draft in drafts:
            draft.unlink()
    return len(drafts)


def _folder(cache_dir: Path) -> Path:
    return cache_dir / "tokens"


def _entries(cache_dir: Path) -> list[Path]:
    return sorted(_folder(cache_dir).glob("*.json"))


def _whatever(path: Path) -> Entry:
    """What is to be forgotten, whoever else could read it."""
    try:
        return read(path)
    except AuthError:
        return Entry("exposed")


def _parse(data: bytes) -> Entry:
    """A damaged file is an empty one: it costs a mint, and nothing else."""
    try:
        value = decode(data)
    except ValueError:
        value = None
    if not isinstance(value, dict) or value.get("format") != 1:
        return Entry()
    token, until, mints = value.get("token"), value.get("until"), value.get("mints")
    return Entry(
        token if isinstance(token, str) else "",
        until if isinstance(until, int | float) else 0.0,
        tuple(at for at in mints if isinstance(at, int | float)) if isinstance(mints, list) else (),
    )


def _check(path: Path, found: os.stat_result, expected: Callable[[int], bool]) -> None:
    if not expected(found.st_mode):
        raise _unusable(path, "it is not what rhythmconf makes there")
    if found.st_uid != os.geteuid():
        raise _unusable(path, "it belongs to another user")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise _unusable(path, "others can read it")


@contextmanager
def _complaining(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unusable(path, error.strerror or type(error).__name__) from None


def _unusable(path: Path, why: str) -> AuthError:
    return AuthError(
        f"The token cache can't be used: {why}.",
        where=str(path),
        help="Remove it (`rhythmconf logout`), or set RHYTHMCONF_TOKEN or XDG_CACHE_HOME.",
    )
