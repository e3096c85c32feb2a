"""An apply with a fault at each request: later runs find nothing lost, duplicated or changed by mistake."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from rhythmconf.errors import RhythmconfError
from rhythmconf.model import Body, Run
from rhythmconf.settings import Dialect
from tests.support.bench import Bench
from tests.support.faults import FAULTS, can_hit
from tests.support.worlds import AFTER, DIALECTS, GONE, WORLDS, make_bench, plan_changes, reference_requests

SAMPLE = dict.fromkeys(WORLDS, 15) | dict.fromkeys(DIALECTS, 45)
"""The number of sampled runs per world; with --full, every fault is injected at every request."""


def stranger(bench: Bench) -> str:
    """A record of somebody else, which no run may change."""
    return str(bench.other().create(bench.catalog.kind("note"), {"name": "theirs", "text": "old"})["id"])


def cases(folder: Path, name: str) -> list[tuple[int, str]]:
    """Return every fault at every request of the reference apply at which it can occur."""
    requests = reference_requests(folder / f"reference-{name}", WORLDS[name])
    return [(seen.number, fault) for seen in requests for fault in FAULTS if can_hit(fault, seen)]


def attempt(bench: Bench, faults: dict[int, str]) -> Run | None:
    """Return the result of one run; None if it was refused or failed before its first write."""
    plan = plan_changes(bench)
    try:
        run = bench.apply(plan, {number: FAULTS[name] for number, name in faults.items()})
    except RhythmconfError:
        assert bench.log().intents == ()
        return None
    bench.bindings |= {binding.key: binding for binding in run.binds}
    assert [result.key for result in run.results] == [change.key for change in plan.changes]
    assert bench.log().results == run.results
    assert bench.log().ending == ("complete" if run.complete else "incomplete")
    # Where everything is applied, only the check for duplicates can have failed. A second fault may hit that check too.
    applied = run.count("applied") == len(plan.changes)
    errors = {one.code for one in run.diagnostics if one.severity == "error"}
    assert applied or not run.complete
    assert not applied or run.complete or errors == {"RC541"}
    return run


def assert_explained(bench: Bench) -> None:
    """Check that the journal has one intent for each write; repeated requests belong to the same intent."""
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
        if not plan_changes(bench).changes:
            break
        attempt(bench, {})
        assert_explained(bench)
    assert plan_changes(bench).changes == ()
    names = Counter(str(record["name"]) for kind in bench.catalog.kinds for record in bench.records(kind[5:]))
    assert names == Counter([*(str(body["name"]) for body in AFTER.values()), "theirs"])
    theirs = next(record for record in bench.records("note") if record["id"] == id)
    assert (theirs["sys_version"], theirs["text"]) == (1, "old")


@pytest.mark.parametrize("name", WORLDS)
def test_one_fault_at_any_request_is_repaired(tmp_path: Path, name: str, full: bool) -> None:
    every = cases(tmp_path, name)
    for count, (number, fault) in enumerate(every if full else random.sample(every, SAMPLE[name])):
        bench = make_bench(tmp_path / str(count), WORLDS[name])
        id = stranger(bench)
        attempt(bench, {number: fault})
        assert_explained(bench)
        assert_converges(bench, id)


def test_two_faults_at_any_requests_are_repaired(tmp_path: Path, full: bool) -> None:
    every = {name: cases(tmp_path, name) for name in WORLDS}
    for count in range(500 if full else 15):
        name = random.choice(list(WORLDS))
        (first, one), (second, other) = random.choices(every[name], k=2)
        bench = make_bench(tmp_path / str(count), WORLDS[name])
        id = stranger(bench)
        attempt(bench, {first: one, second: other})
        assert_explained(bench)
        assert_converges(bench, id)


DONE = ["reset_after", "timeout_after", "stall", "html_after", "truncated", "status_500_after", "duplicated"]


@pytest.mark.parametrize("fault", DONE)
def test_an_unanswered_write_is_resolved_in_the_same_run(tmp_path: Path, fault: str) -> None:
    writes = [seen.number for seen in reference_requests(tmp_path / "reference", WORLDS["safe"]) if seen.writes]
    for number in random.sample(writes, 3):
        bench = make_bench(tmp_path / str(number), WORLDS["safe"])
        run = attempt(bench, {number: fault})
        assert run is not None
        # Threads send in any order, so the fault may have hit a read: there a page that is not JSON is not asked for
        # again, and the change is not attempted.
        hit_write = any(seen.fault and seen.writes for seen in bench.applied.seen)
        unread = 0 if hit_write or fault != "html_after" else run.count("not_attempted")
        assert run.count("applied") + unread == len(run.results)


def test_a_run_without_any_answer_is_resolved(tmp_path: Path) -> None:
    bench = make_bench(tmp_path, WORLDS["safe"])
    id = stranger(bench)
    plan, live = bench.planned(AFTER, prune=GONE)
    run = bench.apply(plan, dict.fromkeys(range(1, 200), FAULTS["reset_after"]), live=live)
    assert run.count("applied") == 0
    assert run.count("unknown") > 0
    assert_converges(bench, id)


BATCHES = {"none": Dialect(batch="none"), "two": Dialect(), "all": Dialect(batch="patch+delete+create")}


@pytest.mark.parametrize("batch", BATCHES)
def test_a_tenant_that_loses_marks_gets_no_duplicates(tmp_path: Path, batch: str, full: bool) -> None:
    believed = BATCHES[batch]
    real = believed._replace(external_id="read-only")
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


def test_a_tenant_that_loses_marks_is_reported(tmp_path: Path) -> None:
    bench = Bench(tmp_path, tenant_dialect=Dialect(external_id="read-only"))
    run = bench.run({f"note/n{n}": {"name": f"N{n}"} for n in range(40)})
    assert len(bench.records("note")) == run.count("rejected") <= 10
    assert run.count("not_attempted") == 40 - run.count("rejected")
    first = run.diagnostics[0]
    assert (first.code, "external_id: read-only" in first.help) == ("RC524", True)
