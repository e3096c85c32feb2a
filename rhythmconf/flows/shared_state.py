"""Hold a tenant's lock, and exchange its run records with other computers where the environment shares its state.

What others recorded is written to the folder of this computer's run records, so that every command reads one place.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from rhythmconf.engine import journal
from rhythmconf.engine.journal import Claim, Publish, SharedRecord, Store
from rhythmconf.engine.journal import codes as journal_codes
from rhythmconf.errors import Refused, RhythmconfError, UsageError
from rhythmconf.flows import run_records
from rhythmconf.flows.clock import CLOCK
from rhythmconf.flows.values import RunLimits
from rhythmconf.model import Diagnostic
from rhythmconf.platform import disk
from rhythmconf.platform.processes import user_name
from rhythmconf.settings import Environment, Settings
from rhythmconf.settings.values import BucketState, GitState
from rhythmconf.source.project import git

RETRY_S = 2.0
"""Seconds between two tries to take a shared lock."""
_RUN = re.compile(r"[0-9A-Za-z-]+")


class Turn(NamedTuple):
    """The right to write to a tenant. With shared state it names the run, and publishes that run's record.

    `published` counts the bytes of the record that the other computers have.
    """

    run: str = ""
    publish: Publish | None = None
    published: int = 0


class Published(NamedTuple):
    """What of a run record is shared: its version, None for no record, and its bytes."""

    version: str | None
    size: int


class SharedTenant(NamedTuple):
    """A tenant whose lock and run records are shared, and where this computer keeps what it knows of them."""

    settings: Settings
    environment: Environment
    store: Store

    @property
    def claim(self) -> Path:
        """The file with the claim that this computer made last."""
        return run_records.lock_path(self.settings, self.environment).with_suffix(".claim")

    @property
    def seen(self) -> Path:
        """The file that says which version of each run record this computer has."""
        return run_records.lock_path(self.settings, self.environment).with_suffix(".seen")


def open_shared(settings: Settings, environment: Environment) -> SharedTenant | None:
    """Return what an environment shares; None where its state stays on this computer. Raises RC513."""
    if environment.state is None:
        return None
    return SharedTenant(settings, environment, _open_store(settings, environment, environment.state))


def _open_store(settings: Settings, environment: Environment, state: GitState | BucketState) -> Store:
    # Imported here: most environments share nothing, and few need obstore.
    id = run_records.tenant_id(settings, environment)
    if isinstance(state, GitState):
        from rhythmconf.source.project.git_store import open_git_store

        return open_git_store(settings.root, state.remote, environment.tenant, id)
    try:
        from rhythmconf.source.project.bucket_store import open_bucket_store
    except ModuleNotFoundError as error:
        if error.name != "obstore":
            raise
        raise UsageError(
            f"the lock and the run records of {environment.tenant} are kept in a bucket, and the package obstore is "
            "missing",
            help="install rhythmconf with its extra `bucket`: pipx install --force '.[bucket]' in a copy of the "
            "repository",
        ) from None
    return open_bucket_store(state.url, environment.tenant, id)


def look(settings: Settings, environment: Environment) -> tuple[Diagnostic, ...]:
    """Fetch the base and the run records of other computers. Return a warning where they can't be reached."""
    try:
        if environment.state is not None and (shared := open_shared(settings, environment)) is not None:
            refresh(shared)
            if isinstance(environment.state, GitState):
                _fetch_base(settings, environment, environment.state.remote)
    except RhythmconfError as error:
        seen = run_records.lock_path(settings, environment).with_suffix(".seen")
        as_of = f"as of {journal.timestamp(seen.stat().st_mtime)}" if seen.exists() else "of this computer only"
        message = f"{error.message}; the runs of {environment.name} are known {as_of}"
        return (Diagnostic(error.code, message, "warning", help=error.help or ""),)
    return ()


def refresh(shared: SharedTenant) -> Mapping[str, Published]:
    """Write the run records of other computers to the folder of this one. Return what is shared of each.

    A record here stays where it only has more than the shared one. So each begins with what is shared of it. One that
    was closed before its first part has no header, and readers pass over it: that run has sent nothing.
    """
    versions, seen = shared.store.fetch(), _read_seen(shared)
    for run, version in versions.items():
        path = journal.run_path(shared.settings.state_dir, run)
        if not _RUN.fullmatch(run) or (run in seen and seen[run].version == version and path.exists()):
            continue
        data = shared.store.read(run)
        local = path.read_bytes() if path.exists() else b""
        if not local.startswith(data):
            _write(path, data)
        seen[run] = Published(version, len(data))
    _write(shared.seen, json.dumps(seen).encode())
    return seen


def _fetch_base(settings: Settings, environment: Environment, remote: str) -> None:
    """Fetch the base of the environment, which an apply has pushed. An older one, or another history, is left there."""
    # Imported here: most environments share nothing.
    from rhythmconf.source.project.git_store import find_remote

    ref = git.base_ref(settings.root, settings.project, environment.name)
    git.fetch(settings.root, find_remote(settings.root, remote, environment.tenant), f"{ref}:{ref}")


