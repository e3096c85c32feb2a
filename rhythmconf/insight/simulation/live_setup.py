"""Read what runs of a tenant do from its records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rhythmconf.catalog import Catalog
from rhythmconf.insight.windows import Schedule, Setup, Step, read_setup
from rhythmconf.insight.windows.bounds import make_window, windows
from rhythmconf.insight.windows.values import Window
from rhythmconf.model import MARK_FIELD, Body, Json, Key
from rhythmconf.settings.calendar import CalendarSettings
from rhythmconf.tenant.emulator.members.values import Live

MODULE = "certifications"
"""The module whose templates have runs here."""
TEMPLATE = f"{MODULE}/billingTemplate"


class LiveSetup(NamedTuple):
    """What runs of a tenant do. `templates` and `schedules` are records by the key that `setup` has for them.

    `live` returns all records of a kind.
    """

    live: Live
    catalog: Catalog
    settings: CalendarSettings
    setup: Setup
    templates: Mapping[Key, Body]
    schedules: Mapping[Key, Body]

    def steps_of(self, body: Body) -> tuple[Step, ...]:
        """Return the steps of a template, or of a run, which has a copy of all options."""
        key = Key(TEMPLATE, "copy")
        return read_setup({key: body}, self.catalog, self.settings).steps.get(key, ())

    def window(self, step: Step, reference: date) -> Window | None:
        """Return the dates that a step takes on a run with this reference date; None where it has no window."""
        starts, ends = windows(step, (reference.toordinal(),), self.settings)
        return make_window(starts[0], ends[0]) if starts else None

    def day_of(self, value: Json) -> date | None:
        """Return a date, or the date of an instant in the tenant's zone; None for anything else."""
        if not isinstance(value, str):
            return None
        try:
            if len(value) == len("2026-12-01"):
                return date.fromisoformat(value)
            instant = datetime.fromisoformat(value)
        except ValueError:
            return None
        return (instant.astimezone(ZoneInfo(self.settings.zone)) if instant.tzinfo else instant).date()


def read_live(live: Live, catalog: Catalog, settings: CalendarSettings) -> LiveSetup:
    """Read the templates and schedules of a tenant."""
    kinds = [kind for kind in catalog.kinds.values() if kind.module == MODULE]
    templates = {Key(kind.name, f"id:{body['id']}"): body for kind in kinds if kind.steps for body in live(kind.name)}
    schedules = {key: body for kind in kinds if kind.schedule for key, body in _name(kind.name, live(kind.name))}
    setup = read_setup({**templates, **schedules}, catalog, settings)
    return LiveSetup(live, catalog, settings, setup, templates, schedules)


def _name(kind: str, bodies: Sequence[Body]) -> Iterator[tuple[Key, Body]]:
    """Yield schedules by the key in their mark, because `calendar: {schedules: ...}` names keys; else by their id."""
    names = [_marked(body) for body in bodies]
    counts = Counter(names)
    for body, name in zip(bodies, names, strict=True):
        yield Key(kind, name if name and counts[name] == 1 else f"id:{body['id']}"), body


def _marked(body: Body) -> str:
    mark = body.get(MARK_FIELD)
    return mark.partition("#")[0].rpartition("/")[2] if isinstance(mark, str) else ""


def schedules_with_runs(tenant: LiveSetup) -> Iterator[tuple[Schedule, str, Body]]:
    """Yield each active schedule of an active template, with its id and the record of its template."""
    for schedule in tenant.setup.schedules:
        yield schedule, str(tenant.schedules[schedule.key]["id"]), tenant.templates[schedule.template]
