"""Plan an environment: read its tenant or a snapshot of it, compare, and make a plan."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rhythmconf.engine import diff
from rhythmconf.engine import plan as planning
from rhythmconf.errors import UsageError
from rhythmconf.flows import run_records
from rhythmconf.flows.annotate import (
    conflict_lines,
    leave_out_known,
    locate_diagnostics,
    locate_fields,
    records_without_documents,
)
from rhythmconf.flows.base_warnings import warn_of_base
from rhythmconf.flows.changed import warn_of_everything
from rhythmconf.flows.checkout import find_emptied
from rhythmconf.flows.clock import now
from rhythmconf.flows.compose import make_plan
from rhythmconf.flows.connect import await_lists, connect
from rhythmconf.flows.effects import NEXT_DAYS, CalendarRange
from rhythmconf.flows.history import find_history, is_of_earlier_tenant
from rhythmconf.flows.last_changes import add_last_changes
from rhythmconf.flows.opaque_ids import warn_of_opaque_ids
from rhythmconf.flows.read_records import read_records
from rhythmconf.flows.scope import Scope
from rhythmconf.flows.shared_state import look
from rhythmconf.flows.tenant_state import find_state, warn_of_state
from rhythmconf.flows.unused_overrides import check_overrides
from rhythmconf.flows.validate import Compared, judge_plan, resolve_valid
from rhythmconf.flows.values import Choices, Flow, History, Planned, Reading
from rhythmconf.model import Body, Diagnostic, Identity, Key, LiveState, Notice
from rhythmconf.settings import Environment, Settings
from rhythmconf.settings.variables import variable
from rhythmconf.source.desired import Desired
from rhythmconf.source.project import files, git
from rhythmconf.source.project.opening import use_kinds
from rhythmconf.source.project.values import Project, Site
from rhythmconf.tenant import live as live_state
from rhythmconf.tenant.client import Client
from rhythmconf.tenant.live import EmptyTenant, Source

if TYPE_CHECKING:
    from rhythmconf.source.project.forecast_cache import ForecastCache


def plan(
    project: Project,
    environment: Environment,
    choices: Choices | None = None,
    *,
    snapshot: Path | EmptyTenant | None = None,
    max_requests: int | None = None,
    dates: CalendarRange = NEXT_DAYS,
    reading: Reading | None = None,
    cache: ForecastCache | None = None,
) -> Flow[Planned]:
    """Plan an environment: what an apply would change in its tenant, and what that does in the days of `dates`.

    With `snapshot` the tenant's records come from a file of `pull --snapshot`, or there are none. With `reading` the
    plan has a forecast of people and money, which needs a tenant; with `cache`, it may be one of the last 24 hours.
    Nothing is written elsewhere. A plan that a guard refuses is returned too: look at its `guards`.

    Raises Invalid for files with errors, before the first request; Refused, UsageError and TenantError.
    """
    choices = choices or Choices()
    if choices.changed and not git.in_repository(project.settings.root):
        raise UsageError("--changed needs a git work tree", help="leave it out: everything is planned")
    declared = resolve_valid(project, environment.name, dates.first)
    if reading is not None:
        from rhythmconf.flows.calendar import check_keys  # most plans have no forecast

        check_keys(reading.keys, declared, project.catalog)
    if snapshot is None:
        yield Notice(diagnostics=look(project.settings, environment), severity="warning")
    history = History()
    if not choices.allow.no_base:
        opening = _open_source(project, environment, snapshot, max_requests)
        history = yield from find_history(project, environment, choices.base, opening)
    if isinstance(snapshot, EmptyTenant):
        # With a base, every record would seem to have been deleted in the tenant.
        history = history._replace(base_state=None)
    if history.base_state is not None:
        # A record is deleted without a document: all documents of its module may be gone.
        project = use_kinds(project, {key.kind for key in history.base_state.state.resources})
    if snapshot is None:
        yield from await_lists(project.settings, environment)
    with _open_source(project, environment, snapshot, max_requests) as source:
        planned = yield from plan_from(
            source, project, environment, declared, choices, now=now(), history=history, dates=dates
        )
        if reading is not None and isinstance(source, Client):
            planned = yield from _add_forecast(source, planned, project.site(environment), dates, reading, cache)
    yield Notice(diagnostics=planned.plan.diagnostics, texts=project.texts, severity="warning")
    if choices.prune_duplicates and all(pair.how != "duplicate" for pair in planned.identity.orphans):
        yield Notice("--prune-duplicates: no two records of this project carry the same mark", severity="warning")
    reapplied = run_records.warn_of_reapplying(project.settings, environment, planned.plan)
    unfinished: tuple[Diagnostic, ...] = ()
    if snapshot is None and (run := run_records.last_unfinished(project.settings, environment)):
        opening = _open_source(project, environment, snapshot, max_requests)
        if not (yield from is_of_earlier_tenant(run, project, environment, planned.live, opening)):
            # Imported here: most plans follow a run that is over.
            from rhythmconf.flows.tenant_lock import find_runner

            running, runner = find_runner(project.settings, environment) or ("", None)
            unfinished = (run_records.warn_of_unfinished(run, runner if running == run.header.run else None),)
    contested = any(field.side == "conflict" for change in planned.plan.changes for field in change.fields)
    unmoved = run_records.note_unmoved_base(project.settings, environment) if contested and snapshot is None else ()
    yield Notice(diagnostics=(*unfinished, *reapplied, *unmoved), severity="warning")
    return planned


def plan_from(
    source: Source,
    project: Project,
    environment: Environment,
    declared: Desired,
    choices: Choices,
    *,
    now: str,
    history: History | None = None,
    dates: CalendarRange = NEXT_DAYS,
) -> Flow[Planned]:
    """Plan with a client or a snapshot what the files declare. `now` is the time of the plan in ISO 8601 UTC."""
    history = history or History()
    site = project.site(environment)
    scope, live, identity, prune = yield from read_records(source, declared.state, choices, history, site)
    emptied = find_emptied(project, declared.state, history, choices)
    retired = prune if choices.retire else ()
    compared = identity._replace(pairs=tuple(pair for pair in identity.pairs if pair.key in scope.compared))
    comparison = diff.compare(compared, site, prune=prune, retire=retired, past=scope.past)
    try:
        plan = make_plan(
            comparison,
            identity,
            live,
            site,
            now=now,
            allow=choices.allow,
            empty_sources=not project.base.documents and not choices.destroy,
            emptied=emptied,
            base=history.base_state.base if scope.past and history.base_state else None,
            applied=_applied(scope, history, live),
            dates=dates._replace(left_out=_left_out(declared, identity)) if scope.narrowed else dates,
        )
    except planning.PlanUndecided as error:
        located = tuple(locate_diagnostics(error.diagnostics, declared.state, site, project.texts))
        raise planning.PlanUndecided(located) from None
    changes = locate_fields(plan.changes, declared.state, project.texts)
    found = locate_diagnostics(plan.diagnostics, declared.state, site, project.texts)
    notes = leave_out_known(found, declared.diagnostics)
    lines = conflict_lines(changes, choices.allow.theirs, identity, live, site.catalog)
    left = () if scope.narrowed else records_without_documents(identity, prune, site.catalog)
    unused = check_overrides(
        project, plan, choices.allow, _known_keys(declared, identity, scope, choices, live), emptied
    )
    several = len(project.settings.environments) > 1
    travelling = warn_of_opaque_ids(declared.state, live, identity, site, project.texts) if several else ()
    doubts = [*warn_of_base(plan, history, project, environment)]
    if choices.changed and not scope.narrowed:
        doubts.append(warn_of_everything(history))
    # What was changed since a commit that the user named may be less than what was changed since the last apply.
    since_apply = not scope.changed_since or (plan.base is not None and plan.base.origin != "--base")
    state = find_state(source)
    judged = judge_plan(project, declared, site, Compared(compared, comparison), live, dates.first)
    complete = plan._replace(
        changes=changes,
        whole=not choices.narrowed and not choices.destroy and since_apply,
        allowed=(*plan.allowed, *(planning.DESTROY,) * choices.destroy),
        only=tuple(map(site.catalog.shown, choices.narrowed)),
        changed_since=scope.changed_since,
        not_compared=scope.not_compared,
        clean=history.clean,
        diagnostics=(
            *warn_of_state(state, environment, now),
            *judged,
            *notes,
            *travelling,
            *lines,
            *left,
            *doubts,
            *history.diagnostics,
            *unused,
        ),
        commit=history.commit,
        source_digest=planning.source_digest(project.texts),
        fetch=history.fetch,
        state=state,
    )
    runs = run_records.runs_of_tenant(project.settings, environment)
    return Planned(add_last_changes(complete, identity, live, runs), live, identity, comparison.differences)


def _add_forecast(
    client: Client,
    planned: Planned,
    site: Site,
    dates: CalendarRange,
    reading: Reading,
    cache: ForecastCache | None,
) -> Flow[Planned]:
    # Imported here: most plans have no forecast.
    from rhythmconf.flows.forecast import Configuration, forecast

    configuration = Configuration(planned.live, planned.identity, planned.differences)
    found = yield from forecast(client, configuration, site, dates, reading, cache)
    return planned._replace(plan=planned.plan._replace(forecast=found))


def _applied(scope: Scope, history: History, live: LiveState) -> frozenset[Key]:
    """Return the keys that the last apply knows, of the kinds that were fetched. A base named by hand is no apply."""
    if scope.past is None or history.base_state is None or history.base_state.base.origin == "--base":
        return frozenset()
    return frozenset(key for key in scope.past.bodies if key.kind in live.records)


def _left_out(declared: Desired, identity: Identity) -> dict[Key, Body]:
    """Return the bodies of the documents whose kinds a plan does not read."""
    paired = {pair.key for pair in identity.pairs}
    return {key: resource.body for key, resource in declared.state.resources.items() if key not in paired}


def _known_keys(declared: Desired, identity: Identity, scope: Scope, choices: Choices, live: LiveState) -> set[Key]:
    """Return the keys that documents declare or declared at the base, and those of records.

    What the user allows counts too where its kind was not fetched: nothing shows whether there is such a record.
    """
    paired = (pair.key for pair in (*identity.pairs, *identity.orphans))
    unseen = (key for key in choices.allow.keys if key.kind not in live.records)
    return {*declared.key_set.declared, *paired, *identity.ids, *scope.without_document, *unseen}


def open_environment(settings: Settings, name: str | None, *, snapshot: Path | EmptyTenant | None) -> Environment:
    """Return the environment to plan for.

    A snapshot needs no tenant, and so none of the secrets that a review of a stranger's change must not have.
    """
    return settings.environment(name) if snapshot is None else settings.unexpanded(name)


def signing_key(settings: Settings) -> planning.SigningKey | None:
    """Return the key of RHYTHMCONF_PLAN_KEY."""
    return planning.SigningKey(settings.plan_key.reveal()) if settings.plan_key else None


def signing_key_without_project() -> planning.SigningKey | None:
    """Return the key of RHYTHMCONF_PLAN_KEY where there may be no project."""
    secret = variable(os.environ, "RHYTHMCONF_PLAN_KEY")
    return planning.SigningKey(secret) if secret else None


@contextmanager
def _open_source(
    project: Project, environment: Environment, snapshot: Path | EmptyTenant | None, max_requests: int | None
) -> Iterator[Source]:
    if snapshot is None:
        with connect(project, environment, max_requests=max_requests) as client:
            yield client
    elif isinstance(snapshot, EmptyTenant):
        yield snapshot
    else:
        saved = live_state.read_snapshot(files.read_any(snapshot), file=str(snapshot))
        live_state.check_tenant(saved, environment)
        yield saved
