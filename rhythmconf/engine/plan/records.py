"""Read the records that a plan concerns once more, with few requests, before it is applied."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Protocol

from rhythmconf.catalog import Catalog, Kind
from rhythmconf.engine.plan.recheck import GuardReads
from rhythmconf.errors import AuthError, Rejected
from rhythmconf.model import Body, Change, LiveState, Progress, Record
from rhythmconf.tenant.live import same_incarnation

Sample = Sequence[tuple[str, str]]
"""Pairs of id and sys_created_at that tell one incarnation of a tenant from another."""


NO_READS: GuardReads = GuardReads()


class Reader(Protocol):
    """A client of the tenant, or a stand-in for it that replays its lists."""

    @property
    def requests(self) -> int:
        """How many requests were made so far."""

    def list(self, kind: Kind) -> Iterator[list[Body]]:
        """Yield the records of a kind, page by page."""

    def get(self, kind: Kind, id: str) -> Body | None:
        """Return one record, None where the tenant has none."""


class Replay:
    """Answers from a LiveState, with the pages in which the tenant gave it. `requests` counts the answers."""

    def __init__(self, live: LiveState) -> None:
        self._live = live
        self._bodies: dict[str, dict[str, Body]] = {}
        self.requests = 0

    def list(self, kind: Kind) -> Iterator[list[Body]]:
        """Yield the records of a kind. One that was not fetched is taken to be a single empty page."""
        records = self._live.records.get(kind.name, ())
        start = 0
        for size in self._live.pages.get(kind.name) or (len(records),):
            self.requests += 1
            yield [record.body for record in records[start : start + size]]
            start += size

    def get(self, kind: Kind, id: str) -> Body | None:
        """Return one record, None where the LiveState has none."""
        self.requests += 1
        if kind.name not in self._bodies:
            self._bodies[kind.name] = {record.id: record.body for record in self._live.records.get(kind.name, ())}
        return self._bodies[kind.name].get(id)


def read_records(
    changes: Sequence[Change],
    incarnation: Sample,
    reader: Reader,
    catalog: Catalog,
    wanted: GuardReads = NO_READS,
) -> Generator[Progress, None, LiveState]:
    """Read what the preconditions of `changes` ask for, and enough to recognise the tenant by `incarnation`.

    A kind with creates is listed, because their precondition is that no such record exists; so are kinds that a guard
    needs whole (`wanted`). The records of any other kind, and those of bindings, are read one by one or page by page,
    until a guard has counted enough. `requests` of the result counts what that took. Raises the reader's errors.
    """
    before = reader.requests
    by_kind: dict[str, list[str]] = {}
    for change in changes:
        by_kind.setdefault(change.key.kind, []).extend([change.id] if change.id else [])
    for binding in wanted.binds:
        by_kind.setdefault(binding.key.kind, []).append(binding.id)
    listed = wanted.listed | {change.key.kind for change in changes if change.action == "create"}
    for name in sorted(listed):
        by_kind.setdefault(name, [])
    records: dict[str, tuple[Record, ...]] = {}
    for number, (name, ids) in enumerate(by_kind.items()):
        yield Progress("read", number, len(by_kind), name)
        kind = catalog.kind(name)
        if name in listed:
            records[name] = tuple(record for page in reader.list(kind) for record in _records(kind, page))
        else:
            records[name] = tuple(_read_some(reader, kind, ids, wanted))
    yield Progress("read", len(by_kind), len(by_kind))
    if not same_incarnation(incarnation, LiveState(records)):
        records = _read_until_recognised(incarnation, reader, catalog, records)
    return LiveState(records, reader.requests - before)


def _read_some(reader: Reader, kind: Kind, ids: Iterable[str], wanted: GuardReads) -> Iterator[Record]:
    """Read the records with these ids, and so many of the project's own records as a guard counts.

    Nobody knows on which pages they are. Pages are read while fewer of them were read than records are still missing;
    the rest is read one by one. That never takes much more than twice the requests of the better way.
    """
    missing, pages, read, enough = dict.fromkeys(ids), reader.list(kind), 0, wanted.counted.get(kind.name, 0)
    while (len(missing) > read + 1 or enough > 0) and (page := next(pages, None)) is not None:
        read += 1
        for record in _records(kind, page):
            own = kind.name in wanted.counted and wanted.is_own(record)
            enough -= own
            if record.id in missing or own:
                missing.pop(record.id, None)
                yield record
    for id in missing:
        if (body := reader.get(kind, id)) is not None:
            yield Record(kind.name, id, body)


def _records(kind: Kind, page: Iterable[Body]) -> Iterator[Record]:
    return (Record(kind.name, str(body.get("id", "")), body) for body in page)


def _read_until_recognised(
    incarnation: Sample, reader: Reader, catalog: Catalog, records: dict[str, tuple[Record, ...]]
) -> dict[str, tuple[Record, ...]]:
    """Read more, up to the first record of the sample; everything there is where none of them exists any more."""
    first = [name for name in records if name in catalog.kinds]
    for name in dict.fromkeys([*first, *catalog.kinds]):
        more: list[Record] = []
        for page in _permitted_pages(reader, catalog.kind(name)):
            page_records = tuple(_records(catalog.kind(name), page))
            more += page_records
            if same_incarnation(incarnation, LiveState({name: page_records})):
                return {**records, name: _merge(records.get(name, ()), more)}
    return records


def _permitted_pages(reader: Reader, kind: Kind) -> Iterator[list[Body]]:
    """Yield the pages of a kind, and none where the tenant does not show that kind."""
    try:
        yield from reader.list(kind)
    except (Rejected, AuthError):
        return


def _merge(records: Iterable[Record], more: Iterable[Record]) -> tuple[Record, ...]:
    """Add records. What was read for the changes is newer and replaces what has the same id."""
    return tuple({record.id: record for record in [*more, *records]}.values())
