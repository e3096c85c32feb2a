"""Warn of the billing runs that an apply doesn't reach, and of those that a rollback doesn't undo."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rhythmconf.catalog import Catalog
from rhythmconf.flows import codes
from rhythmconf.flows.prepared_runs import PreparedRuns, changed_templates, read_made, read_prepared
from rhythmconf.flows.values import Flow
from rhythmconf.model import Change, Diagnostic, Plan, Run
from rhythmconf.model.dates import week_date
from rhythmconf.settings import CalendarSettings

if TYPE_CHECKING:
    from rhythmconf.model.code import Code
    from rhythmconf.model.forecast import Prepared, Unknown
    from rhythmconf.tenant.client import Client

MOST_REQUESTS = 50
"""Requests for runs and for what they do. They are no part of the plan, so they count apart."""


def warn_of_prepared(
    client: Client, plan: Plan, run: Run, catalog: Catalog, settings: CalendarSettings, now: float
) -> Flow[tuple[Diagnostic, ...]]:
    """Warn of each billing run that was prepared from a template which `run` has changed. `now`: seconds since 1970."""
    applied = {result.key for result in run.results if result.outcome == "applied"}
    changes = [change for change in plan.changes if change.key in applied]
    today = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(settings.zone)).date()
    runs = yield from read_prepared(
        client.with_budget(MOST_REQUESTS), changed_templates(changes, catalog), settings.zone, today
    )
    what = "was prepared from the old template: it is not changed by this"
    return _warn(codes.PREPARED_RUN, runs, what, "refresh or cancel it in Rhythm")


def warn_of_made(
    client: Client, changes: Iterable[Change], catalog: Catalog, settings: CalendarSettings, since: str
) -> Flow[tuple[Diagnostic, ...]]:
    """Warn of each run that was made since some changes. `since` is ISO 8601."""
    begin: date = datetime.fromisoformat(since).astimezone(ZoneInfo(settings.zone)).date()
    runs = yield from read_made(
        client.with_budget(MOST_REQUESTS), changed_templates(changes, catalog), settings.zone, begin
    )
    what = "was made since the apply: a rollback doesn't undo it"
    return _warn(codes.RUN_IN_BETWEEN, runs, what, "look at it in Rhythm: if it has not run yet, refresh or cancel it")


def _warn(code: Code, runs: PreparedRuns, what: str, help: str) -> tuple[Diagnostic, ...]:
    return (
        *(_warning(code, run, what, help) for run in runs.each),
        *(_unknown(code, each) for each in runs.unknown),
    )


def _warning(code: Code, run: Prepared, what: str, help: str) -> Diagnostic:
    people = "an unknown number of" if run.people is None else f"{run.people:,}"
    about = ", ".join(filter(None, [f"{people} {'person' if run.people == 1 else 'people'}", run.status]))
    return Diagnostic(code, f"the run of {run.template} on {week_date(run.day)} ({about}) {what}", "warning", help=help)


def _unknown(code: Code, unknown: Unknown) -> Diagnostic:
    message = f"{unknown.subject} are not known: {unknown.detail or unknown.reason}"
    return Diagnostic(code, message, "note", help="look in Rhythm for runs of the templates that are changed")
