"""Read the history of an environment, and ask its tenant where a run on record may be that of another tenant."""

from __future__ import annotations

from contextlib import AbstractContextManager

from rhythmconf.engine import execute, journal
from rhythmconf.engine.journal import RunSummary
from rhythmconf.errors import RhythmconfError, TenantError
from rhythmconf.flows.base import read_history
from rhythmconf.flows.connect import await_lists
from rhythmconf.flows.find_base import UnknownRun
from rhythmconf.flows.values import Flow, History
from rhythmconf.model import LiveState
from rhythmconf.settings import Environment
from rhythmconf.source.project.values import Project
from rhythmconf.tenant import live as live_state
from rhythmconf.tenant.live import Source


def find_history(
    project: Project, environment: Environment, revision: str | None, source: AbstractContextManager[Source]
) -> Flow[History]:
    """Read the history of an environment. `revision` is the base that the user named.

    A run on record here whose commit this clone lacks is refused, unless the tenant has none of its records: then it
    wrote to an earlier tenant of this name, such as an embedded one whose file was deleted. Only for that the tenant is
    asked, through `source`. Raises as `read_history`.
    """
    try:
        return read_history(project, environment, revision)
    except UnknownRun as unknown:
        if not (yield from is_of_earlier_tenant(unknown.run, project, environment, LiveState({}), source)):
            raise
    return read_history(project, environment, revision, runs=())


def is_of_earlier_tenant(
    run: RunSummary,
    project: Project,
    environment: Environment,
    seen: LiveState,
    source: AbstractContextManager[Source],
) -> Flow[bool]:
    """Tell whether the tenant is certainly not the one that a run wrote to. What can't be asked is not certain.

    All kinds are read through `source`, unless a record of the run is among those that were `seen`.
    """
    try:
        log = journal.read(run.path)
        sample = execute.add_created_to_sample(execute.read_plan(log), log).fingerprint.incarnation
    except RhythmconfError:
        return False
    if not sample or live_state.same_incarnation(sample, seen):
        return False
    yield from await_lists(project.settings, environment)
    try:
        with source as reader:
            live = yield from live_state.fetch(reader, [*project.catalog.kinds.values()])
    except TenantError:
        return False
    return not live_state.same_incarnation(sample, live)
