"""Send a prepared step in one request, with a journal record before it and one after it.

A write that had no effect is sent again. That is decided here after reading the record back; `tenant/client/retry.py`
repeats calls whose answer alone says that they had no effect.

`send_one` and `send_again` run in threads: they decide what they can and return the tasks that follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeAlias

from rhythmconf.engine.execute.outcomes import confirm, decide, make_outcome, name_records, outcome_unreadable
from rhythmconf.engine.execute.preconditions import stale_values, without_freed
from rhythmconf.engine.execute.prepared import CreateInDoubt, PreparedStep, RunContext, encode_values
from rhythmconf.engine.journal import StepOutcome
from rhythmconf.engine.plan import needs_read
from rhythmconf.errors import Ambiguous, Rejected, RhythmconfError, TenantError
from rhythmconf.model import Body, Operation

Task: TypeAlias = "Callable[[], list[Task]]"

ATTEMPTS = 3
"""How often a write is sent at most, if it had no effect and got no clear answer."""
BASE_S = 2.0


def send_one(context: RunContext, prepared: PreparedStep, attempt: int = 1) -> list[Task]:
    """Send one step in a request of its own."""
    if context.account.stopped or not list(sendable(context, [prepared])):
        return []
    seq = context.journal.add_intent(prepared.verb, prepared.key.kind, [prepared.write])
    context.account.note_sent([prepared.key])
    outcome = _send_and_decide(context, prepared, seq)
    return record_outcomes(context, seq, [prepared], [outcome], attempt)


def send_again(context: RunContext, prepared: PreparedStep, attempt: int) -> list[Task]:
    """Send a step again after a random wait, or give up after ATTEMPTS."""
    if attempt > ATTEMPTS:
        words = f"it was sent {ATTEMPTS} times without a clear answer from the tenant, and had no effect"
        context.account.add_outcome(make_outcome(prepared, "unknown", words))
        return []
    context.clock.sleep(context.clock.random() * BASE_S * 2 ** (attempt - 2))
    return send_one(context, prepared, attempt)


def record_outcomes(
    context: RunContext, seq: int, steps: Sequence[PreparedStep], outcomes: Sequence[StepOutcome | None], attempt: int
) -> list[Task]:
    """Record the outcomes, keep creates in doubt for later, and return tasks for writes that had no effect."""
    pairs = list(zip(steps, outcomes, strict=True))
    decided = [outcome for outcome in outcomes if outcome is not None]
    for outcome in decided:
        context.account.add_outcome(outcome)
    context.doubtful.extend(CreateInDoubt(seq, prepared, attempt) for prepared, outcome in pairs if outcome is None)
    if decided:
        context.journal.add_outcomes(seq, decided)
    repeated = [prepared for prepared, outcome in pairs if outcome is not None and outcome.outcome == "repeated"]
    return [partial(send_again, context, prepared, attempt + 1) for prepared in repeated]


def _send_and_decide(context: RunContext, prepared: PreparedStep, seq: int) -> StepOutcome | None:
    try:
        shown = _call(context, prepared, seq)
    except Rejected as error:
        return (
            make_outcome(prepared, "rejected", name_records(context, error.message))
            if prepared.step == "create"
            else decide(context, prepared, error)
        )
    except Ambiguous:
        return None if prepared.step == "create" else decide(context, prepared)
    except Superseded as error:
        return error.outcome
    except RhythmconfError as error:
        return stop_run(context, prepared, error)
    return confirm(context, prepared, [shown])


def _call(context: RunContext, prepared: PreparedStep, seq: int) -> Body:
    kind, id, before_retry = (
        context.kind(prepared.key),
        prepared.id or "",
        partial(check_before_repeat, context, seq, [prepared]),
    )
    if prepared.step == "create":
        return context.client.create(kind, prepared.body or {}, before_retry)
    if prepared.verb == "delete":
        context.client.delete(kind, id, before_retry)
        return {}
    return context.client.patch(kind, id, operations(context, prepared), before_retry)


def operations(context: RunContext, prepared: PreparedStep) -> list[Operation]:
    """Return what a patch sends: the tests, then the changes."""
    return encode_values([*prepared.tests, *prepared.patch], context.site.dialect)


def stop_run(context: RunContext, prepared: PreparedStep, error: RhythmconfError) -> StepOutcome:
    """Stop the run: the call had no effect, and its error would meet every other call too."""
    context.account.stop(error)
    return make_outcome(prepared, "not_attempted", error.message)


class Superseded(RhythmconfError):
    """A write must not be repeated, because its precondition no longer holds; `outcome` says why."""

    def __init__(self, outcome: StepOutcome) -> None:
        super().__init__(outcome.message)
        self.outcome = outcome


def check_before_repeat(context: RunContext, seq: int, steps: Sequence[PreparedStep]) -> None:
    """Check the lock and the preconditions again before a retry.

    Raises Superseded if a step must not be sent, and Refused after somebody has taken the lock over.
    """
    context.journal.add_repeat(seq)
    for prepared in steps:
        outcome = _why_not_sendable(context, prepared)
        if outcome is not None:
            raise Superseded(outcome)


def sendable(context: RunContext, steps: Sequence[PreparedStep]) -> Iterator[PreparedStep]:
    """Yield the steps that may be sent; decide the others."""
    for prepared in steps:
        outcome = _why_not_sendable(context, prepared)
        if outcome is None:
            yield prepared
        else:
            context.account.add_outcome(outcome)


def _why_not_sendable(context: RunContext, prepared: PreparedStep) -> StepOutcome | None:
    """Return the outcome of a step that must not be sent, else None. What no `test` can guard is read here."""
    if not needs_read(prepared.change, prepared.step, context.site.dialect):
        return None
    if context.account.stopped:
        return make_outcome(prepared, "not_attempted", f"the run stopped: {context.account.stopped}")
    try:
        record = context.client.get(context.kind(prepared.key), prepared.id or "")
    except TenantError as error:
        outcome_unreadable(context, prepared, error)
        return make_outcome(prepared, "not_attempted", f"it can't be read: {error.message}")
    if prepared.verb == "delete" and record is None:
        return make_outcome(prepared, "applied", "it was gone already")
    change = without_freed(prepared.change) if prepared.step == "delete" else prepared.change
    problems = list(stale_values(change, record))
    words = name_records(context, "; ".join(map(str, problems[:3])))
    return make_outcome(prepared, "conflict", words) if problems else None
