"""A saved plan -> the records that it is about, read afresh with as few requests as can be foreseen."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator

from rhythmconf.catalog import Catalog, Kind
from rhythmconf.errors import AuthError, Rejected
from rhythmconf.model import Body, Change, LiveState, Plan, Progress, Record
from rhythmconf.tenant import live as tenant
from rhythmconf.tenant.client import Client


def read_for(plan: Plan, client: Client, catalog: Catalog) -> Generator[Progress, None, LiveState]:
    """Read what the preconditions of a plan ask for, and enough to recognise the tenant.

    A kind with creates is listed, since "absent" is a precondition too; of any other kind, records are read one by
    one or page by page. `requests` of the answer counts what that took. Raises the tenant's errors.
    """
    before = client.requests
    records: dict[str, tuple[Record, ...]] = {}
    wanted = _by_kind(plan.changes)
    for number, (name, changes) in enumerate(wanted.items()):
        yield Progress("read", number, len(wanted), name)
        records[name] = tuple(_needed(client, catalog.kind(name), changes))
    yield Progress("read", len(wanted), len(wanted))
    found = LiveState(records, client.requests - before)
    if tenant.same_incarnation(plan.fingerprint.incarnation, found):
        return found
    return LiveState(_recognised(plan, client, catalog, records), client.requests - before)


def _by_kind(changes: Iterable[Change]) -> dict[str, list[Change]]:
    wanted: dict[str, list[Change]] = {}
    for change in changes:
        wanted.setdefault(change.key.kind, []).append(change)
    return wanted


def _needed(client: Client, kind: Kind, changes: list[Change]) -> Iterator[Record]:
    if any(change.action == "create" for change in changes):
        return (record for page in client.list(kind) for record in _records(kind, page))
    return _some(client, kind, [change.id for change in changes if change.id])


def _some(client: Client, kind: Kind, ids: list[str]) -> Iterator[Record]:
    """The records with these ids. Pages are read while they may be fewer than the records that are still missing,
    so that it never takes much more than twice the requests of the better way."""
    missing, pages, read = dict.fromkeys(ids), client.list(kind), 0
    while len(missing) > read + 1 and (page := next(pages, None)) is not None:
        read += 1
        for record in _records(kind, page):
            if record.id in missing:
                del missing[record.id]
                yield record
    for id in missing:
        if (body := client.get(kind, id)) is not None:
            yield Record(kind.name, id, body)


def _records(kind: Kind, page: Iterable[Body]) -> Iterator[Record]:
    return (Record(kind.name, str(body.get("id", "")), body) for body in page)


def _recognised(
    plan: Plan, client: Client, catalog: Catalog, records: dict[str, tuple[Record, ...]]
) -> dict[str, tuple[Record, ...]]:
    """More records, up to the first one that the plan's sample of the tenant has too; all there are, if none has."""
    first = [name for name in records if name in catalog.kinds]
    for name in dict.fromkeys([*first, *catalog.kinds]):
        more: list[Record] = []
        for page in _pages(client, catalog.kind(name)):
            more += _records(catalog.kind(name), page)
            if tenant.same_incarnation(plan.fingerprint.incarnation, LiveState({name: tuple(more)})):
                return {**records, name: _merged(records.get(name, ()), more)}
    return records


def _pages(client: Client, kind: Kind) -> Iterator[list[Body]]:
    """The pages of a kind; none where the tenant doesn't show that kind."""
    try:
        yield from client.list(kind)
    except (Rejected, AuthError):
        return


def _merged(records: Iterable[Record], more: Iterable[Record]) -> tuple[Record, ...]:
    """What was read for the changes stands first and wins."""
    return tuple({record.id: record for record in [*more, *records]}.values())
