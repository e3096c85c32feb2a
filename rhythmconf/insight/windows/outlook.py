"""The calendar of an environment together with what its reports say besides.

This module leaves out `from __future__ import annotations`, as `model/values.py` does.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Literal, NamedTuple

from rhythmconf.catalog import Catalog
from rhythmconf.insight.windows.calendar import make_calendar
from rhythmconf.insight.windows.running import count_days_of, schedules_of
from rhythmconf.insight.windows.setup import read_setup
from rhythmconf.insight.windows.values import Calendar, Schedule, Setup, Step
from rhythmconf.model import Body, Json, Key
from rhythmconf.settings.calendar import CalendarSettings

Why = Literal[
    "inactive", "no-steps", "no-schedule", "schedule-inactive", "no-schedule-kind", "template-inactive", "no-template"
]
"""Why a template or a schedule has no runs.

`inactive`: it is switched off. `no-steps`: a template whose options are all switched off. `no-schedule`: a template
that no schedule names. `schedule-inactive`: the schedules that name it are switched off. `no-schedule-kind`: no kind
has schedules of such a template, so its runs are not known. `template-inactive` and `no-template`: a schedule whose
template is switched off, or is no document.
"""


class Idle(NamedTuple):
    """A template or a schedule without runs. `other` is the template that is the reason, `field` switches it off."""

    what: Literal["template", "schedule"]
    why: Why
    other: Key | None = None
    field: str = ""


class Outlook(NamedTuple):
    """A calendar, and the setup and settings that it was made from.

    `titles` has the names that people gave to templates and schedules. `idle` has those without runs. `keys` are the
    templates and schedules that it was narrowed to; all if there are none. `schedules` are those by template.
    """

    project: str
    environment: str
    calendar: Calendar
    setup: Setup
    settings: CalendarSettings = CalendarSettings()
    titles: Mapping[Key, str] = {}
    idle: Mapping[Key, Idle] = {}
    keys: frozenset[Key] = frozenset()
    schedules: Mapping[Key, tuple[Schedule, ...]] = {}


def make_outlook(
    bodies: Mapping[Key, Body],
    catalog: Catalog,
    settings: CalendarSettings,
    *,
    keys: Collection[Key] = (),
    first: date,
    days: int,
) -> Outlook:
    """Return the outlook of these bodies, which have references as `{"$ref": "module/kind/key"}`, without its names.

    `keys` are the templates and schedules to show; all if there are none.
    """
    whole = read_setup(bodies, catalog, settings)
    setup = _select(whole, keys)
    calendar = make_calendar(setup, None, first=first, days=days, settings=settings)
    idle = {key: why for key, why in _find_idle(bodies, whole, catalog) if not keys or key in keys}
    titles = {key: title for key, body in bodies.items() if (title := _title(key, body, catalog))}
    runs = schedules_of(setup)
    return Outlook("", "", _narrow(calendar, keys), setup, settings, titles, idle, frozenset(keys), runs)


def has_runs(key: Key, catalog: Catalog) -> bool:
    """Tell whether records of the kind of a key are templates or schedules."""
    kind = catalog.kind(key.kind)
    return bool(kind.steps or kind.schedule)


def count_runs(outlook: Outlook, step: Step, first: date, last: date) -> tuple[int, ...]:
    """Return how many runs hold each expiry date from `first` to `last`; empty where that isn't known."""
    schedules = outlook.schedules.get(step.template, ())
    return count_days_of(step, schedules, first, last, outlook.settings) or ()


def _select(setup: Setup, keys: Collection[Key]) -> Setup:
    """Keep the templates that are named or whose schedule is named, with all schedules of each: they count together."""
    if not keys:
        return setup
    templates = {schedule.template for schedule in setup.schedules if schedule.key in keys} | {*keys}
    return setup._replace(
        steps={key: steps for key, steps in setup.steps.items() if key in templates},
        schedules=tuple(schedule for schedule in setup.schedules if schedule.template in templates),
    )


def _narrow(calendar: Calendar, keys: Collection[Key]) -> Calendar:
    """Leave out schedules that were not named, if their template was not either."""
    if not keys:
        return calendar
    return calendar._replace(
        runs=tuple(run for run in calendar.runs if run.schedule in keys or run.template in keys),
        schedules=tuple(one for one in calendar.schedules if one.key in keys or one.template in keys),
    )


def _find_idle(bodies: Mapping[Key, Body], setup: Setup, catalog: Catalog) -> Iterator[tuple[Key, Idle]]:
    """Yield the templates and schedules that have no part in any run, and why."""
    used = {key for schedule in setup.schedules for key in (schedule.key, schedule.template)}
    idle = sorted(key for key in bodies if key not in used and has_runs(key, catalog))
    fields = {key: place.role.runs for key in idle if (place := catalog.kind(key.kind).schedule)}
    named = {_key_of(bodies[key].get(field)) for key, field in fields.items()}
    for key in idle:
        kind = catalog.kind(key.kind)
        what: Literal["template", "schedule"] = "schedule" if key in fields else "template"
        if not kind.is_active(bodies[key]):
            yield key, Idle(what, "inactive", field=kind.active)
        elif key in fields:
            template = _key_of(bodies[key].get(fields[key]))
            yield key, Idle(what, "template-inactive" if template in bodies else "no-template", template)
        elif not setup.steps.get(key):
            yield key, Idle(what, "no-steps")
        elif key.kind in setup.unscheduled:
            yield key, Idle(what, "no-schedule-kind")
        else:
            yield key, Idle(what, "schedule-inactive" if key in named else "no-schedule")


def _key_of(reference: Json) -> Key | None:
    """Return the key that a resolved reference names; None for the id of a record."""
    return Key.parse(str(reference["$ref"])) if isinstance(reference, dict) and "$ref" in reference else None


def _title(key: Key, body: Body, catalog: Catalog) -> str:
    """Return the name that people gave to a template or a schedule: the first text of its natural key."""
    if not has_runs(key, catalog):
        return ""
    texts = (body.get(name) for name in catalog.kind(key.kind).natural_key)
    return next((text for text in texts if isinstance(text, str)), "")
