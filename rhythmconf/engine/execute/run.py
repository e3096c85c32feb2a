"""Execute one run, from the comparison with the tenant to the closing record of its journal."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence

from rhythmconf.engine import plan as planning
from rhythmconf.engine.execute import preconditions, waves
from rhythmconf.engine.execute.account import RunAccount
from rhythmconf.engine.execute.duplicates import check_created
from rhythmconf.engine.execute.prepared import RunContext
from rhythmconf.engine.journal import Ending, Journal
from rhythmconf.errors import Interrupted, RhythmconfError
from rhythmconf.model import Binding, Bindings, Body, Event, Key, LiveState, Plan, Progress, Result, Run
from rhythmconf.source.project.values import Site
from rhythmconf.tenant.client import Client, Clock


class InterruptedRun(Interrupted):
    """The user interrupted the run; `run` has its results until then."""

    def __init__(self, run: Run) -> None:
        applied, planned = run.count("applied"), len(run.results)
        super().__init__(
            f"The run {run.id} was interrupted: {applied} of {planned} changes are applied and recorded.",
            help="Run `rhythmconf resume` to finish it, or make a new plan.",
        )
        self.run = run


def apply(
    plan: Plan,
    site: Site,
    *,
    client: Client,
    journal: Journal,
    clock: Clock,
    live: LiveState | None = None,
) -> Generator[Event, None, Run]:
    """Execute exactly `plan`, or refuse before the first write; yields after each answer.

    `live` are lists that were just read (None: read afresh what the plan is about). A record that a binding of the site
    names belongs to that key. Raises Refused for another incarnation of the tenant or a precondition that fails,
    InterruptedRun after Ctrl-C, and the tenant's errors while nothing was written; later failures are in the results of
    the Run.
    """
    try:
        read = live if live is not None else (yield from read_again(plan, client, site))
        preconditions.check_incarnation(plan.fingerprint, read)
        preconditions.check(plan.changes, read, site, merge_bindings(plan, site.bindings))
        # Whoever refused the plan for its guards did so before. Those of a plan made from `live` were just checked.
        if live is None and all(guard.ok for guard in plan.guards):
            planning.check_again(plan, read, site)
    except BaseException as error:
        journal.close("refused", requests=client.requests, message=str(error) or "it was interrupted")
        raise
    account = RunAccount(plan.changes)
    context = RunContext(client, site, journal, clock, account, bodies(read), ids(read))
    record_existing_ids(context, plan)
    return (yield from execute(context, plan))


def read_again(plan: Plan, client: Client, site: Site) -> Generator[Progress, None, LiveState]:
    """Read the records that a plan concerns afresh, enough to recognise its tenant, and what its guards need."""
    allow = planning.parse_flags(plan.allowed, site.catalog)
    wanted = planning.guard_reads(plan.changes, plan.binds, allow, site)
    return planning.read_records(plan.changes, plan.fingerprint.incarnation, client, site.catalog, wanted)


def bodies(read: LiveState) -> dict[tuple[str, str], Body]:
    """Return the records by kind and id."""
    return {(record.kind, record.id): record.body for record in read.all()}


def ids(read: LiveState) -> dict[str, frozenset[str]]:
    """Return the ids of each kind."""
    return {name: frozenset(record.id for record in records) for name, records in read.records.items()}


def record_existing_ids(context: RunContext, plan: Plan) -> None:
    """Record the ids that exist before the first create, if the tenant keeps no marks.

    A resumed run needs them to tell new records from old ones.
    """
    if context.site.dialect.external_id == "read-only":
        for name in sorted({change.key.kind for change in plan.changes if change.action == "create"}):
            context.journal.add_existing(name, context.existing_ids.get(name, ()))


def execute(context: RunContext, plan: Plan) -> Generator[Event, None, Run]:
    """Execute what is not done yet, check what was created, and close the journal however the run ends."""
    try:
        yield from waves.execute(context, plan.changes)
        yield from check_created(context, plan.changes)
    except KeyboardInterrupt:
        raise InterruptedRun(close_run(context, plan, "interrupted")) from None
    except BaseException:
        close_run(context, plan, "interrupted")
        raise
    return close_run(context, plan)


def close_run(context: RunContext, plan: Plan, ending: Ending | None = None) -> Run:
    """Close the journal and return the Run."""
    results = context.account.results()
    failed = any(diagnostic.severity == "error" for diagnostic in context.account.diagnostics)
    done = all(result.outcome == "applied" for result in results) and context.account.stopped is None and not failed
    requests = context.client.requests
    try:
        context.journal.close(
            ending or ("complete" if done else "incomplete"),
            results=results,
            requests=requests,
            message=context.account.stopped or "",
        )
    except RhythmconfError as error:
        context.account.stop(error)
    binds = tuple(_binds(context, plan, results))
    return Run(
        context.journal.run,
        results,
        requests,
        binds,
        context.account.diagnostics,
        context.account.not_persisted,
        context.account.auth_failed,
        context.site.catalog.names,
        frozenset(_adopted_with_changes(plan, results)),
    )


def _adopted_with_changes(plan: Plan, results: Sequence[Result]) -> Iterable[Key]:
    applied = {result.key for result in results if result.outcome == "applied" and result.action == "adopt"}
    return (change.key for change in plan.changes if change.changes_fields and change.key in applied)


def merge_bindings(plan: Plan, bindings: Bindings) -> Bindings:
    """Return the bindings of the files with those that the plan makes."""
    return {**bindings, **{binding.key: binding for binding in plan.binds}}


def _binds(context: RunContext, plan: Plan, results: Sequence[Result]) -> Iterable[Binding]:
    """Yield the bindings to write: the planned ones, and those of created records if the tenant keeps no marks or the
    key has a binding already, since a record that is created again has a new id.
    """
    applied = {result.key: result.outcome == "applied" for result in results}
    yield from (binding for binding in plan.binds if applied.get(binding.key, True))
    for key, id in context.account.ids.items():
        if key in context.site.bindings:
            yield context.site.bindings[key]._replace(id=id)
        elif context.site.dialect.external_id == "read-only":
            yield Binding(key, id)
