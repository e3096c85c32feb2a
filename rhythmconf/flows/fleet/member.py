"""Carry out an order for one member of a fleet, in a worker, and sum up what came of it."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

from rhythmconf.engine import journal
from rhythmconf.engine import plan as planning
from rhythmconf.engine.identity import forget_marks
from rhythmconf.errors import Refused, RhythmconfError, SettingsError, UsageError, codes
from rhythmconf.flows import events, run_records, trust
from rhythmconf.flows.apply import apply, exit_code
from rhythmconf.flows.drift import drift
from rhythmconf.flows.fleet.pulling import pull_member
from rhythmconf.flows.fleet.summaries import add_error, begin, describe_command, summarise_error, summarise_plan
from rhythmconf.flows.fleet.values import Order, Show
from rhythmconf.flows.plan import plan, signing_key
from rhythmconf.flows.resume import resume
from rhythmconf.flows.shared_state import look
from rhythmconf.flows.tenant_lock import find_runner
from rhythmconf.flows.validate import Invalid, validate
from rhythmconf.flows.values import Reading, RunLimits
from rhythmconf.model import Plan, Run, checksum, checksum_once
from rhythmconf.model.fleet import MemberSummary
from rhythmconf.model.plural import counted
from rhythmconf.settings import Environment, Settings
from rhythmconf.source.project import files
from rhythmconf.source.project.opening import NAME, open_project, open_settings, open_without_documents
from rhythmconf.source.project.values import Project

INCOMPLETE = str(codes.INCOMPLETE)


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
    if order.pull is not None:
        return pull_member(order, order.pull, settings, environment)
    project = open_project(settings, [environment.name])
    if order.action == "drift":
        made = events.run(drift(project, environment))
    else:
        reading = Reading() if order.forecast or environment.forecast else None
        made = events.run(plan(project, environment, reading=reading))
    planned = made.plan
    summary = summarise_plan(order, planned, 2 if order.action == "drift" and planned.changes else 0)
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
        return add_error(summary, error)
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
    summary = begin(order, environment, "valid")._replace(findings=len(diagnostics))
    return add_error(summary, Invalid(failing)) if failing else summary


def _status(order: Order, settings: Settings) -> MemberSummary:
    """Sum up the last run that is on record here."""
    environment = settings.unexpanded(order.environment or None)
    last = run_records.last_that_counts(settings, environment)
    if last is None:
        return begin(order, environment, "no run")
    header = last.header
    summary = begin(order, environment, "unfinished" if last.unfinished else "applied")._replace(
        run=header.run, reason=f"{header.command} of {header.started_at} ({header.actor})"
    )
    if not last.unfinished:
        return summary
    if running := find_runner(settings, environment):
        return summary._replace(reason=f"{summary.reason}, {running[1]}")
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
    summary = summarise_plan(order, named, 0)._replace(plan_digest=order.digest)
    try:
        run = _run(order, project, environment, saved)
    except RhythmconfError as error:
        return add_error(summary, error)._replace(command=_describe_rest(order, settings, environment))
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
    """Apply a plan. With `resume`, go on from what an earlier order for it has done."""
    if not order.resume:
        return events.run(apply(project, environment, saved))
    try:
        return _continue(project, environment, saved, RunLimits(lock_timeout=order.lock_timeout))
    except (Refused, UsageError):
        done = _find_complete(project.settings, environment, saved)
        if done is None:
            raise
        return done  # by that order, while this one waited for the lock


def _continue(project: Project, environment: Environment, saved: Plan, limits: RunLimits) -> Run:
    """Finish the run that an earlier order has begun; apply the plan where there is none."""
    settings = project.settings
    look(settings, environment)  # another computer may have applied it
    earlier = run_records.find_applied(settings, environment, saved)
    if earlier is not None and earlier.run is not None and earlier.run.unfinished and earlier.rollback is None:
        resumed = events.run(resume(settings, environment, journal.read(earlier.run.path), limits))
        return resumed or Run("", ())
    return _find_complete(settings, environment, saved) or events.run(apply(project, environment, saved, limits))


def _find_complete(settings: Settings, environment: Environment, saved: Plan) -> Run | None:
    """Return the run that has applied all of a plan, unless it was rolled back."""
    earlier = run_records.find_applied(settings, environment, saved)
    if earlier is None or earlier.run is None or earlier.rollback is not None or earlier.run.ending != "complete":
        return None
    return Run(earlier.run.header.run, journal.results(journal.read(earlier.run.path)))


def _describe_rest(order: Order, settings: Settings, environment: Environment) -> str:
    """Return the command that finishes the last run if it is unfinished, else the one that shows what is left."""
    last = run_records.last_unfinished(settings, environment)
    return f"rhythmconf resume {last.header.run} -C {quote(order.shown)}" if last else describe_command(order)
