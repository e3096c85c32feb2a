"""Carry out one command for each member of a fleet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rhythmconf.flows.fleet.engine import carry_out
from rhythmconf.flows.fleet.member import work
from rhythmconf.flows.fleet.values import Engine, Order, Task, Work
from rhythmconf.flows.values import Flow
from rhythmconf.model import Progress
from rhythmconf.model.fleet import FleetReport, MemberSummary, plan_file
from rhythmconf.settings.fleet import Fleet, Member


def run_fleet(fleet: Fleet, task: Task, engine: Engine, directory: Path, do: Work = work) -> Flow[FleetReport]:
    """Do a task for every member, and sum up what came of each.

    `directory` is the folder of fleet.yaml as the user named it, for commands to type. `do` is what a worker does with
    an order.
    """
    orders = (_make_order(fleet, member, task, directory) for member in fleet.members)
    summaries = yield from _collect(carry_out(engine, do, orders), task.action, len(fleet.members))
    return FleetReport(task.action, _in_order(fleet, summaries))


def _make_order(fleet: Fleet, member: Member, task: Task, directory: Path) -> Order:
    return Order(
        task.action,
        member.name,
        member.project,
        str(fleet.root / member.project),
        str(directory / member.project),
        member.environment,
        first_use=task.first_use,
        plan_file=str(task.plans / plan_file(member.name)) if task.plans else "",
        forecast=task.forecast,
        pull=task.pull,
    )


def _in_order(fleet: Fleet, summaries: dict[str, MemberSummary]) -> tuple[MemberSummary, ...]:
    """Return summaries in the order of fleet.yaml."""
    return tuple(summaries[member.name] for member in fleet.members if member.name in summaries)


def _collect(summaries: Iterator[MemberSummary], stage: str, total: int) -> Flow[dict[str, MemberSummary]]:
    collected: dict[str, MemberSummary] = {}
    yield Progress(stage, 0, total)
    for summary in summaries:
        collected[summary.name] = summary
        yield Progress(stage, len(collected), total, summary.name)
    return collected
