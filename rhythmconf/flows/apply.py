"""What `apply`, `resume` and `rollback` do around the execution: lock, run record, bindings, and the exit code."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from rhythmconf.catalog import Catalog
from rhythmconf.cli.choices import MakeChoices
from rhythmconf.cli.console import Console
from rhythmconf.cli.options import Options
from rhythmconf.engine import execute, journal
from rhythmconf.engine import plan as planning
from rhythmconf.engine.execute import InterruptedRun
from rhythmconf.engine.execute import codes as execute_codes
from rhythmconf.engine.journal import Log
from rhythmconf.engine.plan.file import serialise
from rhythmconf.errors import AuthError, Incomplete, Refused, RhythmconfError, UsageError
from rhythmconf.flows import base, codes, run_records
from rhythmconf.flows.await_lists import listed
from rhythmconf.flows.connect import CLOCK
from rhythmconf.flows.plan import make, signing_key
from rhythmconf.flows.values import Planned
from rhythmconf.model import Diagnostic, LiveState, Plan, Progress, Result, Run
from rhythmconf.report.subjects import run_record
from rhythmconf.settings import Environment, Settings
from rhythmconf.source.project import bindings, files, git
from rhythmconf.source.project.opening import open_catalog, open_project, open_settings

if TYPE_CHECKING:
    from rhythmconf.model import Action, Outcome

Approve = Callable[[Plan], bool]
"""Shows a plan and raises Refused unless it may be applied; says whether a person was asked, which takes its time."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Bounds of a run: requests, seconds to wait for the lock, and where its record goes."""

    max_requests: int | None = None
    lock_timeout: float = 0.0
    journal: Path | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """Where a run happens."""

    settings: Settings
    catalog: Catalog
    environment: Environment


def saved(options: Options, screen: Console, path: Path, terms: Terms) -> Run:
    """Apply a plan file exactly. Raises Refused for a damaged, foreign, old or stale one."""
    settings = open_settings(options.directory, options.env)
    plan = planning.load(files.read_any(path), signing_key(settings))
    environment = settings.environment(plan.fingerprint.environment)
    site = Site(settings, open_catalog(settings), environment)
    with accounted(untouched(plan)):
        _refuse(options, plan, site)
        following = base.following(plan, lambda: open_project(options.directory, options.env, [environment.name]))
        with locked(site, terms, "apply"):
            return executed(site, screen, plan, None, terms, following=following)


def _refuse(options: Options, plan: Plan, site: Site) -> None:
    place = site.environment
    if options.env not in (None, place.name):
        raise Refused(f"the plan is for {place.name}, not for {options.env}", help="give the plan for that one")
    planning.refuse_unfit(plan, place, now=CLOCK.now())
    planning.refuse_misfits(plan, site.catalog)
    planning.refuse_untrue(plan, site.catalog)


def untouched(plan: Plan) -> tuple[Result, ...]:
    """The account of a plan of which nothing was attempted."""
    return tuple(Result(change.key, change.action, "not_attempted", change.id) for change in plan.changes)


@contextmanager
def accounted(results: tuple[Result, ...]) -> Iterator[None]:
    """An error that leaves the block, before anything was attempted in it, carries the account of the plan."""
    try:
        yield
    except RhythmconfError as error:
        error.results = error.results or results
        raise


def fresh(options: Options, screen: Console, choose: MakeChoices, terms: Terms, approve: Approve) -> Run:
    """Plan under the lock, have it approved, apply. Without changes nothing is asked."""
    settings = open_settings(options.directory, options.env)
    site = Site(settings, open_catalog(settings), settings.environment(options.env))
    refuse_unsaved(site.environment, "plan")
    with locked(site, terms, "apply"):
        planned = make(options, choose, screen, max_requests=terms.max_requests).planned
        with accounted(untouched(planned.plan)):
            lists = approved(planned, approve)
            return executed(site, screen, planned.plan, lists, terms, spent=planned.live.requests)


def approved(planned: Planned, approve: Approve) -> LiveState | None:
    """The lists that an approved plan was made from; None where they are old by now, and have to be read again.

    Raises Refused where a guard says no: nobody is asked about such a plan.
    """
    asked = approve(planned.plan)
    planning.refuse_guarded(planned.plan)
    return None if asked else planned.live


def resumed(options: Options, screen: Console, name: str | None, terms: Terms) -> Run | None:
    """Finish a run, by default the environment's last unfinished one; None where there is none.

    Raises UsageError for a run that is over, Refused for one of another tenant.
    """
    settings = open_settings(options.directory, options.env)
    log = run_records.find(settings, options.directory, name) if name else None
    environment = settings.environment(log.header.environment if log else options.env)
    if options.env not in (None, environment.name):
        raise Refused(f"the run is of {environment.name}, not of {options.env}", help="leave out --env")
    site = Site(settings, open_catalog(settings), environment)
    with locked(site, terms, "resume"):
        # Only now nobody else writes to it.
        found = journal.read(log.path) if log else run_records.unfinished(settings, environment)
        if found is None:
            return None
        with accounted(_so_far(found)):
            return finished(site, screen, found, terms)


def _so_far(log: Log) -> tuple[Result, ...]:
    """The account of a run by its record."""
    told = run_record.changes(log)
    return tuple(
        Result(one.key, cast("Action", one.action), cast("Outcome", one.outcome), one.id, one.message) for one in told
    )


