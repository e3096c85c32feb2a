"""What `rollback` does around the plan back: finding what was done, showing, saving and applying."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rhythmconf.cli.console import Console
from rhythmconf.cli.options import Options
from rhythmconf.engine import plan as planning
from rhythmconf.engine.journal import Log
from rhythmconf.engine.plan.file import serialise
from rhythmconf.errors import UsageError
from rhythmconf.flows import apply, run_records
from rhythmconf.flows import planning as steps
from rhythmconf.flows.apply import Approve, Site, Terms
from rhythmconf.flows.await_lists import listed
from rhythmconf.flows.connect import now
from rhythmconf.flows.plan import keep, signing_key
from rhythmconf.flows.values import Planned
from rhythmconf.model import Plan, Run
from rhythmconf.report.formats import text
from rhythmconf.settings import Environment
from rhythmconf.source.project import files
from rhythmconf.source.project.opening import open_project
from rhythmconf.source.project.values import Project


@dataclass(frozen=True, slots=True)
class Back:
    """A plan to roll back, the record of its run where there is one, and where."""

    plan: Plan
    log: Log | None
    project: Project
    environment: Environment


def find(options: Options, run: str | None, plan_file: str | None) -> Back:
    """What the user wants undone. Raises UsageError unless it is one run or one plan, Refused for a damaged one."""
    if (run is None) == (plan_file is None):
        raise UsageError("rollback takes a run, or --plan FILE", help="rhythmconf history lists the runs")
    project = open_project(options.directory, options.env, ())
    key = signing_key(project.settings)
    log = run_records.find(project.settings, options.directory, run) if run else None
    data = serialise(log.plan) if log else files.read_any(options.directory / str(plan_file))
    plan = planning.load(data, key)
    environment = project.settings.environment(plan.fingerprint.environment)
    if options.env not in (None, environment.name):
        raise UsageError(f"that is of {environment.name}, not of {options.env}", help="leave out --env")
    return Back(plan, log, open_project(options.directory, options.env, [environment.name]), environment)


def save(options: Options, screen: Console, back: Back, lifting: planning.Allow, out: Path) -> int:
    """Show the plan back and keep it for `apply FILE`."""
    return keep(options, screen, made(screen, back, lifting).plan, back.project.settings, out)


def applied(screen: Console, back: Back, lifting: planning.Allow, approve: Approve) -> Run:
    """Make the plan back under the lock, have it approved, apply it."""
    site = Site(back.project.settings, back.project.catalog, back.environment)
    with apply.locked(site, Terms(), "rollback"):
        planned = made(screen, back, lifting)
        with apply.accounted(apply.untouched(planned.plan)):
            lists = apply.approved(planned, approve)
            spent = planned.live.requests
            return apply.executed(site, screen, planned.plan, lists, Terms(), command="rollback", spent=spent)


def made(screen: Console, back: Back, lifting: planning.Allow) -> Planned:
    """The plan back. What it can't restore is said at once, on stderr."""
    with listed(back.project.settings, back.project.catalog, back.environment, screen) as client:
        progress = steps.rollback(back.plan, back.log, back.project, back.environment, client, lifting, now=now())
        planned = screen.finish(progress)
    screen.warn(*text.diagnostics(planned.plan.diagnostics, {}))
    return planned
