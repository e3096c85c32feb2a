"""Runs without faults: what they change and how many requests they send."""

from __future__ import annotations

import gc
import itertools
import signal
import threading
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import httpx
import pytest

from rhythmconf.engine.execute import InterruptedRun
from rhythmconf.engine.journal import read_all, timestamp
from rhythmconf.errors import Interrupted, Refused
from rhythmconf.model import Binding, Body, Change, Progress, Result, Run
from rhythmconf.settings import Dialect
from rhythmconf.tenant.client import Clock
from tests.support.bench import Bench, finish, key
from tests.support.faults import PendingRequest, SeenRequest, status_before
from tests.support.patching.work import count_calls
from tests.support.ticking import Ticking
from tests.support.worlds import CLUB


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def notes(count: int, **fields: object) -> dict[str, Body]:
    return {f"note/n{n:03}": {"name": f"N{n}", "text": "old", **fields} for n in range(count)}  # type: ignore[dict-item]


def outcomes(run: Run) -> dict[str, str]:
    return {str(result.key).removeprefix("club/"): result.outcome for result in run.results}


def batches(bench: Bench) -> list[SeenRequest]:
    """Return the batch requests of the last apply."""
    return [seen for seen in bench.applied.seen if seen.path.endswith("/batch")]


def failures(run: Run) -> list[Result]:
    return [result for result in run.results if result.outcome != "applied"]


def test_a_cycle_of_new_records_is_created_and_closed(bench: Bench) -> None:
    run = bench.run(CLUB)
    assert failures(run) == []
    assert bench.record("team", "A")["lead_id"] == bench.record("person", "P")["id"]
    assert bench.record("person", "P")["team_id"] == bench.record("team", "A")["id"]
    assert bench.plan(CLUB).changes == ()
    assert run.diagnostics == ()


def test_a_cycle_is_opened_before_it_is_deleted(bench: Bench) -> None:
    bench.run(CLUB)
    left = {name: body for name, body in CLUB.items() if name not in ("team/a", "person/p")}
    plan = bench.plan(left, prune=("team/a", "person/p"))
    assert any(change.patch for change in plan.changes)
    assert failures(bench.apply(plan)) == []
    assert [record["name"] for record in bench.records("team")] == ["B"]
    assert [record["name"] for record in bench.records("person")] == ["Q"]


def test_five_edits_are_sent_as_one_batch(bench: Bench) -> None:
    bench.run(notes(30))
    wanted = {**notes(30), **notes(5, text="new")}
    plan, live = bench.planned(wanted)
    run = bench.apply(plan, live=live)
    assert failures(run) == []
    assert [(seen.method, len(seen.body["operations"])) for seen in bench.last_transport.seen] == [("POST", 5)]
    assert run.requests == 1 == plan.requests_forecast - plan.requests_made


def test_an_empty_plan_sends_nothing(bench: Bench) -> None:
    bench.run(CLUB)
    plan, live = bench.planned(CLUB)
    run = bench.apply(plan, live=live)
    assert (run.results, run.requests, bench.last_transport.seen) == ((), 0, [])
    assert bench.log().ending == "complete"


@pytest.mark.parametrize("dialect", [Dialect(), Dialect(batch="none"), Dialect(batch="patch+delete+create")])
def test_a_run_sends_as_many_requests_as_forecast(tmp_path: Path, dialect: Dialect) -> None:
    bench = Bench(tmp_path, dialect=dialect)
    edited: dict[str, Body] = {**CLUB, "note/n0": {"name": "N0", "text": "t"}, "team/b": {"name": "B", "motto": "m"}}
    for wanted in (CLUB, edited):
        plan, live = bench.planned(wanted, prune=())
        assert bench.apply(plan, live=live).requests == plan.requests_forecast - plan.requests_made


def test_a_batch_has_at_most_a_hundred_operations(bench: Bench) -> None:
    bench.run(notes(103))
    run = bench.run(notes(103, text="new"))
    sizes = [len(seen.body["operations"]) for seen in batches(bench)]
    assert (sorted(sizes), failures(run)) == ([3, 100], [])


def test_waves_follow_references(bench: Bench) -> None:
    bench.run(CLUB)
    created = [seen.path.split("/")[2] for seen in bench.applied.writes]
    assert created.index("rotas") > created.index("teams")
    bench.run({}, prune=tuple(CLUB))
    assert all(bench.records(kind) == [] for kind in ("team", "person", "rota", "note"))


