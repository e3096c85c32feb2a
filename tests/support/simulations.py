"""Tenants that exist only as records, for tests of what billing runs do to members. The id of a record is its key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from rhythmconf.insight.simulation import Emulation
from rhythmconf.model import Body
from rhythmconf.settings.calendar import CalendarSettings
from rhythmconf.tenant.emulator.members.names import ACTION, APPLICATION, CERTIFICATION, RUN
from rhythmconf.tenant.emulator.members.values import Member
from tests.support.calendars import FIRST, NEW_YORK
from tests.support.members import CATALOG, Case

PROGRAMS: Sequence[Case] = (
    {"kind": "program", "key": "cmsi", "spec": {"name": "CMSI", "is_active": True}},
    {"kind": "program", "key": "rds", "spec": {"name": "RDS", "is_active": True}},
)


class World:
    """A tenant in memory, whose runs happen day by day."""

    def __init__(self, *documents: Case, settings: CalendarSettings = NEW_YORK, people: int = 0, seed: int = 0) -> None:
        self.records: dict[str, dict[str, Body]] = {}
        self.emulation = Emulation(CATALOG, settings, people, seed)
        self.now = datetime.combine(FIRST, datetime.min.time(), UTC).timestamp() + 43_200
        self.declare(*documents)

    def declare(self, *documents: Case) -> None:
        """Create or replace records of the configuration."""
        for document in documents:
            kind = CATALOG.qualify(document["kind"])
            self.records.setdefault(kind, {})[document["key"]] = {"id": document["key"], **document["spec"]}

    def live(self, kind: str) -> list[Body]:
        """Return all records of a kind."""
        return list(self.records.get(kind, {}).values())

    def populate(self) -> World:
        """Make the members."""
        self.save(self.emulation.populate(self.live, self.now))
        return self

    def save(self, members: Iterable[Member]) -> None:
        """Store members, with versions as the emulator counts them."""
        for kind, body in members:
            version = body.get("sys_version")
            stored = body | {"sys_version": version + 1 if isinstance(version, int) else 1}
            self.records.setdefault(kind, {})[str(body["id"])] = stored

    def run(self, day: date, ahead: int | None = None) -> list[Body]:
        """Do the runs of a day, and return them."""
        outcome = self.emulation.run_day(self.live, day, ahead, self.now)
        self.save(outcome.records)
        for kind, body in outcome.gone:
            del self.records[kind][str(body["id"])]
        return list(outcome.runs)

    def run_days(self, days: int, first: date = FIRST) -> Counter[tuple[str, str, str]]:
        """Do the runs of some days; return how many members each did what to, by day, schedule and type of action."""
        for number in range(days):
            self.run(first + timedelta(number))
        runs = {run["id"]: run for run in self.live(RUN) if run.get("run_date")}
        done = (action for action in self.live(ACTION) if action["billing_run_id"] in runs)
        return Counter(
            (str(one["date"]), str(runs[one["billing_run_id"]]["recurring_billing_run_id"]), str(one["type"]))
            for one in done
        )

    @property
    def certifications(self) -> list[Body]:
        """All certifications."""
        return self.live(CERTIFICATION)

    @property
    def applications(self) -> list[Body]:
        """All applications."""
        return self.live(APPLICATION)


def settle(world: World, population: Mapping[str, Sequence[Body]]) -> None:
    """Give a tenant these members instead of made-up ones."""
    world.save(Member(CERTIFICATION, body) for body in population["certifications"])
    world.save(Member(APPLICATION, body) for body in population["applications"])


def options(key: str, switch: str, option: str, **members: Any) -> Case:
    """Return a template with one option."""
    spec = {"name": key, switch: True, option: {"program_restriction": "none", **members}}
    return {"kind": "billingTemplate", "key": key, "spec": spec}
