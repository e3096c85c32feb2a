"""Keep a tenant as it is in the hours before a run of a template that a plan changes (`freeze_hours`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rhythmconf.catalog import Catalog
from rhythmconf.engine.plan import codes
from rhythmconf.errors import Refused
from rhythmconf.model import Diagnostic, Key, Plan
from rhythmconf.settings import Environment

if TYPE_CHECKING:
    from rhythmconf.model.next_runs import NextRun, NextRuns


def check_freeze(plan: Plan, environment: Environment, catalog: Catalog, *, now: float) -> None:
    """Raise Refused (RC320) in the hours before a run of a template that the plan changes. `now` is in seconds since
    1970.

    A plan that doesn't tell the runs is refused too, unless it changes neither a template nor a schedule.
    """
    hours = environment.freeze_hours
    if hours is None or not _changes_runs(plan, catalog):
        return
    moment = datetime.fromtimestamp(now, UTC)
    runs = plan.next_runs
    if runs is None or runs.until < moment + timedelta(hours=hours):
        raise Refused(
            f"the plan doesn't tell the runs of the next {hours:g} hours, in which {environment.name} is frozen",
            help=f"plan again: rhythmconf plan --env {environment.name} -o FILE",
            code=codes.FROZEN,
        )
    if run := _find_frozen(runs, moment, hours):
        left = (run.at - moment).total_seconds() / 3600
        raise Refused(
            f"{catalog.names.key(run.template)} runs in {left:.1f} hours, {_time(run.at, environment)}, and the plan "
            f"changes it: {environment.name} is frozen {hours:g} hours before a run (freeze_hours)",
            help="apply it after the run. If the run must not happen as it is now, repeat the command with "
            "--ignore-freeze",
            code=codes.FROZEN,
        )


def describe_freeze(plan: Plan, environment: Environment, catalog: Catalog) -> Iterator[Diagnostic]:
    """Yield when a plan can't be applied for the first time, and the schedules whose runs nobody can tell."""
    hours, runs = environment.freeze_hours, plan.next_runs
    if runs is None or hours is None or not _changes_runs(plan, catalog):
        return
    if runs.runs:
        first = runs.runs[0]
        begin = first.at - timedelta(hours=hours)
        yield Diagnostic(
            codes.FROZEN,
            f"{environment.name} is frozen for this plan from {_time(begin, environment)} to "
            f"{_time(first.at, environment)}, when {catalog.names.key(first.template)} runs (freeze_hours: {hours:g})",
            "note",
            help="apply it before or after",
        )
    for key in runs.unknown:
        yield _describe_unknown(key, catalog)


def _describe_unknown(key: Key, catalog: Catalog) -> Diagnostic:
    """Return the warning about a schedule that isn't understood, or about a kind of schedules that wasn't read."""
    if not key.name:
        message = f"freeze_hours can't keep the hours before runs: the tenant didn't list {catalog.shown(key.kind)}"
        return Diagnostic(codes.FREEZE_UNKNOWN, message, "warning", help="look in Rhythm for the next run")
    return Diagnostic(
        codes.FREEZE_UNKNOWN,
        f"freeze_hours can't keep the hours before the runs of {catalog.names.key(key)}: its schedule isn't understood",
        "warning",
        help=f"say what it means: `calendar: {{schedules: {{{key.name}: 'every week on Monday at 06:00'}}}}`",
    )


def _changes_runs(plan: Plan, catalog: Catalog) -> bool:
    """Tell whether a plan changes what a run does, or when. A mark changes neither."""
    for change in plan.changes:
        kind = catalog.kinds.get(change.key.kind)
        if kind and (kind.steps or kind.schedule) and (change.changes_fields or change.action == "delete"):
            return True
    return False


def _find_frozen(runs: NextRuns, moment: datetime, hours: float) -> NextRun | None:
    """Return the first run that is not past and less than `hours` ahead."""
    end = moment + timedelta(hours=hours)
    return next((run for run in sorted(runs.runs) if moment <= run.at < end), None)


def _time(moment: datetime, environment: Environment) -> str:
    """Return a time in the zone of an environment: `Mon 30 Nov 2026, 08:00 America/New_York`."""
    from zoneinfo import ZoneInfo

    from rhythmconf.model.dates import week_date

    zone = environment.calendar.zone
    local = moment.astimezone(ZoneInfo(zone))
    return f"{week_date(local.date())}, {local:%H:%M} {zone}"
