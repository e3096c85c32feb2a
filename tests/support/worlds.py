"""A project of 33 changes, and tenants with different dialects; some differ from the dialect in the settings."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from rhythmconf.model import Body, Plan
from rhythmconf.settings import Dialect
from tests.support.bench import Bench, ref
from tests.support.faults import SeenRequest

CLUB: dict[str, Body] = {
    "team/a": {"name": "A", "lead_id": ref("person/p")},
    "team/b": {"name": "B"},
    "person/p": {"name": "P", "team_id": ref("team/a")},
    "person/q": {"name": "Q", "team_id": ref("team/b"), "phone": "1"},
    "rota/r": {"name": "R", "team_id": ref("team/b"), "slots": [{"name": "early", "hours": 4}, {"name": "late"}]},
    **{f"note/n{n}": {"name": f"N{n}", "tags": ["x", "y"]} for n in range(5)},
}
UPDATES = 18
COUNT = len(CLUB) + UPDATES + 5
"""The number of changes; the dialect `poor` needs about 60 requests for them."""
BEFORE: dict[str, Body] = {
    **{f"note/u{n}": {"name": f"U{n}", "text": "old", "tags": ["a"]} for n in range(UPDATES)},
    **{f"note/d{n}": {"name": f"D{n}"} for n in range(3)},
    "team/z": {"name": "Z"},
    "rota/z": {"name": "RZ", "team_id": ref("team/z"), "slots": [{"name": "x"}], "terms": {"pay": 1}},
}
AFTER: dict[str, Body] = {
    **CLUB,
    **{f"note/u{n}": {"name": f"U{n}", "text": "new", "tags": ["a", "b"], "rank": n} for n in range(UPDATES)},
    "team/z": {"name": "Z", "motto": "m"},
    "rota/z": {
        "name": "RZ",
        "team_id": ref("team/z"),
        "slots": [{"name": "x", "hours": 2}, {"name": "y"}],
        "terms": {"pay": 2},
    },
}
GONE = ("note/d0", "note/d1", "note/d2")
DIALECTS = {
    "safe": Dialect(),
    "rich": Dialect(
        batch="patch+delete+create",
        batch_results="by-id",
        guard="version",
        patch_values="string",
        patch_ops="all",
        off_options="null",
        empty_lists="distinct",
        list="envelope",
    ),
    "poor": Dialect(external_id="read-only", batch="none", guard="read", list="array"),
}


class World(NamedTuple):
    """The dialect in the settings, the dialect of the tenant (None: the same), and the lag of its lists."""

    dialect: Dialect
    tenant: Dialect | None = None
    lag_s: float = 0.0


RICH, POOR = DIALECTS["rich"], DIALECTS["poor"]
LAG_S = Dialect().list_lag_s
WORLDS = {
    **{name: World(dialect) for name, dialect in DIALECTS.items()},
    "lagging": World(Dialect(), lag_s=LAG_S),
    "rich, lagging": World(RICH, lag_s=LAG_S),
    "poor, lagging": World(POOR, lag_s=LAG_S),
    "richer than believed": World(Dialect(), RICH._replace(patch_values="json"), LAG_S),
    "poorer than believed": World(Dialect(), POOR._replace(external_id="writable"), LAG_S),
    "not as rich as believed": World(RICH._replace(patch_values="json", list="auto"), Dialect(), LAG_S),
    "in another order than believed": World(Dialect(batch_results="by-order"), Dialect()),
}


def make_bench(folder: Path, of: World) -> Bench:
    """Return a bench whose tenant holds BEFORE."""
    bench = Bench(folder, of.dialect, of.tenant, lag_s=of.lag_s)
    assert bench.run(BEFORE).count("applied") == len(BEFORE)
    return bench


def plan_changes(bench: Bench) -> Plan:
    """Plan the changes from what the tenant holds to AFTER."""
    return bench.plan(AFTER, prune=GONE)


def reference_requests(folder: Path, of: World) -> list[SeenRequest]:
    """Return the requests of an apply without faults."""
    bench = make_bench(folder, of)
    assert bench.run(AFTER, prune=GONE).count("applied") == COUNT
    return bench.applied.seen
