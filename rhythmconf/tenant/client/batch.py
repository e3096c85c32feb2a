"""What a batch request carries and what its answer says; only the counts of the answer are documented."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rhythmconf.model import Body, Json, Operation


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One operation of a batch: a patch has `patch`, a create has `body` and no id."""

    operation: Literal["patch", "delete", "create"]
    id: str | None = None
    body: Body | None = None
    patch: Sequence[Operation] = ()


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What the tenant says of a batch; a count that it doesn't give is 0, so that nothing passes as done."""

    success_count: int
    error_count: int
    results: list[Json]


def batch_body(items: Sequence[BatchItem]) -> Body:
    """The request body: `{operations: [{id, object, operation, patch_directives}]}`, each with what applies to it."""
    return {"operations": [_written(item) for item in items]}


def batch_answer(value: Json) -> BatchAnswer:
    """Read the answer leniently: the shape and the order of its results are not documented."""
    body = value if isinstance(value, dict) else {}
    results = body.get("results")
    return BatchAnswer(
        _count(body.get("success_count")),
        _count(body.get("error_count")),
        results if isinstance(results, list) else [],
    )


def _written(item: BatchItem) -> Body:
    written: Body = {"operation": item.operation}
    if item.id is not None:
        written["id"] = item.id
    if item.body is not None:
        written["object"] = item.body
    if item.operation == "patch":
        written["patch_directives"] = list(item.patch)
    return written


def _count(value: Json) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
