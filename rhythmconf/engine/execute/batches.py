"""Up to a hundred prepared steps of one kind -> one request, and what became of each of them.

Only the counts of a batch's answer are documented: where they leave a doubt, each record is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from rhythmconf.catalog import Kind
from rhythmconf.engine.execute import codes
from rhythmconf.engine.execute.outcomes import confirmed, holds_all, reread, settled
from rhythmconf.engine.execute.sending import Context, Sending
from rhythmconf.engine.execute.writes import Moved, Task, keep_watch, noted, operations, send_one, stopped, unmoved
from rhythmconf.engine.journal import StepOutcome
from rhythmconf.errors import Ambiguous, Rejected, RhythmconfError
from rhythmconf.model import Body, Diagnostic, Json
from rhythmconf.tenant.client import BatchAnswer, BatchItem

NO_BATCH = frozenset({403, 404, 405})
"""The answers of a tenant that has no batches for a kind."""


def send_batch(context: Context, kind: Kind, sendings: Sequence[Sending]) -> list[Task]:
    """Send up to a hundred steps of one kind in one request, or singly where the kind turns out to have no batches."""
    if context.ledger.stopped:
        return []
    if kind.name in context.ledger.unbatched:
        return [partial(send_one, context, sending) for sending in sendings]
    ready = list(unmoved(context, sendings))
    if not ready or context.ledger.stopped:
        return []
    seq = context.journal.add_intent("batch", kind.name, [sending.write for sending in ready])
    context.ledger.sent([sending.key for sending in ready])
    try:
        verdicts = _together(context, kind, ready)
    except Moved:
        context.journal.add_outcomes(seq, [settled(sending, "repeated") for sending in ready])
        return [partial(send_batch, context, kind, ready)]
    return noted(context, seq, ready, verdicts, 1)


def _together(context: Context, kind: Kind, sendings: Sequence[Sending]) -> list[StepOutcome | None]:
    try:
        items = [_item(context, sending) for sending in sendings]
        answer = context.client.batch(kind, items, partial(keep_watch, context, sendings))
    except Rejected as error:
        if error.status in NO_BATCH:
            return _unbatched(context, kind, sendings, error)
        return [_looked_at(context, sending) for sending in sendings]
    except Ambiguous:
        return [_looked_at(context, sending) for sending in sendings]
    except Moved:
        raise
    except RhythmconfError as error:
        return [stopped(context, sending, error) for sending in sendings]
    return _answered(context, sendings, answer)


def _item(context: Context, sending: Sending) -> BatchItem:
    if sending.step == "create":
        return BatchItem("create", body=sending.body)
    if sending.step == "delete":
        return BatchItem("delete", sending.id)
    return BatchItem("patch", sending.id, patch=operations(context, sending))


def _answered(context: Context, sendings: Sequence[Sending], answer: BatchAnswer) -> list[StepOutcome | None]:
    """Counts that leave no doubt settle the batch; else only what the dialect lets us read from each result."""
    if answer.success_count == len(sendings) and answer.error_count == 0:
        shown = list(_shown(answer.results))
        return [confirmed(context, sending, shown) for sending in sendings]
    results = _RESULTS[context.dialect.batch_results](sendings, answer.results)
    return [_told(context, sending, result) for sending, result in zip(sendings, results, strict=True)]


def _told(context: Context, sending: Sending, result: Json) -> StepOutcome | None:
    """A result that says yes settles a delete, and with the record in it, a patch; the rest is looked at."""
    if not _succeeded(result):
        return _looked_at(context, sending)
    shown = [body for body in _shown([result]) if holds_all(context, sending, body)]
    return confirmed(context, sending, shown) if shown or sending.step == "delete" else _looked_at(context, sending)


def _by_id(sendings: Sequence[Sending], results: Sequence[Json]) -> list[Json]:
    named = {
        result["id"]: result for result in results if isinstance(result, dict) and isinstance(result.get("id"), str)
    }
    unique = len(named) == len(results) == len(sendings)
    return [named.get(sending.id or "") if unique else None for sending in sendings]


def _by_order(sendings: Sequence[Sending], results: Sequence[Json]) -> list[Json]:
    return list(results) if len(results) == len(sendings) else [None] * len(sendings)


def _unread(sendings: Sequence[Sending], results: Sequence[Json]) -> list[Json]:
    return [None] * len(sendings)


_RESULTS = {"by-id": _by_id, "by-order": _by_order, "verify": _unread}


def _succeeded(result: Json) -> bool:
    status = result.get("status") if isinstance(result, dict) else None
    return isinstance(status, int) and not isinstance(status, bool) and 200 <= status < 300


def _shown(results: Sequence[Json]) -> Iterator[Body]:
    """The objects that may be records: the results, and what lies one level below."""
    for result in results:
        if isinstance(result, dict):
            yield from (below for below in result.values() if isinstance(below, dict))
            yield result


def _looked_at(context: Context, sending: Sending) -> StepOutcome | None:
    return None if sending.step == "create" else reread(context, sending)


def _unbatched(context: Context, kind: Kind, sendings: Sequence[Sending], error: Rejected) -> list[StepOutcome | None]:
    if kind.name not in context.ledger.unbatched:
        context.ledger.unbatched.add(kind.name)
        words = f"{kind.name} has no batch requests here ({error.status}): its changes were sent one by one"
        help = "Set the environment's dialect to batch: none, if that is so for every kind."
        context.ledger.find(Diagnostic(codes.NO_BATCH, words, "warning", help=help))
    return [settled(sending, "repeated") for sending in sendings]
