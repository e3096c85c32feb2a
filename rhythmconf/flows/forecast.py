"""Forecast what runs do to people and money, before and after a plan: read who is in the windows, and count."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from rhythmconf.catalog import Takes
from rhythmconf.engine import diff
from rhythmconf.engine import plan as planning
from rhythmconf.engine.diff import BeforeAfter, Difference
from rhythmconf.errors import TenantError
from rhythmconf.flows.calendar import check_keys
from rhythmconf.flows.clock import now, today
from rhythmconf.flows.compose import identify
from rhythmconf.flows.connect import connect
from rhythmconf.flows.effects import CalendarRange
from rhythmconf.flows.kept_forecasts import Kept, ask
from rhythmconf.flows.members import (
    complete,
    count_searches,
    explain,
    search_applications,
    search_certifications,
    tell_names,
)
from rhythmconf.flows.prepared_runs import changed_templates, read_prepared
from rhythmconf.flows.validate import resolve_valid
from rhythmconf.flows.values import Flow, Reading
from rhythmconf.insight.forecast import (
    Change,
    People,
    join_questions,
    list_deviations,
    make_forecast,
    make_question,
    read_otherwise,
    read_side,
    sample,
)
from rhythmconf.model import Identity, LiveState, Notice, Plan
from rhythmconf.model.forecast import Forecast, Requests, Unknown
from rhythmconf.model.plural import counted
from rhythmconf.settings import Environment
from rhythmconf.source.project.forecast_cache import ForecastCache
from rhythmconf.source.project.values import Project, Site
from rhythmconf.tenant import live as live_state
from rhythmconf.tenant.client import Client


class Configuration(NamedTuple):
    """A tenant as it is, whose records have which keys, and the differences that a plan makes."""

    live: LiveState
    identity: Identity
    differences: tuple[Difference, ...]


def forecast(
    client: Client,
    configuration: Configuration,
    site: Site,
    dates: CalendarRange,
    reading: Reading,
    cache: ForecastCache | None = None,
) -> Flow[Forecast]:
    """Return what runs do to people in the days of `dates`, before and after the differences of a plan.

    With `cache`, the same question is answered from it for a day. What can't be read is unknown. Nothing that the
    tenant answers raises an error.
    """
    settings, first = site.environment.calendar, dates.first or today(site.environment.calendar.zone)
    blank = Forecast(
        first,
        settings.zone,
        dates.days,
        requests=Requests(0, reading.max_requests),
        small=site.environment.small,
    )
    try:
        both = yield from _read_both(client, configuration, site)
    except TenantError as error:
        return blank._replace(unknown=(Unknown("templates and schedules", *explain(error, "permission")),))
    live, identity, _ = configuration
    kept = Kept(cache, ask(live, identity, both, site, first, dates.days, reading)) if cache else None
    if kept and (found := kept.read(reading.max_requests)):
        yield Notice(f"the members were read at {found.read_at}; --no-cache reads them again")
        return found
    made = yield from _count(client, configuration, site, both, reading, blank)
    if kept:
        kept.save(made)
    return made


def _count(
    client: Client,
    configuration: Configuration,
    site: Site,
    both: BeforeAfter,
    reading: Reading,
    blank: Forecast,
) -> Flow[Forecast]:
    """Read the members and count them. `blank` has the days."""
    settings, first, days = site.environment.calendar, blank.as_of, blank.days
    before, after = (read_side(bodies, configuration.identity.ids, site.catalog, settings) for bodies in both)
    sides, last = (before, after), first + timedelta(days - 1)
    read_as = [settings, *(other.settings for other in (list_deviations(settings) if reading.otherwise else ()))]
    asked = {
        takes: join_questions(make_question(sides, takes, first, last, each) for each in read_as) for takes in _PEOPLE
    }
    certifications, applications = (asked[takes] for takes in _PEOPLE)
    least = count_searches(certifications, applications)
    yield Notice(
        f"the forecast reads members: {counted(least, 'request')} at least, {reading.max_requests:,} at most"
        if least
        else "the forecast reads no members: no run takes any"
    )
    reader = client.with_budget(reading.max_requests)
    people = yield from search_certifications(reader, certifications, settings.zone)
    others = yield from search_applications(reader, applications, settings.zone)
    templates = changed_templates((each.change for each in configuration.differences), site.catalog)
    runs = yield from read_prepared(reader, templates, settings.zone, first)
    # The last thing that may be asked for: it takes the most requests.
    others = yield from complete(reader, "applications", applications, others, settings.zone)
    people = yield from complete(reader, "certifications", certifications, people, settings.zone)
    found: dict[Takes, People] = {"certifications": people, "applications": others}
    change = Change(*sides, found)
    if reading.names:
        some = sample(change, reading.names, first=first, days=days, settings=settings, keys=reading.keys)
        yield from tell_names(reader, some, site.catalog.names)
    made = make_forecast(change, first=first, days=days, settings=settings, keys=reading.keys)
    read_at = now() if reader.requests else None
    requests = Requests(reader.requests, reading.max_requests)
    return made._replace(
        requests=requests,
        read_at=read_at,
        small=blank.small,
        unknown=(*made.unknown, *runs.unknown),
        prepared=runs.each,
        readings=tuple(read_otherwise(change, made, settings, reading.keys)) if reading.otherwise else None,
    )


_PEOPLE: tuple[Takes, ...] = ("certifications", "applications")


def _read_both(client: Client, configuration: Configuration, site: Site) -> Flow[BeforeAfter]:
    """Return all templates and schedules before and after the plan, also those that no document stands for."""
    live, identity, differences = configuration
    kinds = [kind for kind in site.catalog.kinds.values() if kind.steps or kind.schedule]
    modules = {site.catalog.kinds[name].module for name in live.records}
    missing = [kind for kind in kinds if kind.name not in live.records and kind.module in modules]
    if missing:
        more = yield from live_state.fetch(client, missing)
        live = live._replace(records={**live.records, **more.records})
    read = [kind for kind in kinds if kind.name in live.records]
    return diff.all_before_and_after(identity, differences, live, read)


def forecast_saved(
    project: Project,
    environment: Environment,
    plan: Plan,
    dates: CalendarRange,
    reading: Reading,
    cache: ForecastCache | None = None,
) -> Flow[Forecast]:
    """Return the forecast of a saved plan, with the records of the tenant as they are now.

    Raises Refused for a plan of another project or tenant, or with other kinds.
    """
    planning.check_project(plan, project.settings.project)
    planning.check_tenant(plan, environment)
    planning.check_kinds(plan, project.catalog)
    desired, site = resolve_valid(project, environment.name, dates.first), project.site(environment)
    check_keys(reading.keys, desired, project.catalog)
    state = desired.state
    names = {change.key.kind for change in plan.changes} | {key.kind for key in state.resources}
    with connect(project, environment) as client:
        kinds = [kind for name, kind in project.catalog.kinds.items() if name in names]
        live = yield from live_state.fetch(client, kinds)
        differences = tuple(planning.find_differences(plan, live))
        configuration = Configuration(live, identify(state, live, site), differences)
        return (yield from forecast(client, configuration, site, dates, reading, cache))


def is_refused(found: Forecast) -> bool:
    """Tell whether nothing could be said because the tenant refuses to show its members."""
    if not found.rows:
        return any(each.reason == "permission" for each in found.unknown)
    return all(row.people == (None, None) and row.why in ("permission", "applications") for row in found.rows)
