"""What `apply` does around the execution: lock, run record, bindings, report, and the exit code."""

from __future__ import annotations

import getpass
import os
import socket
import sys
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
from rhythmconf.cli.output import diagnose, emit
from rhythmconf.cli.planning import make, refuse_guarded
from rhythmconf.cli.project import open_catalog, open_settings
from rhythmconf.cli.tenant import CLOCK, connect
from rhythmconf.errors import Interrupted, Refused, RhythmconfError, UsageError
from rhythmconf.model import LiveState, Plan, Run
from rhythmconf.report import as_json, text
from rhythmconf.report.terminal import render
from rhythmconf.settings import Environment, Settings


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
    plan = planning.load(files.read_any(path), known.plan_key)
    environment = known.environment(plan.fingerprint.environment)
    if options.env not in (None, environment.name):
        raise Refused(
            f"the plan is for {environment.name}, not for {options.env}", help=f"plan again with --env {options.env}"
        )
    walk.refuse_unfit(plan, environment, now=CLOCK.now())
    site = Site(known, open_catalog(known), environment)
    with locked(site, terms):
        return execute_plan(site, screen, plan, None, terms)


def fresh(options: Options, screen: Console, choose: MakeChoices, terms: Terms, *, approve: Callable[[Plan], bool]) -> Run:
    """Plan under the lock, have it approved, apply."""
    known = open_settings(options)
    site = Site(known, open_catalog(known), known.environment(options.env))
    if site.environment.protected:
        raise Refused(
            f"{site.environment.name} is protected: it applies only saved plans",
            help=f"rhythmconf plan --env {site.environment.name} -o FILE, review it, then rhythmconf apply FILE",
        )
    with locked(site, terms):
        planned = make(options, choose, screen).planned
        refuse_guarded(planned.plan)
        if not approve(planned.plan):
            raise Refused("not approved", help="nothing was written")
        return execute_plan(site, screen, planned.plan, planned.live, terms)


@contextmanager
def locked(site: Site, terms: Terms) -> Iterator[None]:
    """Hold the tenant's lock for the block."""
    place = site.environment
    path = journal.lock_path(site.known.state_dir, place.base_url, place.tenant)
    holder = journal.Holder(
        pid=os.getpid(),
        host=socket.gethostname(),
        user=user(),
        started=journal.timestamp(CLOCK.now()),
        command=f"apply --env {place.name}",
    )
    with journal.lock(path, holder, timeout=terms.lock_timeout, now=CLOCK.now, sleep=CLOCK.sleep):
        yield


def execute_plan(site: Site, screen: Console, plan: Plan, live: LiveState | None, terms: Terms) -> Run:
    """Execute under a run record; bindings that the run made are written to their file."""
    run = journal.run_id(CLOCK.now(), CLOCK.random())
    with (
        connect(site.known, site.catalog, site.environment, max_requests=terms.max_requests) as client,
        recorded(site, plan, run, terms) as log,
    ):
        steps = execute.apply(
            plan,
            client=client,
            catalog=site.catalog,
            dialect=site.environment.dialect,
            journal=log,
            live=live,
            clock=CLOCK,
        )
        done = screen.finish(steps)
    bindings.add(site.known, site.environment.name, done.binds)
    return done
