"""Carry out an order for one member of a fleet, in a worker, and sum up what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from shlex import quote

from rhythmconf.engine import journal
from rhythmconf.engine import plan as planning
from rhythmconf.engine.identity import forget_marks
from rhythmconf.errors import AuthError, Incomplete, Interrupted, Refused, RhythmconfError, SettingsError, codes
from rhythmconf.flows import events, run_records, trust
from rhythmconf.flows.apply import apply, exit_code
from rhythmconf.flows.drift import drift
from rhythmconf.flows.fleet.values import FleetAction, Order, Show
from rhythmconf.flows.plan import plan, signing_key
from rhythmconf.flows.resume import resume
from rhythmconf.flows.validate import Invalid, validate
from rhythmconf.model import Change, Diagnostic, Missing, Plan, Run, canonical, checksum, checksum_once
from rhythmconf.model.fleet import OUTLINED, MemberState, MemberSummary
from rhythmconf.model.plural import counted
from rhythmconf.model.values import Risk
from rhythmconf.settings import Environment, Settings
from rhythmconf.source.project import files
from rhythmconf.source.project.opening import NAME, open_project, open_settings, open_without_documents
from rhythmconf.source.project.values import Project

INCOMPLETE = str(codes.INCOMPLETE)
STATES: Mapping[int, MemberState] = {
    Refused.exit_code: "refused",
    AuthError.exit_code: "denied",
    Incomplete.exit_code: "unfinished",
    Interrupted.exit_code: "unfinished",
}


def work(order: Order, show: Show | None = None) -> MemberSummary:
    """Carry out an order. Whatever goes wrong with this member becomes its summary.

    `show` gets what was planned, and returns the name of the file in which it has shown that.
    """
    try:
        return _carry_out(order, show)
    except RhythmconfError as error:
        return summarise_error(order, error)
    except Exception as error:  # a bug that one tenant shows must not stop the others
        message = f"internal error of rhythmconf: {type(error).__name__}; the command below tells more"
        return summarise_error(order, RhythmconfError(message, code=codes.INTERNAL))
    finally:
        # A worker lives for many tenants, and what these remember is of one.
        checksum_once.cache_clear()
        forget_marks()


def _carry_out(order: Order, show: Show | None) -> MemberSummary:
    settings = _open(order)
    if order.action == "validate":
        return _validate(order, settings)
    if order.action == "status":
        return _status(order, settings)
    if order.action == "apply":
        return _apply(order, settings)
    environment = settings.environment(order.environment or None)
    _check_access(order, settings, environment)
    project = open_project(settings, [environment.name])
    made = events.run((drift if order.action == "drift" else plan)(project, environment))
    planned = made.plan
    summary = _summarise_plan(order, planned, 2 if order.action == "drift" and planned.changes else 0)
    if show is not None:
        summary = summary._replace(page=show(order, made, project, environment))
    if order.action == "drift":
        return summary
    try:
        planning.check_guards(planned)
        if order.plan_file:
            data = planning.dump(planned, signing_key(settings))
            files.write(Path(order.plan_file), data, mode=0o600)
            return summary._replace(plan_digest=checksum(data).hex())
    except RhythmconfError as error:
        return _with_error(summary, error)
    return summary


def _check_access(order: Order, settings: Settings, environment: Environment) -> None:
    """Raise Refused for access settings that a person has to confirm: a worker can't ask."""
    question = trust.find_question(settings, environment)
    if question is not None and not (order.first_use and trust.accept_first_use(settings)):
        raise trust.refuse(question)


def _open(order: Order) -> Settings:
    """Read the project file of the member's own folder, not one above it."""
    folder = Path(order.folder)
    if folder.is_dir() and not (folder / NAME).is_file():
        help = "correct `project` in fleet.yaml, or write the project with `rhythmconf init`"
        raise SettingsError(f"there is no {NAME} in this folder", where=order.project, help=help)
    return open_settings(folder, order.environment or None)


def _validate(order: Order, settings: Settings) -> MemberSummary:
    environment = settings.unexpanded(order.environment or None)
    diagnostics = validate(open_project(settings, [environment.name]), [environment.name])
    failing = tuple(one for one in diagnostics if one.fails)
    summary = _begin(order, environment, "valid")._replace(findings=len(diagnostics))
    return _with_error(summary, Invalid(failing)) if failing else summary


def _status(order: Order, settings: Settings) -> MemberSummary:
    """Sum up the last run that is on record here."""
    environment = settings.unexpanded(order.environment or None)
    last = run_records.last_that_counts(settings, environment)
    if last is None:
        return _begin(order, environment, "no run")
    header = last.header
    summary = _begin(order, environment, "unfinished" if last.unfinished else "applied")._replace(
        run=header.run, reason=f"{header.command} of {header.started_at} ({header.actor})"
    )
    if not last.unfinished:
        return summary
    command = f"rhythmconf resume {header.run} -C {quote(order.shown)}"
    return summary._replace(command=command)


