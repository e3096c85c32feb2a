"""The requests that changes travel in: as many as the forecast says, and in the order of an apply."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rhythmconf.catalog import Catalog
from rhythmconf.engine.plan import forecast, needs_read, trips
from rhythmconf.model import Body, Plan
from rhythmconf.settings import Dialect
from tests.support import plans

DIALECTS = [Dialect(), Dialect(batch="none"), Dialect(batch="patch+delete+create")]


def web(folder: Path) -> Catalog:
    """The kinds that tests use, with batches."""
    made = plans.web(folder)
    kinds = {name: replace(kind, operations={**kind.operations, "batch": "seed"}) for name, kind in made.kinds.items()}
    return replace(made, kinds=kinds)


def mixed(folder: Path) -> Plan:
    """Creates in two waves and a circle, 120 updates, deletions."""
    desired = {f"n{number:03}": {"size": 2} for number in range(120)}
    wanted: dict[str, Body] = {
        **{name: {"name": name, **body} for name, body in desired.items()},
        "base": {"name": "base"},
        "leaf/one": {"name": "one", "must_id": plans.ref("base")},
        "left": {"name": "left", "next_id": plans.ref("right")},
        "right": {"name": "right", "next_id": plans.ref("left")},
    }
    live = [plans.node(f"id-{name}", name, size=1) for name in desired]
    gone = [plans.node("id-x", "x"), plans.node("id-y", "y", next_id="id-x")]
    return plans.plan(web(folder), wanted, [*live, *gone], prune=["x", "y"])


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: str(dialect.batch))
def test_there_are_as_many_requests_as_forecast(tmp_path: Path, dialect: Dialect) -> None:
    plan = mixed(tmp_path)
    found = trips(plan.changes, web(tmp_path), dialect)
    numbers = {trip.request for each in found.values() for trip in each}
    assert numbers == set(range(1, len(numbers) + 1))
    reads = sum(needs_read(change, dialect) for change in plan.changes)
    assert len(numbers) + reads == forecast(plan.changes, dialect)


def test_updates_share_requests_and_a_circle_travels_twice(tmp_path: Path) -> None:
    plan = mixed(tmp_path)
    found = {key.name: each for key, each in trips(plan.changes, web(tmp_path), Dialect()).items()}
    assert (
        sorted({(trip.request, trip.together) for name in found if name[0] == "n" for trip in found[name]})[-1][1] == 20
    )
    assert found["base"][0].verb == "create"
    assert found["base"][0].request < found["one"][0].request
    assert [trip.verb for trip in (*found["left"], *found["right"])].count("patch") == 1
    assert found["y"][0].request < found["x"][0].request
    assert found["x"][0].verb == "delete"
