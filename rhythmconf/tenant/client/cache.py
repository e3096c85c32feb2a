"""The token cache: one file for each issuer, client, audience, tenant and address, readable by its owner only.

A token is sent to the address that it was minted for and to no other. A file also keeps the times when tokens were
minted, because an issuer allows only a certain number a month.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from rhythmconf.errors import AuthError
from rhythmconf.model import decode
from rhythmconf.settings import Environment
from rhythmconf.settings.urls import canonical_url
from rhythmconf.settings.values import DEFAULT_BASE_URL
from rhythmconf.tenant.client import private

KEPT_S = 62 * 86_400.0
"""Older mints are forgotten: no limit looks back further than a month."""
MARGIN_S = 300.0
"""A token is not used in its last minutes, so that it doesn't expire in the middle of a run."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One cache file: the token, until when it may be used, and when tokens were minted (all in epoch seconds).

    `tenant` and `address` tell which environment the token is for. Entries of older versions have neither.
    """

    token: str = field(default="", repr=False)
    until: float = 0.0
    mints: tuple[float, ...] = ()
    tenant: str = ""
    address: str = ""

    def is_usable(self, now: float, stale: str) -> bool:
        """Whether the token can be sent now and is not `stale`, the one that was just refused."""
        return self.token not in ("", stale) and now < self.until

    def with_mint(self, now: float) -> Entry:
        """Return the entry with one more mint, and without mints that are too old to count."""
        return replace(self, mints=(*(at for at in self.mints if at > now - KEPT_S), now))

    def without_future(self, now: float) -> Entry:
        """Return the entry with every later mint at `now`."""
        return replace(self, mints=tuple(min(at, now) for at in self.mints))

    def without_last_mint(self) -> Entry:
        """Return the entry without its last mint."""
        return replace(self, mints=self.mints[:-1])

    def with_token(self, token: str, now: float, lifetime_s: float) -> Entry:
        """Return the entry with another token, which lives for `lifetime_s` seconds from now."""
        return replace(self, token=token, until=now + lifetime_s - min(MARGIN_S, lifetime_s / 10))

    def is_for(self, tenant: str, address: str) -> bool:
        """Whether the token is for this environment, or for none that can be known any more."""
        return (self.tenant, self.address) in ((tenant, address), ("", ""))


def entry_path(
    cache_dir: Path, domain: str, client_id: str, audience: str, tenant: str, base_url: str = DEFAULT_BASE_URL
) -> Path:
    """Return the path of the cache file for an issuer, client, audience, tenant and base URL.

    Without the base URL, whoever edits `base_url` would be sent the token of the address before.
    """
    client = json.dumps([domain, client_id, audience, tenant]).encode()
    address = canonical_url(base_url).encode()
    return _folder(cache_dir) / f"{sha256(client).hexdigest()}-{sha256(address).hexdigest()[:16]}.json"


def mints_of_client(path: Path) -> tuple[float, ...]:
    """Return when the client of a cache file minted tokens, for whichever address."""
    client = path.stem.partition("-")[0]
    return tuple(at for file in sorted(path.parent.glob(f"{client}*.json")) for at in read(file).mints)


def read(path: Path) -> Entry:
    """Read a cache file; an absent file is an empty entry.

    Raises AuthError for a file that other users can read or that belongs to another user.
    """
    return _parse(private.read(path) or b"")


def write(path: Path, entry: Entry) -> None:
    """Replace the file. The caller holds the lock. Raises AuthError."""
    value = {
        "format": 1,
        "token": entry.token,
        "until": entry.until,
        "mints": list(entry.mints),
        "tenant": entry.tenant,
        "address": entry.address,
    }
    _remove_drafts(path)
    private.write(path, json.dumps(value).encode())


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Wait for the lock beside the file and hold it. It also ends with the process."""
    # Most commands find a token in the cache and need no lock; the import costs milliseconds.
    from filelock import lock_descriptor, unlock_descriptor

    private.make_folder(path.parent)
    with private.os_errors_as_auth_errors(path):
        descriptor = os.open(path.with_suffix(".lock"), private.CREATE | os.O_RDWR, 0o600)
    try:
        with private.os_errors_as_auth_errors(path):
            lock_descriptor(descriptor)
        try:
            yield
        finally:
            with suppress(OSError):
                unlock_descriptor(descriptor)
    finally:
        os.close(descriptor)


def logout(cache_dir: Path, environment: Environment | None = None) -> int:
    """Forget the cached tokens of an environment, or all, also in drafts. Return how many files had one.

    The times of the mints stay, because the issuer still counts them.
    """
    count = 0
    folder = _folder(cache_dir)
    if folder.is_dir() and not folder.is_symlink():
        with private.os_errors_as_auth_errors(folder):
            folder.chmod(0o700)
    # A draft without its file still has a lock file, by which it is found.
    files = {path.with_suffix(".json") for ending in ("json", "lock") for path in folder.glob(f"*.{ending}")}
    for path in sorted(files):
        with lock(path):
            entry = _read_exposed(path)
            if environment and not entry.is_for(environment.tenant, canonical_url(environment.base_url)):
                continue
            drafts = _remove_drafts(path)
            write(path, replace(entry, token="", until=0.0))
        count += bool(drafts or entry.token)
    return count


def mints_this_month(cache_dir: Path, now: float) -> int:
    """Return how many tokens this computer minted in the calendar month (UTC) of `now`, in epoch seconds."""
    month = datetime.fromtimestamp(now, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    files = sorted(_folder(cache_dir).glob("*.json"))
    return sum(at >= month.timestamp() for path in files for at in read(path).mints)


def _folder(cache_dir: Path) -> Path:
    return cache_dir / "tokens"


def _remove_drafts(path: Path) -> int:
    """Remove the drafts of writers that were killed, and return their number.

    The caller holds the lock, so no draft belongs to a writer that is still running.
    """
    drafts = list(path.parent.glob(f".{path.stem}.*"))
    with private.os_errors_as_auth_errors(path):
        for draft in drafts:
            draft.unlink()
    return len(drafts)


def _read_exposed(path: Path) -> Entry:
    """Read a file that is about to be emptied; one that other users can read counts as a token."""
    try:
        return read(path)
    except AuthError:
        return Entry("exposed")


def _parse(data: bytes) -> Entry:
    """Read the content of a file. A damaged file counts as empty: it only costs one more mint."""
    try:
        value = decode(data)
    except ValueError:
        value = None
    if not isinstance(value, dict) or value.get("format") != 1:
        return Entry()
    token, until, mints = value.get("token"), value.get("until"), value.get("mints")
    tenant, address = value.get("tenant"), value.get("address")
    return Entry(
        token if isinstance(token, str) else "",
        until if isinstance(until, int | float) else 0.0,
        tuple(at for at in mints if isinstance(at, int | float)) if isinstance(mints, list) else (),
        tenant if isinstance(tenant, str) else "",
        address if isinstance(address, str) else "",
    )
