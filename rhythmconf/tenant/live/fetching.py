"""Fetch the records of a tenant: several kinds at the same time, the pages of each kind one after another."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import chain
from queue import SimpleQueue
from threading import Event
from typing import TYPE_CHECKING, NamedTuple, Protocol

from rhythmconf.catalog import Kind
from rhythmconf.errors import NotPermitted, Rejected, TenantError
from rhythmconf.model import Body, Fingerprint, LiveState, Progress, Record
from rhythmconf.model.quoting import quoted
from rhythmconf.settings import Environment
from rhythmconf.tenant.live.snapshot import NotInSnapshot

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

AT_ONCE = 10
"""How many kinds are fetched at the same time."""
SAMPLE = 20
"""How many records of a tenant are kept as a sample, to recognise a tenant that was filled anew."""


class Source(Protocol):
    """Where records come from: a client of the tenant, or a snapshot of it."""

    @property
    def requests(self) -> int:
        """How many requests were made so far."""

    def list(self, kind: Kind) -> Iterator[list[Body]]:
        """Yield the records of a kind, page by page."""


class Fetched(NamedTuple):
    """A message of a fetching thread: a page, or None for the end of its kind, with the error that ended it."""

    kind: str
    page: list[Body] | None = None
    error: BaseException | None = None


def fetch(
    source: Source, kinds: Sequence[Kind], optional: Collection[str] = ()
) -> Generator[Progress, None, LiveState]:
    """Fetch every record of `kinds`. Yields the number of records after each page.

    A list of an `optional` kind may be refused, unless all are. Raises the errors of the source, and TenantError for a
    record without an id or an id that is listed twice.
    """
    before, done = source.requests, 0
    pages: dict[str, list[list[Body]]] = {kind.name: [] for kind in kinds}
    unlisted: dict[str, str] = {}
    for fetched in _fetch_pages(source, kinds):
        if fetched.error is not None:
            if len(pages) == 1 or not (fetched.kind in optional and _is_refusal(fetched.error)):
                raise fetched.error
            del pages[fetched.kind]
            unlisted[fetched.kind] = str(fetched.error)
        if fetched.page is not None:
            pages[fetched.kind].append(fetched.page)
            done += len(fetched.page)
            yield Progress("fetch", done, detail=fetched.kind)
    records = {kind: tuple(_records(kind, chain.from_iterable(listed))) for kind, listed in pages.items()}
    sizes = {kind: tuple(map(len, listed)) for kind, listed in pages.items()}
    return LiveState(records, source.requests - before, sizes, unlisted)


def incarnation(live: LiveState) -> tuple[tuple[str, str], ...]:
    """Return a sorted sample of (id, sys_created_at), by which a tenant that was filled anew is recognised.

    The sample has the records whose ids have the smallest hashes, so that other records rarely change it.
    """
    chosen = sorted(live.all(), key=lambda record: sha256(record.id.encode("utf-8", "surrogatepass")).digest())
    return tuple(sorted({_pair(record) for record in chosen[:SAMPLE]}))


def fingerprint(environment: Environment, live: LiveState) -> Fingerprint:
    """Return what identifies a tenant: environment, tenant, address and incarnation."""
    return Fingerprint(environment.name, environment.tenant, environment.address, incarnation(live))


def same_incarnation(sample: Sequence[tuple[str, str]], live: LiveState) -> bool:
    """Return whether a record of the sample still exists. An empty sample fits every tenant."""
    return not sample or not {tuple(pair) for pair in sample}.isdisjoint(map(_pair, live.all()))


def _is_refusal(error: BaseException) -> bool:
    """Return whether the tenant refused a list, as it does one that it doesn't have or that the token may not read.

    A snapshot doesn't have it either then.
    """
    refused = isinstance(error, NotPermitted | NotInSnapshot)
    return refused or (isinstance(error, Rejected) and error.status in (404, 405))


def _fetch_pages(source: Source, kinds: Sequence[Kind]) -> Iterator[Fetched]:
    """Yield pages as they arrive. If the caller stops iterating, the threads stop after their current page."""
    if len(kinds) == 1:
        # One kind needs no threads, which take longer to load than an embedded tenant takes to answer.
        yield from (Fetched(kind.name, page) for kind in kinds for page in source.list(kind))
        return
    queue: SimpleQueue[Fetched] = SimpleQueue()
    with _threads() as (pool, stop):
        for kind in kinds:
            pool.submit(_fetch_kind, source, kind, queue, stop)
        running = len(kinds)
        while running:
            fetched = queue.get()
            running -= fetched.page is None
            yield fetched


@contextmanager
def _threads() -> Iterator[tuple[ThreadPoolExecutor, Event]]:
    from concurrent.futures import ThreadPoolExecutor

    stop = Event()
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="fetch")
    try:
        yield pool, stop
    finally:
        # Threads can't be killed: each looks at `stop` after its page, and the shutdown waits for that.
        stop.set()
        pool.shutdown(cancel_futures=True)


def _fetch_kind(source: Source, kind: Kind, queue: SimpleQueue[Fetched], stop: Event) -> None:
    try:
        for page in source.list(kind):
            queue.put(Fetched(kind.name, page))
            if stop.is_set():
                return
    except BaseException as error:  # raised again in the thread that reads the queue
        queue.put(Fetched(kind.name, error=error))
    else:
        queue.put(Fetched(kind.name))


def _records(kind: str, bodies: Iterable[Body]) -> Iterator[Record]:
    seen: set[str] = set()
    for body in bodies:
        id = body.get("id")
        if not isinstance(id, str) or not id:
            raise TenantError(f"The tenant lists a record of {kind} without an id.", where=kind)
        # A record that moves while the pages are read can be on two of them.
        if id in seen:
            raise TenantError(
                f"The tenant lists the record {quoted(id)} of {kind} twice.", where=kind, help="Try again."
            )
        seen.add(id)
        yield Record(kind, id, body)


def _pair(record: Record) -> tuple[str, str]:
    created = record.body.get("sys_created_at")
    return record.id, created if isinstance(created, str) else ""
