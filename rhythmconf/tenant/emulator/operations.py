"""The operations of the API on one kind. Each answers a Call with a Response."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import cast

from rhythmconf.model import Body, decode
from rhythmconf.tenant.emulator.batch import batch
from rhythmconf.tenant.emulator.call import Call
from rhythmconf.tenant.emulator.http import Refusal, Response, Written, encode, read_json
from rhythmconf.tenant.emulator.paging import read_start, select_fields
from rhythmconf.tenant.emulator.rules import not_found
from rhythmconf.tenant.emulator.store import Row
from rhythmconf.tenant.emulator.writes import Write, perform

_NO_LIMIT = -1


def list_records(call: Call) -> Response:
    """Return all records, or one page of them in the envelope form. An array has no place for the next page's key."""
    if call.options.dialect.list != "envelope":
        return Response(200, f"[{_join(call, _rows(call, 0, _NO_LIMIT))}]".encode())
    size = call.options.page_size
    # One row more than a page shows whether there is a next page.
    rows = _rows(call, read_start(call), size + 1)
    page, more = rows[:size], len(rows) > size
    key = f',"LastEvaluatedKey":"{page[-1].position}"' if more else ""
    return Response(200, f'{{"Count":{len(page)},"Items":[{_join(call, page)}]{key}}}'.encode())


def _rows(call: Call, after: int, limit: int) -> list[Row]:
    until = call.now - call.options.list_lag_s
    return call.store.page(call.kind.name, after=after, limit=limit, until=until)


def _join(call: Call, rows: Iterable[Row]) -> str:
    return ",".join(_select_fields(call, row.text) for row in rows)


def _select_fields(call: Call, text: str) -> str:
    """Return the record's JSON text with only the fields that the query asks for.

    Without such a query, the text is returned as it is stored: decoding it would make long lists slow.
    """
    fields = call.request.query("fields")
    if fields is None:
        return text
    return encode(select_fields(cast("Body", decode(text)), fields)).decode()


def get_record(call: Call) -> Response:
    """Return one record. Reads are always consistent, with and without `consistentRead`."""
    text = call.store.read(call.kind.name, call.id)
    if text is None:
        raise not_found(call.kind, call.id)
    return Response(200, _select_fields(call, text).encode())


def create_record(call: Call) -> Response:
    """Store a new record. The tenant chooses its id."""
    return _write(call, Write("create", payload=read_json(call.request.body)))


def replace_record(call: Call) -> Response:
    """Replace the fields of a record."""
    return _write(call, Write("replace", call.id, read_json(call.request.body)))


def patch_record(call: Call) -> Response:
    """Change a record by a JSON Patch (RFC 6902)."""
    return _write(call, Write("patch", call.id, read_json(call.request.body)))


def delete_record(call: Call) -> Response:
    """Delete a record. The API documents the answer as a JSON string without saying which; here it is the id."""
    response = _write(call, Write("delete", call.id))
    return Response(200, encode(call.id), writes=response.writes) if response.status == 200 else response


def _write(call: Call, write: Write) -> Response:
    try:
        with call.store.transaction():
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
