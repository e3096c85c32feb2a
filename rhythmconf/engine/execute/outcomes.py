"""Decide a write's outcome from the tenant's answer or, if that is inconclusive, by reading the record back.

A patched record has the new values (applied), the old ones (the patch is sent again) or others (conflict). A delete is
applied when the record is gone. A create whose record the answer does not show is left to `creates`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Literal

from rhythmconf.engine.execute import codes
from rhythmconf.engine.execute.called import with_names
from rhythmconf.engine.execute.candidates import candidates, unmarked
from rhythmconf.engine.execute.prepared import PreparedStep, RunContext
from rhythmconf.engine.execute.readback import Mismatch, matches, mismatches
from rhythmconf.engine.journal import StepOutcome
from rhythmconf.errors import Ambiguous, Rejected, TenantError
from rhythmconf.model import MARK_FIELD, MISSING, Body, Diagnostic, Json, Outcome, at, canonical
from rhythmconf.model.appearance import marked

WIDTH = 100
_MARK_POINTER = f"/{MARK_FIELD}"


def make_outcome(
    prepared: PreparedStep,
    outcome: Outcome | Literal["repeated"],
    message: str = "",
    *,
    id: str | None = None,
    record: Body | None = None,
) -> StepOutcome:
    """Return the outcome of a step. A created `record` gives its time of creation."""
    created_at = record.get("sys_created_at") if record and prepared.step == "create" else None
    return StepOutcome(
        prepared.key,
        prepared.step,
        outcome,
        id or prepared.id,
        message,
        created_at if isinstance(created_at, str) else None,
    )


def name_records(context: RunContext, message: str) -> str:
    """Return a message of the tenant, or about its values, with the keys or names of the records whose ids it has."""
    # Other threads add the records that they write; a copy is made without a moment for them to do so.
    return with_names(message, context.base.copy(), context.site)


def decide(context: RunContext, prepared: PreparedStep, refusal: Rejected | None = None) -> StepOutcome:
    """Decide the outcome of a patch or a delete by reading the record. `refusal` is the tenant's refusal, if any.

    `repeated`: the write had no effect and may be sent again. If the record can't be read, the outcome is unknown.
    """
    if prepared.verb == "delete" and refusal is not None:
        gone = refusal.status == 404
        return (
            make_outcome(prepared, "applied", "it was gone already")
            if gone
            else make_outcome(prepared, "rejected", name_records(context, refusal.message))
        )
    try:
        record = context.client.get(context.kind(prepared.key), prepared.id or "")
    except TenantError as error:
        return outcome_unreadable(context, prepared, error)
    if prepared.verb == "delete":
        return make_outcome(prepared, "applied" if record is None else "repeated")
    return _decide_patch(context, prepared, record, refusal)


def confirm(context: RunContext, prepared: PreparedStep, shown: Sequence[Body]) -> StepOutcome | None:
    """Decide the outcome of a write that the tenant accepted. `shown` are objects of its answer that may be records.

    Returns None for a create whose record the answer does not show, or shows more than once.
    """
    if prepared.verb == "delete":
        return make_outcome(prepared, "applied")
    possible = candidates(context, prepared, shown)
    if not possible and len(alike := unmarked_matches(context, prepared, shown)) == 1:
        return compare(context, prepared, alike[0])
    equal = [body for body in possible if matches_sent(context, prepared, body)]
    if equal and (prepared.id or len(equal) == 1):
        return compare(context, prepared, equal[0])
    id = prepared.id or (str(possible[0]["id"]) if len(possible) == 1 else None)
    return None if id is None else _read_back(context, prepared, id)


def matches_sent(context: RunContext, prepared: PreparedStep, record: Body) -> bool:
    """Tell whether a record has all that was sent."""
    return matches(context.kind(prepared.key), prepared.expected.after, record, context.site.dialect)


def unmarked_matches(context: RunContext, prepared: PreparedStep, bodies: Iterable[Body]) -> list[Body]:
    """Return the new records that have all that was sent except the mark."""
    kind, dialect = context.kind(prepared.key), context.site.dialect
    without_mark = {pointer: value for pointer, value in prepared.expected.after.items() if pointer != _MARK_POINTER}
    return [body for body in unmarked(context, prepared, bodies) if matches(kind, without_mark, body, dialect)]


def stop_for_lost_mark(context: RunContext, record: Body) -> None:
    """Stop the run: in a tenant that drops marks, each run would create every record once more."""
    context.account.stop(
        TenantError(
            f"the tenant doesn't keep {MARK_FIELD}: record {record['id']!r} came back without its mark",
            help="Set `dialect: {external_id: read-only}` for this environment, then plan again: the records that "
            "were created are found by their natural key and bound. `rhythmconf doctor --probe` finds other values.",
            code=codes.MARK_NOT_KEPT,
        )
    )


def outcome_unreadable(context: RunContext, prepared: PreparedStep, error: TenantError) -> StepOutcome:
    """Return unknown for a write whose record can't be read. An error that holds for every request stops the run."""
    if type(error) is not TenantError and not isinstance(error, Ambiguous | Rejected):
        context.account.stop(error)
    return make_outcome(prepared, "unknown", f"its outcome is not known, and can't be read: {error.message}")