def _apply(order: Order, settings: Settings) -> MemberSummary:
    """Apply exactly the plan of the bundle, then plan again: nothing may be left."""
    path = Path(order.plan_file)
    data = files.read_any(path)
    if checksum(data).hex() != order.digest:
        help = "somebody has changed it since it was reviewed: plan again with `rhythmconf fleet plan -o DIR`"
        raise Refused("this plan file is not the one in the manifest of the bundle", where=order.plan_file, help=help)
    saved = planning.load(data, signing_key(settings))
    environment = settings.environment(saved.fingerprint.environment)
    _check_access(order, settings, environment)
    project = open_without_documents(settings, [])
    named = saved._replace(names=project.catalog.names)  # a plan file doesn't say how its kinds are shown
    summary = _summarise_plan(order, named, 0)._replace(plan_digest=order.digest)
    try:
        run = _run(order, project, environment, saved)
    except RhythmconfError as error:
        return _with_error(summary, error)._replace(command=_describe_rest(order, settings, environment))
    summary = summary._replace(state="applied", run=run.id, command="")
    if code := exit_code(run):
        failed = next((one for one in run.results if one.outcome != "applied"), None)
        reason = f"{failed.outcome.replace('_', ' ')}: {failed.key}: {failed.message}" if failed else "is not complete"
        command = f"rhythmconf show run {run.id} -C {quote(order.shown)}"
        return summary._replace(state="unfinished", code=code, reason=reason, diagnostic=INCOMPLETE, command=command)
    left = len(events.run(plan(open_project(settings, [environment.name]), environment)).plan.changes)
    if left:
        reason = f"applied, and a new plan has {counted(left, 'change')}: the files or the tenant have changed since"
        return summary._replace(
            state="unfinished", code=5, reason=reason, diagnostic=INCOMPLETE, command=describe_command(order)
        )
    return summary


def _run(order: Order, project: Project, environment: Environment, saved: Plan) -> Run:
    """Apply a plan, or finish the run of an earlier order that has applied a part of it."""
    settings = project.settings
    earlier = run_records.find_applied(settings, environment, saved) if order.resume else None
    if earlier is not None and earlier.run is not None and earlier.rollback is None:
        if earlier.run.unfinished:
            resumed = events.run(resume(settings, environment, journal.read(earlier.run.path)))
            return resumed or Run("", ())
        if earlier.run.ending == "complete":
            return Run(earlier.run.header.run, journal.results(journal.read(earlier.run.path)))
    return events.run(apply(project, environment, saved))


def _describe_rest(order: Order, settings: Settings, environment: Environment) -> str:
    """Return the command that finishes the last run if it is unfinished, else the one that shows what is left."""
    last = run_records.last_unfinished(settings, environment)
    return f"rhythmconf resume {last.header.run} -C {quote(order.shown)}" if last else describe_command(order)


def _summarise_plan(order: Order, planned: Plan, code: int) -> MemberSummary:
    counts, changes = planned.summary, planned.changes
    refusing = [guard for guard in planned.guards if not guard.ok]
    return MemberSummary(
        order.name,
        order.project,
        planned.fingerprint.environment,
        "changes" if changes else "unchanged",
        code=code,
        tenant=planned.fingerprint.tenant,
        create=counts.create,
        update=counts.update,
        delete=counts.delete,
        adopt=counts.adopt,
        risks=_risks(changes),
        guards=len(refusing),
        conflicts=sum(field.side == "conflict" for change in changes for field in change.fields),
        findings=sum(diagnostic.severity == "warning" for diagnostic in planned.diagnostics),
        command=describe_command(order) if changes else "",
        equal=_digest(changes),
        outline=tuple(f"{change.action} {planned.names.key(change.key)}" for change in changes[:OUTLINED]),
    )


def _risks(changes: tuple[Change, ...]) -> tuple[Risk, ...]:
    return tuple(sorted({field.risk for change in changes for field in change.fields if field.risk}))


def _digest(changes: tuple[Change, ...]) -> str:
    """Return a digest that is the same for the same changes in several tenants: ids and old versions aside."""
    fields = [
        [
            str(change.key),
            change.action,
            sorted([field.name, _value(field.old), _value(field.new)] for field in change.fields),
        ]
        for change in changes
    ]
    return checksum(canonical(fields)).hex()[:16] if changes else ""  # type: ignore[arg-type]


def _value(value: object) -> str:
    return "" if isinstance(value, Missing) else canonical(value).decode("utf-8", "surrogatepass")  # type: ignore[arg-type]


def summarise_error(order: Order, error: RhythmconfError) -> MemberSummary:
    """Return the summary of a member that an error has stopped."""
    return _with_error(MemberSummary(order.name, order.project, order.environment, "failed"), error)._replace(
        command=describe_command(order)
    )


def _with_error(summary: MemberSummary, error: RhythmconfError) -> MemberSummary:
    """Add the reason, with its place: of the first diagnostic where the error sums up several."""
    first: Diagnostic | None = next(iter(error.diagnostics), None)
    where = error.where or (first.location if first else None)
    place = f"{where}: " if where else ""
    message = first.message if first and isinstance(error, Invalid) else error.message
    more = f", and {len(error.diagnostics) - 1} more" if isinstance(error, Invalid) and error.diagnostics[1:] else ""
    return summary._replace(
        state=STATES.get(error.exit_code, "failed"),
        code=error.exit_code,
        reason=f"{place}{message}{more}".replace("\n", " "),
        diagnostic=str(first.code if first and isinstance(error, Invalid) else error.code),
    )


def _begin(order: Order, environment: Environment, state: MemberState) -> MemberSummary:
    return MemberSummary(order.name, order.project, environment.name, state, tenant=environment.tenant)


COMMANDS: Mapping[FleetAction, str] = {
    "validate": "validate",
    "plan": "plan",
    "drift": "drift",
    "status": "history",
    "apply": "plan",
}
"""The command that shows more of one tenant."""


def describe_command(order: Order) -> str:
    """Return the command that shows more of a member."""
    environment = f" --env {order.environment}" if order.environment else ""
    return f"rhythmconf {COMMANDS[order.action]} -C {quote(order.shown)}{environment}"