def test_an_adoption_changes_only_the_mark(bench: Bench) -> None:
    bench.other().create(bench.catalog.kind("note"), {"name": "N1", "text": "theirs"})
    plan = bench.plan({"note/n1": {"name": "N1"}})
    assert [change.action for change in plan.changes] == ["adopt"]
    assert failures(bench.apply(plan)) == []
    record = bench.record("note", "N1")
    assert (record["text"], record["sys_external_id"]) == ("theirs", "rhythmconf/hisp/n1")


def test_an_adoption_without_a_patch_is_done_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path, dialect=Dialect(external_id="read-only"))
    created = bench.other().create(bench.catalog.kind("note"), {"name": "N1"})
    plan, live = bench.planned({"note/n1": {"name": "N1"}})
    run = bench.apply(plan, live=live)
    assert (outcomes(run), bench.last_transport.writes) == ({"note/n1": "applied"}, [])
    assert run.binds == (Binding(key("note/n1"), str(created["id"])),)


def test_created_ids_become_bindings_if_marks_are_not_kept(tmp_path: Path) -> None:
    bench = Bench(tmp_path, dialect=Dialect(external_id="read-only"))
    run = bench.run(CLUB)
    assert {binding.key for binding in run.binds} == set(map(key, CLUB))
    assert {binding.id for binding in run.binds} == {result.id for result in run.results}
    assert bench.plan(CLUB).changes == ()


def test_values_are_sent_as_text_if_the_dialect_requires_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, dialect=Dialect(patch_values="string"))
    bench.run({"note/n": {"name": "N", "text": "a", "tags": ["x"], "rank": 1}})
    run = bench.run({"note/n": {"name": "N", "text": 'é"\n', "tags": ["y"], "rank": 2.5}})
    assert failures(run) == []
    assert bench.record("note", "N")["text"] == 'é"\n'
    (batch,) = batches(bench)
    assert all(isinstance(one["value"], str) for item in batch.body["operations"] for one in item["patch_directives"])


def test_progress_reaches_its_total(bench: Bench) -> None:
    steps, seen = bench.steps(bench.plan(CLUB)), []
    while (step := next(steps, None)) is not None:
        seen += [step] if isinstance(step, Progress) else []
    assert [stage for stage, _ in groupby(seen, key=lambda step: step.stage)] == ["read", "apply", "check"]
    last = {step.stage: (step.done, step.total) for step in seen}
    assert last["apply"] == (len(CLUB), len(CLUB))
    assert last["check"][0] == last["check"][1]


def test_the_run_record_has_every_write(bench: Bench) -> None:
    run = bench.run(CLUB)
    (log,) = read_all(bench.folder / "runs")
    assert (log.ending, log.results, log.requests) == ("complete", run.results, run.requests)
    assert log.header.run == run.id
    written = [(seen.method, seen.path) for seen in bench.applied.writes]
    assert len(log.intents) == len(written)
    assert log.unanswered == ()
    # The run has waited for the lists since then.
    created_at = timestamp(bench.time.now_s - bench.dialect.list_lag_s)
    assert {one.created_at for one in log.outcomes if one.step == "create"} == {created_at}


def test_an_interrupted_run_reports_what_was_done(bench: Bench) -> None:
    plan = bench.plan(CLUB)
    steps = bench.steps(plan)
    while getattr(next(steps), "stage", "") == "read":
        pass
    with pytest.raises(Interrupted) as caught:
        steps.throw(KeyboardInterrupt())
    error = caught.value
    assert isinstance(error, InterruptedRun)
    assert len(error.run.results) == len(plan.changes)
    assert {result.outcome for result in error.run.results} <= {"applied", "not_attempted", "rejected"}
    log = bench.log()
    assert (log.ending, log.results, log.unanswered) == ("interrupted", error.run.results, ())
    assert failures(bench.resume()) == []
    assert bench.plan(CLUB).changes == ()


def test_a_run_whose_caller_stops_leaves_a_closed_record(bench: Bench) -> None:
    steps = bench.steps(bench.plan(CLUB))
    while getattr(next(steps), "stage", "") == "read":
        pass
    steps.close()
    assert bench.log().ending == "interrupted"


def test_ctrl_c_waits_for_running_requests(bench: Bench) -> None:
    """The interrupt arrives in the main thread while ten creates are running."""

    def interrupt(asked: PendingRequest) -> object:
        raise KeyboardInterrupt

    plan = bench.plan(notes(12))
    with pytest.raises(InterruptedRun) as caught:
        bench.apply(plan, {4: interrupt})  # type: ignore[dict-item]
    created = {result.key.name for result in caught.value.run.results if result.outcome == "applied"}
    assert {f"n{int(str(record['name'])[1:]):03}" for record in bench.records("note")} == created
    assert failures(bench.resume()) == []
    assert len(bench.records("note")) == 12


