"""What the emulator knows of a simulation: who the members are, and what billing runs do to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import NamedTuple, Protocol

from rhythmconf.model import Body

Live = Callable[[str], Sequence[Body]]
"""The records of a kind, by its qualified name, as they are now."""


class Member(NamedTuple):
    """A record to store. `body` has its id and all fields except `sys_*`."""

    kind: str
    body: Body


class Outcome(NamedTuple):
    """What runs did: the runs, all that is new or changed (the runs are in it, too), and what is gone."""

    runs: tuple[Body, ...]
    records: tuple[Member, ...]
    gone: tuple[Member, ...] = ()


class Simulation(Protocol):
    """Makes the members of a tenant and runs its billing templates. Reads nothing but what `live` returns."""

    def populate(self, live: Live, now: float) -> Iterable[Member]:
        """Return the members that a tenant with this configuration has; none while it has no programs."""

    def run_day(self, live: Live, day: date, ahead: int | None, now: float) -> Outcome:
        """Do the runs of a day, and prepare those of the days after it.

        A run is prepared as early as its schedule says; if `ahead` is given, that many days ahead.
        """

    def prepare(self, live: Live, template: Body, day: date, now: float) -> Outcome:
        """Prepare one run of a template on a day, without a schedule."""
