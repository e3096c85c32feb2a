"""Apply a plan exactly, under the tenant's lock and on record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rhythmconf import __version__
from rhythmconf.engine import execute, journal
from rhythmconf.engine import plan as planning
from rhythmconf.engine.execute import InterruptedRun
from rhythmconf.engine.execute import codes as execute_codes
from rhythmconf.errors import AuthError, Incomplete, Refused, RhythmconfError
from rhythmconf.flows import codes, run_records
from rhythmconf.flows.clock import CLOCK
from rhythmconf.flows.connect import await_lists, connect
from rhythmconf.flows.next_base import (
    NextBase,
    advance_base,
    next_base,
    next_base_of_saved,
    note_uncommitted,
    push_base,
)
from rhythmconf.flows.plan import signing_key
from rhythmconf.flows.run_records import Applied
from rhythmconf.flows.tenant_lock import Turn, locked
from rhythmconf.flows.values import Flow, Planned, RunLimits
from rhythmconf.model import Diagnostic, Key, LiveState, Plan, Result, Run
from rhythmconf.platform.processes import user_name
from rhythmconf.settings import Environment
from rhythmconf.settings.values import GitState
from rhythmconf.source.project import bindings
from rhythmconf.source.project.opening import add_documents, read_bindings, use_kinds_of_plan
from rhythmconf.source.project.values import Project


def apply(project: Project, environment: Environment, plan: Plan, limits: RunLimits | None = None) -> Flow[Run]:
    """Apply a saved plan exactly.

    `project` may have been opened without documents. Its bindings are read again under the lock, because a run that
    held the lock may have written to them. The Run has one result for each change, whatever happened.
    Raises Refused for a plan that may not be applied here, is stale or was applied before, InterruptedRun after Ctrl-C.
    """
    limits = limits or RunLimits()
    project = use_kinds_of_plan(project, plan)
    with accounting_for(plan):
        check_acceptable(project, environment, plan)
        check_freeze(project, environment, plan, limits)

        def work(turn: Turn) -> Flow[Run]:
            return (yield from _apply_locked(project, environment, plan, limits, turn))

        return (yield from locked(project.settings, environment, limits, "apply", work))


def _apply_locked(project: Project, environment: Environment, plan: Plan, limits: RunLimits, turn: Turn) -> Flow[Run]:
    project = read_bindings(project, [environment.name])
    check_undeclared(project, environment, plan)
    base = next_base_of_saved(plan, project)
    earlier = run_records.find_applied(project.settings, environment, plan)
    if earlier is not None and earlier.spent:
        raise _already_applied(earlier, environment)
    try:
        return (yield from execute_plan(project, environment, plan, limits, turn, base=base))
    except Refused as error:
        if earlier is None or error.code != execute_codes.STALE:
            raise
        raise _already_applied(earlier, environment) from error


def _already_applied(earlier: Applied, environment: Environment) -> Refused:
    """Return the error for a plan that was applied before, whether or not it was rolled back since."""
    help = f"see what is different now: rhythmconf plan --env {environment.name}"
    if earlier.rollback is not None:
        help = f"revert its commit; to apply it once more, plan again: rhythmconf plan --env {environment.name} -o FILE"
    elif earlier.run is not None and earlier.run.unfinished:
        help = f"finish it: rhythmconf resume {earlier.run.header.run}"
    return Refused(run_records.describe_applied(earlier), help=help, code=codes.ALREADY_APPLIED)


def check_acceptable(project: Project, environment: Environment, plan: Plan) -> None:
    """Raise Refused unless a saved plan may be applied in an environment today."""
    planning.check_acceptable(plan, project.site(environment), tool=__version__, now=CLOCK.now())


def check_freeze(project: Project, environment: Environment, plan: Plan, limits: RunLimits) -> None:
    """Raise Refused (RC320) in the hours before a run of a template that the plan changes."""
    if not limits.ignore_freeze:
        planning.check_freeze(plan, environment, project.catalog, now=CLOCK.now())


def check_undeclared(project: Project, environment: Environment, plan: Plan) -> None:
    """Raise Refused (RC543) if the plan deletes a record that a document here declares.

    A rollback may do that, and so may a plan of `--destroy`, which says so. Files that can't be read decide nothing.
    """
    deletes = {change.key for change in plan.changes if change.action == "delete"}
    if not deletes or plan.undoes is not None or planning.DESTROY in plan.allowed:
        return
    try:
        opened = add_documents(project, project.settings.sources, [environment.name])
    except RhythmconfError:
        return
    loaded = (opened.base, *opened.overlays.values())
    for document in (document for each in loaded for document in each.documents):
        key = Key(project.catalog.qualify(document.kind), document.key)
        if key in deletes:
            raise Refused(
                f"the plan deletes {key}, and {document.origin.file} declares it",
                help=f"plan again: rhythmconf plan --env {environment.name} -o FILE",
                code=codes.DELETES_DECLARED,
            )


def apply_planned(
    project: Project,
    environment: Environment,
    planned: Planned,
    limits: RunLimits,
    turn: Turn,
    *,
    asked: bool,
    command: str = "apply",
) -> Flow[Run]:
    """Apply a plan that was made just now, while the caller holds the lock, which gave it its turn.

    `asked`: a person approved the plan, which took time, so the lists that it was made from are read again.
    Raises Refused where a guard refuses the plan, or a rule found an error.
    """
    with accounting_for(planned.plan):
        planning.check_applicable(planned.plan)
        check_freeze(project, environment, planned.plan, limits)
        live = None if asked else planned.live
        return (
            yield from execute_plan(
                project,
                environment,
                planned.plan,
                limits,
                turn,
                live=live,
                command=command,
                spent=planned.live.requests,
            )
        )


def execute_plan(
    project: Project,
    environment: Environment,
    plan: Plan,
    limits: RunLimits,
    turn: Turn,
    *,
    base: NextBase | None = None,
    live: LiveState | None = None,
    command: str = "apply",
    spent: int = 0,
) -> Flow[Run]:
    """Execute a plan on record, write the bindings it made, and move the base after a complete run.

    `live` are lists that were just read; `spent` are the requests that the plan took.
    """
    project, settings = use_kinds_of_plan(project, plan), project.settings
    base = base or next_base(plan, settings)
    plan = plan if plan.digest else planning.seal(plan, signing_key(settings))
    id = turn.run or run_records.next_id(settings, environment)
    path = limits.journal or journal.run_path(settings.state_dir, id)
    yield from await_lists(settings, environment)
    with connect(project, environment, max_requests=limits.max_requests, spent=spent) as client:
        run_records.mark_newest(settings, environment, path)
        header = _header(project, environment, plan, base, id, command)
        record = journal.start(path, header, planning.to_json(plan), now=CLOCK.now, publish=turn.publish)
        steps = execute.apply(
            plan,
            project.site(environment),
            client=client,
            journal=record,
            clock=CLOCK,
            live=live,
        )
        run = yield from finish_run(project, environment, steps)
        # Before anything else is read: whoever stops that has a base that is up to date.
        run = advance_after(project, environment, base, run, limits)
        if environment.protected:
            # Imported here: only the runs of a protected environment are looked at.
            from rhythmconf.flows.run_warnings import warn_of_prepared

            prepared = warn_of_prepared(client, plan, run, project.catalog, environment.calendar, CLOCK.now())
            run = run._replace(diagnostics=(*run.diagnostics, *(yield from prepared)))
    return run


def finish_run(project: Project, environment: Environment, steps: Flow[Run]) -> Flow[Run]:
    """Execute to the end, and save what outlives the run, also where it was interrupted."""
    try:
        run = yield from steps
    except InterruptedRun as error:
        error.run = save_bindings(project, environment, error.run)
        raise
    return save_bindings(project, environment, run)


def save_bindings(project: Project, environment: Environment, run: Run) -> Run:
    """Write the bindings that a run made to their file, and close older unfinished runs.

    What can't be written becomes a diagnostic of the Run.
    """
    settings = project.settings
    run_records.supersede_older(settings, environment, run.id)
    try:
        bindings.add(settings.root, settings.module, environment.name, run.binds)
    except RhythmconfError as error:
        message = f"{error.where}: the bindings of this run are not in it: {error.message}"
        help = "Correct the file, then add the bindings that the report lists."
        return run._replace(diagnostics=(*run.diagnostics, Diagnostic(error.code, message, help=help)))
    return run


def advance_after(project: Project, environment: Environment, base: NextBase, run: Run, limits: RunLimits) -> Run:
    """Move the base after a complete run, and push it if asked to. Where it stays, the Run has a warning."""
    if not run.complete:
        return run
    settings = project.settings
    warnings = (*advance_base(settings, environment.name, base), *note_uncommitted(environment, base))
    pushes = limits.push_base or settings.push_base or isinstance(environment.state, GitState)
    if base.advances and not warnings and pushes:
        warnings = push_base(settings, environment.name, base.replaced)
    return run._replace(diagnostics=(*run.diagnostics, *warnings))


def check_saved_plans_only(environment: Environment, command: str) -> None:
    """Raise Refused for a protected environment: it takes only plans that were saved, and so could be reviewed."""
    if environment.protected:
        raise Refused(
            f"{environment.name} is protected: it applies only saved plans",
            help=f"rhythmconf {command} --env {environment.name} -o FILE, review it, then rhythmconf apply FILE",
        )


@contextmanager
def accounting_for(plan: Plan) -> Iterator[None]:
    """Give an error that leaves the block a result for each change of the plan: nothing was attempted."""
    try:
        yield
    except RhythmconfError as error:
        error.results = error.results or tuple(
            Result(change.key, change.action, "not_attempted", change.id) for change in plan.changes
        )
        raise


def exit_code(run: Run) -> int:
    """Return 0 for a complete run; 5 where something was written or may have been; 4 for no permission; 3 for a
    conflict; 1 for anything else.
    """
    if run.complete:
        return 0
    if run.not_persisted or any(_wrote(result) for result in run.results):
        return Incomplete.exit_code
    if run.auth_failed:
        return AuthError.exit_code
    return Refused.exit_code if run.count("conflict") else RhythmconfError.exit_code


def _wrote(result: Result) -> bool:
    # A create that failed in its second step has left its record.
    return result.outcome in ("applied", "unknown") or (result.action == "create" and result.id is not None)


def _header(
    project: Project, environment: Environment, plan: Plan, base: NextBase, id: str, command: str
) -> journal.Header:
    fingerprint = plan.fingerprint
    return journal.Header(
        run=id,
        # A rollback may also be applied from a file.
        command=command if plan.undoes is None else "rollback",
        started_at=journal.timestamp(CLOCK.now()),
        environment=fingerprint.environment,
        tenant=fingerprint.tenant,
        base_url=fingerprint.base_url,
        incarnation=fingerprint.incarnation,
        actor=user_name(),
        commit=base.commit,
        digest=plan.digest,
        advances=base.advances,
        undoes=plan.undoes,
        place=run_records.tenant_id(project.settings, environment),
        project=project.settings.project,
    )