class Stoppable(Ticking):
    """A clock that interrupts as soon as ten creates wait for the 12 s that the tenant requires."""

    def __init__(self) -> None:
        super().__init__()
        self.stopped = threading.Event()
        self.waiting = itertools.count(1)

    @property
    def clock(self) -> Clock:
        return super().clock._replace(sleep=self.rest, stop=self.stopped.set)

    def rest(self, seconds: float) -> bool | None:
        if seconds != 12:
            self.sleep(seconds)
            return None
        if next(self.waiting) == 10:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        return self.stopped.wait(10)


@pytest.fixture
def no_finalizers() -> Iterator[None]:
    """Keep the garbage collector from running: CPython drops an interrupt that reaches it in a finalizer."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_finalizers")
def test_nothing_is_sent_after_ctrl_c(bench: Bench) -> None:
    plan = bench.plan(notes(12))
    bench.time = Stoppable()
    throttled = status_before(429, "", Retry_After="12")
    with pytest.raises(InterruptedRun) as caught:
        bench.apply(plan, dict.fromkeys(range(2, 40), throttled))
    assert {result.outcome for result in caught.value.run.results} == {"not_attempted"}
    assert len(bench.applied.writes) <= 10
    assert bench.log().unanswered == ()
    assert failures(bench.resume()) == []


@pytest.mark.parametrize("step", ["create", "patch", "batch", "delete"])
def test_a_write_that_waits_to_be_repeated_is_not_sent_after_the_lock_was_taken_over(tmp_path: Path, step: str) -> None:
    bench = Bench(tmp_path, Dialect(batch="none") if step == "patch" else Dialect())
    bench.run({} if step == "create" else notes(2))
    wanted = {"create": notes(1), "delete": {}}.get(step, notes(2, text="new"))
    plan = bench.plan(wanted, prune=("note/n000", "note/n001")) if step == "delete" else bench.plan(wanted)
    taken_over: list[str] = []

    def publish(lines: bytes) -> None:
        if taken_over:
            raise Refused("the lock was taken over by ben@desk")

    def throttled_meanwhile(asked: PendingRequest) -> httpx.Response:
        if asked.request.method == "GET":
            return asked.send()
        taken_over.append("by Ben")
        return status_before(429, "")(asked)

    run = bench.apply(plan, dict.fromkeys(range(1, 40), throttled_meanwhile), publish=publish)
    sent = [str((write.path, write.body)) for write in bench.applied.writes]
    assert len(sent) == len(set(sent)) > 0
    assert set(outcomes(run).values()) == {"not_attempted"}
    assert "taken over by ben@desk" in run.results[0].message


def test_a_change_depends_only_on_its_references(bench: Bench) -> None:
    changes: dict[str, Change] = {change.key.name: change for change in bench.plan(CLUB).changes}
    assert changes["r"].depends_on == (key("team/b"),)
    assert finish(bench.steps(bench.plan(CLUB))).count("applied") == len(CLUB)


def test_an_interrupt_that_a_lock_of_the_pool_hides_still_ends_the_run_as_interrupted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(*_: object, **__: object) -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise RuntimeError("cannot release un-acquired lock")  # noqa: B904 -- as Condition.__exit__ does

    monkeypatch.setattr("rhythmconf.engine.execute.waves.wait", wait)
    plan, live = bench.planned({"note/n": {"name": "N"}})
    with pytest.raises(InterruptedRun):
        bench.apply(plan, live=live)


def test_another_error_of_the_pool_is_no_interrupt(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(*_: object, **__: object) -> None:
        raise RuntimeError("no more threads")

    monkeypatch.setattr("rhythmconf.engine.execute.waves.wait", wait)
    plan, live = bench.planned({"note/n": {"name": "N"}})
    with pytest.raises(RuntimeError, match="no more threads"):
        bench.apply(plan, live=live)


def test_the_work_of_an_apply_grows_with_the_number_of_creates(tmp_path: Path) -> None:
    def calls(count: int) -> int:
        bench = Bench(tmp_path / str(count))
        plan = bench.plan(notes(count))
        run, made = count_calls(lambda: bench.apply(plan))
        assert failures(run) == []
        return made

    few, many = calls(200), calls(400)
    assert many <= 2.2 * few, many / few
