"""Finish an interrupted run by its record.

Steps that were answered are kept. The outcome of those that were sent and never answered is decided first. What is left
is compared with the tenant, as at the start of any run, and executed.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import groupby

from rhythmconf.engine import plan as planning
from rhythmconf.engine.execute import codes, preconditions
from rhythmconf.engine.execute.account import RunAccount
from rhythmconf.engine.execute.creates import find_creates
from rhythmconf.engine.execute.preconditions import without_freed
from rhythmconf.engine.execute.prepared import RunContext, fill_operations, prepare
from rhythmconf.engine.execute.readback import expectation, matches
from rhythmconf.engine.execute.run import bodies, execute, ids, merge_bindings, read_again, record_existing_ids
from rhythmconf.engine.identity import mark_of_body, parse_mark
from rhythmconf.engine.journal import REPAIR_STEPS, Journal, Log, Step, StepOutcome
from rhythmconf.engine.plan import VERBS
from rhythmconf.engine.plan.file import serialise
from rhythmconf.errors import Refused
from rhythmconf.model import (
    MARK_FIELD,
    Body,
    Change,
    Event,
    LiveState,
    Plan,
    Precondition,
    Record,
    Result,
    Run,
    at,
    pointer,
    tokens,
)
from rhythmconf.source.project.values import Site
from rhythmconf.tenant.client import Client, Clock


@dataclass(frozen=True, slots=True)
class RecordedDoubt:
    """A step that was sent in request `seq` and whose outcome is not recorded."""

    seq: int
    change: Change
    step: Step
    id: str | None


def read_plan(log: Log) -> Plan:
    """Return the plan of a run from its record. Raises Refused (RC314) if it is damaged."""
    return planning.read(serialise(log.plan))


def resume(
    log: Log,
    site: Site,
    *,
    client: Client,
    journal: Journal,
    clock: Clock,
) -> Generator[Event, None, Run]:
    """Finish the run of `log`; `journal` is its record, reopened. The Run accounts for the whole plan.

    Raises Refused where the tenant is another incarnation, or what is left doesn't fit it any more: then nothing
    was written now, and a new plan shows what there is. Otherwise as `apply`.
    """
    plan = add_created_to_sample(read_plan(log), log)
    try:
        live = yield from read_again(plan, client, site)
        existing_ids = {**ids(live), **log.existing}
        account = RunAccount(plan.changes)
        context = RunContext(client, site, journal, clock, account, bodies(live), existing_ids)
        _replay(context, log)
        preconditions.check_incarnation(plan.fingerprint, _state(context))
        _find_withdrawn(context, plan, log)
        _refuse_vanished(context)
        _decide_doubts(context, list(_doubts(plan, log)))
        remaining = [_remaining(context, change) for change in plan.changes if not _sufficient(context, change)]
        preconditions.check(remaining, live, site, merge_bindings(plan, site.bindings))
    except BaseException as error:
        message = str(error) or "it was interrupted"
        journal.close("incomplete", results=log.results, requests=client.requests, message=message)
        raise
    if not log.existing:
        record_existing_ids(context, plan)
    return (yield from execute(context, plan))


def add_created_to_sample(plan: Plan, log: Log) -> Plan:
    """Return the plan with the sample of its tenant as the run left it: with creates, without deletions."""
    own = {(outcome.id, outcome.created_at) for outcome in log.outcomes if outcome.id and outcome.created_at}
    gone = {write.id for intent in log.intents for write in intent.writes if VERBS[write.step] == "delete"}
    sample = tuple(sorted(pair for pair in {*plan.fingerprint.incarnation, *own} if pair[0] not in gone))
    return plan._replace(fingerprint=plan.fingerprint._replace(incarnation=sample))


def _replay(context: RunContext, log: Log) -> None:
    """Add the recorded outcomes to the account. What failed or was not attempted is tried again."""
    for outcome in log.latest().values():
        if outcome.outcome == "applied" or (outcome.step == "create" and outcome.id is not None):
            context.account.add_outcome(outcome)
    for key, id in context.account.ids.items():
        if (key.kind, id) not in context.base and (record := context.client.get(context.kind(key), id)) is not None:
            context.base[key.kind, id] = record


def _state(context: RunContext) -> LiveState:
    """Return all records that were read, with those that the run created and no list shows yet."""
    records: dict[str, list[Record]] = {}
    for (kind, id), body in context.base.items():
        records.setdefault(kind, []).append(Record(kind, id, body))
    return LiveState({kind: tuple(live) for kind, live in records.items()})


def _find_withdrawn(context: RunContext, plan: Plan, log: Log) -> None:
    """Find the record that stayed for each one that the run withdrew because another run had created it before."""
    withdrawn = {write.key for intent in log.intents for write in intent.writes if write.step == "withdraw"}
    for change in plan.changes:
        own_id = context.account.ids.get(change.key)
        if change.key not in withdrawn or own_id is None or (change.key.kind, own_id) in context.base:
            continue
        mark = parse_mark((change.body or {}).get(MARK_FIELD))
        for (kind, id), body in context.base.items():
            other = mark_of_body(body)
            if mark and other and kind == change.key.kind and (other.project, other.key) == (mark.project, mark.key):
                context.account.ids[change.key] = id
                words = f"another run created it before: {id!r} stays, {own_id!r} was deleted again"
                context.account.replace_result(Result(change.key, change.action, "conflict", id, words))


def _refuse_vanished(context: RunContext) -> None:
    for key, id in context.account.ids.items():
        if (key.kind, id) not in context.base:
            words = f"{key}: record {id!r}, which this run created, is gone."
            raise Refused(words, help="Make a new plan.", code=codes.STALE)


def _doubts(plan: Plan, log: Log) -> Iterator[RecordedDoubt]:
    """Yield the steps without a recorded outcome or with an unknown one, each once, as it was last sent."""
    changes = {change.key: change for change in plan.changes}
    undecided_steps = {step for step, outcome in log.latest().items() if outcome.outcome == "unknown"}
    undecided_steps |= {(write.key, write.step) for intent in log.unanswered for write in intent.writes}
    last_sent = {(write.key, write.step): (intent.seq, write.id) for intent in log.intents for write in intent.writes}
    for (key, step), (seq, id) in last_sent.items():
        # Repairs are not decided here: the check for duplicates at the end of the run looks again.
        if (key, step) in undecided_steps and step not in REPAIR_STEPS:
            yield RecordedDoubt(seq, changes[key], step, id)


def _decide_doubts(context: RunContext, doubts: list[RecordedDoubt]) -> None:
    """Decide the outcomes of steps in doubt. A step that had no effect is left to do."""
    for doubt in doubts:
        if doubt.step != "create" and _is_done(context, doubt):
            _record(context, doubt.seq, StepOutcome(doubt.change.key, doubt.step, "applied", doubt.id))
    creates = sorted((doubt for doubt in doubts if doubt.step == "create"), key=lambda doubt: doubt.change.key)
    for name, group in groupby(creates, key=lambda doubt: doubt.change.key.kind):
        searched = list(group)
        steps = [prepare(context, doubt.change, "create") for doubt in searched]
        for doubt, outcome in zip(
            searched, find_creates(context, context.site.catalog.kinds[name], steps), strict=True
        ):
            _record(context, doubt.seq, outcome)


def _record(context: RunContext, seq: int, outcome: StepOutcome) -> None:
    context.account.add_outcome(outcome)
    context.journal.add_outcomes(seq, [outcome])


def _is_done(context: RunContext, doubt: RecordedDoubt) -> bool:
    """Tell whether the record is as the step leaves it."""
    kind, change = context.kind(doubt.change.key), doubt.change
    record = context.client.get(kind, doubt.id or "")
    if record is None or doubt.step == "delete":
        return record is None and doubt.step == "delete"
    context.base[kind.name, doubt.id or ""] = record
    before = record if doubt.step == "close" else as_planned(record, change.precondition)
    patch = fill_operations(change.patch, kind.root, context.account.ids)
    return matches(kind, expectation(before, patch).after, record, context.site.dialect)


def as_planned(record: Body, precondition: Precondition) -> Body:
    """Return the record with the planned values in everything that the change touches."""
    body = deepcopy(record)
    for field_pointer in precondition.absent:
        *above, name = tokens(field_pointer)
        parent = at(body, pointer(above))
        if isinstance(parent, dict):
            parent.pop(name, None)
    for field_pointer, value in precondition.values.items():
        *above, name = tokens(field_pointer)
        _object(body, above)[name] = value
    return body


def _object(body: Body, path: list[str]) -> Body:
    for name in path:
        below = body.get(name)
        body[name] = below = below if isinstance(below, dict) else {}
        body = below
    return body


def _sufficient(context: RunContext, change: Change) -> bool:
    """Tell whether the preconditions of a change no longer apply: it is done, or its record was created."""
    return context.account.has_result(change.key) or context.account.is_applied(change.key, "create")


def _remaining(context: RunContext, change: Change) -> Change:
    return without_freed(change) if context.account.is_applied(change.key, "free") else change