def _decide_patch(
    context: RunContext, prepared: PreparedStep, record: Body | None, refusal: Rejected | None
) -> StepOutcome:
    if record is None:
        return make_outcome(prepared, "conflict", f"record {prepared.id!r} is gone")
    kind, expected = context.kind(prepared.key), prepared.expected
    differing = mismatches(kind, expected.after, record, context.site.dialect)
    if not differing:
        return make_outcome(prepared, "applied")
    if not matches(kind, expected.before, record, context.site.dialect) or not _tests_hold(prepared, record):
        words = f"somebody else changed the record: {_summarise(differing, 'is')}"
        return make_outcome(prepared, "conflict", name_records(context, words))
    if refusal is None:
        return make_outcome(prepared, "repeated")
    return make_outcome(prepared, "rejected", name_records(context, refusal.message))


def _tests_hold(prepared: PreparedStep, record: Body) -> bool:
    tests = ((test["value"], at(record, str(test["path"]))) for test in prepared.tests)
    return all(canonical(value) == canonical(None if now is MISSING else now) for value, now in tests)


def _read_back(context: RunContext, prepared: PreparedStep, id: str) -> StepOutcome:
    try:
        record = context.client.get(context.kind(prepared.key), id)
    except TenantError as error:
        context.account.add_diagnostics(_not_read_back(prepared, error))
        return make_outcome(prepared, "applied", id=id)
    if record is None:
        return make_outcome(prepared, "conflict", f"the tenant accepted it, but there is no record {id!r}")
    return compare(context, prepared, record)


def compare(context: RunContext, prepared: PreparedStep, record: Body) -> StepOutcome:
    """Compare a written record with what was sent: applied, unless a field has another value."""
    context.base[prepared.key.kind, str(record["id"])] = record
    differing = mismatches(context.kind(prepared.key), prepared.expected.after, record, context.site.dialect)
    if differing:
        return _report_mismatches(context, prepared, record, differing)
    return make_outcome(prepared, "applied", id=str(record["id"]), record=record)


def _report_mismatches(
    context: RunContext, prepared: PreparedStep, record: Body, differing: list[Mismatch]
) -> StepOutcome:
    """Report fields that the tenant accepted but did not store. That is a failure: the next plan shows them again."""
    words = f"the tenant accepted the call, but {_summarise(differing, 'stayed')}"
    message = name_records(context, words)
    context.base[prepared.key.kind, str(record["id"])] = record
    if any(mismatch.pointer == _MARK_POINTER for mismatch in differing):
        stop_for_lost_mark(context, record)
    context.account.not_persisted = True
    for mismatch in differing:
        values = marked(_shown(mismatch.sent), _shown(mismatch.stored))
        sent, stored = (name_records(context, value) for value in values)
        context.account.add_diagnostics(
            Diagnostic(
                codes.NOT_PERSISTED,
                f"{prepared.key}: {mismatch.pointer} was not stored: sent {sent}, the tenant has {stored}",
                pointer=mismatch.pointer,
                key=prepared.key,
                help="Correct the document to what the tenant accepts, or remove the field from it.",
            )
        )
    return make_outcome(prepared, "rejected", message, id=str(record["id"]), record=record)


def _summarise(differing: Sequence[Mismatch], verb: str) -> str:
    more = f" and {len(differing) - 3} more" if len(differing) > 3 else ""
    return ", ".join(f"{mismatch.pointer} {verb} {_shown(mismatch.stored)}" for mismatch in differing[:3]) + more


def _shown(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}..."


def _not_read_back(prepared: PreparedStep, error: TenantError) -> Diagnostic:
    return Diagnostic(
        codes.NOT_READ_BACK,
        f"{prepared.key} was written, but could not be read back: {error.message}",
        "warning",
        key=prepared.key,
        help="The next plan shows whether every field was stored.",
    )
