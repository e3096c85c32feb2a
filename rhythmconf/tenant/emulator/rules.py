"""What the emulated tenant accepts and stores. Every function returns a value or raises Refusal.

No kind is named here: all differences between kinds come from the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from rhythmconf.catalog import OPAQUE, Field, Kind
from rhythmconf.catalog.field import is_required, is_switched_off
from rhythmconf.catalog.verdict import matches
from rhythmconf.model import MARK_FIELD, MISSING, Body, Json, Operation, decode, pointer, tokens
from rhythmconf.tenant.emulator.http import Refusal

if TYPE_CHECKING:
    from rhythmconf.settings import Dialect

LOCK = "sys_locked"
COMPLAINTS = 5
"""How many problems the message of a refusal names at most."""

_WRITABLE = {MARK_FIELD: str, LOCK: bool}
_BASIC = ("add", "remove", "replace", "test")
_ALL = (*_BASIC, "copy", "move")


def not_found(kind: Kind, id: str) -> Refusal:
    """Return the refusal (404) of a call on a record that doesn't exist."""
    missing = f"no {kind.short} exists" if kind.is_singleton else f"no {kind.short} has the id {id!r}"
    return Refusal(404, missing)


def new_id(kind: Kind, make: Callable[[], str]) -> str:
    """Return the id of a new record, with the end that the schema demands if it demands one (`^[a-z]+__c$`)."""
    id, pattern = make(), kind.schema.get("properties", {}).get("id", {}).get("pattern", "")
    end = re.search(r"\w+(?=\$$)", pattern)
    return id if end is None or matches(pattern, id) else f"{id}{end[0]}"


def is_tenant_field(kind: Kind, name: str) -> bool:
    """Return whether only the tenant sets this field of a record."""
    field = kind.root.child(name)
    return name == "id" or name.startswith("sys_") or (field is not None and field.read_only)


def read_create(kind: Kind, body: Json, dialect: Dialect) -> Body:
    """Return the fields of a new record. An id, or another field that only the tenant sets, is refused."""
    fields = _object(body)
    for name in fields:
        if is_tenant_field(kind, name) and name != MARK_FIELD:
            raise Refusal(400, f"the tenant sets {name}: it can't be sent when a record is created")
    _check_switched_off(kind, fields, dialect)
    return _without_mark(fields) if dialect.external_id == "read-only" else fields


def apply_replace(kind: Kind, record: Body, body: Json, dialect: Dialect) -> Body:
    """Return the record after a PUT, which sets every field except those that only the tenant sets."""
    fields = _object(body)
    if fields.get("id", record["id"]) != record["id"]:
        raise Refusal(400, "the id in the body isn't that of the path")

    def stays(name: str) -> bool:
        if name == MARK_FIELD:
            return dialect.external_id == "read-only"
        return is_tenant_field(kind, name)

    kept = {name: value for name, value in record.items() if stays(name)}
    return kept | {name: value for name, value in fields.items() if not stays(name)}


def read_patch(kind: Kind, patch: Json, dialect: Dialect) -> list[Operation]:
    """Return the RFC 6902 operations of a patch that this tenant executes, with decoded values."""
    if not isinstance(patch, list):
        raise Refusal(400, "a patch is an array of directives")
    operations = [_read_directive(item, f"directive {number}", dialect) for number, item in enumerate(patch)]
    for operation in operations:
        _check_paths(kind, operation)
    return [operation for operation in operations if not _is_ignored(operation, dialect)]


def _read_directive(directive: Json, where: str, dialect: Dialect) -> Operation:
    if not isinstance(directive, dict):
        raise Refusal(400, f"{where} is not an object")
    op = directive.get("op")
    if op not in (_ALL if dialect.patch_ops == "all" else _BASIC):
        raise Refusal(400, f"{where}: this tenant does not support op {op!r}")
    ends = ("path", "from") if op in ("copy", "move") else ("path",)
    for member in ends:
        path = directive.get(member)
        if not isinstance(path, str) or not path.startswith("/"):
            raise Refusal(400, f"{where}: {member} {path!r} is not a JSON Pointer to a field")
    # RFC 6902: members that an operation does not define are ignored, such as `from` of an `add`.
    operation: Operation = {"op": op, **{member: directive[member] for member in ends}}
    if op in ("add", "replace", "test"):
        operation["value"] = _read_value(directive, where, dialect)
    return operation


def _read_value(directive: Operation, where: str, dialect: Dialect) -> Json:
    if "value" not in directive:
        raise Refusal(400, f"{where} has no value")
    value = directive["value"]
    if dialect.patch_values == "json":
        return value
    if not isinstance(value, str):
        raise Refusal(400, f"{where}: this tenant expects the value as a string that contains JSON")
    try:
        return decode(value)
    except ValueError as error:
        raise Refusal(400, f"{where}: the value is not a string that contains JSON: {error}") from None


def _check_paths(kind: Kind, operation: Operation) -> None:
    if operation["op"] == "test":
        return
    # A move also removes the field at `from`; a copy only reads it.
    for member in ("path", *(("from",) if operation["op"] == "move" else ())):
        path = tokens(str(operation[member]))
        if is_tenant_field(kind, path[0]) and path not in ((MARK_FIELD,), (LOCK,)):
            raise Refusal(400, f"only the tenant sets {operation[member]}")
        if len(path) > 2 and path[-1] == "id" and _id_of_items(kind.field(pointer(path[:-2]))):
            raise Refusal(400, f"{operation[member]} is unchangeable: the tenant gives ids to items of lists")


def _is_ignored(operation: Operation, dialect: Dialect) -> bool:
    """Return whether this tenant silently ignores the operation."""
    if operation["op"] == "test":
        return dialect.guard == "read"
    return dialect.external_id == "read-only" and operation["path"] == f"/{MARK_FIELD}"


