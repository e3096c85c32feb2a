"""The operations of the API on one kind: a Call in, a Response out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import cast

from rhythmconf.model import Body, decode
from rhythmconf.tenant.emulator.batch import batch
from rhythmconf.tenant.emulator.call import Call
from rhythmconf.tenant.emulator.http import Refusal, Response, Written, encode, read_json
from rhythmconf.tenant.emulator.store import Row
from rhythmconf.tenant.emulator.writes import Write, perform

_EVERYTHING = -1


def list_records(call: Call) -> Response:
    """All records, a page at a time in the envelope form; an array has no place for a next key, so it has all."""
    if call.options.dialect.list != "envelope":
        return Response(200, f"[{_joined(call, _rows(call, 0, _EVERYTHING))}]".encode())
    size = call.options.page_size
    rows = _rows(call, _start(call), size + 1)
    page, more = rows[:size], len(rows) > size
    key = f',"LastEvaluatedKey":"{page[-1].position}"' if more else ""
    return Response(200, f'{{"Count":{len(page)},"Items":[{_joined(call, page)}]{key}}}'.encode())


def _rows(call: Call, after: int, limit: int) -> list[Row]:
    until = call.now - call.options.list_lag_s
    return call.store.page(call.kind.name, after=after, limit=limit, until=until)


def _start(call: Call) -> int:
    key = call.request.query("exclusiveStartKey") or "0"
    if not key.isdecimal():
        raise Refusal(400, f"exclusiveStartKey {key!r} is none that this tenant gave")
    return int(key)


def _joined(call: Call, rows: Iterable[Row]) -> str:
    return ",".join(_picked(call, row.text) for row in rows)


def _picked(call: Call, text: str) -> str:
    """The record's text with the fields that the query names; without such a query, all of it, undecoded."""
    fields = call.request.query("fields")
    if fields is None:
        return text
    wanted = fields.split(",")
    record = cast(Body, decode(text))
    return encode({name: value for name, value in record.items() if name in wanted}).decode()


def get_record(call: Call) -> Response:
    """One record; a read is always consistent here, with `consistentRead` or without."""
    text = call.store.read(call.kind.name, call.id)
    if text is None:
        raise Refusal(404, f"no {call.kind.short} has the id {call.id!r}")
    return Response(200, _picked(call, text).encode())


def create_record(call: Call) -> Response:
    """Keep a new record under an id that the tenant gives."""
    return _write(call, Write("create", payload=read_json(call.request.body)))


def replace_record(call: Call) -> Response:
    """Keep other fields for a record."""
    return _write(call, Write("replace", call.id, read_json(call.request.body)))


def patch_record(call: Call) -> Response:
    """Change a record by RFC 6902."""
    return _write(call, Write("patch", call.id, read_json(call.request.body)))


def delete_record(call: Call) -> Response:
    """Forget a record; the answer is a JSON string whose meaning nobody documents."""
    response = _write(call, Write("delete", call.id))
    return Response(200, encode(call.id), writes=response.writes) if response.status == 200 else response


def _write(call: Call, write: Write) -> Response:
    try:
        with call.store.writing():
            record = perform(call, write)
    except Refusal as refusal:
        written = Written(write.operation, call.kind.name, write.id, refusal.status)
        return refusal.response((written,))
    written = Written(write.operation, call.kind.name, str(record["id"]), 200)
    return Response(200, encode(record), writes=(written,))


OPERATIONS: Mapping[str, Callable[[Call], Response]] = {
    "list": list_records,
    "get": get_record,
    "create": create_record,
    "replace": replace_record,
    "patch": patch_record,
    "delete": delete_record,
    "batch": batch,
}
