"""What `apply` does around the execution: lock, run record, bindings, report, and the exit code."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rhythmconf import execute, journal, walk
from rhythmconf import plan as planning
from rhythmconf.catalog import Catalog
from rhythmconf.cli import bindings, files
from rhythmconf.cli.choices import MakeChoices
from rhythmconf.cli.console import Console
from rhythmconf.cli.options import Options
from rhythmconf.cli.planning import make, refuse_guarded, signing_key
from rhythmconf.cli.project import open_catalog, open_settings
from rhythmconf.cli.tenant import CLOCK, connect
from rhythmconf.errors import AuthError, Incomplete, Refused, RhythmconfError
from rhythmconf.model import LiveState, Plan, Run
from rhythmconf.settings import Environment, Settings

Approve = Callable[[Plan], None]
"""Shows a plan and raises Refused unless it may be applied."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Bounds of a run: requests, seconds to wait for the lock, and where its record goes."""

    max_requests: int | None
    lock_timeout: float
    journal: Path | None


@dataclass(frozen=True, slots=True)
class Site:
    """Where a run happens."""

    known: Settings
    catalog: Catalog
    environment: Environment


def saved(options: Options, screen: Console, path: Path, terms: Terms) -> Run:
    """Apply a plan file exactly. Raises Refused for a damaged, foreign, old or stale one."""
    known = open_settings(options)
    plan = planning.load(files.read_any(path), signing_key(known))
    environment = known.environment(plan.fingerprint.environment)
    if options.env not in (None, environment.name):
        raise Refused(f"the plan is for {environment.name}, not for {options.env}", help="give the plan for that one")
    walk.refuse_unfit(plan, environment, now=CLOCK.now())
    site = Site(known, open_catalog(known), environment)
    with locked(site, terms):
        return executed(site, screen, plan, None, terms)


def fresh(options: Options, screen: Console, choose: MakeChoices, terms: Terms, approve: Approve) -> Run:
    """Plan under the lock, have it approved, apply. Without changes nothing is asked and nothing is recorded."""
    known = open_settings(options)
    site = Site(known, open_catalog(known), known.environment(options.env))
    if site.environment.protected:
        raise Refused(
            f"{site.environment.name} is protected: it applies only saved plans",
            help=f"rhythmconf plan --env {site.environment.name} -o FILE, review it, then rhythmconf apply FILE",
        )
    with locked(site, terms):
        planned = make(options, choose, screen).planned
        approve(planned.plan)
        refuse_guarded(planned.plan)
        return executed(site, screen, planned.plan, planned.live, terms)


@contextmanager
def locked(site: Site, terms: Terms) -> Iterator[None]:
    """Hold the tenant's lock for the block."""
    place = site.environment
    # A file of this project: another project may have an embedded tenant of the same name.
    address = str((site.known.root / place.embedded).resolve()) if place.embedded else place.base_url
    path = journal.lock_path(site.known.state_dir, address, place.tenant)
    holder = journal.Holder(
        pid=os.getpid(),
        host=socket.gethostname(),
        user=actor(),
        started=journal.timestamp(CLOCK.now()),
        command=f"apply --env {place.name}",
    )
    with journal.lock(path, holder, timeout=terms.lock_timeout, now=CLOCK.now, sleep=CLOCK.sleep):
        yield


def executed(site: Site, screen: Console, plan: Plan, live: LiveState | None, terms: Terms) -> Run:
    """Execute under a run record; bindings that the run made are written to their file."""
    id = journal.run_id(CLOCK.now(), CLOCK.random())
    path = terms.journal or journal.run_path(site.known.state_dir, id)
    with connect(site.known, site.catalog, site.environment, max_requests=terms.max_requests) as client:
        log = journal.start(path, header(plan, id), now=CLOCK.now)
        steps = execute.apply(
            plan,
            client=client,
            catalog=site.catalog,
            dialect=site.environment.dialect,
            journal=log,
            clock=CLOCK,
            live=live,
            bindings=bindings.read(site.known, site.environment.name),
        )
        run = screen.finish(steps)
    bindings.add(site.known, site.environment.name, run.binds)
    return run


def header(plan: Plan, id: str) -> journal.Header:
    """What the run record begins with."""
    place = plan.fingerprint
    return journal.Header(
        run=id,
        command="apply",
        started_at=journal.timestamp(CLOCK.now()),
        environment=place.environment,
        tenant=place.tenant,
        base_url=place.base_url,
        incarnation=place.incarnation,
        actor=actor(),
        commit=plan.commit,
        digest=plan.digest,
        plan=planning.to_json(plan),
    )


def actor() -> str:
    """Who runs this, as the computer knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())


def exit_code(run: Run) -> int:
    """0 complete; 5 something was written or may have been; 4 no permission; 3 a conflict; 1 anything else."""
    if len(run.results) == run.count("applied"):
        return 0
    if run.count("applied", "unknown"):
        return Incomplete.exit_code
    if any(found.code == AuthError.code for found in run.diagnostics):
        return AuthError.exit_code
    return Refused.exit_code if run.count("conflict") else RhythmconfError.exit_code
