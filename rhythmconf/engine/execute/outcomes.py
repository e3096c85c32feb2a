"""A write that was sent -> what became of it, by what the tenant says and, where that isn't plain, by looking.

A patch is read: it took effect, or nothing happened and it is sent again, or somebody else was there. A delete is
done when the record is gone. A create that the answer doesn't show is left to `creates`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Literal

from rhythmconf.engine.execute import codes
from rhythmconf.engine.execute.candidates import candidates, unmarked
from rhythmconf.engine.execute.readback import Kept, holds, kept
from rhythmconf.engine.execute.sending import Context, Sending
from rhythmconf.engine.identity.marks import FIELD
from rhythmconf.engine.journal import StepOutcome
from rhythmconf.errors import Ambiguous, Rejected, TenantError
from rhythmconf.model import MISSING, Body, Diagnostic, Json, Outcome, at, canonical

WIDTH = 100
MARK = f"/{FIELD}"


def settled(
    sending: Sending,
    outcome: Outcome | Literal["repeated"],
    message: str = "",
    *,
    id: str | None = None,
    record: Body | None = None,
) -> StepOutcome:
    """What became of a step, as journal and ledger note it. `record` is the created one, for its time of creation."""
    created_at = record.get("sys_created_at") if record and sending.step == "create" else None
    return StepOutcome(
        sending.key,
        sending.step,
        outcome,
        id or sending.id,
        message,
        created_at if isinstance(created_at, str) else None,
    )


def reread(context: Context, sending: Sending, said: Rejected | None = None) -> StepOutcome:
    """What became of a patch or a delete. `said` is the tenant's refusal, where there was one.

    `repeated` says that nothing happened and nothing forbids to send it again. What can't be read is unknown.
    """
    if sending.step == "delete" and said is not None:
        gone = said.status == 404
        return (
            settled(sending, "applied", "it was gone already") if gone else settled(sending, "rejected", said.message)
        )
    try:
        record = context.client.get(context.kind(sending.key), sending.id or "")
    except TenantError as error:
        return unreadable(context, sending, error)
    if sending.step == "delete":
        return settled(sending, "applied" if record is None else "repeated")
    return _judged(context, sending, record, said)


def confirmed(context: Context, sending: Sending, shown: Sequence[Body]) -> StepOutcome | None:
    """What became of a write that the tenant says is done; `shown` are the records that its answer may hold.

    None for a create whose record the answer doesn't show.
    """
    if sending.step == "delete":
        return settled(sending, "applied")
    possible = candidates(context, sending, shown)
    if not possible and len(found := bare(context, sending, shown)) == 1:
        return compared(context, sending, found[0])
    took = [body for body in possible if holds_all(context, sending, body)]
    if took and (sending.id or len(took) == 1):
        return compared(context, sending, took[0])
    id = sending.id or (str(possible[0]["id"]) if len(possible) == 1 else None)
    return None if id is None else _read_back(context, sending, id)


def holds_all(context: Context, sending: Sending, record: Body) -> bool:
    """Whether a record has all that was sent."""
    return holds(context.kind(sending.key), sending.expected.after, record, context.dialect)


def bare(context: Context, sending: Sending, bodies: Iterable[Body]) -> list[Body]:
    """The new records that have all that was sent, but for the mark."""
    kind = context.kind(sending.key)
    rest = {where: value for where, value in sending.expected.after.items() if where != MARK}
    return [body for body in unmarked(context, sending, bodies) if holds(kind, rest, body, context.dialect)]


def doubt_marks(context: Context, record: Body) -> None:
    """Stop: a tenant that doesn't keep marks would get every record once more with each run."""
    context.ledger.stop(
        TenantError(
            f"the tenant doesn't keep {FIELD}: record {record['id']!r} came back without its mark",
            help="Set `dialect: {external_id: read-only}` for this environment, then plan again: what was created is "
            "found by its natural key, and bound. `rhythmconf doctor --probe` tells what else the tenant does.",
            code=codes.MARK_NOT_KEPT,
        )
    )


def unreadable(context: Context, sending: Sending, error: TenantError) -> StepOutcome:
    """The outcome of a write that can't be looked at. What forbids reading forbids going on as well."""
    if type(error) is not TenantError and not isinstance(error, Ambiguous | Rejected):
        context.ledger.stop(error)
    return settled(sending, "unknown", f"its outcome is not known, and can't be read: {error.message}")


def _judged(context: Context, sending: Sending, record: Body | None, said: Rejected | None) -> StepOutcome:
    if record is None:
        return settled(sending, "conflict", f"record {sending.id!r} is gone")
    kind, expected = context.kind(sending.key), sending.expected
    left = kept(kind, expected.after, record, context.dialect)
    if not left:
        return settled(sending, "applied")
    if not holds(kind, expected.before, record, context.dialect) or not _tests_hold(sending, record):
        return settled(sending, "conflict", f"somebody else changed the record: {_told(left, 'is')}")
    return settled(sending, "rejected", said.message) if said else settled(sending, "repeated")


def _tests_hold(sending: Sending, record: Body) -> bool:
    found = ((test["value"], at(record, str(test["path"]))) for test in sending.tests)
    return all(canonical(value) == canonical(None if now is MISSING else now) for value, now in found)


def _read_back(context: Context, sending: Sending, id: str) -> StepOutcome:
    try:
        record = context.client.get(context.kind(sending.key), id)
    except TenantError as error:
        context.ledger.find(_unread(sending, error))
        return settled(sending, "applied", id=id)
    if record is None:
        return settled(sending, "conflict", f"the tenant accepted it, but there is no record {id!r}")
    return compared(context, sending, record)


def compared(context: Context, sending: Sending, record: Body) -> StepOutcome:
    """A record that was written: applied, unless it lacks something of what was sent."""
    context.base[sending.key.kind, str(record["id"])] = record
    left = kept(context.kind(sending.key), sending.expected.after, record, context.dialect)
    if left:
        return _not_taken(context, sending, record, left)
    return settled(sending, "applied", id=str(record["id"]), record=record)


def _not_taken(context: Context, sending: Sending, record: Body, left: list[Kept]) -> StepOutcome:
    """The tenant said yes and did something else: that is no success, and the next plan will show it again."""
    message = f"the tenant accepted the call, but {_told(left, 'stayed')}"
    context.base[sending.key.kind, str(record["id"])] = record
    if any(one.pointer == MARK for one in left):
        doubt_marks(context, record)
    context.ledger.not_persisted = True
    for one in left:
        words = (
            f"{sending.key}: {one.pointer} did not take: sent {_shown(one.sent)}, the tenant has {_shown(one.holds)}"
        )
        help = "Correct the document to what the tenant accepts, or drop the field from it."
        context.ledger.find(Diagnostic(codes.NOT_PERSISTED, words, pointer=one.pointer, key=sending.key, help=help))
    return settled(sending, "rejected", message, id=str(record["id"]), record=record)


def _told(left: Sequence[Kept], verb: str) -> str:
    more = f" and {len(left) - 3} more" if len(left) > 3 else ""
    return ", ".join(f"{one.pointer} {verb} {_shown(one.holds)}" for one in left[:3]) + more


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}..."


def _unread(sending: Sending, error: TenantError) -> Diagnostic:
    return Diagnostic(
        codes.NOT_READ_BACK,
        f"{sending.key} was written, but could not be read back: {error.message}",
        "warning",
        key=sending.key,
        help="The next plan shows whether every field took.",
    )
