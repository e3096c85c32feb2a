"""Withdraw records that this run created and that another run created before it.

What this run wrote refers to its own records, so it is made to refer to the older ones first. A record is deleted only
if it is still as this run created it, and if nothing refers to it any more.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from rhythmconf.catalog import Field, Kind, references, substitute
from rhythmconf.engine.diff.keyed import make_keyed_patch
from rhythmconf.engine.execute.prepared import NOTHING, PreparedStep, RunContext, fill_references, prepare
from rhythmconf.engine.execute.readback import create_expectation, matches
from rhythmconf.engine.execute.waves import drain, send
from rhythmconf.engine.execute.writes import Task, send_one
from rhythmconf.engine.identity import mark_of_body, oldest_first
from rhythmconf.engine.plan.preconditions import delete_precondition, patch_precondition
from rhythmconf.model import MARK_FIELD, Body, Change, Event, Json, Key, Result

Lists = dict[str, list[Body]]
"""The records of each kind that was listed."""
Place = tuple[str, str]
"""The kind and the id of a record."""
NO_SUCCESSORS: Mapping[Place, str] = {}


class Duplicate(NamedTuple):
    """A create whose record exists more than once: `own` is this run's, `others` are not.

    `marked` tells that all of them carry the mark of the key. Without marks only their content is the same.
    """

    change: Change
    own: Body
    others: tuple[Body, ...]
    marked: bool

    @property
    def key(self) -> Key:
        """Return the key that exists more than once."""
        return self.change.key

    @property
    def own_id(self) -> str:
        """Return the id of the record that this run created."""
        return str(self.own["id"])

    @property
    def oldest_id(self) -> str:
        """Return the id of the record that stays."""
        return str(oldest_first([self.own, *self.others])[0]["id"])

    @property
    def is_younger(self) -> bool:
        """Tell whether this run's own record is the one to withdraw."""
        return self.marked and self.oldest_id != self.own_id

    def __str__(self) -> str:
        others = ", ".join(repr(body["id"]) for body in self.others)
        return f"{self.key} ({self.own_id!r} of this run, and {others})"


class User(NamedTuple):
    """A record that refers to younger ones; `change` is the change of this run that wrote it, None for others."""

    kind: Kind
    record: Body
    change: Change | None
    used: frozenset[Place]

    def __str__(self) -> str:
        return str(self.change.key) if self.change else f"{self.kind.name} record {self.record.get('id')!r}"


def withdraw(
    context: RunContext, changes: Sequence[Change], duplicates: Sequence[Duplicate], lists: Lists
) -> Generator[Event, None, None]:
    """Delete the younger records of `duplicates`, which this run created. `lists` are the kinds that were listed."""
    kept: dict[Key, str] = {}
    older = {(duplicate.key.kind, duplicate.own_id): duplicate.oldest_id for duplicate in duplicates}
    yield from drain(context, [partial(_confirm, context, duplicate, older, kept) for duplicate in duplicates])
    going = [duplicate for duplicate in duplicates if duplicate.key not in kept]
    successors = {(duplicate.key.kind, duplicate.own_id): duplicate.oldest_id for duplicate in going}
    users: list[User] = []
    if going:
        yield from drain(context, list(_searches(context, changes, successors, lists, users)))
        _find_others(context, changes, successors, lists, users)
        yield from drain(context, [partial(_repoint, context, user, successors) for user in users if user.change])
    fresh: dict[Key, Body] = {}
    for duplicate in going:
        user = _remaining_user(context, users, (duplicate.key.kind, duplicate.own_id))
        if user is not None:
            kept[duplicate.key] = f"{user} refers to it"
    free = [duplicate for duplicate in going if duplicate.key not in kept]
    yield from drain(context, [partial(_read, context, duplicate, fresh) for duplicate in free])
    yield from send(context, [_withdrawal(context, each, fresh[each.key]) for each in free if each.key in fresh])
    for duplicate in duplicates:
        _conclude(context, duplicate, kept.get(duplicate.key))


def is_as_sent(
    context: RunContext, change: Change, record: Body, successors: Mapping[Place, str] = NO_SUCCESSORS
) -> bool:
    """Tell whether a record has all that a create sent, except what the tenant counts itself.

    It may refer to the successors of what was sent: so it does after a repair that was interrupted.
    """
    kind, body = context.kind(change.key), change.body or {}
    fields = kind.root.fields or {}
    compared = {name: value for name, value in body.items() if name not in fields or not fields[name].runtime}
    sent = fill_references(compared, kind.root, context.account.ids)
    sent, record = (substitute(kind, body, _follower(successors)) for body in (sent, record))
    return matches(kind, create_expectation(sent).after, record, context.site.dialect)


def set_conflict(context: RunContext, duplicate: Duplicate, message: str) -> None:
    """Make a create whose record exists twice a conflict."""
    id = context.account.ids[duplicate.key]
    context.account.replace_result(Result(duplicate.key, "create", "conflict", id, message))


def _confirm(context: RunContext, duplicate: Duplicate, older: Mapping[Place, str], kept: dict[Key, str]) -> list[Task]:
    """Check that the oldest record is really there, and that the own one is still as this run made it."""
    oldest = context.client.get(context.kind(duplicate.key), duplicate.oldest_id)
    mark, own = (mark_of_body(body) if body else None for body in (oldest, duplicate.own))
    if mark is None or own is None or (mark.project, mark.key) != (own.project, own.key):
        kept[duplicate.key] = f"{duplicate.oldest_id!r} doesn't carry its mark any more"
    elif not is_as_sent(context, duplicate.change, duplicate.own, older):
        kept[duplicate.key] = "somebody changed it"
    return []


