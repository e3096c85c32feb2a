"""Finish an interrupted run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rhythmconf.engine import execute, journal
from rhythmconf.engine import plan as planning
from rhythmconf.engine.journal import Log
from rhythmconf.engine.plan.file import serialise
from rhythmconf.errors import Refused, RhythmconfError, UsageError
from rhythmconf.flows import run_records
from rhythmconf.flows.apply import advance_after, finish_run
from rhythmconf.flows.clock import CLOCK
from rhythmconf.flows.connect import await_lists, connect
from rhythmconf.flows.next_base import NextBase
from rhythmconf.flows.plan import signing_key
from rhythmconf.flows.tenant_lock import Turn, locked
from rhythmconf.flows.values import Flow, RunLimits
from rhythmconf.model import Run
from rhythmconf.settings import Environment, Settings
from rhythmconf.source.project.opening import open_without_documents, use_kinds_of_plan
from rhythmconf.source.project.values import Project


def find_environment(settings: Settings, log: Log | None, name: str | None) -> Environment:
    """Return the environment of a run, or the one in force without a run. `name` is what --env named."""
    environment = settings.environment(log.header.environment if log else name)
    if name not in (None, environment.name):
        raise Refused(f"the run is of {environment.name}, not of {name}", help="leave out --env (unset RHYTHMCONF_ENV)")
    return environment


def resume(
    settings: Settings, environment: Environment, log: Log | None, limits: RunLimits | None = None
) -> Flow[Run | None]:
    """Finish a run, by default the environment's last unfinished one. Return None where there is none.

    Raises UsageError for a run that is over, Refused for a run of another tenant.
    """
    limits = limits or RunLimits()
    # The lock is taken for one run. Another one may begin until then, and is then the last.
    chosen = log or run_records.unfinished(settings, environment)

    def work(turn: Turn) -> Flow[Run | None]:
        # Under the lock nobody else writes to the record and the bindings, so they are read now, or again.
        last = run_records.unfinished(settings, environment) if log is None else _read_again(settings, log, turn)
        if last is None:
            return None
        if turn.run and last.header.run != turn.run:
            raise Refused(f"run {last.header.run} has begun in the meantime", help="resume again")
        with _accounting_for(last):
            project = open_without_documents(settings, [environment.name])
            return (yield from _finish(project, environment, last, limits, turn))

    return (yield from locked(settings, environment, limits, "resume", work, chosen.header.run if chosen else ""))


def _finish(project: Project, environment: Environment, log: Log, limits: RunLimits, turn: Turn) -> Flow[Run]:
    if not log.unfinished:
        raise UsageError(f"the run {log.header.run} is {log.ending} {log.message}".rstrip(), help="make a new plan")
    settings = project.settings
    plan = planning.load(serialise(log.plan), signing_key(settings))
    if plan.project is not None:
        planning.check_project(plan, settings.project)
    project = use_kinds_of_plan(project, plan)
    planning.check_tenant(plan, environment)
    planning.check_guards(plan)
    planning.check_kinds(plan, project.catalog)
    yield from await_lists(settings, environment)
    with connect(project, environment, max_requests=limits.max_requests) as client:
        run_records.mark_newest(settings, environment, log.path)
        steps = execute.resume(
            log,
            project.site(environment),
            client=client,
            journal=journal.reopen(log, now=CLOCK.now, publish=turn.publish, published=turn.published),
            clock=CLOCK,
        )
        run = yield from finish_run(project, environment, steps)
    return advance_after(project, environment, NextBase(log.header.commit, log.header.advances), run, limits)


def _read_again(settings: Settings, log: Log, turn: Turn) -> Log:
    """Read the record of a run again: with shared state, the one that all computers have."""
    return journal.read(journal.run_path(settings.state_dir, log.header.run) if turn.published else log.path)


@contextmanager
def _accounting_for(log: Log) -> Iterator[None]:
    """Give an error that leaves the block the results that the run has on record."""
    try:
        yield
    except RhythmconfError as error:
        error.results = error.results or journal.results(log)
        raise


def find_log(settings: Settings, directory: Path, name: str | None) -> Log | None:
    """Return the run that the user named; None where none was named."""
    return run_records.find(settings, directory, name) if name else None