def publish_rest(shared: SharedTenant, seen: Mapping[str, Published]) -> None:
    """Publish what runs have on record here that the other computers don't have, and note it: it need not be read."""
    published = {**_read_seen(shared), **{run: one for run, one in seen.items() if one.version is not None}}
    for run, (version, size) in seen.items():
        path = journal.run_path(shared.settings.state_dir, run)
        if path.exists() and path.stat().st_size > size:
            data = path.read_bytes()
            rest = data[size : data.rfind(b"\n") + 1]
            if rest and (added := shared.store.append(run, version, rest)) is not None:
                published[run] = Published(added, size + len(rest))
    _write(shared.seen, json.dumps(published).encode())


@contextmanager
def lock(
    settings: Settings, environment: Environment, limits: RunLimits, command: str, run: str = ""
) -> Iterator[Turn]:
    """Hold the tenant's lock for the block. Raises Refused, naming the holder, when it isn't free in time.

    `run` is the one to continue, if any. Read files and bindings in the block: whoever held the lock before may have
    changed them.
    """
    path = run_records.lock_path(settings, environment)
    holder = journal.Holder(
        pid=os.getpid(),
        host=socket.gethostname(),
        user=user_name(),
        started=journal.timestamp(CLOCK.now()),
        command=f"{command} --env {environment.name}",
    )
    with journal.lock(path, holder, timeout=limits.lock_timeout, now=CLOCK.now, sleep=CLOCK.sleep):
        shared = open_shared(settings, environment)
        if shared is None:
            yield Turn()
            return
        claim, seen = _take(shared, holder, limits.lock_timeout, run)
        try:
            version, size = seen.get(claim.run, Published(None, 0))
            record = SharedRecord(shared.store, claim.run, version, size)
            yield Turn(claim.run, record.publish, size)
        finally:
            # What fails here is done by the next command that takes the lock on this computer.
            with suppress(RhythmconfError):
                publish_rest(shared, {**seen, claim.run: Published(record.version, record.size)})
                _release(shared, claim.encode())


def release_own(shared: SharedTenant) -> Claim | None:
    """Release a lock that a dead process of this computer has left. Call it while no process here has the lock."""
    try:
        data = shared.claim.read_bytes()
    except OSError:
        return None
    claim = journal.decode_claim(data)
    # It may have died before it could publish anything.
    publish_rest(shared, {claim.run: Published(None, 0), **refresh(shared)})
    return claim if _release(shared, data) else None


def take_over(shared: SharedTenant, id: str | None) -> Claim | None:
    """Release the lock of another computer, whose run then sends nothing more. Return its claim, None if it is free.

    Raises Refused (RC511) unless `id` is that of the holder's claim.
    """
    data = shared.store.read_claim()
    if data is None:
        return None
    claim = journal.decode_claim(data)
    if id != claim.id:
        raise held(shared.environment, claim, "" if id is None else f"{id} is not the id of its lock; ")
    if claim.run:
        by = f"{user_name()}@{socket.gethostname()}"
        journal.seal(shared.store, claim.run, by, journal.timestamp(CLOCK.now()))
    shared.store.release(data)
    refresh(shared)
    return claim


def held(environment: Environment, claim: Claim, why: str = "") -> Refused:
    """Return the error for a lock that another computer holds."""
    return Refused(
        f"{why}{environment.name} is locked by {claim}",
        help="wait for that run to end, or give --lock-timeout SECONDS. If its computer is gone, take the lock over: "
        f"rhythmconf unlock --env {environment.name} --lock {claim.id}",
        code=journal_codes.LOCK_HELD,
    )


def _take(
    shared: SharedTenant, holder: journal.Holder, timeout: float, run: str
) -> tuple[Claim, Mapping[str, Published]]:
    """Take the shared lock, waiting for it up to `timeout` seconds. Return the claim and what is shared."""
    release_own(shared)
    deadline = CLOCK.now() + timeout
    while True:
        id = run or run_records.next_id(shared.settings, shared.environment, _read_seen(shared))
        claim = Claim(secrets.token_hex(4), id, holder.host, holder.user, holder.started, holder.command)
        _write(shared.claim, claim.encode())
        other = shared.store.take(claim.encode())
        if other is None:
            seen = refresh(shared)
            if run or all(each < id for each in seen):
                return claim, seen
            _release(shared, claim.encode())  # somebody was faster and began a newer run
            continue
        left = deadline - CLOCK.now()
        if left <= 0:
            raise held(shared.environment, journal.decode_claim(other))
        CLOCK.sleep(min(RETRY_S, left))


def _release(shared: SharedTenant, claim: bytes) -> bool:
    released = shared.store.release(claim)
    shared.claim.unlink(missing_ok=True)
    return released


def _read_seen(shared: SharedTenant) -> dict[str, Published]:
    try:
        return {run: Published(*each) for run, each in json.loads(shared.seen.read_bytes()).items()}
    except (OSError, ValueError, TypeError):
        return {}


def _write(path: Path, data: bytes) -> None:
    """Write a file of the state folder, which only its owner can read, as a whole."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.touch(0o600)
        part.write_bytes(data)
        disk.replace(part, path)
    except OSError as error:
        raise RhythmconfError(
            f"what other computers recorded can't be written: {error.strerror}",
            where=str(path),
            code=journal_codes.RUN_RECORD,
        ) from error
