"""The requests of an apply: as many as the forecast says, in the order of the schedule."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rhythmconf.catalog import Catalog
from rhythmconf.engine.plan import forecast, needs_read, request_shares, stages
from rhythmconf.model import Body, LiveState, Plan
from rhythmconf.settings import Dialect
from tests.support import bench, plans
from tests.support.bench import Bench
from tests.support.emulator_transport import EmulatorTransport

DIALECTS = [Dialect(), Dialect(batch="none"), Dialect(batch="patch+delete+create")]


def web(folder: Path) -> Catalog:
    """Return the kinds of the tests, with batches."""
    return plans.with_batches(plans.make_catalog(folder))


def mixed(folder: Path) -> Plan:
    """Return a plan with creates in two waves and a cycle, 120 updates, and deletions."""
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
    plan, catalog = mixed(tmp_path), web(tmp_path)
    shares = request_shares(plan.changes, catalog, dialect)
    numbers = {share.number for each in shares.values() for share in each}
    assert numbers == set(range(1, len(numbers) + 1))
    reads = sum(needs_read(change, step, dialect) for stage in stages(plan.changes) for change, step in stage)
    expected = forecast(plan.changes, LiveState({}), catalog, dialect)
    kinds_with_creates = 2
    assert len(numbers) + reads + kinds_with_creates == expected.at_once
    assert (len(numbers), reads, 0) == (expected.writes, expected.guard_reads, expected.read_backs)
    assert expected.checks == kinds_with_creates


def test_updates_share_requests_and_a_cycle_takes_two(tmp_path: Path) -> None:
    plan = mixed(tmp_path)
    shares = {key.name: each for key, each in request_shares(plan.changes, web(tmp_path), Dialect()).items()}
    assert (
        sorted({(share.number, share.steps) for name in shares if name[0] == "n" for share in shares[name]})[-1][1]
        == 20
    )
    assert shares["base"][0].verb == "create"
    assert shares["base"][0].number < shares["one"][0].number
    assert [share.verb for share in (*shares["left"], *shares["right"])].count("patch") == 1
    assert shares["y"][0].number < shares["x"][0].number
    assert shares["x"][0].verb == "delete"


# Steps of a project: everything is created, then changed and partly deleted (including a cycle).
CLUB: dict[str, Body] = {
    "team/a": {"name": "A", "lead_id": bench.ref("person/p")},
    "team/b": {"name": "B"},
    "person/p": {"name": "P", "team_id": bench.ref("team/a")},
    "person/q": {"name": "Q", "team_id": bench.ref("team/b"), "phone": "1"},
    **{f"note/n{n}": {"name": f"N{n}", "text": "old"} for n in range(12)},
    **{f"rota/r{n}": {"name": f"R{n}", "team_id": bench.ref("team/b")} for n in range(5)},
}
GONE = ("team/a", "person/p", "note/n11")
EDITED: dict[str, Body] = {
    **{name: body for name, body in CLUB.items() if name not in GONE},
    **{f"note/n{n}": {"name": f"N{n}", "text": "new"} for n in range(5)},
    **{f"rota/r{n}": {"name": f"R{n}", "team_id": bench.ref("team/b"), "terms": {"pay": 1}} for n in range(5)},
    "person/q": {"name": "Q", "team_id": bench.ref("team/b"), "phone": "2"},
    "note/x": {"name": "X"},
}
WORLDS = [
    Dialect(list="envelope", batch=batch, guard=guard, batch_results=results)
    for batch in ("none", "patch+delete", "patch+delete+create")
    for guard in ("values", "version", "read")
    for results in ("verify", "by-order")
]


def without_batches(tenant: Bench, *names: str) -> Bench:
    """Answer like the tenant, but without batch endpoints for these kinds."""
    kinds = dict(tenant.catalog.kinds)
    for name in names:
        kind = kinds[f"club/{name}"]
        kinds[kind.name] = replace(kind, operations={**kind.operations, "batch": "absent"})
    tenant.catalog = replace(tenant.catalog, kinds=kinds)
    tenant.emulator = tenant.tenant()
    tenant.transport = EmulatorTransport(tenant.emulator)
    return tenant


@pytest.mark.parametrize("later", [False, True], ids=["at once", "later"])
@pytest.mark.parametrize("dialect", WORLDS, ids=lambda each: f"{each.batch} {each.guard} {each.batch_results}")
def test_an_apply_sends_as_many_requests_as_forecast(tmp_path: Path, dialect: Dialect, later: bool) -> None:
    """Test an apply that uses the lists of the plan, and one that reads again (from a file or after a question)."""
    tenant = without_batches(Bench(tmp_path, dialect=dialect, page_size=6), "rota")
    for number in range(7):  # unmanaged records on more than one page: so the size of a page is known
        tenant.other().create(tenant.catalog.kind("note"), {"name": f"Theirs {number}"})
    for wanted, prune in ((CLUB, ()), (EDITED, GONE), ({}, tuple(EDITED))):
        plan, live = tenant.planned(wanted, prune=prune)
        run = tenant.apply(plan, live=None if later else live)
        assert run.count("applied") == len(plan.changes)
        at_once = plan.requests_forecast - plan.requests_made
        assert run.requests == at_once + (plan.requests_reread if later else 0)
        assert run.requests == len(tenant.applied.seen)


def test_updates_of_a_kind_without_batches_are_single_requests(tmp_path: Path) -> None:
    tenant = without_batches(Bench(tmp_path), "rota")
    team = bench.ref("team/b")
    rotas: dict[str, Body] = {f"rota/r{n}": {"name": f"R{n}", "team_id": team, "terms": {"pay": 1}} for n in range(5)}
    tenant.run({"team/b": {"name": "B"}, **rotas})
    edited: dict[str, Body] = {name: {**body, "terms": {"pay": 2}} for name, body in rotas.items()}
    plan, live = tenant.planned({"team/b": {"name": "B"}, **edited})
    shares = request_shares(plan.changes, tenant.catalog, tenant.dialect)
    assert max(share.number for each in shares.values() for share in each) == 5
    assert plan.requests_forecast - plan.requests_made == 5
    assert tenant.apply(plan, live=live).requests == 5


@pytest.mark.parametrize(("pages", "read"), [((0, 3), 2), ((0, 0), 2), ((0, 2, 2), 4)])
def test_a_list_that_begins_with_an_empty_page_has_a_forecast(
    tmp_path: Path, pages: tuple[int, ...], read: int
) -> None:
    """A tenant that filters the records of a page may answer with an empty one."""
    catalog, dialect = web(tmp_path), Dialect(batch="patch+delete+create", batch_results="by-order")
    records = tuple(plans.node(str(number), f"n{number}") for number in range(sum(pages)))
    live = LiveState({"web/node": records}, len(pages), {"web/node": pages})
    created = plans.plan(catalog, {"new": {"name": "new"}}, [])
    assert forecast(created.changes, live, catalog, dialect).read_backs == read


def test_what_a_later_apply_reads_is_forecast_by_the_pages(tmp_path: Path) -> None:
    """The forecast of what a later apply reads follows the pages that the tenant gave."""
    tenant = Bench(tmp_path, dialect=Dialect(list="envelope"), page_size=3)
    notes: dict[str, Body] = {f"note/n{n}": {"name": f"N{n}", "text": "old"} for n in range(9)}
    tenant.run(notes)
    assert tenant.fetch().pages["club/note"][:3] == (3, 3, 3)
    one = tenant.plan({**notes, "note/n0": {"name": "N0", "text": "new"}})
    all_nine = tenant.plan({name: {**body, "text": "new"} for name, body in notes.items()})
    created = tenant.plan({**notes, "note/x": {"name": "X"}})
    pages = len(tenant.fetch().pages["club/note"])
    assert (one.requests_reread, all_nine.requests_reread, created.requests_reread) == (1, pages, pages)
