"""The four writes, each on one record inside a transaction of the store: what is wanted in, the record out.

A single request and an item of a batch end up here alike. Every check comes before the first change of the store.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast

from rhythmconf.catalog import Kind, references
from rhythmconf.model import Body, Json, decode
from rhythmconf.tenant.emulator import rules
from rhythmconf.tenant.emulator.call import Call
from rhythmconf.tenant.emulator.http import Refusal, encode
from rhythmconf.tenant.emulator.store import Target

CALLER = "emulator"
"""Who every change is attributed to in `sys_*_by_id`."""


@dataclass(frozen=True, slots=True)
class Write:
    """What a caller wants done: `payload` is the object of a create or replace, the directives of a patch."""

    operation: Literal["create", "replace", "patch", "delete"]
    id: str = ""
    payload: Json = None


def perform(call: Call, write: Write) -> Body:
    """Do it, and give the record as it is now (as it was, for a delete). Raises Refusal, with nothing changed."""
    if write.operation == "create":
        return _create(call, write.payload)
    record = _existing(call, write.id)
    if write.operation == "delete":
        return _delete(call, record)
    if write.operation == "replace":
        rules.refuse_locked(record)
        return _change(call, record, rules.replaced(call.kind, record, write.payload, call.options.dialect))
    operations = rules.directives(call.kind, write.payload, call.options.dialect)
    rules.refuse_locked(record, operations)
    return _change(call, record, rules.patched(record, operations))


def _existing(call: Call, id: str) -> Body:
    text = call.store.read(call.kind.name, id)
    if text is None:
        raise Refusal(404, f"no {call.kind.short} has the id {id!r}")
    return cast(Body, decode(text))


def _create(call: Call, payload: Json) -> Body:
    body = rules.creatable(call.kind, payload, call.options.dialect)
    id, moment = call.options.new_id(), _moment(call.now)
    stamps: Body = {"sys_created_at": moment, "sys_created_by_id": CALLER}
    record, targets = _settled(call, {"id": id, **body, **stamps, **_touched(moment, 1)}, {})
    call.store.insert(call.kind.name, id, encode(record).decode(), targets or (), created=call.now)
    return record


def _change(call: Call, before: Body, after: Body) -> Body:
    version = before["sys_version"]
    next_version = version + 1 if isinstance(version, int) else 1
    record, targets = _settled(call, after | _touched(_moment(call.now), next_version), before)
    call.store.replace(call.kind.name, str(record["id"]), encode(record).decode(), targets)
    return record


def _delete(call: Call, record: Body) -> Body:
    rules.refuse_locked(record)
    id = str(record["id"])
    referrers = call.store.referrers(call.kind.name, id)
    if referrers:
        named = ", ".join(f"{kind} {id}" for kind, id in referrers[:3])
        raise Refusal(409, f"still referred to by {len(referrers)}: {named}")
    call.store.delete(call.kind.name, id)
    return record


def _settled(call: Call, body: Body, before: Body) -> tuple[Body, list[Target] | None]:
    """The record to keep and what it refers to; None for the latter where that is as it was."""
    rules.check(call.kind, body)
    rules.assign_list_ids(call.kind, body, before, call.options.new_id)
    record = rules.storable(call.kind, body, call.options.dialect)
    named = _named(call.kind, record)
    return record, _targets(call, named) if not before or named.keys() != _named(call.kind, before).keys() else None


def _named(kind: Kind, record: Body) -> dict[tuple[tuple[str, ...], str], str]:
    """Each distinct reference, as kinds and id, with a place where it stands."""
    return {(field.ref, str(value)): where for where, field, value in references(kind, record) if field.ref}


def _targets(call: Call, named: Mapping[tuple[tuple[str, ...], str], str]) -> list[Target]:
    targets = []
    for (kinds, id), where in named.items():
        found = [Target(kind, id) for kind in kinds if call.store.holds(kind, id)]
        if not found:
            raise Refusal(409, f"{where} refers to {id!r}, and no {' or '.join(kinds)} has that id")
        targets += found
    return targets


def _touched(moment: str, version: int) -> Body:
    return {"sys_last_modified_at": moment, "sys_last_modified_by_id": CALLER, "sys_version": version}


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
