"""The batch operation: up to 100 writes of one kind. Each succeeds or fails on its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from rhythmconf.model import Body, Json
from rhythmconf.tenant.emulator.call import Call
from rhythmconf.tenant.emulator.http import Refusal, Response, Written, encode, read_json
from rhythmconf.tenant.emulator.writes import Write, perform

ITEM_CAP = 100


class ItemResult(NamedTuple):
    """The outcome of one operation. `record` is None if it was refused; `message` then says why."""

    written: Written
    record: Body | None = None
    message: str = ""


def batch(call: Call) -> Response:
    """Perform every operation that can be performed.

    All are in one transaction: a crash of the emulator leaves either the whole request or nothing.
    """
    items = _items(read_json(call.request.body))
    with call.store.transaction():
        results = [_perform_item(call, item) for item in items]
    failed = sum(result.record is None for result in results)
    answer: Json = {
        "error_count": failed,
        "results": _SHAPES[call.options.dialect.batch_results](results),
        "success_count": len(results) - failed,
    }
    return Response(200, encode(answer), writes=tuple(result.written for result in results))


def _items(body: Json) -> list[Json]:
    items = body.get("operations") if isinstance(body, dict) else None
    if not isinstance(items, list):
        raise Refusal(400, "a batch is an object with an array `operations`")
    if not 0 < len(items) <= ITEM_CAP:
        raise Refusal(400, f"a batch has 1 to {ITEM_CAP} operations, not {len(items)}")
    return items


def _perform_item(call: Call, item: Json) -> ItemResult:
    verb, id = _member(item, "operation"), _member(item, "id")
    try:
        record = perform(call, _read_write(call, item))
    except Refusal as refusal:
        return ItemResult(Written(verb, call.kind.name, id, refusal.status), message=refusal.message)
    return ItemResult(Written(verb, call.kind.name, str(record["id"]), 200), record)


def _member(item: Json, name: str) -> str:
    value = item.get(name) if isinstance(item, dict) else None
    return value if isinstance(value, str) else ""


def _read_write(call: Call, item: Json) -> Write:
    verb, id = _member(item, "operation"), _member(item, "id")
    if not isinstance(item, dict) or verb not in call.options.dialect.batch.split("+"):
        raise Refusal(400, f"a batch of this tenant can't have the operation {verb!r}")
    if verb == "create":
        return Write("create", payload=item.get("object"))
    return Write("patch", id, item.get("patch_directives")) if verb == "patch" else Write("delete", id)


def _by_id(results: Sequence[ItemResult]) -> list[Json]:
    return [{"id": result.written.id, **_status(result), "object": result.record} for result in results]


def _by_order(results: Sequence[ItemResult]) -> list[Json]:
    return [_status(result) for result in results]


def _opaque(results: Sequence[ItemResult]) -> list[Json]:
    """Return records, and failures that don't say which operation failed, in another order than sent."""
    return [_status(result) if result.record is None else result.record for result in reversed(results)]


def _status(result: ItemResult) -> Body:
    return {"status": result.written.status} | ({"message": result.message} if result.message else {})


_SHAPES: Mapping[str, Callable[[Sequence[ItemResult]], list[Json]]] = {
    "by-id": _by_id,
    "by-order": _by_order,
    "verify": _opaque,
}
