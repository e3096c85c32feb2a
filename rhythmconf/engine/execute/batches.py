"""Send up to a hundred steps of one kind in one request, and decide the outcome of each.

The API documents only the counts of a batch's answer. If they leave a doubt, each record is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from rhythmconf.catalog import Kind
from rhythmconf.engine.execute import codes
from rhythmconf.engine.execute.outcomes import confirm, decide, make_outcome, matches_sent
from rhythmconf.engine.execute.prepared import PreparedStep, RunContext
from rhythmconf.engine.execute.writes import (
    Superseded,
    Task,
    check_before_repeat,
    operations,
    record_outcomes,
    send_one,
    sendable,
    stop_run,
)
from rhythmconf.engine.journal import StepOutcome
from rhythmconf.errors import Ambiguous, Rejected, RhythmconfError
from rhythmconf.model import Body, Diagnostic, Json
from rhythmconf.tenant.client import BatchAnswer, BatchItem

NO_BATCH_STATUSES = frozenset({403, 404, 405})
"""The statuses of a tenant's answer that has no batches for a kind."""


def send_batch(context: RunContext, kind: Kind, steps: Sequence[PreparedStep]) -> list[Task]:
    """Send up to a hundred steps of one kind in one request, or singly where the kind turns out to have no batches."""
    if context.account.stopped:
        return []
    if kind.name in context.account.unbatched:
        return [partial(send_one, context, prepared) for prepared in steps]
    ready = list(sendable(context, steps))
    if not ready or context.account.stopped:
        return []
    seq = context.journal.add_intent("batch", kind.name, [prepared.write for prepared in ready])
    context.account.note_sent([prepared.key for prepared in ready])
    try:
        outcomes = _send_together(context, kind, ready, seq)
    except Superseded:
        context.journal.add_outcomes(seq, [make_outcome(prepared, "repeated") for prepared in ready])
        return [partial(send_batch, context, kind, ready)]
    return record_outcomes(context, seq, ready, outcomes, 1)


def _send_together(
    context: RunContext, kind: Kind, steps: Sequence[PreparedStep], seq: int
) -> list[StepOutcome | None]:
    try:
        items = [_item(context, prepared) for prepared in steps]
        answer = context.client.batch(kind, items, partial(check_before_repeat, context, seq, steps))
    except Rejected as error:
        if error.status in NO_BATCH_STATUSES:
            return _unbatched(context, kind, steps, error)
        return [_decide_by_reading(context, prepared) for prepared in steps]
    except Ambiguous:
        return [_decide_by_reading(context, prepared) for prepared in steps]
    except Superseded:
        raise
    except RhythmconfError as error:
        return [stop_run(context, prepared, error) for prepared in steps]
    return _decide_answer(context, steps, answer)


def _item(context: RunContext, prepared: PreparedStep) -> BatchItem:
    if prepared.step == "create":
        return BatchItem("create", body=prepared.body)
    if prepared.verb == "delete":
        return BatchItem("delete", prepared.id)
    return BatchItem("patch", prepared.id, patch=operations(context, prepared))


def _decide_answer(context: RunContext, steps: Sequence[PreparedStep], answer: BatchAnswer) -> list[StepOutcome | None]:
    """Decide by the counts if they leave no doubt, else by the results, as far as the dialect says how to read them."""
    if answer.success_count == len(steps) and answer.error_count == 0:
        shown = list(_shown(answer.results))
        return [confirm(context, prepared, shown) for prepared in steps]
    results = _RESULTS[context.site.dialect.batch_results](steps, answer.results)
    return [_decide_by_result(context, prepared, result) for prepared, result in zip(steps, results, strict=True)]


def _decide_by_result(context: RunContext, prepared: PreparedStep, result: Json) -> StepOutcome | None:
    """Decide by one result. Success is enough for a delete; a patch needs the record as well, or it is read."""
    if not _succeeded(result):
        return _decide_by_reading(context, prepared)
    shown = [body for body in _shown([result]) if matches_sent(context, prepared, body)]
    return (
        confirm(context, prepared, shown)
        if shown or prepared.verb == "delete"
        else _decide_by_reading(context, prepared)
    )


def _by_id(steps: Sequence[PreparedStep], results: Sequence[Json]) -> list[Json]:
    named = {
        result["id"]: result for result in results if isinstance(result, dict) and isinstance(result.get("id"), str)
    }
    unique = len(named) == len(results) == len(steps)
    return [named.get(prepared.id or "") if unique else None for prepared in steps]


def _by_order(steps: Sequence[PreparedStep], results: Sequence[Json]) -> list[Json]:
    return list(results) if len(results) == len(steps) else [None] * len(steps)


def _ignore_results(steps: Sequence[PreparedStep], results: Sequence[Json]) -> list[Json]:
    return [None] * len(steps)


_RESULTS = {"by-id": _by_id, "by-order": _by_order, "verify": _ignore_results}


def _succeeded(result: Json) -> bool:
    status = result.get("status") if isinstance(result, dict) else None
    return isinstance(status, int) and not isinstance(status, bool) and 200 <= status < 300


def _shown(results: Sequence[Json]) -> Iterator[Body]:
    """Yield the objects that may be records: the results and the objects one level below."""
    for result in results:
        if isinstance(result, dict):
            yield from (below for below in result.values() if isinstance(below, dict))
            yield result


def _decide_by_reading(context: RunContext, prepared: PreparedStep) -> StepOutcome | None:
    return None if prepared.step == "create" else decide(context, prepared)


def _unbatched(
    context: RunContext, kind: Kind, steps: Sequence[PreparedStep], error: Rejected
) -> list[StepOutcome | None]:
    if kind.name not in context.account.unbatched:
        context.account.unbatched.add(kind.name)
        words = f"{kind.name} has no batch requests here ({error.status}): its changes were sent one by one"
        help = "If this is so for every kind, set `dialect: {batch: none}` for the environment."
        context.account.add_diagnostics(Diagnostic(codes.NO_BATCH, words, "warning", help=help))
    return [make_outcome(prepared, "repeated") for prepared in steps]
