"""Find records that exist twice after the creates of a run, and withdraw this run's own ones where they are younger.

No test can guard a create, so two computers that apply at once may both create a record for one key. Each of them
lists the kinds again when its creates must be in the lists. So whoever created a record last sees the others, and both
order them in the same way. The oldest record stays, whoever made it; a run deletes only what it created itself.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from functools import partial

from rhythmconf.catalog import Kind
from rhythmconf.engine.execute import codes
from rhythmconf.engine.execute.prepared import RunContext
from rhythmconf.engine.execute.waves import drain
from rhythmconf.engine.execute.withdraw import Duplicate, Lists, is_as_sent, set_conflict, withdraw
from rhythmconf.engine.execute.writes import Task
from rhythmconf.engine.identity import Mark, mark_of_body, oldest_first, parse_mark, prune_command
from rhythmconf.errors import RhythmconfError
from rhythmconf.model import MARK_FIELD, Body, Change, Diagnostic, Event, Notice
from rhythmconf.model.plural import counted

LONG_S = 1.0
"""Seconds. A longer wait is reported."""
NAMED = 10
ByMark = Mapping[tuple[str, Mark], Sequence[Body]]
"""Records by kind and mark, whether they are protected or not."""


def check_created(context: RunContext, changes: Sequence[Change]) -> Generator[Event, None, None]:
    """List the kinds of the records that this run created, and resolve those that exist twice.

    A key that exists twice is a conflict in the results, and a diagnostic names its records. A kind that can't be
    listed is an error too: then nobody knows.
    """
    account = context.account
    creates = [change for change in changes if change.action == "create"]
    created = [
        change for change in creates if change.key in account.ids and not account.is_applied(change.key, "withdraw")
    ]
    undecided = [change for change in creates if account.outcome(change.key) == "unknown"]
    if account.stopped or not (created or undecided):
        return
    yield from await_lists(context)
    lists: Lists = {}
    kinds = {change.key.kind: context.kind(change.key) for change in (*created, *undecided)}
    yield from drain(context, [partial(_list, context, kind, lists) for kind in kinds.values()])
    created = [change for change in created if change.key.kind in lists]
    _report_missing(context, created, lists)
    by_mark = _by_mark(lists)
    duplicates = list(_find(context, created, lists, by_mark))
    named = [*map(str, duplicates), *_find_undecided(undecided, by_mark)]
    if not named:
        return
    for duplicate in duplicates:
        set_conflict(context, duplicate, _describe(duplicate))
    try:
        yield from withdraw(context, changes, [each for each in duplicates if each.is_younger], lists)
    finally:
        context.account.add_diagnostics(_report(context, duplicates, named))


def await_lists(context: RunContext) -> Iterator[Event]:
    """Wait until the lists must show what this run created, and so what others created before it."""
    newest = context.account.newest_create_s
    left = 0.0 if newest is None else newest + context.site.environment.lag_s - context.clock.now()
    yield from wait_notice(left)
    if left > 0:
        context.clock.sleep(left)


def wait_notice(seconds: float) -> Iterator[Notice]:
    """Yield a notice about a wait for the tenant's lists, if it is a long one."""
    if seconds >= LONG_S:
        yield Notice(f"waiting {seconds:.0f} s, until the tenant's lists must show what was just created")


def _list(context: RunContext, kind: Kind, lists: Lists) -> list[Task]:
    try:
        lists[kind.name] = [body for page in context.client.list(kind) for body in page]
    except RhythmconfError as error:
        message = f"{kind.name} could not be listed after its records were created: {error.message}"
        context.account.add_diagnostics(_not_checked(message))
    return []


def _report_missing(context: RunContext, created: Iterable[Change], lists: Lists) -> None:
    """Report lists that lack what this run created: they may lack the records of others as well."""
    for name in sorted({change.key.kind for change in created}):
        ids = {str(body.get("id")) for body in lists[name]}
        keys = [change.key for change in created if change.key.kind == name]
        missing = [str(key) for key in keys if context.account.ids[key] not in ids]
        if missing:
            more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
            message = f"the list of {name} doesn't show what this run created: {', '.join(missing[:NAMED])}{more}"
            context.account.add_diagnostics(_not_checked(message))


