"""Group changes into stages and requests, and count what an apply of them spends.

This is the only schedule: the forecast of a plan, the HTML page and the execution all read it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

from rhythmconf.engine.plan.preconditions import needs_read
from rhythmconf.engine.plan.recheck import GuardReads
from rhythmconf.engine.plan.records import NO_READS, Replay, read_records
from rhythmconf.model import Change, Key, LiveState

if TYPE_CHECKING:
    from rhythmconf.catalog import Catalog
    from rhythmconf.engine.journal import Step
    from rhythmconf.settings import Dialect

BATCH_SIZE = 100
"""How many operations one batch request takes."""
PAGE_SIZE = 100
"""How many records a page of a list is assumed to have if no page before its last one shows that."""
VERBS: Mapping[Step, str] = {
    "create": "create",
    "patch": "patch",
    "close": "patch",
    "free": "patch",
    "delete": "delete",
    "repoint": "patch",
    "withdraw": "delete",
}
"""The call of the API that each step of a change makes."""


class ScheduledStep(NamedTuple):
    """One step of a change: its create, its patch, its delete, or a patch that closes or frees a cycle."""

    change: Change
    step: Step


class HasStep(Protocol):
    """A ScheduledStep, or a value that prepares one for sending."""

    @property
    def change(self) -> Change:
        """The change that the step is part of."""

    @property
    def step(self) -> Step:
        """Which part of the change it is."""


S = TypeVar("S", bound=HasStep)


class ScheduledRequest(NamedTuple, Generic[S]):
    """One write request: a batch of steps of one kind, or a single step as a call of its own."""

    steps: Sequence[S]
    batch: bool


class RequestShare(NamedTuple):
    """A change's part of one write request: the request's number, from 1, its verb, and how many steps it carries."""

    number: int
    verb: str
    steps: int


class Forecast(NamedTuple):
    """How many requests an apply sends if nothing fails and nobody else writes. Retries are not counted.

    `rereads` are the reads before the first write of a plan that is applied later: from a file, or after a question.
    `guard_reads` come just before the writes that a `test` can't guard, `writes` are batches and single calls, and
    `read_backs` are reads of what was written where the tenant's answers don't show it. `checks` list the kinds with
    creates once more at the end, to find records that another run created at the same time.
    """

    rereads: int
    guard_reads: int
    writes: int
    read_backs: int
    checks: int

    @property
    def at_once(self) -> int:
        """The requests of an apply that uses the lists of the plan, and so reads nothing again."""
        return self.guard_reads + self.writes + self.read_backs + self.checks


def stages(changes: Sequence[Change]) -> Iterator[list[ScheduledStep]]:
    """Yield the steps that may be sent at the same time, stage after stage.

    Creates and updates go first, wave by wave, then the patches that close their cycles. Then come the patches that
    free records for deletion, and the deletions wave by wave.
    """
    writes = [change for change in changes if change.action != "delete"]
    deletes = [change for change in changes if change.action == "delete"]
    for wave in _waves(writes):
        yield [ScheduledStep(change, "create" if change.action == "create" else "patch") for change in wave]
    yield [ScheduledStep(change, "close") for change in writes if change.action == "create" and change.patch]
    yield [ScheduledStep(change, "free") for change in deletes if change.patch]
    for wave in _waves(deletes):
        yield [ScheduledStep(change, "delete") for change in wave]


def requests(
    steps: Iterable[S], catalog: Catalog, dialect: Dialect, unbatched: Collection[str] = ()
) -> Iterator[ScheduledRequest[S]]:
    """Group the steps of one stage into requests: single calls first, then the batches of each kind.

    `unbatched` are kinds for which the tenant has refused a batch. A patch without operations sends nothing.
    """
    batches: dict[str, list[S]] = {}
    for step in steps:
        kind = step.change.key.kind
        if step.step == "patch" and not step.change.patch:
            continue
        if kind not in unbatched and VERBS[step.step] in dialect.batch.split("+") and catalog.kind(kind).can("batch"):
            batches.setdefault(kind, []).append(step)
        else:
            yield ScheduledRequest([step], batch=False)
    for batch in batches.values():
        for start in range(0, len(batch), BATCH_SIZE):
            yield ScheduledRequest(batch[start : start + BATCH_SIZE], batch=True)


def request_shares(
    changes: Sequence[Change], catalog: Catalog, dialect: Dialect
) -> Mapping[Key, tuple[RequestShare, ...]]:
    """Return the write requests of each change, in order. A change that only writes a binding has none."""
    shares: dict[Key, list[RequestShare]] = {change.key: [] for change in changes}
    schedule = (request for stage in stages(changes) for request in requests(stage, catalog, dialect))
    for number, request in enumerate(schedule, 1):
        for change, step in request.steps:
            shares[change.key].append(RequestShare(number, VERBS[step], len(request.steps)))
    return {key: tuple(parts) for key, parts in shares.items()}


def forecast(
    changes: Sequence[Change],
    live: LiveState,
    catalog: Catalog,
    dialect: Dialect,
    incarnation: Sequence[tuple[str, str]] = (),
    wanted: GuardReads = NO_READS,
) -> Forecast:
    """Count the requests of an apply of `changes`. `live` is what the plan was made from, `wanted` what guards need."""
    guard_reads = writes = read_backs = 0
    created: Counter[str] = Counter()
    for stage in stages(changes):
        searched: set[str] = set()
        for request in requests(stage, catalog, dialect):
            writes += 1
            guard_reads += sum(needs_read(change, step, dialect) for change, step in request.steps)
            created.update(change.key.kind for change, step in request.steps if step == "create")
            if request.batch and dialect.batch_results == "by-order":
                # Such an answer holds no records: what was patched is read, what was created is searched for.
                read_backs += sum(VERBS[step] == "patch" for _, step in request.steps)
                searched.update(change.key.kind for change, step in request.steps if step == "create")
        read_backs += sum(_pages(live, kind, created[kind]) for kind in searched)
    checks = sum(_pages(live, kind, count) for kind, count in created.items())
    replay = Replay(live)
    for _ in read_records(changes, incarnation, replay, catalog, wanted):
        pass  # what a later apply reads is counted on the lists of the plan
    return Forecast(replay.requests, guard_reads, writes, read_backs, checks)


def _waves(changes: Sequence[Change]) -> Iterator[list[Change]]:
    ordered = sorted(changes, key=lambda change: change.wave)
    return (list(wave) for _, wave in groupby(ordered, key=lambda change: change.wave))


def _pages(live: LiveState, kind: str, created: int) -> int:
    """Return how many pages the list of a kind has after `created` records were added to it."""
    pages = live.pages.get(kind) or (len(live.records.get(kind, ())),)
    size = max(pages[:-1], default=0) or max(pages[-1], PAGE_SIZE)  # the last page need not be full
    return len(pages) + max(0, math.ceil((pages[-1] + created) / size) - 1)
