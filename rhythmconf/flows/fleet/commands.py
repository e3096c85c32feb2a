"""Carry out one command for each member of a fleet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rhythmconf.flows.fleet.engine import carry_out
from rhythmconf.flows.fleet.member import work
from rhythmconf.flows.fleet.values import Engine, FleetAction, Order, Work
from rhythmconf.flows.values import Flow
from rhythmconf.model import Progress
from rhythmconf.model.fleet import FleetReport, MemberSummary, plan_file
from rhythmconf.settings.fleet import Fleet, Member


def run_fleet(
    fleet: Fleet,
    action: FleetAction,
    engine: Engine,
    *,
    directory: Path,
    first_use: bool = False,
    plans: Path | None = None,
    do: Work = work,
) -> Flow[FleetReport]:
    """Validate, plan, compare or look up every member, and sum up what came of each.

    `directory` is the folder of fleet.yaml as the user named it, for commands to type. With `plans`, the plan of each
    member is saved in that folder. `do` is what a worker does with an order.
    """
    orders = (
        make_order(fleet, member, action, directory, first_use=first_use, plans=plans) for member in fleet.members
    )
    summaries = yield from _collect(carry_out(engine, do, orders), action, len(fleet.members))
    return FleetReport(action, in_order(fleet, summaries))


def make_order(
    fleet: Fleet, member: Member, action: FleetAction, directory: Path, *, first_use: bool, plans: Path | None = None
) -> Order:
    """Return what a worker has to know of a member."""
    return Order(
        action,
        member.name,
        member.project,
        str(fleet.root / member.project),
        str(directory / member.project),
        member.environment,
        first_use=first_use,
        plan_file=str(plans / plan_file(member.name)) if plans else "",
    )


def in_order(fleet: Fleet, summaries: dict[str, MemberSummary]) -> tuple[MemberSummary, ...]:
    """Return summaries in the order of fleet.yaml."""
    return tuple(summaries[member.name] for member in fleet.members if member.name in summaries)


def _collect(summaries: Iterator[MemberSummary], stage: str, total: int) -> Flow[dict[str, MemberSummary]]:
    collected: dict[str, MemberSummary] = {}
    yield Progress(stage, 0, total)
    for summary in summaries:
        collected[summary.name] = summary
        yield Progress(stage, len(collected), total, summary.name)
    return collected
