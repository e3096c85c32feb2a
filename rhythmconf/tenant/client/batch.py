"""The body of a batch request and its answer. The API documents only the two counts of the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from rhythmconf.model import Body, Json, Operation


class BatchItem(NamedTuple):
    """One operation of a batch. A patch has `id` and `patch`, a delete has `id`, a create has only `body`."""

    operation: Literal["patch", "delete", "create"]
    id: str | None = None
    body: Body | None = None
    patch: Sequence[Operation] = ()


class BatchAnswer(NamedTuple):
    """The tenant's answer to a batch. A missing count is 0, so that nothing counts as done without proof."""

    success_count: int
    error_count: int
    results: list[Json]


def batch_body(items: Sequence[BatchItem]) -> Body:
    """Return the request body: `{operations: [{operation, id, object, patch_directives}]}`."""
    return {"operations": [_item_body(item) for item in items]}


def read_batch_answer(value: Json) -> BatchAnswer:
    """Read the answer and accept any shape, because shape and order of the results are not documented."""
    body = value if isinstance(value, dict) else {}
    results = body.get("results")
    return BatchAnswer(
        _count(body.get("success_count")),
        _count(body.get("error_count")),
        results if isinstance(results, list) else [],
    )


def _item_body(item: BatchItem) -> Body:
    body: Body = {"operation": item.operation}
    if item.id is not None:
        body["id"] = item.id
    if item.body is not None:
        body["object"] = item.body
    if item.operation == "patch":
        body["patch_directives"] = list(item.patch)
    return body


def _count(value: Json) -> int:
    # `true` is an int in Python, but no count.
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