def finished(site: Site, screen: Console, log: Log, terms: Terms) -> Run:
    """The rest of a run, done."""
    if not log.unfinished:
        raise UsageError(f"the run {log.header.run} is {log.ending} {log.message}".rstrip(), help="make a new plan")
    plan = planning.load(serialise(log.plan), signing_key(site.settings))
    planning.refuse_foreign(plan, site.environment)
    planning.refuse_guarded(plan)
    planning.refuse_misfits(plan, site.catalog)
    with listed(site.settings, site.catalog, site.environment, screen, max_requests=terms.max_requests) as client:
        run_records.point(site.settings, site.environment, log.path)
        steps = execute.resume(
            log,
            client=client,
            catalog=site.catalog,
            dialect=site.environment.dialect,
            journal=journal.reopen(log, now=CLOCK.now),
            clock=CLOCK,
            bindings=bindings.read(site.settings, site.environment.name),
        )
        run = concluded(site, screen, steps)
    return remembered(site, base.NextBase(log.header.commit, log.header.advances), run)


def refuse_unsaved(environment: Environment, command: str) -> None:
    """A protected environment takes only plans that were saved, and so could be reviewed."""
    if environment.protected:
        raise Refused(
            f"{environment.name} is protected: it applies only saved plans",
            help=f"rhythmconf {command} --env {environment.name} -o FILE, review it, then rhythmconf apply FILE",
        )


@contextmanager
def locked(site: Site, terms: Terms, command: str) -> Iterator[None]:
    """Hold the tenant's lock for the block."""
    place = site.environment
    path = run_records.lock_path(site.settings, place)
    holder = journal.Holder(
        pid=os.getpid(),
        host=socket.gethostname(),
        user=actor(),
        started=journal.timestamp(CLOCK.now()),
        command=f"{command} --env {place.name}",
    )
    with journal.lock(path, holder, timeout=terms.lock_timeout, now=CLOCK.now, sleep=CLOCK.sleep):
        yield


def executed(
    site: Site,
    screen: Console,
    plan: Plan,
    live: LiveState | None,
    terms: Terms,
    *,
    following: base.NextBase | None = None,
    command: str = "apply",
    spent: int = 0,
) -> Run:
    """Execute under a run record; bindings that the run made are written to their file.

    `spent` are the requests that were made for the plan.
    """
    following = following or base.following(plan)
    plan = plan if plan.digest else planning.seal(plan, signing_key(site.settings))
    bound = bindings.read(site.settings, site.environment.name)
    id = run_records.next_id(site.settings, site.environment)
    path = terms.journal or journal.run_path(site.settings.state_dir, id)
    budget = terms.max_requests
    with listed(site.settings, site.catalog, site.environment, screen, max_requests=budget, spent=spent) as client:
        run_records.point(site.settings, site.environment, path)
        log = journal.start(path, header(site, plan, following, id, command), planning.to_json(plan), now=CLOCK.now)
        steps = execute.apply(
            plan,
            client=client,
            catalog=site.catalog,
            dialect=site.environment.dialect,
            journal=log,
            clock=CLOCK,
            live=live,
            bindings=bound,
        )
        run = concluded(site, screen, steps)
    return remembered(site, following, run)


def remembered(site: Site, following: base.NextBase, run: Run) -> Run:
    """After all of a plan its commit is what the tenant agrees with now; where that can't be noted, the Run warns."""
    if not run.complete or base.advance(site.settings, site.environment.name, following):
        return run
    ref = git.applied_ref(site.environment.name)
    words = f"the base of {site.environment.name} stays where it was: git doesn't move {ref}"
    help = f"Often a stale .lock file of it is in the way. Then: git update-ref {ref} {following.commit}"
    return replace(run, diagnostics=(*run.diagnostics, Diagnostic(codes.BASE_NOT_MOVED, words, "warning", help=help)))


def concluded(site: Site, screen: Console, steps: Generator[Progress, None, Run]) -> Run:
    """Run to the end, keep the bindings that came of it also when it was interrupted, and close what came before."""
    try:
        run = screen.finish(steps)
    except InterruptedRun as error:
        error.run = kept(site, error.run)
        raise
    return kept(site, run)


def kept(site: Site, run: Run) -> Run:
    """Write down what outlives a run besides its record; what can't be stands in the Run."""
    run_records.supersede_older(site.settings, site.environment, run.id)
    try:
        bindings.add(site.settings, site.environment.name, run.binds)
    except RhythmconfError as error:
        words = f"{error.where}: the bindings of this run are not in it: {error.message}"
        lost = Diagnostic(error.code, words, help="Mend it, then write into it what the report says was bound.")
        return replace(run, diagnostics=(*run.diagnostics, lost))
    return run


def header(site: Site, plan: Plan, following: base.NextBase, id: str, command: str) -> journal.Header:
    """What the run record begins with."""
    place = plan.fingerprint
    return journal.Header(
        run=id,
        command=command,
        started_at=journal.timestamp(CLOCK.now()),
        environment=place.environment,
        tenant=place.tenant,
        base_url=place.base_url,
        incarnation=place.incarnation,
        actor=actor(),
        commit=following.commit,
        digest=plan.digest,
        advances=following.advances,
        undoes=execute.undone(plan),
        place=run_records.place(site.settings, site.environment),
    )


def actor() -> str:
    """Who runs this, as the computer knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())


def exit_code(run: Run) -> int:
    """0 complete; 5 something was written or may have been; 4 no permission; 3 a conflict; 1 anything else."""
    if run.complete:
        return 0
    if any(wrote(result) for result in run.results) or any(
        found.code == execute_codes.NOT_PERSISTED for found in run.diagnostics
    ):
        return Incomplete.exit_code
    if any(found.code == AuthError.code for found in run.diagnostics):
        return AuthError.exit_code
    return Refused.exit_code if run.count("conflict") else RhythmconfError.exit_code


def wrote(result: Result) -> bool:
    """Whether a change left something in the tenant, or may have: a create that failed later has its record."""
    return result.outcome in ("applied", "unknown") or (result.action == "create" and result.id is not None)
