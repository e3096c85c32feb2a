"""Work out what the files of an environment mean in dates: when billing runs happen, and whom they take.

Reads the files only; no tenant is asked.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from rhythmconf.catalog import Catalog
from rhythmconf.errors import UsageError
from rhythmconf.flows.clock import today
from rhythmconf.flows.validate import resolve_valid
from rhythmconf.insight.windows.outlook import Outlook, has_runs, make_outlook
from rhythmconf.model import Key
from rhythmconf.settings import Environment
from rhythmconf.source.desired import Desired
from rhythmconf.source.project.values import Project

MOST_DAYS = 800
"""Days of the longest calendar."""


def calendar(
    project: Project,
    environment: Environment,
    keys: Collection[Key] = (),
    *,
    first: date | None = None,
    days: int = 90,
) -> Outlook:
    """Return the calendar of an environment: its runs in `days` days from `first` on (today), and their windows.

    `keys` are templates and schedules, all without. Errors of rules about windows don't stop it: it says what it can.
    Raises Invalid for files with other errors, and UsageError for a key that is neither a template nor a schedule, and
    for days that are out of range.
    """
    desired = resolve_valid(project, environment.name)
    check_keys(keys, desired, project.catalog)
    settings = environment.calendar
    begin = first or today(settings.zone)
    _check_days(begin, days)
    bodies = {key: resource.body for key, resource in desired.state.resources.items()}
    outlook = make_outlook(bodies, project.catalog, settings, keys=keys, first=begin, days=days)
    return outlook._replace(project=project.settings.project, environment=environment.name)


def check_keys(keys: Collection[Key], desired: Desired, catalog: Catalog) -> None:
    """Check that each key is a template or a schedule of the files. Raises UsageError for another one."""
    for key in keys:
        name = catalog.names.key(key)
        if not has_runs(key, catalog):
            kinds = [catalog.shown(kind) for kind in catalog.kinds if has_runs(Key(kind, ""), catalog)]
            raise UsageError(
                f"{name} is neither a template nor a schedule", help=f"these kinds have runs: {', '.join(kinds)}"
            )
        if key not in desired.state.resources:
            raise UsageError(f"no document declares {name}", help=desired.names.help_for(key) or None)


def _check_days(first: date, days: int) -> None:
    """Check the range of a calendar. Coverage is counted beyond it, and dates end with the year 9999."""
    if not 1 <= days <= MOST_DAYS:
        raise UsageError(f"a calendar has 1 to {MOST_DAYS} days, not {days}")
    if not EARLIEST <= first <= LATEST:
        raise UsageError(f"{first} is not a day of a calendar", help=f"the first day is from {EARLIEST} to {LATEST}")


EARLIEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)
"""The first days that a calendar may have: zones and leap days are certain there."""