def _not_checked(message: str) -> Diagnostic:
    help = (
        "Nobody knows yet whether another run created the same records. `rhythmconf resume` looks again; so does the "
        "next plan."
    )
    return Diagnostic(codes.NOT_CHECKED, message, help=help)


def _by_mark(lists: Lists) -> ByMark:
    by_mark: dict[tuple[str, Mark], list[Body]] = {}
    for name, bodies in lists.items():
        for body in bodies:
            if (mark := mark_of_body(body)) is not None and isinstance(body.get("id"), str):
                by_mark.setdefault((name, mark._replace(protected=False)), []).append(body)
    return by_mark


def _own_mark(change: Change) -> tuple[str, Mark] | None:
    """Return the kind of a create, and the mark that it sends."""
    mark = parse_mark((change.body or {}).get(MARK_FIELD))
    return (change.key.kind, mark._replace(protected=False)) if mark else None


def _find_undecided(undecided: Iterable[Change], by_mark: ByMark) -> Iterator[str]:
    """Yield keys that exist more than once, where nobody knows which record this run created, if any."""
    for change in undecided:
        place = _own_mark(change)
        bodies = by_mark.get(place, ()) if place else ()
        if len(bodies) > 1:
            yield f"{change.key} ({', '.join(repr(body['id']) for body in oldest_first(bodies))})"


def _find(context: RunContext, created: Iterable[Change], lists: Lists, by_mark: ByMark) -> Iterator[Duplicate]:
    """Yield each create whose record is there once more: with its mark, or else with all that was sent."""
    records = {(name, str(body.get("id"))): body for name, bodies in lists.items() for body in bodies}
    new = {name: _new(context, name, bodies) for name, bodies in lists.items()}
    for change in created:
        own = records.get((change.key.kind, context.account.ids[change.key]))
        if own is None:
            continue
        place = _own_mark(change) if context.site.dialect.external_id == "writable" else None
        if place is not None:
            same = by_mark.get(place, [])
        else:
            same = [body for body in new[change.key.kind] if is_as_sent(context, change, body)]
        others = tuple(body for body in oldest_first(same) if body["id"] != own["id"])
        if others:
            yield Duplicate(change, own, others, marked=place is not None)


def _new(context: RunContext, kind: str, bodies: Iterable[Body]) -> list[Body]:
    """Return the records that somebody else created since this run began."""
    old = {*context.existing_ids.get(kind, ()), *context.account.ids.values()}
    return [body for body in bodies if isinstance(body.get("id"), str) and body["id"] not in old]


def _describe(duplicate: Duplicate) -> str:
    others = ", ".join(repr(body["id"]) for body in duplicate.others)
    if not duplicate.marked:
        return f"{others} appeared with the same content while this run created {duplicate.own_id!r}"
    if duplicate.is_younger:
        return f"it exists twice: {duplicate.own_id!r} of this run is younger than {others}"
    return f"it exists twice: {duplicate.own_id!r} of this run is older than {others}, and stays"


def _report(context: RunContext, duplicates: Sequence[Duplicate], named: Sequence[str]) -> Diagnostic:
    """Return one diagnostic that names all records, and the one command for what is left to do."""
    environment = context.site.environment
    more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
    created = f"{counted(len(named), 'record')} {'was' if len(named) == 1 else 'were'} created twice"
    if not all(duplicate.marked for duplicate in duplicates):
        help = "Look at them in Rhythm: without marks, only a person can tell which one to delete."
    elif sum(context.account.is_applied(duplicate.key, "withdraw") for duplicate in duplicates) == len(named):
        help = f"This run deleted its own again. Plan again: rhythmconf plan --env {environment.name}"
    else:
        help = (
            "Each run deletes its own younger records. If the next plan still names some, delete them with: "
            f"{prune_command(environment)}"
        )
    message = f"{created}, by this run and by another one at the same time: {', '.join(named[:NAMED])}{more}"
    return Diagnostic(codes.CREATED_TWICE, message, help=help)
