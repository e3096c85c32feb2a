"""Hold the lock of a tenant: that of this computer and, where the environment shares its state, that of all."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import NamedTuple, TypeVar

from rhythmconf.engine import journal
from rhythmconf.engine.journal import Claim, Holder, Publish, Runner, SharedRecord
from rhythmconf.engine.journal import codes as journal_codes
from rhythmconf.errors import Refused, RhythmconfError
from rhythmconf.flows import run_records
from rhythmconf.flows.clock import CLOCK
from rhythmconf.flows.shared_state import Published, SharedTenant, open_shared, publish_rest, refresh, write
from rhythmconf.flows.values import Flow, RunLimits
from rhythmconf.model import Diagnostic, Notice
from rhythmconf.platform.processes import user_name
from rhythmconf.settings import Environment, Settings

T = TypeVar("T")
RETRY_S = 2.0
"""Seconds between two tries to take a shared lock."""


class Turn(NamedTuple):
    """The right to write to a tenant. With shared state it names the run, and publishes that run's record.

    `published` counts the bytes of the record that the other computers have.
    """

    run: str = ""
    publish: Publish | None = None
    published: int = 0


@contextmanager
def lock(
    settings: Settings,
    environment: Environment,
    limits: RunLimits,
    command: str,
    notify: Callable[[Notice], object],
    run: str = "",
) -> Iterator[Turn]:
    """Hold the tenant's lock for the block. Raises Refused, naming the holder, when it isn't free in time.

    `run` is the one to continue, if any. `notify` gets a warning where a shared lock can't be released. Read files and
    bindings in the block: whoever held the lock before may have changed them.
    """
    path = run_records.lock_path(settings, environment)
    holder = Holder(
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
        version, size = seen.get(claim.run, Published(None, 0))
        record = SharedRecord(shared.store, claim.run, version, size)
        try:
            yield Turn(claim.run, record.publish, size)
        finally:
            try:
                publish_rest(shared, {**seen, claim.run: Published(record.version, record.size)})
                _release(shared, claim.encode())
            except RhythmconfError as error:
                notify(Notice(diagnostics=(_warn_of_lock(environment, error),), severity="warning"))


def locked(
    settings: Settings,
    environment: Environment,
    limits: RunLimits,
    command: str,
    work: Callable[[Turn], Flow[T]],
    run: str = "",
) -> Flow[T]:
    """Run a flow while it holds the tenant's lock: see `lock`."""
    notices: list[Notice] = []
    try:
        with lock(settings, environment, limits, command, notices.append, run) as turn:
            value = yield from work(turn)
    except Exception:
        yield from notices
        raise
    yield from notices
    return value


def _warn_of_lock(environment: Environment, error: RhythmconfError) -> Diagnostic:
    return Diagnostic(
        error.code,
        f"the lock of {environment.name} may still be taken, and the end of the run unknown to other computers: "
        f"{error.message}",
        "warning",
        help=f"once that works again, release it on this computer: rhythmconf unlock --env {environment.name}. The "
        "next command on this computer that writes to the tenant releases it too",
    )


def check_lock(settings: Settings, environment: Environment) -> str:
    """Take the tenant's lock and release it. Return who has it, where it isn't free: that holder keeps it.

    Raises RhythmconfError where a lock can't be had.
    """
    failures: list[Notice] = []
    try:
        with lock(settings, environment, RunLimits(), "doctor", failures.append):
            pass
    except Refused as error:
        if error.code != journal_codes.LOCK_HELD:
            raise
        return error.message
    for problem in (problem for failure in failures for problem in failure.diagnostics):
        raise RhythmconfError(problem.message, help=problem.help, code=problem.code)
    return ""


def find_runner(settings: Settings, environment: Environment) -> tuple[str, Runner] | None:
    """Find the run of an environment that is going on now, and where. None where there is none, or it isn't known."""
    last = run_records.last_unfinished(settings, environment)
    if last is None:
        return None
    path = run_records.lock_path(settings, environment)
    holder = journal.read_holder(path)
    runs_here = holder is not None and journal.is_held(path, holder)
    if environment.state is None:
        return (last.header.run, Runner(holder.host, holder.user)) if holder and runs_here and not last.ending else None
    try:
        shared = open_shared(settings, environment)
        data = shared.store.read_claim() if shared else None
    except RhythmconfError:
        return None
    claim = journal.decode_claim(data) if data else None
    if shared is None or claim is None or claim.run != last.header.run:
        return None
    # The claim of a process of this computer that has died is no run that goes on.
    is_own = shared.claim.exists() and shared.claim.read_bytes() == data
    return None if is_own and not runs_here else (claim.run, Runner(claim.host, claim.user))


def release_own(shared: SharedTenant) -> Claim | None:
    """Release a lock that a dead process of this computer has left. Call it while holding the lock of this computer."""
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
    released = shared.store.release(data)
    refresh(shared)
    # Its holder may have released it just now, and somebody else may have taken it since.
    return claim if released else take_over(shared, id)


def held(environment: Environment, claim: Claim, why: str = "") -> Refused:
    """Return the error for a lock that another computer holds."""
    return Refused(
        f"{why}{environment.name} is locked by {claim}",
        help="wait for that run to end, or give --lock-timeout SECONDS. If its computer is gone, take the lock over: "
        f"rhythmconf unlock --env {environment.name} --lock {claim.id}",
        code=journal_codes.LOCK_HELD,
    )


def _take(shared: SharedTenant, holder: Holder, timeout: float, run: str) -> tuple[Claim, Mapping[str, Published]]:
    """Take the shared lock, waiting for it up to `timeout` seconds. Return the claim and what is shared."""
    release_own(shared)
    deadline = CLOCK.now() + timeout
    while True:
        id = run or run_records.next_id(shared.settings, shared.environment, shared.read_seen())
        claim = Claim(secrets.token_hex(4), id, holder.host, holder.user, holder.started, holder.command)
        write(shared.claim, claim.encode())
        other = shared.store.take(claim.encode())
        if other is None:
            try:
                seen = refresh(shared)
            except BaseException:
                with suppress(RhythmconfError):
                    _release(shared, claim.encode())
                raise
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
