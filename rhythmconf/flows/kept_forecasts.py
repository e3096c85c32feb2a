"""Keep forecasts for a day, so that looking at one again asks the tenant for nothing."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import NamedTuple

from rhythmconf.engine.diff import BeforeAfter
from rhythmconf.flows.clock import now
from rhythmconf.flows.values import Reading
from rhythmconf.model import Body, Identity, Json, LiveState
from rhythmconf.model.forecast import Forecast, Requests
from rhythmconf.source.project.forecast_cache import ForecastCache
from rhythmconf.source.project.values import Site
from rhythmconf.tenant import live as live_state

AGE = timedelta(days=1)
"""How long a forecast is kept."""
_READ = frozenset({"schedule", "window", "fields"})
"""The reasons for what is unknown that another reading would not change."""


class Kept(NamedTuple):
    """Where forecasts are kept, and the question that one answers."""

    cache: ForecastCache
    question: Json

    def read(self, budget: int) -> Forecast | None:
        """Return the forecast of less than a day ago, if there is one."""
        with suppress(ValueError):
            value = self.cache.read(self.question)
            found = Forecast.from_json(value) if value is not None else None
            if found and found.read_at and _age(found.read_at) < AGE:
                return found._replace(requests=Requests(0, budget))
        return None

    def save(self, found: Forecast) -> None:
        """Keep a forecast for which everything could be read."""
        if found.read_at and all(each.reason in _READ for each in found.unknown):
            self.cache.save(self.question, found.to_json())


def ask(
    live: LiveState, identity: Identity, both: BeforeAfter, site: Site, first: date, days: int, reading: Reading
) -> Json:
    """Return all that a forecast depends on, except the members."""
    environment = site.environment
    sides: list[Json] = [{str(key): body for key, body in side.items()} for side in both]
    calendar: Body = {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in environment.calendar._asdict().items()
    }
    return {
        "tenant": [environment.tenant, environment.address],
        "incarnation": [[*pair] for pair in live_state.incarnation(live)],
        "days": [first.isoformat(), days],
        "configuration": sides,
        "ids": {str(key): id for key, id in identity.ids.items()},
        "calendar": calendar,
        "dialect": str(environment.dialect),
        "small": environment.small,
        "budget": reading.max_requests,
        "keys": [*sorted(map(str, reading.keys))],
        "otherwise": reading.otherwise,
    }


def _age(read_at: str) -> timedelta:
    """Return how long ago a time was; a time in the future is no reading of ours."""
    age = datetime.fromisoformat(now()) - datetime.fromisoformat(read_at)
    return age if age >= timedelta(0) else AGE
