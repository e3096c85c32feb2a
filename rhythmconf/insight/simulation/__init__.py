"""Members of an emulated tenant, and what billing runs do to them.

Pure functions over the records of the tenant. The dates are those of `insight.windows`. Whom a run takes is decided
here and not by the forecast, so that the two can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from rhythmconf.catalog import Catalog
from rhythmconf.insight.simulation.live_setup import read_live
from rhythmconf.insight.simulation.population import make_members
from rhythmconf.insight.simulation.runs import prepare_one, run_day
from rhythmconf.model import Body
from rhythmconf.settings.calendar import CalendarSettings
from rhythmconf.tenant.emulator.members.values import Live, Member, Outcome

__all__ = ["Emulation"]


@dataclass(frozen=True, slots=True)
class Emulation:
    """The members and runs of an emulated tenant (a `Simulation`). `people` are the certifications at the start.

    The members depend on `seed`, on the day on which they are made, and on the tenant's configuration, not on its ids.
    """

    catalog: Catalog
    settings: CalendarSettings
    people: int = 0
    seed: int = 0

    def populate(self, live: Live, now: float) -> Iterable[Member]:
        """Return the members that the tenant has today; none while it has no programs."""
        if not self.people:
            return ()
        today = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(self.settings.zone)).date()
        return make_members(read_live(live, self.catalog, self.settings), self.people, self.seed, today)

    def run_day(self, live: Live, day: date, ahead: int | None, now: float) -> Outcome:
        """Do the runs of a day and prepare later ones, as early as schedules say or `ahead` days before."""
        return run_day(read_live(live, self.catalog, self.settings), day, ahead, _moment(now))

    def prepare(self, live: Live, template: Body, day: date, now: float) -> Outcome:
        """Prepare one run of a template on a day."""
        return prepare_one(read_live(live, self.catalog, self.settings), template, day, _moment(now))


def _moment(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
