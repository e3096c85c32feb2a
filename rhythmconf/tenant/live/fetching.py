"""What the tenant holds: kinds are fetched side by side, the pages of each one after another. Gives a LiveState."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from queue import SimpleQueue
from threading import Event
from typing import NamedTuple, Protocol

from rhythmconf.catalog import Kind
from rhythmconf.errors import TenantError
from rhythmconf.model import Body, Fingerprint, LiveState, Progress, Record
from rhythmconf.settings import Environment

AT_ONCE = 10
SAMPLE = 20
"""Pairs in the sample that tells one incarnation of a tenant from another."""


class Source(Protocol):
    """Where records come from: a client of the tenant, or a snapshot of it."""

    @property
    def requests(self) -> int:
        """How many requests were made so far."""

    def list(self, kind: Kind) -> Iterator[list[Body]]:
        """The records of a kind, page by page."""


class Told(NamedTuple):
    """What a fetching thread says: one page, or (`page` None) that its kind has ended, perhaps by an error."""

    kind: str
    page: list[Body] | None = None
    error: BaseException | None = None


def fetch(source: Source, kinds: Sequence[Kind]) -> Generator[Progress, None, LiveState]:
    """Fetch every record of `kinds`, at most ten kinds at once; yields the number of records after each page.

    Raises the source's errors, and TenantError for a record without an id or an id that comes twice.
    """
    before, done = source.requests, 0
    pages: dict[str, list[Body]] = {kind.name: [] for kind in kinds}
    for told in _gathered(source, kinds):
        if told.error is not None:
            raise told.error
        if told.page is not None:
            pages[told.kind] += told.page
            done += len(told.page)
            yield Progress("fetch", done, detail=told.kind)
    records = {name: tuple(_records(name, bodies)) for name, bodies in pages.items()}
    return LiveState(records, source.requests - before)


def incarnation(live: LiveState) -> tuple[tuple[str, str], ...]:
    """A sorted sample of (id, sys_created_at): the records with the smallest hashes, so that it changes seldom."""
    chosen = sorted(live.all(), key=lambda record: sha256(record.id.encode("utf-8", "surrogatepass")).digest())
    return tuple(sorted({_pair(record) for record in chosen[:SAMPLE]}))


def fingerprint(environment: Environment, live: LiveState) -> Fingerprint:
    """Which tenant this is, with the sample of its records that tells one incarnation from the next."""
    return Fingerprint(environment.name, environment.tenant, environment.address, incarnation(live))


def same_incarnation(sample: Sequence[tuple[str, str]], live: LiveState) -> bool:
    """Whether the tenant is still the one that the sample was taken of: any pair lives, or there was none."""
    return not sample or not {tuple(pair) for pair in sample}.isdisjoint(map(_pair, live.all()))


def _gathered(source: Source, kinds: Sequence[Kind]) -> Iterator[Told]:
    """What the fetching threads tell, as it comes. Whoever stops listening stops them at their next page."""
    queue: SimpleQueue[Told] = SimpleQueue()
    with _threads() as (pool, stop):
        for kind in kinds:
            pool.submit(_tell, source, kind, queue, stop)
        running = len(kinds)
        while running:
            told = queue.get()
            running -= told.page is None
            yield told


@contextmanager
def _threads() -> Iterator[tuple[ThreadPoolExecutor, Event]]:
    stop = Event()
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="fetch")
    try:
        yield pool, stop
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _tell(source: Source, kind: Kind, queue: SimpleQueue[Told], stop: Event) -> None:
    try:
        for page in source.list(kind):
            queue.put(Told(kind.name, page))
            if stop.is_set():
                return
    except BaseException as error:  # it is raised again in the thread that listens
        queue.put(Told(kind.name, error=error))
    else:
        queue.put(Told(kind.name))


def _records(kind: str, bodies: Sequence[Body]) -> Iterator[Record]:
    seen: set[str] = set()
    for body in bodies:
        id = body.get("id")
        if not isinstance(id, str) or not id:
            raise TenantError(f"The tenant lists a record of {kind} without an id.", where=kind)
        if id in seen:
            raise TenantError(f"The tenant lists the record {id} of {kind} twice.", where=kind, help="Try again.")
        seen.add(id)
        yield Record(kind, id, body)


def _pair(record: Record) -> tuple[str, str]:
    created = record.body.get("sys_created_at")
    return record.id, created if isinstance(created, str) else ""