def apply_patch(record: Body, operations: Sequence[Operation]) -> Body:
    """Return the record after all operations. Raises Refusal: 409 if a `test` fails, else 400."""
    import jsonpatch
    import jsonpointer

    # jsonpatch copies the whole document that it gets: large fields that no operation names are left out.
    named = {tokens(str(operation[end]))[0] for operation in operations for end in ("path", "from") if end in operation}
    try:
        after: Body = jsonpatch.apply_patch({name: record[name] for name in named & record.keys()}, list(operations))
    except jsonpatch.JsonPatchTestFailed as error:
        raise Refusal(409, f"a test of the patch failed: {error}") from None
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
        raise Refusal(400, f"the patch can't be applied: {error}") from None
    return {name: record[name] for name in record if name in after or name not in named} | after


def refuse_locked(record: Body, operations: Sequence[Operation] = ()) -> None:
    """Raise Refusal (409) for a write to a locked record, unless it is a patch of the lock alone."""
    # Every operation must be about the lock: a patch that unlocks and edits at once is refused.
    unlocking = operations and all(operation["path"] == f"/{LOCK}" for operation in operations)
    if record.get(LOCK) is True and not unlocking:
        raise Refusal(409, f"record {record['id']} is locked and can't be changed")


def assign_list_ids(kind: Kind, body: Body, before: Body, new_id: Callable[[], str]) -> None:
    """Give an id to each item without one, in lists whose ids the tenant chooses. Numbers are never used again."""
    lists = list(_lists_with_ids(kind.root, body))
    if all(item.get("id") is not None for _, items in lists for item in items):
        return
    # `before` counts too: the item with the highest number may just have been removed.
    highest = max(_highest_id(lists), _highest_id(_lists_with_ids(kind.root, before)))
    for field, items in lists:
        for item in items:
            if item.get("id") is None:
                highest += 1
                item["id"] = highest if field.kind_of == "number" else new_id()


def _highest_id(lists: Iterable[tuple[Field, list[Body]]]) -> int:
    """Return the highest id that is a number, or 0."""
    ids = [item.get("id") for _, items in lists for item in items]
    return max((int(id) for id in ids if isinstance(id, int | float)), default=0)


def _lists_with_ids(field: Field, value: Json) -> Iterator[tuple[Field, list[Body]]]:
    """Yield each list whose item ids the tenant chooses, with the field `id` of its items."""
    if isinstance(value, dict):
        for name, member in value.items():
            if isinstance(member, dict | list) and (child := field.child(name)):
                yield from _lists_with_ids(child, member)
    elif isinstance(value, list) and field.items is not None:
        if id_field := _id_of_items(field):
            yield id_field, [item for item in value if isinstance(item, dict)]
        for item in value:
            yield from _lists_with_ids(field.items, item)


def _id_of_items(field: Field | None) -> Field | None:
    """Return the field `id` of a list's items if the tenant chooses these ids, else None."""
    return field.items.child("id") if field and field.items and ("id",) in field.map_keys else None


def check_schema(kind: Kind, body: Body) -> None:
    """Raise Refusal (400) for a record that breaks the schema: types, enums, required fields."""
    for name, type_ in _WRITABLE.items():
        if not isinstance(body.get(name), type_ | None):
            raise Refusal(400, f"/{name} is not a {type_.__name__}")
    fields = {name: value for name, value in body.items() if not is_tenant_field(kind, name)}
    effective = _effective_object(kind.root, fields)
    if not kind.check_record(effective):
        complaints = islice(kind.record_complaints(effective), COMPLAINTS)
        raise Refusal(400, "; ".join(f"{where or 'the record'}: {message}" for where, message in complaints))


def _effective(field: Field | None, value: Json) -> Json:
    if isinstance(value, dict):
        return _effective_object(field, value)
    if isinstance(value, list):
        return [_effective(field.items if field else None, item) for item in value]
    return value


def _effective_object(field: Field | None, body: Body) -> Body:
    """Return the object that the schema checks: without nulls."""
    return {
        name: _effective(field.child(name) if field else None, member)
        for name, member in body.items()
        if member is not None
    }


def _check_switched_off(kind: Kind, body: Body, dialect: Dialect) -> None:
    if dialect.off_options == "omit":
        return
    for name, field in (kind.root.fields or {}).items():
        value = body.get(name, MISSING)
        if not is_switched_off(field, body) or (dialect.off_options == "empty" and field.blank is MISSING):
            continue
        if value is MISSING or (value is None and dialect.off_options == "empty"):
            raise Refusal(400, f"/{name}: this tenant requires the field even while its switch is off")


def to_stored(kind: Kind, body: Body, dialect: Dialect) -> Body:
    """Return the record as this tenant stores it: some tenants don't store empty lists.

    A required empty list is stored by all of them; without it the record could never be changed again.
    """
    return _object_without_empty_lists(kind.root, body) if dialect.empty_lists == "same-as-absent" else body


def _object_without_empty_lists(field: Field, body: Body) -> Body:
    fields = field.fields or {}
    return {
        name: _without_empty_lists(fields.get(name, OPAQUE), value)
        for name, value in body.items()
        if value != [] or (name in fields and is_required(field, name, body))
    }


def _without_empty_lists(field: Field, value: Json) -> Json:
    if isinstance(value, dict):
        return _object_without_empty_lists(field, value)
    if isinstance(value, list):
        return [_without_empty_lists(field.items or OPAQUE, item) for item in value]
    return value


def _without_mark(body: Body) -> Body:
    return {name: value for name, value in body.items() if name != MARK_FIELD}


def _object(body: Json) -> Body:
    if not isinstance(body, dict):
        raise Refusal(400, "a record is an object")
    return body
