"""The steps that several flows share: match records to keys, and make a plan of what differs."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from rhythmconf import __version__
from rhythmconf.engine import identity
from rhythmconf.engine import plan as planning
from rhythmconf.engine.diff import Comparison
from rhythmconf.flows.annotate import name_references
from rhythmconf.flows.effects import NEXT_DAYS, CalendarRange, find_next_runs, make_effects
from rhythmconf.model import Base, DesiredState, Identity, Key, LiveState, Plan
from rhythmconf.source.project.values import Site


def identify(
    state: DesiredState,
    live: LiveState,
    site: Site,
    *,
    adopt_from: Mapping[Key, str] | None = None,
    bind_imports: bool = False,
    ending: Collection[Key] = frozenset(),
) -> Identity:
    """Match the records of a tenant to the keys of a desired State. Those of the keys in `ending` are to be deleted."""
    return identity.pair(state, live, site, adopt_from=adopt_from, bind_imports=bind_imports, ending=ending)


def make_plan(
    comparison: Comparison,
    identity: Identity,
    live: LiveState,
    site: Site,
    *,
    now: str,
    allow: planning.Allow | None = None,
    empty_sources: bool = False,
    emptied: Mapping[Key, str] = planning.NOTHING_EMPTIED,
    base: Base | None = None,
    applied: frozenset[Key] = frozenset(),
    dates: CalendarRange = NEXT_DAYS,
) -> Plan:
    """Make a plan of the differences between desired and live State, with its guards and its effects in dates.

    `now` is ISO 8601 UTC.
    """
    plan = planning.build(
        comparison,
        identity,
        live,
        site,
        allow=allow or planning.Allow(),
        empty_sources=empty_sources,
        emptied=emptied,
        base=base,
        applied=applied,
    )
    named = name_references(plan, identity, live, site.catalog)
    effects = make_effects(comparison, identity, site, now, dates)
    runs = find_next_runs(comparison, identity, live, site, now)
    zone = site.environment.calendar.zone
    made = named._replace(tool=__version__, created_at=now, zone=zone, effects=effects, next_runs=runs)
    freeze = planning.describe_freeze(made, site.environment, site.catalog)
    return made._replace(diagnostics=(*made.diagnostics, *freeze))
