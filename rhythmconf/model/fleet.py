"""What the commands of a fleet tell about its tenants: a small summary of each, whatever it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from rhythmconf.model.forecast import Total, Why
from rhythmconf.model.values import Risk

MemberState = Literal[
    "valid",
    "unchanged",
    "changes",
    "pulled",
    "applied",
    "unfinished",
    "no run",
    "refused",
    "denied",
    "failed",
    "stopped",
]
"""What became of a tenant. `denied`: no token, or no permission. `stopped`: it was not reached."""
WORST_FIRST = (130, 5, 1, 4, 3, 2, 0)
"""Exit codes, the worst first: a write that is not complete is worse than a tenant that was not reached."""
OUTLINED = 5
"""How many changes an outline names."""


class MemberForecast(NamedTuple):
    """The people and the money that runs of a tenant touch, before and after its plan.

    `unknown` are the reasons why something can't be told. Reports for people show no number of them below `small`.
    """

    totals: tuple[Total, ...] = ()
    unknown: tuple[Why, ...] = ()
    small: int = 0


class MemberSummary(NamedTuple):
    """One tenant in the report of a fleet.

    `project` is its folder as fleet.yaml names it. `code` is the exit code that the command for this tenant alone would
    have. `reason` says why it failed, and `command` is what shows more. `equal` is a digest that is the same for
    tenants with the same changes; `outline` names the first of these. `ring` is the one in which it is applied, and
    `plan_digest` the SHA-256 of its saved plan. `page` is the file of its page beside the index of the fleet.
    `forecast` is None where nobody asked for one, or there is no plan.
    """

    name: str
    project: str
    environment: str
    state: MemberState
    code: int = 0
    tenant: str = ""
    create: int = 0
    update: int = 0
    delete: int = 0
    adopt: int = 0
    risks: tuple[Risk, ...] = ()
    guards: int = 0
    conflicts: int = 0
    findings: int = 0
    reason: str = ""
    diagnostic: str = ""
    command: str = ""
    equal: str = ""
    outline: tuple[str, ...] = ()
    run: str = ""
    ring: str = ""
    plan_digest: str = ""
    page: str = ""
    forecast: MemberForecast | None = None

    @property
    def changes(self) -> int:
        """The number of changes."""
        return self.create + self.update + self.delete + self.adopt


def plan_file(name: str) -> str:
    """Return the name of the plan file of a member."""
    return f"{name}.plan"


class BundledPlan(NamedTuple):
    """The saved plan of one member, which is a file of the bundle; `digest` is the SHA-256 of that file."""

    name: str
    project: str
    environment: str
    changes: int
    digest: str

    @property
    def file(self) -> str:
        """The name of the plan file in the bundle."""
        return plan_file(self.name)


class Ring(NamedTuple):
    """Members that are applied together. `name` is as fleet.yaml has it: a label, a percentage, or `rest`."""

    name: str
    plans: tuple[BundledPlan, ...]


class Bundle(NamedTuple):
    """The saved plans of a fleet, in the order of their apply. `digest` covers all of them."""

    rings: tuple[Ring, ...]
    max_failures: int
    created_at: str
    digest: str = ""


class EqualChanges(NamedTuple):
    """Tenants that have the same changes."""

    members: tuple[MemberSummary, ...]

    @property
    def first(self) -> MemberSummary:
        """The tenant whose changes a reviewer reads for all of them."""
        return self.members[0]


class FleetReport(NamedTuple):
    """The summaries of a command, in the order of fleet.yaml. `command` is its name: `plan`."""

    command: str
    members: tuple[MemberSummary, ...]

    @property
    def code(self) -> int:
        """The worst exit code of a tenant."""
        return min((member.code for member in self.members), key=WORST_FIRST.index, default=0)

    def worst_first(self) -> list[MemberSummary]:
        """Return the summaries with the worst exit code first, then in the order of fleet.yaml."""
        return sorted(self.members, key=lambda member: WORST_FIRST.index(member.code))

    def equal_changes(self) -> list[EqualChanges]:
        """Group the tenants that have the same changes, the largest group first. One tenant alone is no group."""
        groups = group_equal(self.members)
        return sorted(groups, key=lambda group: -len(group.members))


def group_equal(members: Iterable[MemberSummary]) -> Iterator[EqualChanges]:
    """Yield a group for each digest of changes that several tenants have."""
    groups: dict[str, list[MemberSummary]] = {}
    for member in members:
        if member.changes:
            groups.setdefault(member.equal, []).append(member)
    yield from (EqualChanges(tuple(group)) for group in groups.values() if len(group) > 1)
