"""A prepared step -> one request between two records of the journal, and what became of it.

`send_one` and `again` are tasks of a thread: they settle what they can, and give the tasks that follow from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeAlias

from rhythmconf.engine.execute.outcomes import confirmed, reread, settled, unreadable
from rhythmconf.engine.execute.preconditions import freed, stale
from rhythmconf.engine.execute.sending import Context, Doubt, Sending, wire
from rhythmconf.engine.journal import StepOutcome
from rhythmconf.engine.plan import VERBS, needs_read
from rhythmconf.errors import Ambiguous, Rejected, RhythmconfError, TenantError
from rhythmconf.model import Body, Operation

Task: TypeAlias = "Callable[[], list[Task]]"

ATTEMPTS = 3
"""How often a write is sent whose outcome was in doubt and that turned out to have had no effect."""
BASE_S = 2.0


def send_one(context: Context, sending: Sending, attempt: int = 1) -> list[Task]:
    """Send one step by itself."""
    if context.ledger.stopped or not list(unmoved(context, [sending])):
        return []
    seq = context.journal.add_intent(VERBS[sending.step], sending.key.kind, [sending.write])
    context.ledger.sent([sending.key])
    verdict = _single(context, sending)
    return noted(context, seq, [sending], [verdict], attempt)


def again(context: Context, sending: Sending, attempt: int) -> list[Task]:
    """Send a step once more, after a random wait; in the end give up."""
    if attempt > ATTEMPTS:
        words = f"it was sent {ATTEMPTS} times; the tenant gave no clear answer, and it did not take effect"
        context.ledger.settle(settled(sending, "unknown", words))
        return []
    context.clock.sleep(context.clock.random() * BASE_S * 2 ** (attempt - 2))
    return send_one(context, sending, attempt)


def noted(
    context: Context, seq: int, sendings: Sequence[Sending], verdicts: Sequence[StepOutcome | None], attempt: int
) -> list[Task]:
    """Put the outcomes on record; what is in doubt waits, what had no effect is sent again."""
    pairs = list(zip(sendings, verdicts, strict=True))
    plain = [verdict for verdict in verdicts if verdict is not None]
    for verdict in plain:
        context.ledger.settle(verdict)
    context.doubtful.extend(Doubt(seq, sending, attempt) for sending, verdict in pairs if verdict is None)
    if plain:
        context.journal.add_outcomes(seq, plain)
    repeated = [sending for sending, verdict in pairs if verdict is not None and verdict.outcome == "repeated"]
    return [partial(again, context, sending, attempt + 1) for sending in repeated]


def _single(context: Context, sending: Sending) -> StepOutcome | None:
    try:
        shown = _call(context, sending)
    except Rejected as error:
        return (
            settled(sending, "rejected", error.message) if sending.step == "create" else reread(context, sending, error)
        )
    except Ambiguous:
        return None if sending.step == "create" else reread(context, sending)
    except Moved as error:
        return error.verdict
    except RhythmconfError as error:
        return stopped(context, sending, error)
    return confirmed(context, sending, [shown])


def _call(context: Context, sending: Sending) -> Body:
    kind, id, still = context.kind(sending.key), sending.id or "", partial(keep_watch, context, [sending])
    if sending.step == "create":
        return context.client.create(kind, sending.body or {})
    if sending.step == "delete":
        context.client.delete(kind, id, still)
        return {}
    return context.client.patch(kind, id, operations(context, sending), still)


def operations(context: Context, sending: Sending) -> list[Operation]:
    """What a patch sends: the tests, then the changes."""
    return wire([*sending.tests, *sending.patch], context.dialect)


def stopped(context: Context, sending: Sending, error: RhythmconfError) -> StepOutcome:
    """The call surely had no effect, and the reason holds for every other call."""
    context.ledger.stop(error)
    return settled(sending, "not_attempted", error.message)


class Moved(RhythmconfError):
    """What was about to be sent once more must not be: `verdict` says why."""

    def __init__(self, verdict: StepOutcome) -> None:
        super().__init__(verdict.message)
        self.verdict = verdict


def keep_watch(context: Context, sendings: Sequence[Sending]) -> None:
    """Before steps are repeated after a wait: raise Moved where one of them may not be sent any more."""
    for sending in sendings:
        verdict = _forbidden(context, sending)
        if verdict is not None:
            raise Moved(verdict)


def unmoved(context: Context, sendings: Sequence[Sending]) -> Iterator[Sending]:
    """The steps that may be sent; the others are settled."""
    for sending in sendings:
        verdict = _forbidden(context, sending)
        if verdict is None:
            yield sending
        else:
            context.ledger.settle(verdict)


def _forbidden(context: Context, sending: Sending) -> StepOutcome | None:
    """Why a step may not be sent: what no `test` can guard is read just before."""
    if not needs_read(sending.change, sending.step, context.dialect):
        return None
    if context.ledger.stopped:
        return settled(sending, "not_attempted", f"the run stopped: {context.ledger.stopped}")
    try:
        record = context.client.get(context.kind(sending.key), sending.id or "")
    except TenantError as error:
        unreadable(context, sending, error)
        return settled(sending, "not_attempted", f"it can't be read: {error.message}")
    if sending.step == "delete" and record is None:
        return settled(sending, "applied", "it was gone already")
    change = freed(sending.change) if sending.step == "delete" else sending.change
    late = list(stale(change, record))
    return settled(sending, "conflict", "; ".join(map(str, late[:3]))) if late else None
