"""Compare a plan's preconditions with the tenant as it is now; a refusal names record, field and both values."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rhythmconf.catalog import Kind
from rhythmconf.engine.execute import codes
from rhythmconf.engine.execute.called import with_names
from rhythmconf.engine.identity import mark_of, parse_mark
from rhythmconf.errors import Refused
from rhythmconf.model import (
    MARK_FIELD,
    MISSING,
    Bindings,
    Body,
    Change,
    Fingerprint,
    Json,
    Key,
    LiveState,
    Missing,
    Record,
    at,
    canonical,
)
from rhythmconf.model.appearance import marked
from rhythmconf.source.project.values import Site
from rhythmconf.tenant import live as tenant

SHOWN = 10
WIDTH = 200
_Index = Mapping[tuple[str, str] | bytes | None, Sequence[Record]]
"""The records of a kind by the project and key of their mark, and those that are not bound by their natural key."""


@dataclass(frozen=True, slots=True)
class Stale:
    """A value that changed since the plan was made. An empty `pointer` means the record as a whole."""

    key: Key
    pointer: str
    planned: Json | Missing
    now: Json | Missing
    words: str = ""

    def __str__(self) -> str:
        if self.words:
            return f"{self.key}: {self.words}"
        planned, now = marked(_shown(self.planned), _shown(self.now))
        return f"{self.key} {self.pointer}: was {planned} when planned, is {now} now"


def check_incarnation(fingerprint: Fingerprint, live: LiveState) -> None:
    """Raise Refused (RC521) if none of the records that identify the planned tenant exists any more."""
    if not tenant.same_incarnation(fingerprint.incarnation, live):
        raise Refused(
            f"The tenant {fingerprint.tenant} is not the one that was planned for: none of the "
            f"{len(fingerprint.incarnation)} records noted then exists any more, for example "
            f"{fingerprint.incarnation[0][0]!r}. The tenant was refreshed or emptied.",
            help="Nothing was written. Check that it is the tenant you mean; after a refresh, write its bindings again "
            f"(`rhythmconf adopt --env {fingerprint.environment} --rebind`); then make a new plan.",
            code=codes.OTHER_INCARNATION,
        )


def check(
    changes: Sequence[Change],
    live: LiveState,
    site: Site,
    bindings: Bindings,
) -> None:
    """Compare every precondition. `bindings` are those of the files and those that the plan makes.

    Raises Refused (RC520) with everything that changed. Nothing was written then.
    """
    records, kinds = {(record.kind, record.id): record.body for record in live.all()}, site.catalog.kinds
    bound = {(key.kind, binding.id) for key, binding in bindings.items()}
    indexes: dict[str, _Index] = {}
    problems: list[Stale] = []
    for change in changes:
        if change.precondition.no_record:
            name = change.key.kind
            if name not in indexes:
                indexes[name] = _index(live.records.get(name, ()), kinds[name], bound)
            conflicts = [*_conflicting_records(change, indexes[name], kinds[name])]
            problems += conflicts or _bound_record(change, records, bindings)
        else:
            problems += stale_values(change, records.get((change.key.kind, change.id or "")))
    if problems:
        help = f"Make a new plan, which shows what is there now: `rhythmconf plan --env {site.environment.name}`."
        if all(_looks_applied(change, records, indexes) for change in changes):
            help = f"It looks as if this plan was applied before: the tenant has what it would change. {help}"
        raise Refused(with_names(_message(problems), records, site), help=help, code=codes.STALE)


def _looks_applied(change: Change, records: Mapping[tuple[str, str], Body], indexes: Mapping[str, _Index]) -> bool:
    """Tell whether the tenant has what a change would do: a record with its mark, no record, or the new values.

    A field with a reference counts as different, and so does a change without fields, such as of the order of a list.
    """
    if change.action == "create":
        own = parse_mark((change.body or {}).get(MARK_FIELD))
        return own is not None and (own.project, own.key) in indexes.get(change.key.kind, {})
    record = records.get((change.key.kind, change.id or ""))
    if change.action == "delete":
        return record is None
    values = [(at(record, field.path), field.new) for field in change.fields] if record else []
    return bool(values) and all(canonical(_plain(now)) == canonical(_plain(new)) for now, new in values)


def stale_values(change: Change, record: Body | None) -> Iterator[Stale]:
    """Yield what differs in a record from what the plan found. `record` is None if it is gone."""
    if record is None:
        yield Stale(change.key, "", MISSING, MISSING, f"record {change.id!r} was there when planned, is gone now")
        return
    for where, planned in change.precondition.values.items():
        now = at(record, where)
        if canonical(_plain(planned)) != canonical(_plain(now)):
            yield Stale(change.key, where, planned, now)
    for where in change.precondition.absent:
        now = at(record, where)
        if _plain(now) is not None:
            yield Stale(change.key, where, MISSING, now)


def without_freed(change: Change) -> Change:
    """Return a deletion after its first step, without the preconditions on what that step removed."""
    paths = [str(operation["path"]) for operation in change.patch]
    values = {
        where: value
        for where, value in change.precondition.values.items()
        if not any(path == where or path.startswith(f"{where}/") for path in paths)
    }
    return change._replace(precondition=change.precondition._replace(values=values))


def _index(records: Iterable[Record], kind: Kind, bound: Collection[tuple[str, str]]) -> _Index:
    index: dict[tuple[str, str] | bytes | None, list[Record]] = {}
    for record in records:
        mark = mark_of(record)
        if mark is not None:
            index.setdefault((mark.project, mark.key), []).append(record)
        natural = _natural(kind, record.body)
        if natural is not None and (record.kind, record.id) not in bound:
            index.setdefault(natural, []).append(record)
    return index


def _conflicting_records(change: Change, index: _Index, kind: Kind) -> Iterator[Stale]:
    """Yield records that conflict with a create: those with its mark, or with its natural key and no other owner."""
    own = parse_mark((change.body or {}).get(MARK_FIELD))
    for record in index.get((own.project, own.key), ()) if own else ():
        yield _conflicting_record(change, record.id, f"carries its mark {record.body[MARK_FIELD]!r}")
    for record in index.get(_natural(kind, change.body or {}), ()):
        if kind.is_singleton:
            yield _conflicting_record(change, record.id, "is the one of its kind")
        # With marks, a record that has one belongs to its key, which is not this one.
        elif own is None or mark_of(record) is None:
            named = ", ".join(f"{name} = {_shown(record.body.get(name, MISSING))}" for name in kind.natural_key)
            yield _conflicting_record(change, record.id, f"has {named}")


def _bound_record(change: Change, records: Mapping[tuple[str, str], Body], bindings: Bindings) -> Iterator[Stale]:
    """Yield the record that is bound to the key of a create by now.

    Where the tenant keeps no marks, only the binding tells that another run has created the record.
    """
    binding = bindings.get(change.key)
    if binding and (change.key.kind, binding.id) in records:
        yield _conflicting_record(change, binding.id, "is bound to it")


def _conflicting_record(change: Change, id: str, words: str) -> Stale:
    return Stale(change.key, "", MISSING, MISSING, f"there was no such record when planned; now record {id!r} {words}")


def _natural(kind: Kind, body: Body) -> bytes | None:
    """Return the natural key of a body, None if a part of it is not known yet. That of a singleton is empty."""
    values = [] if kind.is_singleton else [body.get(name) for name in kind.natural_key]
    if (not values and not kind.is_singleton) or any(value is None or isinstance(value, dict) for value in values):
        return None
    return canonical(values)


def _plain(value: Json | Missing) -> Json:
    return None if value is MISSING else value


def _message(problems: list[Stale]) -> str:
    head = "The plan is stale: the tenant was changed since it was made. Nothing was written."
    lines = [f"  {problem}" for problem in problems[:SHOWN]]
    rest = [f"  and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
    return "\n".join([head, *lines, *rest])


def _shown(value: Json | Missing) -> str:
    if value is MISSING:
        return "absent"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}... ({len(text):,} characters)"