def _searches(
    context: RunContext, changes: Sequence[Change], successors: Mapping[Place, str], lists: Lists, users: list[User]
) -> Iterator[Task]:
    """Yield tasks that read what may refer to a younger record: what this run wrote, and lists of other kinds."""
    referring = _referring(context, successors)
    for kind in referring:
        if kind.name not in lists:
            yield partial(_list, context, kind, lists)
    for change in changes:
        id = context.account.ids.get(change.key, change.id)
        if change.action != "delete" and id is not None and context.kind(change.key) in referring:
            yield partial(_read_written, context, change, id, successors, users)


def _referring(context: RunContext, successors: Mapping[Place, str]) -> list[Kind]:
    catalog = context.site.catalog
    return [catalog.kinds[name] for name in sorted(catalog.users({name for name, _ in successors}))]


def _list(context: RunContext, kind: Kind, lists: Lists) -> list[Task]:
    lists[kind.name] = [body for page in context.client.list(kind) for body in page]
    return []


def _read_written(
    context: RunContext, change: Change, id: str, successors: Mapping[Place, str], users: list[User]
) -> list[Task]:
    kind = context.kind(change.key)
    record = context.client.get(kind, id)
    if record is not None and (used := _used(kind, record, successors)):
        users.append(User(kind, record, change, used))
    return []


def _find_others(
    context: RunContext, changes: Sequence[Change], successors: Mapping[Place, str], lists: Lists, users: list[User]
) -> None:
    """Add the records of the lists that refer to a younger record and that this run has not written."""
    own = {(change.key.kind, context.account.ids.get(change.key, change.id)) for change in changes}
    for kind in _referring(context, successors):
        others = (record for record in lists.get(kind.name, ()) if (kind.name, record.get("id")) not in own)
        users += [User(kind, record, None, used) for record in others if (used := _used(kind, record, successors))]


def _used(kind: Kind, record: Body, successors: Mapping[Place, str]) -> frozenset[Place]:
    """Return the younger records that a record refers to."""
    return frozenset(
        (target, value)
        for _, field, value in references(kind, record)
        for target in field.targets
        if isinstance(value, str) and (target, value) in successors
    )


def _repoint(context: RunContext, user: User, successors: Mapping[Place, str]) -> list[Task]:
    """Let a record refer to the older records instead of the younger ones."""
    kind, record, change = user.kind, user.record, user.change
    target = substitute(kind, record, _follower(successors))
    patch = make_keyed_patch(kind.root, record, target, context.site.dialect)
    if change is None or not patch:
        return []
    id = str(record["id"])
    context.base[kind.name, id] = record
    repointed = Change(change.key, "update", id, patch=patch, precondition=patch_precondition(patch, record))
    return send_one(context, prepare(context, repointed, "repoint"))


def _follower(successors: Mapping[Place, str]) -> Callable[[Field, Json], Json]:
    def follow(field: Field, value: Json) -> Json:
        places = [(target, value) for target in field.targets if isinstance(value, str)]
        return next((successors[place] for place in places if place in successors), value)

    return follow


def _remaining_user(context: RunContext, users: Sequence[User], place: Place) -> User | None:
    """Return a record that still refers to a younger one."""
    using = (user for user in users if place in user.used)
    return next((user for user in using if not user.change or not _is_repointed(context, user.change)), None)


def _is_repointed(context: RunContext, change: Change) -> bool:
    return context.account.is_applied(change.key, "repoint")


def _read(context: RunContext, duplicate: Duplicate, fresh: dict[Key, Body]) -> list[Task]:
    record = context.client.get(context.kind(duplicate.key), duplicate.own_id)
    if record is not None:
        fresh[duplicate.key] = record
    return []


def _withdrawal(context: RunContext, duplicate: Duplicate, record: Body) -> PreparedStep:
    """Return the deletion of a record as it is now. A deletion carries no `test`, so it is read just before."""
    precondition = delete_precondition(context.kind(duplicate.key).root, _without_system_fields(record))
    change = Change(duplicate.key, "delete", duplicate.own_id, before=record, precondition=precondition)
    return PreparedStep(change, "withdraw", NOTHING, id=duplicate.own_id)


def _without_system_fields(record: Body) -> Body:
    """Return a record without what the tenant keeps about it, except its mark."""
    return {
        name: value
        for name, value in record.items()
        if name == MARK_FIELD or not (name == "id" or name.startswith("sys_"))
    }


def _conclude(context: RunContext, duplicate: Duplicate, kept: str | None) -> None:
    """Set the result of a create after the attempt to withdraw its record."""
    outcome = context.account.repair(duplicate.key, "withdraw")
    if outcome is not None and outcome.outcome == "applied":
        context.account.ids[duplicate.key] = duplicate.oldest_id
        words = f"another run created it before: {duplicate.oldest_id!r} stays, {duplicate.own_id!r} was deleted again"
        set_conflict(context, duplicate, words)
        return
    why = kept or (outcome.message if outcome else "") or context.account.stopped or "it was not there any more"
    words = f"another run created it before, as {duplicate.oldest_id!r}; {duplicate.own_id!r} was not deleted: {why}"
    set_conflict(context, duplicate, words)
