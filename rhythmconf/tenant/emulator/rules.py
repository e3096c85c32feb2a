"""What the tenant accepts and keeps: JSON values and a Kind in, the value to keep out, or a Refusal.

Nothing here knows a kind; all that differs between kinds stands in the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from rhythmconf.catalog import OPAQUE, Field, Kind
from rhythmconf.catalog.field import is_required, switched_on
from rhythmconf.model import MISSING, Body, Json, Operation, decode, pointer, tokens
from rhythmconf.tenant.emulator.http import Refusal

if TYPE_CHECKING:
    from rhythmconf.settings import Dialect

MARK = "sys_external_id"
LOCK = "sys_locked"
TOLD = 5
"""How many complaints of the schema a refusal repeats."""

_WRITABLE = {MARK: str, LOCK: bool}
_BASIC = ("add", "remove", "replace", "test")
_ALL = (*_BASIC, "copy", "move")


def kept_by_tenant(kind: Kind, name: str) -> bool:
    """Whether a field of the record is the tenant's own, whoever sends it."""
    field = kind.root.child(name)
    return name == "id" or name.startswith("sys_") or (field is not None and field.read_only)


def creatable(kind: Kind, body: Json, dialect: Dialect) -> Body:
    """The fields of a new record. Sending an id, or another field that the tenant keeps, is refused."""
    fields = _object(body)
    for name in fields:
        if kept_by_tenant(kind, name) and name != MARK:
            raise Refusal(400, f"{name} is given by the tenant and can't be sent when a record is created")
    _demand_switched_off(kind, fields, dialect)
    return _without_mark(fields) if dialect.external_id == "read-only" else fields


def replaced(kind: Kind, record: Body, body: Json, dialect: Dialect) -> Body:
    """The record after a PUT: all fields are the caller's but those that the tenant keeps."""
    fields = _object(body)
    if fields.get("id", record["id"]) != record["id"]:
        raise Refusal(400, "the id in the body isn't that of the path")
    own = {MARK} if dialect.external_id == "read-only" else set()
    kept = {name: value for name, value in record.items() if _stays(kind, name, own)}
    return kept | {name: value for name, value in fields.items() if not _stays(kind, name, own)}


def _stays(kind: Kind, name: str, own: set[str]) -> bool:
    return name in own or (kept_by_tenant(kind, name) and name != MARK)


def directives(kind: Kind, patch: Json, dialect: Dialect) -> list[Operation]:
    """The RFC 6902 operations that this tenant will execute, values decoded."""
    if not isinstance(patch, list):
        raise Refusal(400, "a patch is an array of directives")
    known = [_directive(directive, f"directive {number}", dialect) for number, directive in enumerate(patch)]
    for operation in known:
        _may_touch(kind, operation)
    return [operation for operation in known if not _overheard(operation, dialect)]


def _directive(directive: Json, where: str, dialect: Dialect) -> Operation:
    if not isinstance(directive, dict):
        raise Refusal(400, f"{where} is not an object")
    op = directive.get("op")
    if op not in (_ALL if dialect.patch_ops == "all" else _BASIC):
        raise Refusal(400, f"{where}: op {op!r} is not one of this tenant's")
    for member in ("path", *(("from",) if op in ("copy", "move") else ())):
        path = directive.get(member)
        if not isinstance(path, str) or not path.startswith("/"):
            raise Refusal(400, f"{where}: {member} {path!r} is not a JSON Pointer to a field")
    if op in ("add", "replace", "test"):
        return {**directive, "value": _value(directive, where, dialect)}
    return directive


def _value(directive: Operation, where: str, dialect: Dialect) -> Json:
    if "value" not in directive:
        raise Refusal(400, f"{where} has no value")
    value = directive["value"]
    if dialect.patch_values == "json":
        return value
    if not isinstance(value, str):
        raise Refusal(400, f"{where}: this tenant takes a value as a string of JSON")
    try:
        return decode(value)
    except ValueError as error:
        raise Refusal(400, f"{where}: the value is not a string of JSON: {error}") from None


def _may_touch(kind: Kind, operation: Operation) -> None:
    if operation["op"] == "test":
        return
    for member in ("path", *(("from",) if operation["op"] == "move" else ())):
        path = tokens(str(operation[member]))
        if kept_by_tenant(kind, path[0]) and path not in ((MARK,), (LOCK,)):
            raise Refusal(400, f"{operation[member]} is kept by the tenant")
        if len(path) > 2 and path[-1] == "id" and _id_of_items(kind.field(pointer(path[:-2]))):
            raise Refusal(400, f"{operation[member]} is unchangeable")


def _overheard(operation: Operation, dialect: Dialect) -> bool:
    """Whether this tenant drops the operation without a word."""
    if operation["op"] == "test":
        return dialect.guard == "read"
    return dialect.external_id == "read-only" and operation["path"] == f"/{MARK}"


