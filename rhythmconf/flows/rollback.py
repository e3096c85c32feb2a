"""Plan the reversal of a run, or of a saved plan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rhythmconf.catalog import Catalog
from rhythmconf.engine import diff, execute
from rhythmconf.engine import plan as planning
from rhythmconf.engine.execute import codes as execute_codes
from rhythmconf.engine.journal import Log
from rhythmconf.engine.plan.file import serialise
from rhythmconf.errors import UsageError
from rhythmconf.flows import run_records
from rhythmconf.flows.clock import now
from rhythmconf.flows.compose import make_plan
from rhythmconf.flows.connect import await_lists, connect
from rhythmconf.flows.plan import signing_key
from rhythmconf.flows.values import Flow, Planned
from rhythmconf.model import Notice, Plan
from rhythmconf.settings import Environment, Settings
from rhythmconf.source.project import files
from rhythmconf.source.project.opening import use_kinds_of_plan
from rhythmconf.source.project.values import Project
from rhythmconf.tenant import live as live_state


@dataclass(frozen=True, slots=True)
class Reversed:
    """A plan to roll back, the record of its run where there is one, and its environment."""

    plan: Plan
    log: Log | None
    environment: Environment


def find(settings: Settings, directory: Path, run: str | None, plan_file: str | None, env: str | None) -> Reversed:
    """Find what the user wants to roll back: one run, or one saved plan. `env` is what --env named.

    Raises UsageError unless it is just one, Refused for a damaged one.
    """
    if (run is None) == (plan_file is None):
        help = "rhythmconf history lists the runs"
        if plan_file is None and (newest := run_records.find_newest(settings, env)):
            help = f"the newest that wrote something: rhythmconf rollback {newest}; {help}"
        raise UsageError("rollback needs a run, or --plan FILE", help=help)
    log = run_records.find(settings, directory, run) if run else None
    data = serialise(log.plan) if log else files.read_any(directory / str(plan_file))
    plan = planning.load(data, signing_key(settings))
    environment = settings.environment(plan.fingerprint.environment)
    if env not in (None, environment.name):
        raise UsageError(f"that is of {environment.name}, not of {env}", help="leave out --env (unset RHYTHMCONF_ENV)")
    return Reversed(plan, log, environment)


def rollback(project: Project, reversed: Reversed, allow: planning.Allow | None = None) -> Flow[Planned]:
    """Plan the values before a run or a plan. Diagnostics name what can't be restored.

    Raises Refused where the tenant is another incarnation.
    """
    # Imported here: the calendar is slow to load, and applies load this module too.
    from rhythmconf.flows.run_warnings import warn_of_made

    environment, plan, log = reversed.environment, reversed.plan, reversed.log
    project = use_kinds_of_plan(project, plan)
    site = project.site(environment)
    if plan.project is not None:
        planning.check_project(plan, site.project)
    planning.check_tenant(plan, environment)
    yield from await_lists(project.settings, environment)
    since = log.header.started_at if log else plan.created_at
    with connect(project, environment) as client:
        live = yield from live_state.fetch(
            client, list(site.catalog.kinds.values()), _optional_kinds(plan, site.catalog)
        )
        made = yield from warn_of_made(client, plan.changes, site.catalog, environment.calendar, since)
    recorded = execute.add_created_to_sample(plan, log).fingerprint if log else plan.fingerprint
    execute.check_incarnation(recorded, live)
    identity = execute.restore_identity(plan, live, site, log=log)
    prune = frozenset(pair.key for pair in identity.orphans)
    back = make_plan(diff.compare(identity, site, prune=prune), identity, live, site, now=now(), allow=allow)
    # The plan has no commit, because the files are not what it brings about. Its digest says whose plan it reverses;
    # rolling a rollback back reverses nobody's.
    undoes = "" if _is_rollback(plan) else plan.source_digest
    back = back._replace(source_digest=undoes, undoes=undoes, diagnostics=(*back.diagnostics, *made))
    yield Notice(diagnostics=back.diagnostics, severity="warning")
    return Planned(back, live, identity)


def _optional_kinds(plan: Plan, catalog: Catalog) -> frozenset[str]:
    """Return the kinds whose list the tenant may refuse: the plan back changes none of their records.

    It deletes what the plan created, so it needs every record that may refer to that.
    """
    touched = {key.kind for key in (*(change.key for change in plan.changes), *(one.key for one in plan.binds))}
    created = {change.key.kind for change in plan.changes if change.action == "create"}
    return frozenset(catalog.kinds) - touched - catalog.users(created)


def _is_rollback(plan: Plan) -> bool:
    """Tell whether a plan reverses another one. Before `undoes` existed, only its warning said so."""
    old = plan.project is None and any(each.code == execute_codes.ROLLBACK for each in plan.diagnostics)
    return plan.undoes is not None or old
