"""Apply a bundle of plans, ring by ring, with a record of what each member has reached."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

from rhythmconf.engine import journal
from rhythmconf.errors import Interrupted, Refused
from rhythmconf.flows.clock import CLOCK
from rhythmconf.flows.fleet.engine import carry_out
from rhythmconf.flows.fleet.member import work
from rhythmconf.flows.fleet.values import Engine, Order
from rhythmconf.flows.values import Flow
from rhythmconf.model import Body, Progress
from rhythmconf.model.fleet import Bundle, BundledPlan, FleetReport, MemberSummary
from rhythmconf.platform.processes import user_name
from rhythmconf.source.project import bundle_files

LOCK = "applied.lock"


class Place(NamedTuple):
    """Where a bundle is applied: its folder, the one of fleet.yaml, and that as the user would type it."""

    bundle: Path
    root: Path
    directory: Path


def apply_bundle(
    bundle: Bundle, place: Place, engine: Engine, *, first_use: bool = False, resume: bool = False
) -> Flow[FleetReport]:
    """Apply exactly the plans of a bundle. A ring starts when those before are complete.

    When more members than `max_failures` have failed, no further one starts. With `resume`, members that are done are
    not applied again, and a run that was interrupted is finished; where this computer has no record of the apply, the
    run records of each member say so. Raises Refused for a bundle that was begun before, without `resume`, and for one
    that another process applies.
    """
    total = sum(len(ring.plans) for ring in bundle.rings)
    with journal.lock(place.bundle / LOCK, _holder(place), timeout=0.0, now=CLOCK.now, sleep=CLOCK.sleep):
        reached = {one.name: one for one in _read_reached(place.bundle)}
        begun = _read_begun(place.bundle)
        if begun and not resume:
            help = "go on with --resume: members that are done are not applied again"
            raise Refused("this bundle was applied before, or a part of it", where=str(place.bundle), help=help)
        done = {name: one for name, one in reached.items() if one.code == 0}
        ended = dict(done)

        def stops() -> bool:
            failed = [one for one in ended.values() if one.code]
            return len(failed) > bundle.max_failures or any(one.code == Interrupted.exit_code for one in failed)

        def orders(plans: tuple[BundledPlan, ...]) -> Iterator[Order]:
            for plan in plans:
                if plan.name not in done and not stops():
                    bundle_files.append_entry(place.bundle, {"event": "begin", "name": plan.name})
                    # Another computer may have begun what is on no record here.
                    yield _make_order(plan, place, first_use=first_use, resume=resume)

        yield Progress("apply", len(ended), total)
        for ring in bundle.rings:
            for summary in carry_out(engine, work, orders(ring.plans)):
                ended[summary.name] = summary._replace(ring=ring.name)
                entry = cast("Body", ended[summary.name]._asdict())
                bundle_files.append_entry(place.bundle, {"event": "end", "name": summary.name, "summary": entry})
                yield Progress("apply", len(ended), total, summary.name)
    members = [
        ended.get(plan.name, MemberSummary(plan.name, plan.project, plan.environment, "stopped", 3, ring=ring.name))
        for ring in bundle.rings
        for plan in ring.plans
    ]
    return FleetReport("apply", tuple(members))


def _make_order(plan: BundledPlan, place: Place, *, first_use: bool, resume: bool) -> Order:
    return Order(
        "apply",
        plan.name,
        plan.project,
        str(place.root / plan.project),
        str(place.directory / plan.project),
        plan.environment,
        first_use=first_use,
        plan_file=str(place.bundle / plan.file),
        digest=plan.digest,
        resume=resume,
    )


def _read_begun(folder: Path) -> set[str]:
    return {str(entry["name"]) for entry in bundle_files.read_record(folder) if entry.get("event") == "begin"}


def _read_reached(folder: Path) -> Iterator[MemberSummary]:
    """Yield what each member has reached, the latest last."""
    for entry in bundle_files.read_record(folder):
        if entry.get("event") == "end" and isinstance(entry.get("summary"), dict):
            values: dict[str, Any] = {**cast("Body", entry["summary"])}
            lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
            yield MemberSummary(**{**values, **lists})


def _holder(place: Place) -> journal.Holder:
    return journal.Holder(
        pid=os.getpid(),
        host=socket.gethostname(),
        user=user_name(),
        started=journal.timestamp(CLOCK.now()),
        command=f"fleet apply {place.bundle}",
    )
