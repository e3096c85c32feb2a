"""Say what a plan does to members, in dates: compare the calendars of the tenant before and after it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from rhythmconf.engine import diff
from rhythmconf.model import Body, Identity, Json, Key, LiveState

if TYPE_CHECKING:
    from rhythmconf.catalog import Catalog, Field, Kind
    from rhythmconf.engine.diff import Comparison
    from rhythmconf.insight.windows import Calendar, Schedule, Setup
    from rhythmconf.model.effects import Effect, Effects
    from rhythmconf.model.next_runs import NextRuns
    from rhythmconf.source.project.values import Site

DAYS = 90
"""Days that a calendar tells by default."""
MOST_DAYS = 800
"""Days of the longest calendar."""
MOST_FREEZE_DAYS = 7
"""Days that a freeze may last before a run; more than `freeze_hours` allows are never looked at."""
NOTHING_LEFT_OUT: Mapping[Key, Body] = {}


class CalendarRange(NamedTuple):
    """The days that a calendar tells: `days` from `first` on; None for the day of the plan, in the tenant's zone.

    `left_out` has the documents whose kinds a plan does not read (`--only`). Their records count as they are declared.
    """

    first: date | None = None
    days: int = DAYS
    left_out: Mapping[Key, Body] = NOTHING_LEFT_OUT


NEXT_DAYS: CalendarRange = CalendarRange()


def make_effects(
    comparison: Comparison, identity: Identity, site: Site, now: str, dates: CalendarRange = NEXT_DAYS
) -> Effects | None:
    """Return what the differences do in dates and whom they take in; None if they do neither.

    `now` is the time of the plan in ISO 8601 UTC.
    """
    keys = frozenset(_concerned(comparison, identity, site, dates.left_out))
    new = _find_new(comparison, identity, site.catalog)
    if not (keys or new):
        return None
    # Imported here: most plans change no date.
    from rhythmconf.insight.windows import make_calendar, make_former_calendar, read_setup, to_json
    from rhythmconf.insight.windows.effects import Change, find_effects
    from rhythmconf.model.effects import Effects

    bodies = diff.before_and_after(identity, comparison, site.catalog, keys)
    settings = site.environment.calendar
    before, after = (read_setup({**_select(dates.left_out, keys), **side}, site.catalog, settings) for side in bodies)
    before, after = _narrow(before, after), _narrow(after, before)
    first = dates.first or _day(now, settings.zone)
    calendars = (
        make_former_calendar(before, first=first, days=dates.days, settings=settings),
        make_calendar(after, before, first=first, days=dates.days, settings=settings),
    )
    joins = _find_joins(new, comparison, identity, site, first) if new else ()
    each = (*find_effects(Change(before, after, *calendars, settings)), *joins)
    if not each:
        return None
    changed = {each.change.key for each in comparison.differences}
    due: dict[Key, date] = {}
    for run in calendars[0].runs:
        if run.schedule in changed:
            due[run.schedule] = min(run.day, due.get(run.schedule, run.day))
    return Effects(first, settings.zone, _guesses(calendars[1]), each, to_json(calendars[1]), due)


def find_next_runs(
    comparison: Comparison, identity: Identity, live: LiveState, site: Site, now: str
) -> NextRuns | None:
    """Return the runs of what the differences change, on either side of them; None without `freeze_hours`.

    The schedules that count are those of the tenant, whether a document stands for them or not. `now` is the time of
    the plan in ISO 8601 UTC.
    """
    environment, kinds = site.environment, site.catalog.kinds
    changed = {each.change.key for each in comparison.differences if _has_part(kinds[each.change.key.kind])}
    if environment.freeze_hours is None or not changed:
        return None
    from rhythmconf.insight.windows import find_moments, read_setup
    from rhythmconf.model.next_runs import NextRun, NextRuns

    begin = datetime.fromisoformat(now)
    until = begin + timedelta(days=environment.max_plan_age_days + MOST_FREEZE_DAYS)
    parts = [kind for name, kind in kinds.items() if _has_part(kind) and name in live.records]
    bodies = diff.all_before_and_after(identity, comparison.differences, live, parts)
    setups = [read_setup(side, site.catalog, environment.calendar) for side in bodies]
    every = (schedule for setup in setups for schedule in setup.schedules)
    schedules = {one for one in every if one.key in changed or one.template in changed}
    runs = {
        NextRun(moment, schedule.template, schedule.key)
        for schedule in schedules
        for moment in find_moments(schedule, begin, until, environment.calendar)
    }
    unknown = {schedule.key for schedule in schedules if schedule.recurrence is None}
    unread = {Key(name, "") for name in find_schedules(changed, site.catalog) if name not in live.records}
    return NextRuns(until, tuple(sorted(runs)), tuple(sorted(unknown | unread)))


def _find_new(comparison: Comparison, identity: Identity, catalog: Catalog) -> frozenset[Key]:
    """Return the new records that options of templates in the tenant may be restricted to, such as programs."""
    created = {each.change.key for each in comparison.differences if each.change.action == "create"}
    if not created:
        return frozenset()
    # A schema is read when it is first asked for, and only templates in the tenant can take in what is new.
    present = {pair.key.kind for pair in identity.pairs if pair.record is not None}
    fields = [place.field for name in sorted(present) for place in catalog.kinds[name].steps]
    lists = [child.items for field in fields for child in (field.fields or {}).values() if child.items is not None]
    kinds = {name for items in lists for name in items.ref}
    return frozenset(key for key in created if key.kind in kinds)


def _find_joins(
    new: Collection[Key], comparison: Comparison, identity: Identity, site: Site, today: date
) -> Iterator[Effect]:
    """Yield each new record and each option of a template in the tenant that takes it in."""
    from rhythmconf.insight.lint import Bodies
    from rhythmconf.insight.lint.joining_programs import find_joins
    from rhythmconf.model.effects import Effect

    kinds = site.catalog.kinds
    templates = {pair.key for pair in identity.pairs if pair.record is not None and kinds[pair.key.kind].steps}
    bodies = diff.before_and_after(identity, comparison, site.catalog, templates | {*new})
    after = Bodies(bodies.after, site.catalog, today, site.environment.calendar)
    for join in find_joins(after, bodies.before.keys()):
        does = next(place.role.does for place in kinds[join.template.kind].steps if place.option == join.option)
        yield Effect("joins", join.template, join.option, does=does, other=site.catalog.names.key(join.key))


def _concerned(comparison: Comparison, identity: Identity, site: Site, left_out: Mapping[Key, Body]) -> Iterator[Key]:
    """Yield the templates whose runs the differences may change, and all schedules of each."""
    kinds = site.catalog.kinds
    changed = {each.change.key for each in comparison.differences if _has_part(kinds[each.change.key.kind])}
    if not changed:
        return
    runs = dict(_schedules(identity, site, left_out))
    templates = {key for key in changed if kinds[key.kind].steps}
    templates |= {template for key in changed for template in runs.get(key, ())}
    yield from templates
    yield from (key for key, run in runs.items() if not templates.isdisjoint(run))


def find_schedules(keys: Collection[Key], catalog: Catalog) -> Iterator[str]:
    """Yield the kinds of the schedules that can run these templates."""
    templates = {key.kind for key in keys}
    for name, kind in catalog.kinds.items():
        if kind.schedule and not templates.isdisjoint((kind.root.fields or {})[kind.schedule.role.runs].targets):
            yield name


def _has_part(kind: Kind) -> bool:
    """Tell whether records of a kind are templates or schedules."""
    return bool(kind.steps or kind.schedule)


def _schedules(identity: Identity, site: Site, left_out: Mapping[Key, Body]) -> Iterator[tuple[Key, set[Key]]]:
    """Yield each schedule with the templates that it runs, by the files and by the tenant."""
    names = {kind.name: kind.schedule.role.runs for kind in site.catalog.kinds.values() if kind.schedule}
    records = diff.key_of_record(identity)
    for pair in (*identity.pairs, *identity.orphans):
        if pair.key.kind in names:
            field = site.catalog.kinds[pair.key.kind].root.child(names[pair.key.kind])
            bodies = (pair.resource and pair.resource.body, pair.record and pair.record.body)
            values = [body.get(names[pair.key.kind]) for body in bodies if body]
            yield pair.key, {key for value in values if field and (key := _referred(value, field, records))}
    for key, body in left_out.items():
        if key.kind in names:
            value = body.get(names[key.kind])
            yield key, {Key.parse(str(value["$ref"]))} if isinstance(value, dict) else set()


def _referred(value: Json, field: Field, records: Mapping[tuple[str, str], Key]) -> Key | None:
    if isinstance(value, dict):
        return Key.parse(str(value.get("$ref")))
    return next((records[kind, str(value)] for kind in field.targets if (kind, str(value)) in records), None)


def _select(bodies: Mapping[Key, Body], keys: Collection[Key]) -> dict[Key, Body]:
    return {key: body for key, body in bodies.items() if key in keys}


def _narrow(setup: Setup, other: Setup) -> Setup:
    """Keep the templates whose steps or schedules differ between the two configurations."""
    runs, other_runs = _group(setup.schedules), _group(other.schedules)
    differing = {
        key
        for key in {*setup.steps, *other.steps}
        if setup.steps.get(key) != other.steps.get(key) or runs.get(key) != other_runs.get(key)
    }
    steps = {key: steps for key, steps in setup.steps.items() if key in differing}
    return setup._replace(steps=steps, schedules=tuple(one for one in setup.schedules if one.template in differing))


def _group(schedules: Iterable[Schedule]) -> dict[Key, list[Schedule]]:
    """Group schedules by template."""
    groups: dict[Key, list[Schedule]] = {}
    for schedule in schedules:
        groups.setdefault(schedule.template, []).append(schedule)
    return groups


def _guesses(calendar: Calendar) -> tuple[str, ...]:
    """Return the guesses that the project doesn't settle and that move a window or a run of this calendar."""
    readings = [reading.guess for step in calendar.steps for reading in step.readings]
    readings += [reading.guess for schedule in calendar.schedules for reading in schedule.readings]
    settled = {guess.id for guess in calendar.guesses if guess.source != "default"}
    return tuple(sorted({*readings} - settled))


def _day(now: str, zone: str) -> date:
    """Return the date in a time zone at a time in ISO 8601 UTC."""
    from zoneinfo import ZoneInfo

    return datetime.fromisoformat(now).astimezone(ZoneInfo(zone)).date()
