"""A reference apply with a fault at each request: no later run finds anything lost, doubled or foreign."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from rhythmconf.errors import RhythmconfError
from rhythmconf.model import Body, Plan, Run
from rhythmconf.settings import Dialect
from tests.engine.test_execute import CLUB
from tests.support.bench import Bench, ref
from tests.support.faults import FAULTS, Seen, can_hit

UPDATES = 18
COUNT = len(CLUB) + UPDATES + 5
"""How many changes there are in all, for some 60 requests in the poorest dialect."""
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
    """What a client believes of its tenant, what the tenant really speaks, and how long its lists lack a new record."""

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
    "richer than believed": World(Dialect(), replace(RICH, patch_values="json"), LAG_S),
    "poorer than believed": World(Dialect(), replace(POOR, external_id="writable"), LAG_S),
    "not as rich as believed": World(replace(RICH, patch_values="json", list="auto"), Dialect(), LAG_S),
    "in another order than believed": World(Dialect(batch_results="by-order"), Dialect()),
}
SAMPLE = dict.fromkeys(WORLDS, 20) | dict.fromkeys(DIALECTS, 70)
"""Runs in each world in an everyday test; the full count is every fault at every request."""


def stranger(bench: Bench) -> str:
    """A record of somebody else, which no run may touch."""
    return str(bench.other().create(bench.catalog.kind("note"), {"name": "theirs", "text": "old"})["id"])


def world(folder: Path, of: World) -> Bench:
    bench = Bench(folder, of.dialect, of.tenant, lag_s=of.lag_s)
    assert bench.run(BEFORE).count("applied") == len(BEFORE)
    return bench


def changed(bench: Bench) -> Plan:
    return bench.plan(AFTER, prune=GONE)


def reference(folder: Path, of: World) -> list[Seen]:
    """The requests of an apply in which nothing goes wrong."""
    bench = world(folder, of)
    assert bench.run(AFTER, prune=GONE).count("applied") == COUNT
    return bench.applied.seen


def cases(folder: Path, name: str) -> list[tuple[int, str]]:
    """Every fault at every request of the reference apply where it can occur."""
    requests = reference(folder / f"reference-{name}", WORLDS[name])
    return [(seen.number, fault) for seen in requests for fault in FAULTS if can_hit(fault, seen)]


def attempt(bench: Bench, faults: dict[int, str]) -> Run | None:
    """One run; None where it was refused, or failed before its first write."""
    plan = changed(bench)
    try:
        run = bench.apply(plan, {number: FAULTS[name] for number, name in faults.items()})
    except RhythmconfError:
        assert bench.log().intents == ()
        return None
    bench.bindings |= {binding.key: binding for binding in run.binds}
    assert [result.key for result in run.results] == [change.key for change in plan.changes]
    assert bench.log().results == run.results
    assert bench.log().ending == ("complete" if run.count("applied") == len(plan.changes) else "incomplete")
    return run


def assert_explained(bench: Bench) -> None:
    """The journal has an intent for each write that the tenant was asked for; repetitions are of the same intent."""
    intents = Counter(
        (intent.kind.partition("/")[2], frozenset(write.id for write in intent.writes if write.id))
        for intent in bench.log().intents
    )
    for seen in bench.applied.writes:
        kind = seen.path.split("/")[2].removesuffix("s")
        last = seen.path.split("/")[-1]
        if last == "batch":
            ids = frozenset(str(one["id"]) for one in seen.body["operations"] if one.get("id"))
        else:
            ids = frozenset() if seen.method == "POST" else frozenset({last})
        assert intents[kind, ids], seen


def assert_converges(bench: Bench, id: str) -> None:
    for _ in range(2):
        if not changed(bench).changes:
            break
        attempt(bench, {})
        assert_explained(bench)
    assert changed(bench).changes == ()
    names = Counter(str(record["name"]) for kind in bench.catalog.kinds for record in bench.records(kind[5:]))
    assert names == Counter([*(str(body["name"]) for body in AFTER.values()), "theirs"])
    theirs = next(record for record in bench.records("note") if record["id"] == id)
    assert (theirs["sys_version"], theirs["text"]) == (1, "old")


@pytest.mark.parametrize("name", WORLDS)
def test_one_fault_anywhere(tmp_path: Path, name: str, full: bool) -> None:
    every = cases(tmp_path, name)
    for count, (number, fault) in enumerate(every if full else random.sample(every, SAMPLE[name])):
        bench = world(tmp_path / str(count), WORLDS[name])
        id = stranger(bench)
        attempt(bench, {number: fault})
        assert_explained(bench)
        assert_converges(bench, id)


def test_two_faults_anywhere(tmp_path: Path, full: bool) -> None:
    every = {name: cases(tmp_path, name) for name in WORLDS}
    for count in range(500 if full else 15):
        name = random.choice(list(WORLDS))
        (first, one), (second, other) = random.choices(every[name], k=2)
        bench = world(tmp_path / str(count), WORLDS[name])
        id = stranger(bench)
        attempt(bench, {first: one, second: other})
        assert_explained(bench)
        assert_converges(bench, id)


DONE = ["reset_after", "timeout_after", "stall", "html_after", "truncated", "status_500_after", "duplicated"]


@pytest.mark.parametrize("fault", DONE)
def test_what_was_done_is_found_out_in_the_same_run(tmp_path: Path, fault: str) -> None:
    writes = [seen.number for seen in reference(tmp_path / "reference", WORLDS["safe"]) if seen.writes]
    for number in random.sample(writes, 3):
        bench = world(tmp_path / str(number), WORLDS["safe"])
        run = attempt(bench, {number: fault})
        assert run is not None
        assert run.count("applied") == len(run.results)


def test_each_write_is_done_and_no_answer_ever_comes(tmp_path: Path) -> None:
    bench = world(tmp_path, WORLDS["safe"])
    id = stranger(bench)
    plan, live = bench.planned(AFTER, prune=GONE)
    run = bench.apply(plan, dict.fromkeys(range(1, 200), FAULTS["reset_after"]), live=live)
    assert run.count("applied") == 0
    assert run.count("unknown") > 0
    assert_converges(bench, id)


BATCHES = {"none": Dialect(batch="none"), "two": Dialect(), "all": Dialect(batch="patch+delete+create")}


@pytest.mark.parametrize("batch", BATCHES)
def test_a_tenant_that_does_not_keep_marks_gets_nothing_twice(tmp_path: Path, batch: str, full: bool) -> None:
    believed = BATCHES[batch]
    real = replace(believed, external_id="read-only")
    wanted: dict[str, Body] = {f"note/n{n}": {"name": f"N{n}", "text": "new"} for n in range(24)}
    bench = Bench(tmp_path / "reference", believed)
    bench.run(wanted)
    every = [(seen.number, fault) for seen in bench.applied.seen for fault in FAULTS if can_hit(fault, seen)]
    for count, (number, fault) in enumerate(every if full else random.sample(every, 12)):
        bench = Bench(tmp_path / str(count), believed, tenant_dialect=real)
        with suppress(RhythmconfError):
            assert bench.apply(bench.plan(wanted), {number: FAULTS[fault]}).count("applied") == 0
        bench.dialect = real
        runs = [bench.run(wanted) for _ in range(2)]
        assert runs[-1].count("applied") == len(runs[-1].results), (number, fault)
        assert Counter(one["name"] for one in bench.records("note")) == Counter(one["name"] for one in wanted.values())
        assert bench.plan(wanted).changes == (), (number, fault)


def test_a_tenant_that_does_not_keep_marks_is_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path, tenant_dialect=Dialect(external_id="read-only"))
    run = bench.run({f"note/n{n}": {"name": f"N{n}"} for n in range(40)})
    assert len(bench.records("note")) == run.count("rejected") <= 10
    assert run.count("not_attempted") == 40 - run.count("rejected")
    first = run.diagnostics[0]
    assert (first.code, "external_id: read-only" in first.help) == ("RC524", True)
