"""The batch operation: up to a hundred writes of one kind, each for itself, answered in the shape of the dialect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rhythmconf.model import Body, Json
from rhythmconf.tenant.emulator.call import Call
from rhythmconf.tenant.emulator.http import Refusal, Response, Written, encode, read_json
from rhythmconf.tenant.emulator.writes import Write, perform

MOST = 100


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one operation: `record` is None where it was refused, `message` then says why."""

    written: Written
    record: Body | None = None
    message: str = ""


def batch(call: Call) -> Response:
    """Do all that can be done, in one transaction of the store so that a crash halves no request."""
    items = _items(read_json(call.request.body))
    with call.store.writing():
        done = [_one(call, item) for item in items]
    failed = sum(one.record is None for one in done)
    results = _SHAPES[call.options.dialect.batch_results](done)
    answer: Json = {"error_count": failed, "results": results, "success_count": len(done) - failed}
    return Response(200, encode(answer), writes=tuple(one.written for one in done))


def _items(body: Json) -> list[Json]:
    items = body.get("operations") if isinstance(body, dict) else None
    if not isinstance(items, list):
        raise Refusal(400, "a batch is an object with an array of operations")
    if not 0 < len(items) <= MOST:
        raise Refusal(400, f"a batch has 1 to {MOST} operations, not {len(items)}")
    return items


def _one(call: Call, item: Json) -> Done:
    verb, id = _member(item, "operation"), _member(item, "id")
    try:
        record = perform(call, _read(call, item))
    except Refusal as refusal:
        return Done(Written(verb, call.kind.name, id, refusal.status), message=refusal.message)
    return Done(Written(verb, call.kind.name, str(record["id"]), 200), record)


def _member(item: Json, name: str) -> str:
    value = item.get(name) if isinstance(item, dict) else None
    return value if isinstance(value, str) else ""


def _read(call: Call, item: Json) -> Write:
    verb, id = _member(item, "operation"), _member(item, "id")
    if not isinstance(item, dict) or verb not in call.options.dialect.batch.split("+"):
        raise Refusal(400, f"operation {verb!r} is not one of a batch of this tenant")
    if verb == "create":
        return Write("create", payload=item.get("object"))
    return Write("patch", id, item.get("patch_directives")) if verb == "patch" else Write("delete", id)


def _by_id(done: Sequence[Done]) -> list[Json]:
    return [{"id": one.written.id, **_status(one), "object": one.record} for one in done]


def _by_order(done: Sequence[Done]) -> list[Json]:
    return [_status(one) for one in done]


def _opaque(done: Sequence[Done]) -> list[Json]:
    """Records where there are any, nothing that says whose a failure is, and not in the order sent."""
    return [_status(one) if one.record is None else one.record for one in reversed(done)]


def _status(one: Done) -> Body:
    return {"status": one.written.status} | ({"message": one.message} if one.message else {})


_SHAPES: Mapping[str, Callable[[Sequence[Done]], list[Json]]] = {
    "by-id": _by_id,
    "by-order": _by_order,
    "verify": _opaque,
}
