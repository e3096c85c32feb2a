"""The record of an interrupted run -> the rest of its plan, done.

What was answered stands. What was sent and never answered is looked at first; then everything that is left is
compared with the tenant, as at the start of any run, and executed.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import groupby

from rhythmconf.catalog import Catalog
from rhythmconf.engine import plan as planning
from rhythmconf.engine.execute import codes, preconditions
from rhythmconf.engine.execute.creates import find_creates
from rhythmconf.engine.execute.ledger import Ledger
from rhythmconf.engine.execute.preconditions import freed
from rhythmconf.engine.execute.readback import expectation, holds
from rhythmconf.engine.execute.run import bodies, bound, execute, ids, note_known, read_again
from rhythmconf.engine.execute.sending import Context, filled_operations, prepare
from rhythmconf.engine.journal import Journal, Log, Step, StepOutcome
from rhythmconf.engine.plan.file import serialise
from rhythmconf.errors import Refused
from rhythmconf.model import (
    Bindings,
    Body,
    Change,
    LiveState,
    Plan,
    Precondition,
    Progress,
    Record,
    Run,
    at,
    pointer,
    tokens,
)
from rhythmconf.settings import Dialect
from rhythmconf.tenant.client import Client, Clock


@dataclass(frozen=True, slots=True)
class InDoubt:
    """A step that was sent in request `seq`; nobody noted what became of it."""

    seq: int
    change: Change
    step: Step
    id: str | None


def planned(log: Log) -> Plan:
    """The plan of a run, out of its record. Raises Refused when it is damaged."""
    return planning.read(serialise(log.plan))


def resume(
    log: Log,
    *,
    client: Client,
    catalog: Catalog,
    dialect: Dialect,
    journal: Journal,
    clock: Clock,
    bindings: Bindings | None = None,
) -> Generator[Progress, None, Run]:
    """Finish the run of `log`; `journal` is its record, reopened. The Run accounts for the whole plan.

    Raises Refused where the tenant is another incarnation, or what is left doesn't fit it any more: then nothing
    was written now, and a new plan shows what there is. Otherwise as `apply`.
    """
    plan = add_created_to_sample(planned(log), log)
    try:
        found = yield from read_again(plan, client, catalog)
        known = {**ids(found), **log.existing}
        ledger, told = Ledger(plan.changes), bindings or {}
        context = Context(client, catalog, dialect, journal, clock, ledger, bodies(found), known, bindings=told)
        _replay(context, log)
        preconditions.check_incarnation(plan.fingerprint, _state(context))
        _refuse_vanished(context)
        _settle_doubts(context, list(_doubts(plan, log)))
        left = [_left(context, change) for change in plan.changes if not _sufficient(context, change)]
        preconditions.check(left, found, catalog.kinds, bound(plan, told))
    except BaseException as error:
        words = str(error) or "it was interrupted"
        journal.close("incomplete", results=log.results, requests=client.requests, message=words)
        raise
    if not log.existing:
        note_known(context, plan)
    return (yield from execute(context, plan))


def add_created_to_sample(plan: Plan, log: Log) -> Plan:
    """The plan, to be recognised by what the run created as well, and not by what it may have deleted."""
    own = {(one.id, one.created_at) for one in log.outcomes if one.id and one.created_at}
    gone = {write.id for intent in log.intents for write in intent.writes if write.step == "delete"}
    sample = tuple(sorted(pair for pair in {*plan.fingerprint.incarnation, *own} if pair[0] not in gone))
    return plan._replace(fingerprint=plan.fingerprint._replace(incarnation=sample))


def _replay(context: Context, log: Log) -> None:
    """Take what is on record into the account; what failed or was not attempted has another chance."""
    for one in log.latest().values():
        if one.outcome == "applied" or (one.step == "create" and one.id is not None):
            context.ledger.settle(one)
    for key, id in context.ledger.ids.items():
        if (key.kind, id) not in context.base and (record := context.client.get(context.kind(key), id)) is not None:
            context.base[key.kind, id] = record


def _state(context: Context) -> LiveState:
    """All that was read, with what the run created and no list shows yet."""
    records: dict[str, list[Record]] = {}
    for (kind, id), body in context.base.items():
        records.setdefault(kind, []).append(Record(kind, id, body))
    return LiveState({kind: tuple(found) for kind, found in records.items()})


def _refuse_vanished(context: Context) -> None:
    for key, id in context.ledger.ids.items():
        if (key.kind, id) not in context.base:
            words = f"{key}: record {id!r}, which this run created, is gone."
            raise Refused(words, help="Make a new plan.", code=codes.STALE)


def _doubts(plan: Plan, log: Log) -> Iterator[InDoubt]:
    """What was sent and never answered, and what could not be told then: each step once, as it was sent last."""
    changes = {change.key: change for change in plan.changes}
    untold = {step for step, word in log.latest().items() if word.outcome == "unknown"}
    untold |= {(write.key, write.step) for intent in log.unanswered for write in intent.writes}
    asked = {(write.key, write.step): (intent.seq, write.id) for intent in log.intents for write in intent.writes}
    for (key, step), (seq, id) in asked.items():
        if (key, step) in untold:
            yield InDoubt(seq, changes[key], step, id)


def _settle_doubts(context: Context, doubts: list[InDoubt]) -> None:
    """Find out what became of them; what surely had no effect is simply left to do."""
    for doubt in doubts:
        if doubt.step != "create" and _is_done(context, doubt):
            _note(context, doubt.seq, StepOutcome(doubt.change.key, doubt.step, "applied", doubt.id))
    creates = sorted((doubt for doubt in doubts if doubt.step == "create"), key=lambda doubt: doubt.change.key)
    for name, group in groupby(creates, key=lambda doubt: doubt.change.key.kind):
        searched = list(group)
        sendings = [prepare(context, doubt.change, "create") for doubt in searched]
        for doubt, verdict in zip(searched, find_creates(context, context.catalog.kinds[name], sendings), strict=True):
            _note(context, doubt.seq, verdict)


def _note(context: Context, seq: int, verdict: StepOutcome) -> None:
    context.ledger.settle(verdict)
    context.journal.add_outcomes(seq, [verdict])


def _is_done(context: Context, doubt: InDoubt) -> bool:
    """Whether the record is as the step leaves it."""
    kind, change = context.kind(doubt.change.key), doubt.change
    record = context.client.get(kind, doubt.id or "")
    if record is None or doubt.step == "delete":
        return record is None and doubt.step == "delete"
    context.base[kind.name, doubt.id or ""] = record
    before = record if doubt.step == "close" else as_planned(record, change.precondition)
    patch = filled_operations(change.patch, kind.root, context.ledger.ids)
    return holds(kind, expectation(before, patch).after, record, context.dialect)


def as_planned(record: Body, precondition: Precondition) -> Body:
    """The record as it was when its change was planned, in all that the change touches."""
    body = deepcopy(record)
    for where in precondition.absent:
        *above, name = tokens(where)
        parent = at(body, pointer(above))
        if isinstance(parent, dict):
            parent.pop(name, None)
    for where, value in precondition.values.items():
        *above, name = tokens(where)
        _object(body, above)[name] = value
    return body


def _object(body: Body, path: list[str]) -> Body:
    for name in path:
        below = body.get(name)
        body[name] = below = below if isinstance(below, dict) else {}
        body = below
    return body


def _sufficient(context: Context, change: Change) -> bool:
    """Whether nothing of the record has to be as it was planned."""
    return context.ledger.done(change.key) or context.ledger.took(change.key, "create")


def _left(context: Context, change: Change) -> Change:
    return freed(change) if context.ledger.took(change.key, "free") else change
