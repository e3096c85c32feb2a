"""Compare the last billing runs of a tenant with the readings of dates: a guess that all runs settle is a fact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from rhythmconf.catalog import Catalog, Kind, Takes
from rhythmconf.errors import TenantError
from rhythmconf.flows.connect import connect
from rhythmconf.flows.members import collect
from rhythmconf.flows.values import Flow
from rhythmconf.insight.forecast import read_date
from rhythmconf.insight.forecast.observing import Observation, PastRun, observe
from rhythmconf.insight.windows import Step, read_setup
from rhythmconf.model import Body, Key, Record
from rhythmconf.settings import Environment
from rhythmconf.settings.calendar import CalendarSettings
from rhythmconf.source.project.values import Project
from rhythmconf.tenant import live as live_state
from rhythmconf.tenant.client import Client

MODULE = "certifications"
"""The module whose runs can be searched."""
LAST = 5
"""How many of the last runs of each template are compared."""
RUN_FIELDS = ("id", "template_id", "scheduled_preprocessing_date", "scheduled_run_date", "run_date")
ACTION_FIELDS = ("id", "certification_id", "application_id", "expiration_date")


def check_readings(project: Project, environment: Environment, max_requests: int) -> Flow[Observation]:
    """Return what the last runs of each template say about the readings of dates.

    Raises TenantError where runs or what they did can't be read.
    """
    kinds = [kind for kind in project.catalog.kinds.values() if kind.steps and kind.module == MODULE]
    with connect(project, environment) as client:
        live = yield from live_state.fetch(client, kinds)
        reader = client.with_budget(max_requests)
        runs: list[PastRun] = []
        for kind in kinds:
            for run, record in (yield from _read_runs(reader, kind, live.records[kind.name], environment.calendar)):
                actions = yield from collect(reader.list_actions(str(run["id"]), ACTION_FIELDS))
                runs.append(_make_run(run, record, actions, project.catalog, environment.calendar))
    return observe(runs, environment.calendar)


def _read_runs(
    client: Client, kind: Kind, templates: Sequence[Record], settings: CalendarSettings
) -> Flow[list[tuple[Body, Record]]]:
    """Return the last runs of each template that were done, each with its template."""
    if not templates:
        return []
    fields = [
        *RUN_FIELDS,
        *dict.fromkeys(name for place in kind.steps for name in (place.switch, place.option) if name),
    ]
    known = {record.id: record for record in templates}
    runs = yield from collect(client.search("billingRuns", {"template_id": [*sorted(known)]}, fields))
    done = [
        (day, run)
        for run in runs
        if run.get("run_date") and (day := read_date(run.get("scheduled_run_date"), settings.zone))
    ]
    found: list[tuple[Body, Record]] = []
    for id, record in known.items():
        own = sorted((one for one in done if one[1].get("template_id") == id), key=lambda one: one[0], reverse=True)
        found += [(run, record) for _, run in own[:LAST] if isinstance(run.get("id"), str)]
    return found


def _make_run(
    run: Body, template: Record, actions: Sequence[Body], catalog: Catalog, settings: CalendarSettings
) -> PastRun:
    day = read_date(run.get("scheduled_run_date"), settings.zone)
    if day is None:
        raise TenantError("The tenant lists a run without its date.", where=str(run.get("id")))
    taken: dict[Takes, tuple[date, ...]] = {
        "certifications": tuple(_dates(actions, "certification_id", settings.zone)),
        "applications": tuple(_dates(actions, "application_id", settings.zone)),
    }
    prepared = read_date(run.get("scheduled_preprocessing_date"), settings.zone)
    name = template.body.get("name")
    shown = name if isinstance(name, str) else template.id
    return PastRun(shown, day, prepared, _read_steps(run, template, catalog, settings), taken)


def _read_steps(run: Body, template: Record, catalog: Catalog, settings: CalendarSettings) -> tuple[Step, ...]:
    """Return the steps of a run by its own copy of the options; none where the tenant doesn't show the copy."""
    key = Key(template.kind, template.id)
    return read_setup({key: run}, catalog, settings).steps.get(key, ())


def _dates(actions: Sequence[Body], owner: str, zone: str) -> Iterator[date]:
    for action in actions:
        if action.get(owner) and (day := read_date(action.get("expiration_date"), zone)):
            yield day
