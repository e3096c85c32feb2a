"""Build the identity from which the diff makes the plan that reverses a run.

The desired values are those before the run. Records that it created are orphans, to be deleted. Records that it deleted
are created again, and references to them follow to the new ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from rhythmconf.catalog import OPAQUE, Catalog, Field, substitute
from rhythmconf.catalog.field import is_required
from rhythmconf.engine.diff.target import RESOLVED, match_items
from rhythmconf.engine.execute.rollback_notes import note_all
from rhythmconf.engine.identity import mark_of, parse_mark
from rhythmconf.engine.journal import Log
from rhythmconf.model import (
    MARK_FIELD,
    MISSING,
    Body,
    Change,
    Identity,
    Json,
    Key,
    LiveState,
    Missing,
    Pair,
    Plan,
    Record,
    Resource,
    at,
    tokens,
)
from rhythmconf.source.project.values import Site

Records = Mapping[tuple[str, str], Record]
Recreated = Mapping[tuple[str, str], Key]
"""The records that are created again with a new id, by kind and old id."""


@dataclass(frozen=True, slots=True)
class RollbackInput:
    """What a rollback works with.

    `created_ids` has the ids of the records that the run created, by its record, and `bound_ids` those of the bindings.
    """

    catalog: Catalog
    records: Records
    marked: Mapping[Key, Record]
    created_ids: Mapping[Key, str]
    bound_ids: Mapping[Key, str]
    recreated: Recreated


def restore_identity(plan: Plan, live: LiveState, site: Site, *, log: Log | None = None) -> Identity:
    """Return the identity for the plan that reverses `plan`; its orphans are to be deleted.

    Without the `log` of a run, every change of the plan may have been applied. Then the tenant shows which were, and
    marks or bindings show which records were created. Diagnostics name what can't be restored.
    """
    touched = touched_keys(log) if log else frozenset()
    changes = [change for change in plan.changes if log is None or change.key in touched]
    rollback = _gather(changes, live, site, _created_ids(log))
    pairs = tuple(pair for change in changes if (pair := _pair(change, rollback)) is not None)
    orphans = tuple(pair for change in changes if (pair := _orphan(change, rollback)) is not None)
    ids = {pair.key: pair.record.id for pair in (*pairs, *orphans) if pair.record}
    diagnostics = note_all(plan, changes, {*(pair.key for pair in (*pairs, *orphans))}, rollback.records, log)
    return Identity(pairs, ids, orphans, diagnostics=tuple(diagnostics))


def touched_keys(log: Log) -> frozenset[Key]:
    """Return the keys of changes that left something in the tenant, or may have."""
    done = {outcome.key for outcome in log.outcomes if outcome.outcome in ("applied", "unknown", "rejected")}
    return frozenset(done | {write.key for intent in log.unanswered for write in intent.writes})


def _created_ids(log: Log | None) -> dict[Key, str]:
    outcomes = log.outcomes if log else ()
    return {outcome.key: outcome.id for outcome in outcomes if outcome.step == "create" and outcome.id}


def _gather(changes: Iterable[Change], live: LiveState, site: Site, created_ids: Mapping[Key, str]) -> RollbackInput:
    records = {(record.kind, record.id): record for record in live.all()}
    marks = ((record, mark_of(record)) for record in live.all())
    by_mark = {(record.kind, mark.project, mark.key): record for record, mark in marks if mark}
    own = {change.key: parse_mark((change.body or {}).get(MARK_FIELD)) for change in changes}
    marked = {
        key: record
        for key, mark in own.items()
        if mark and (record := by_mark.get((key.kind, mark.project, mark.key))) is not None
    }
    recreated = {
        (change.key.kind, change.id or ""): change.key
        for change in changes
        if change.action == "delete" and (change.key.kind, change.id) not in records
    }
    bound_ids = {key: binding.id for key, binding in site.bindings.items()}
    return RollbackInput(site.catalog, records, marked, created_ids, bound_ids, recreated)


def _orphan(change: Change, rollback: RollbackInput) -> Pair | None:
    """Return the record that a create made, as a pair to delete; None if it is not there."""
    if change.action != "create":
        return None
    # Where the run knows the id of its record, a record with the same mark is somebody else's.
    id = rollback.created_ids.get(change.key)
    record = rollback.records.get((change.key.kind, id or rollback.bound_ids.get(change.key, "")))
    if record is None and id is None:
        record = rollback.marked.get(change.key)
    if record is None:
        return None
    mark = mark_of(record)
    guarded = mark is not None and mark.protected
    return Pair(change.key, None, record, "mark", "created by the run that is rolled back", protected=guarded)


def _pair(change: Change, rollback: RollbackInput) -> Pair | None:
    if change.action == "create":
        return None
    record = rollback.records.get((change.key.kind, change.id or ""))
    if record is not None:
        return _reverted(change, record, rollback)
    return _recreated(change, rollback) if change.action == "delete" else None


def _recreated(change: Change, rollback: RollbackInput) -> Pair:
    """Return a deleted record, to be created again."""
    before = dict(change.before or {})
    mark = before.pop(MARK_FIELD, None)
    resource = Resource(change.key, _follow_references(before, change.key, rollback), ())
    reason = f"was record {change.id!r}"
    return Pair(change.key, resource, None, "none", reason, mark=mark if isinstance(mark, str) else None)


def _reverted(change: Change, record: Record, rollback: RollbackInput) -> Pair:
    """Return a changed record with the earlier values of what the change touched. An empty mark removes the mark."""
    root = rollback.catalog.kind(change.key.kind).root
    values = dict(_before(change))
    mark = values.pop(f"/{MARK_FIELD}", MISSING)
    body: Body = {}
    for where, value in values.items():
        _put(body, where, _exactly(_field(root, where), value, at(record.body, where)))
    body = _with_empty_lists(root, body, record.body, change.before or {})
    wanted = None if isinstance(mark, Missing) or not (mark or mark_of(record)) else str(mark or "")
    resource = Resource(change.key, _follow_references(body, change.key, rollback), ())
    return Pair(change.key, resource, record, "mark", mark=wanted)


def _before(change: Change) -> Iterator[tuple[str, Json]]:
    """Yield pointer and earlier value of everything that the change touched; null if there was none."""
    if change.action == "delete":
        paths = [str(operation["path"]) for operation in change.patch]
        yield from ((path, _or_null(at(change.before, path))) for path in paths)
        return
    yield from change.precondition.values.items()
    yield from ((where, None) for where in change.precondition.absent)


def _or_null(value: Json | Missing) -> Json:
    return None if isinstance(value, Missing) else value


def _put(body: Body, where: str, value: Json) -> None:
    *above, name = tokens(where)
    for token in above:
        below = body.setdefault(token, {})
        body = below if isinstance(below, dict) else {}
    body[name] = value


def _field(root: Field, where: str) -> Field:
    field: Field | None = root
    for token in tokens(where):
        field = field.child(token) if field else None
    return field or OPAQUE


def _exactly(field: Field, before: Json, now: Json | Missing) -> Json:
    """Return `before` with null for each member that was added since. A member that is not declared would stay."""
    if isinstance(before, dict) and isinstance(now, dict) and not field.targets:
        came: Body = dict.fromkeys(name for name in now if name not in before)
        return came | {name: _exactly(field.child(name) or OPAQUE, v, now.get(name)) for name, v in before.items()}
    if isinstance(before, list) and isinstance(now, list) and field.list_type == "map":
        matched = match_items(field, before, now, RESOLVED)
        if matched is not None:
            return [_exactly(field.items or OPAQUE, item, matched[1].get(n)) for n, item in matched[0].items()]
    return before


def _with_empty_lists(field: Field, body: Body, now: Json | Missing, before: Body) -> Body:
    """Return `body` with the empty lists that were there before and that the restored values require again.

    The plan that is reversed didn't touch them: a tenant that doesn't store empty lists drops one on its own when the
    switch that requires it is turned off.
    """
    live = now if isinstance(now, dict) else {}
    restored, lists = {**live, **body}, dict[str, Json]()
    for name, value in before.items():
        wanted = body.get(name, {})
        if value == [] and restored.get(name) is None and name in (field.fields or {}):
            lists |= {name: []} if is_required(field, name, restored) else {}
        elif isinstance(value, dict) and isinstance(wanted, dict):
            below = _with_empty_lists(field.child(name) or OPAQUE, wanted, live.get(name, MISSING), value)
            lists |= {name: below} if below else {}
    return {**body, **lists}


def _follow_references(body: Body, key: Key, rollback: RollbackInput) -> Body:
    """Return the body with references to recreated records turned to their new ids."""
    return substitute(rollback.catalog.kind(key.kind), body, _follower(rollback.recreated))


def _follower(recreated: Recreated) -> Callable[[Field, Json], Json]:
    def follow(field: Field, value: Json) -> Json:
        keys = [
            recreated[target, value]
            for target in field.targets
            if isinstance(value, str) and (target, value) in recreated
        ]
        return {"$ref": str(keys[0])} if keys else value

    return follow
