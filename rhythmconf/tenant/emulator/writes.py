"""The four writes, for single requests and for the items of a batch. Each works on one record in a transaction.

All checks come before the first change of the store, so that a refusal changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal, NamedTuple, cast

from rhythmconf.catalog import Kind, references
from rhythmconf.model import Body, Json, decode
from rhythmconf.model.plural import counted
from rhythmconf.tenant.emulator import rules
from rhythmconf.tenant.emulator.call import Call
from rhythmconf.tenant.emulator.http import Refusal, encode
from rhythmconf.tenant.emulator.store import Target

CALLER = "emulator"
"""The author of every change, in `sys_*_by_id`."""


class Write(NamedTuple):
    """One requested write. `payload` is the object of a create or replace, or the directives of a patch."""

    operation: Literal["create", "replace", "patch", "delete"]
    id: str = ""
    payload: Json = None


def perform(call: Call, write: Write) -> Body:
    """Perform a write and return the record after it, or before it for a delete. Raises Refusal and changes nothing."""
    if write.operation == "create":
        return _create(call, write.payload)
    record = _existing(call, write.id)
    if write.operation == "delete":
        return _delete(call, record)
    if write.operation == "replace":
        rules.refuse_locked(record)
        return _change(call, record, rules.apply_replace(call.kind, record, write.payload, call.options.dialect))
    operations = rules.read_patch(call.kind, write.payload, call.options.dialect)
    rules.refuse_locked(record, operations)
    return _change(call, record, rules.apply_patch(record, operations))


def _existing(call: Call, id: str) -> Body:
    text = call.store.read(call.kind.name, id)
    if text is None:
        raise rules.not_found(call.kind, id)
    return cast("Body", decode(text))


def _create(call: Call, payload: Json) -> Body:
    body = rules.read_create(call.kind, payload, call.options.dialect)
    if call.kind.is_singleton and call.store.only(call.kind.name):
        raise Refusal(409, f"the tenant has its {call.kind.short} already: change it with PATCH")
    id, at = rules.new_id(call.kind, call.options.new_id), moment(call.now)
    stamps: Body = {"sys_created_at": at, "sys_created_by_id": CALLER}
    record, targets = _prepare(call, {"id": id, **body, **stamps, **touched(at, 1)}, {})
    call.store.insert(call.kind.name, id, encode(record).decode(), targets or (), created=call.now)
    return record


def _change(call: Call, before: Body, after: Body) -> Body:
    version = before["sys_version"]
    next_version = version + 1 if isinstance(version, int) else 1
    record, targets = _prepare(call, after | touched(moment(call.now), next_version), before)
    call.store.replace(call.kind.name, str(record["id"]), encode(record).decode(), targets)
    return record


def _delete(call: Call, record: Body) -> Body:
    rules.refuse_locked(record)
    id = str(record["id"])
    referrers = call.store.referrers(call.kind.name, id)
    if referrers:
        named = ", ".join(f"{kind} {id}" for kind, id in referrers[:3])
        raise Refusal(409, f"still used by {counted(len(referrers), 'record')}: {named}")
    call.store.delete(call.kind.name, id)
    return record


def _prepare(call: Call, body: Body, before: Body) -> tuple[Body, list[Target] | None]:
    """Return the record to store and the records it refers to, or None for these if they are the same as before."""
    # The order matters: ids are given to items that the schema accepts, and empty lists are dropped last.
    rules.check_schema(call.kind, body)
    rules.assign_list_ids(call.kind, body, before, call.options.new_id)
    record = rules.to_stored(call.kind, body, call.options.dialect)
    pointers = _reference_pointers(call.kind, record)
    # Most writes change no reference: then the records that it names need not be looked up again.
    if before and pointers.keys() == _reference_pointers(call.kind, before).keys():
        return record, None
    return record, _targets(call, pointers)


def _reference_pointers(kind: Kind, record: Body) -> dict[tuple[tuple[str, ...], str], str]:
    """Return each reference, as possible kinds and id, with the JSON Pointer of one field that contains it."""
    return {(field.ref, str(value)): pointer for pointer, field, value in references(kind, record) if field.ref}


def _targets(call: Call, pointers: Mapping[tuple[tuple[str, ...], str], str]) -> list[Target]:
    """Return the records that are referred to. Raises Refusal (409) for one that doesn't exist.

    Whether Rhythm asks one module for the records of another isn't known, so those may be missing.
    """
    targets: list[Target] = []
    for (kinds, id), pointer in pointers.items():
        existing = [Target(kind, id) for kind in kinds if call.store.contains(kind, id)]
        if not existing and all(kind.rpartition("/")[0] == call.kind.module for kind in kinds):
            raise Refusal(409, f"{pointer} refers to {id!r}, but no {' or '.join(kinds)} has this id")
        targets += existing
    return targets


def touched(at: str, version: int) -> Body:
    """Return the fields that every write sets."""
    return {"sys_last_modified_at": at, "sys_last_modified_by_id": CALLER, "sys_version": version}


def moment(seconds: float) -> str:
    """Return a time in epoch seconds as records have it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
