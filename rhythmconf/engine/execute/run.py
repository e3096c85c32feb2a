"""One run from the comparison with the tenant to the closing record of its journal."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from collections.abc import Set as AbstractSet

from rhythmconf.catalog import Catalog
from rhythmconf.engine import plan as planning
from rhythmconf.engine.execute import preconditions, waves
from rhythmconf.engine.execute.ledger import Ledger
from rhythmconf.engine.execute.sending import Context
from rhythmconf.engine.journal import Ending, Journal
from rhythmconf.errors import Interrupted, RhythmconfError
from rhythmconf.model import Binding, Bindings, Body, LiveState, Plan, Progress, Result, Run
from rhythmconf.settings import Dialect
from rhythmconf.tenant.client import Client, Clock


class InterruptedRun(Interrupted):
    """The user stopped the run; `run` says what it did until then."""

    def __init__(self, run: Run) -> None:
        applied, planned = run.count("applied"), len(run.results)
        super().__init__(
            f"The run {run.id} was interrupted: {applied} of {planned} changes are applied, and on record.",
            help="rhythmconf resume finishes it; or make a new plan.",
        )
        self.run = run


def apply(
    plan: Plan,
    *,
    client: Client,
    catalog: Catalog,
    dialect: Dialect,
    journal: Journal,
    clock: Clock,
    live: LiveState | None = None,
    bindings: Bindings | None = None,
) -> Generator[Progress, None, Run]:
    """Execute exactly `plan`, or refuse before the first write; yields after each answer.

    `live` are lists that were just read (None: read afresh what the plan is about), `bindings` those of the
    environment: their records are other keys' already. Raises Refused for another incarnation of the tenant or a
    precondition that fails, InterruptedRun after Ctrl-C, and the tenant's errors while nothing was written; every
    later failure stands in the Run.
    """
    told = bindings or {}
    try:
        found = live if live is not None else (yield from read_again(plan, client, catalog))
        preconditions.check_incarnation(plan.fingerprint, found)
        preconditions.check(plan.changes, found, catalog.kinds, bound(plan, told))
    except BaseException as error:
        journal.close("refused", requests=client.requests, message=str(error) or "it was interrupted")
        raise
    ledger = Ledger(plan.changes)
    context = Context(client, catalog, dialect, journal, clock, ledger, bodies(found), ids(found), bindings=told)
    note_known(context, plan)
    return (yield from execute(context, plan))


def read_again(plan: Plan, client: Client, catalog: Catalog) -> Generator[Progress, None, LiveState]:
    """Read the records that a plan concerns afresh, and enough to recognise its tenant."""
    return planning.read_records(plan.changes, plan.fingerprint.incarnation, client, catalog)


def bodies(found: LiveState) -> dict[tuple[str, str], Body]:
    """Every record by kind and id."""
    return {(record.kind, record.id): record.body for record in found.all()}


def ids(found: LiveState) -> dict[str, frozenset[str]]:
    """The ids of each kind."""
    return {name: frozenset(record.id for record in records) for name, records in found.records.items()}


def note_known(context: Context, plan: Plan) -> None:
    """Where no mark will tell a new record from an old one, put the old ones on record before the first create."""
    if context.dialect.external_id == "read-only":
        for name in sorted({change.key.kind for change in plan.changes if change.action == "create"}):
            context.journal.add_existing(name, context.known.get(name, ()))


def execute(context: Context, plan: Plan) -> Generator[Progress, None, Run]:
    """Do what the ledger doesn't know as done, and close the journal however it ends."""
    try:
        yield from waves.execute(context, plan.changes)
    except KeyboardInterrupt:
        raise InterruptedRun(ended(context, plan, "interrupted")) from None
    except BaseException:
        ended(context, plan, "interrupted")
        raise
    return ended(context, plan)


def ended(context: Context, plan: Plan, ending: Ending | None = None) -> Run:
    """The account of a run, on record."""
    results = context.ledger.results()
    done = all(result.outcome == "applied" for result in results) and context.ledger.stopped is None
    requests = context.client.requests
    try:
        context.journal.close(
            ending or ("complete" if done else "incomplete"),
            results=results,
            requests=requests,
            message=context.ledger.stopped or "",
        )
    except RhythmconfError as error:
        context.ledger.stop(error)
    binds = tuple(_binds(context, plan, results))
    return Run(
        context.journal.run,
        results,
        requests,
        binds,
        context.ledger.findings,
        context.ledger.not_persisted,
        context.ledger.auth_failed,
    )


def bound(plan: Plan, bindings: Bindings) -> AbstractSet[str]:
    """The ids of records that some key is already known to be."""
    return {binding.id for binding in (*plan.binds, *bindings.values())}


def _binds(context: Context, plan: Plan, results: Sequence[Result]) -> Iterable[Binding]:
    """The bindings to write: those that were planned, and those of created records where marks can't say it, or where
    a binding says otherwise: a record that comes back has another id."""
    applied = {result.key: result.outcome == "applied" for result in results}
    yield from (binding for binding in plan.binds if applied.get(binding.key, True))
    for key, id in context.ledger.ids.items():
        if key in context.bindings:
            yield context.bindings[key]._replace(id=id)
        elif context.dialect.external_id == "read-only":
            yield Binding(key, id)