def patched(record: Body, operations: Sequence[Operation]) -> Body:
    """The record after the operations, all or none. A `test` that fails is a conflict (409).

    jsonpatch copies all that it is given: it gets only the members that the operations name.
    """
    import jsonpatch
    import jsonpointer

    named = {tokens(str(operation[end]))[0] for operation in operations for end in ("path", "from") if end in operation}
    try:
        after: Body = jsonpatch.apply_patch({name: record[name] for name in named & record.keys()}, list(operations))
    except jsonpatch.JsonPatchTestFailed as error:
        raise Refusal(409, f"a test of the patch failed: {error}") from None
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
        raise Refusal(400, f"the patch can't be applied: {error}") from None
    return {name: record[name] for name in record if name in after or name not in named} | after


def refuse_locked(record: Body, operations: Sequence[Operation] = ()) -> None:
    """A locked record refuses all writes (409) but a patch of nothing else than its lock."""
    unlocking = operations and all(operation["path"] == f"/{LOCK}" for operation in operations)
    if record.get(LOCK) is True and not unlocking:
        raise Refusal(409, f"record {record['id']} is locked and can't be changed")


def assign_list_ids(kind: Kind, body: Body, before: Body, new_id: Callable[[], str]) -> None:
    """Give an id to each item of a list with tenant-made ids that has none; numbers are never used again."""
    found = list(_lists_with_ids(kind.root, body))
    if all(item.get("id") is not None for _, items in found for item in items):
        return
    highest = max(_highest(found), _highest(_lists_with_ids(kind.root, before)))
    for field, items in found:
        for item in items:
            if item.get("id") is None:
                highest += 1
                item["id"] = highest if field.kind_of == "number" else new_id()


def _highest(lists: Iterable[tuple[Field, list[Body]]]) -> int:
    """The highest id that is a number, 0 without any."""
    ids = [item.get("id") for _, items in lists for item in items]
    return max((int(id) for id in ids if isinstance(id, int | float)), default=0)


def _lists_with_ids(field: Field, value: Json) -> Iterator[tuple[Field, list[Body]]]:
    if isinstance(value, dict):
        for name, member in value.items():
            if isinstance(member, dict | list) and (child := field.child(name)):
                yield from _lists_with_ids(child, member)
    elif isinstance(value, list) and field.items is not None:
        if found := _id_of_items(field):
            yield found, [item for item in value if isinstance(item, dict)]
        for item in value:
            yield from _lists_with_ids(field.items, item)


def _id_of_items(field: Field | None) -> Field | None:
    """The `id` that the tenant gives to each item of a list, where the list is matched by it."""
    return field.items.child("id") if field and field.items and ("id",) in field.map_keys else None


def check(kind: Kind, body: Body) -> None:
    """Refuse (400) what the vendor's schema refuses: types, enums, what is required."""
    for name, wanted in _WRITABLE.items():
        if not isinstance(body.get(name), wanted | None):
            raise Refusal(400, f"/{name} is not a {wanted.__name__}")
    fields = {name: value for name, value in body.items() if not kept_by_tenant(kind, name)}
    meant = _meant_object(kind.root, fields)
    if not kind.check_record(meant):
        complaints = islice(kind.record_complaints(meant), TOLD)
        raise Refusal(400, "; ".join(f"{where or 'the record'}: {message}" for where, message in complaints))


def _meant(field: Field | None, value: Json) -> Json:
    if isinstance(value, dict):
        return _meant_object(field, value)
    if isinstance(value, list):
        return [_meant(field.items if field else None, item) for item in value]
    return value


def _meant_object(field: Field | None, body: Body) -> Body:
    """The object as the schema should see it: null is absent, and so is what is empty while its switch is off."""
    children = {name: field.child(name) if field else None for name in body}
    return {
        name: _meant(children[name], member)
        for name, member in body.items()
        if member is not None and not (member in ({}, []) and _switched_off(children[name], body))
    }


def _switched_off(field: Field | None, siblings: Body) -> bool:
    return field is not None and field.when is not None and not switched_on(field.when, siblings)


def _demand_switched_off(kind: Kind, body: Body, dialect: Dialect) -> None:
    if dialect.off_options == "omit":
        return
    for name, field in (kind.root.fields or {}).items():
        value = body.get(name, MISSING)
        if _switched_off(field, body) and (value is MISSING or (value is None and dialect.off_options == "empty")):
            raise Refusal(400, f"/{name}: this tenant requires the field, also while its switch is off")


def storable(kind: Kind, body: Body, dialect: Dialect) -> Body:
    """The record as this tenant keeps it: one that can't tell an empty list from none forgets empty lists.

    One that it requires stays, or the record could never be changed again.
    """
    return _without_empty_lists(kind.root, body) if dialect.empty_lists == "same-as-absent" else body


def _without_empty_lists(field: Field, body: Body) -> Body:
    fields = field.fields or {}
    return {
        name: _emptied(fields.get(name, OPAQUE), value)
        for name, value in body.items()
        if value != [] or (name in fields and is_required(field, name, body))
    }


def _emptied(field: Field, value: Json) -> Json:
    if isinstance(value, dict):
        return _without_empty_lists(field, value)
    if isinstance(value, list):
        return [_emptied(field.items or OPAQUE, item) for item in value]
    return value


def _without_mark(body: Body) -> Body:
    return {name: value for name, value in body.items() if name != MARK}


def _object(body: Json) -> Body:
    if not isinstance(body, dict):
        raise Refusal(400, "a record is an object")
    return body
