"""Runs of two or three computers that create the same records at once: the oldest record of each key stays."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhythmconf.catalog import load
from rhythmconf.engine.execute import restore_identity
from rhythmconf.engine.identity import oldest_first
from rhythmconf.errors import Refused
from rhythmconf.flows.apply import exit_code
from rhythmconf.model import Body, Event, Plan, Progress, Run
from rhythmconf.settings import Dialect
from tests.support.bench import Bench, finish, key, ref
from tests.support.emulator_transport import EmulatorTransport
from tests.support.faults import Fault, status_before
from tests.support.kills import KILLED, die_after, die_before, run_in_child
from tests.support.ticking import NOON, Ticking
from tests.support.worlds import CLUB

DIALECTS = {
    "safe": Dialect(),
    "single": Dialect(batch="none", guard="read"),
    "rich": Dialect(batch="patch+delete+create", batch_results="by-id", guard="version", patch_values="string"),
}
NOTES: dict[str, Body] = {f"note/n{number}": {"name": f"N{number}"} for number in range(3)}
Steps = Generator[Event, None, Run]


def computers(folder: Path, count: int, dialect: Dialect | None = None) -> list[Bench]:
    """Return computers with a folder for run records each, and one tenant and one clock for all."""
    benches = [Bench(folder / str(number), dialect=dialect or Dialect()) for number in range(count)]
    for bench in benches:
        bench.emulator, bench.time = benches[0].emulator, benches[0].time
        bench.transport = EmulatorTransport(bench.emulator)
    # The tenant asks the clock of the computer that it was made with.
    return benches


def begin(bench: Bench, plan: Plan, faults: dict[int, Fault] | None = None) -> Steps:
    """Begin an apply, and stop when the preconditions were read."""
    steps = bench.steps(plan, faults)
    for step in steps:
        if isinstance(step, Progress) and step.stage == "read" and step.done == step.total:
            break
    return steps


def advance(steps: Steps) -> None:
    """Go on until the first answer to a write."""
    while (step := next(steps)) and not (isinstance(step, Progress) and step.stage == "apply"):
        pass


def marks(bench: Bench, *kinds: str) -> Counter[str]:
    """Count the marks of all records."""
    return Counter(
        f"{kind}: {body['sys_external_id']}"
        for kind in kinds or ("team", "person", "rota", "note")
        for body in bench.records(kind)
    )


def one_each(wanted: dict[str, Body]) -> Counter[str]:
    """Return the marks of a tenant that has each record once."""
    return Counter(f"{name.partition('/')[0]}: rhythmconf/hisp/{name.partition('/')[2]}" for name in wanted)


def outcomes(run: Run) -> Counter[str]:
    return Counter(result.outcome for result in run.results)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_run_that_created_later_deletes_its_own_records(tmp_path: Path, dialect: str) -> None:
    """All of a project with references and a cycle is created twice; afterwards it is there once, as planned."""
    first, second = computers(tmp_path, 2, DIALECTS[dialect])
    steps = begin(second, second.plan(CLUB))
    done = first.apply(first.plan(CLUB))
    assert exit_code(done) == 0
    first.time.now_s += 1
    run = finish(steps)
    assert outcomes(run) == {"conflict": len(CLUB)}
    assert exit_code(run) == 5
    assert [diagnostic.code for diagnostic in run.diagnostics] == ["RC540"]
    ids = {result.key: result.id for result in done.results}
    created = {one.key: one.id for one in second.log().outcomes if one.step == "create"}
    for result in run.results:
        assert result.id == ids[result.key]
        assert repr(result.id) in result.message
        assert repr(created[result.key]) in result.message
        assert f"{result.key} ({created[result.key]!r} of this run, and {result.id!r})" in run.diagnostics[0].message
    assert marks(first) == one_each(CLUB)
    assert first.plan(CLUB).changes == second.plan(CLUB).changes == ()
    assert second.log().ending == "incomplete"


def test_a_create_whose_record_is_not_known_is_named_with_the_command(tmp_path: Path) -> None:
    """The answer of such a batch has no ids, so nobody can tell which record this run created."""
    dialect = Dialect(batch="patch+delete+create", batch_results="by-order")
    first, second = computers(tmp_path, 2, dialect)
    steps = begin(second, second.plan(NOTES))
    first.apply(first.plan(NOTES))
    run = finish(steps)
    assert outcomes(run) == {"unknown": 3}
    assert exit_code(run) == 5
    (diagnostic,) = run.diagnostics
    assert diagnostic.code == "RC540"
    assert all(repr(body["id"]) in diagnostic.message for body in first.records("note"))
    assert "--prune-duplicates" in diagnostic.help
    assert set(marks(first, "note").values()) == {2}


def test_every_deletion_is_in_the_run_record(tmp_path: Path) -> None:
    first, second = computers(tmp_path, 2)
    steps = begin(second, second.plan(CLUB))
    first.apply(first.plan(CLUB))
    first.time.now_s += 1
    finish(steps)
    written = [seen for seen in second.applied.seen if seen.writes]
    log = second.log()
    assert len(log.intents) == len(written)
    assert log.unanswered == ()
    withdrawn = {write.id for intent in log.intents for write in intent.writes if write.step == "withdraw"}
    assert withdrawn == {one.id for one in log.outcomes if one.step == "create"}
    assert {one.id for one in log.outcomes if one.step == "withdraw" and one.outcome == "applied"} == withdrawn


def test_the_run_that_created_first_keeps_its_records_and_says_so(tmp_path: Path) -> None:
    first, second = computers(tmp_path, 2)
    plan = second.plan(NOTES)
    steps = begin(first, first.plan(NOTES))
    while len(first.records("note")) < len(NOTES):
        next(steps)
    first.time.now_s += 1
    for body in NOTES.values():
        mark = f"rhythmconf/hisp/{str(body['name']).lower()}"
        first.other().create(first.catalog.kind("note"), {**body, "sys_external_id": mark})
    run = finish(steps)
    assert outcomes(run) == {"conflict": 3}
    assert exit_code(run) == 5
    assert "--env test --prune-duplicates" in run.diagnostics[0].help
    assert set(marks(first, "note").values()) == {2}
    with pytest.raises(Refused):
        second.apply(plan)


@pytest.mark.parametrize("late", [0, 1])
def test_of_three_computers_one_keeps_its_records(tmp_path: Path, late: int) -> None:
    benches = computers(tmp_path, 3)
    all_steps = [begin(bench, bench.plan(CLUB)) for bench in benches]
    for steps in all_steps:
        advance(steps)
        benches[0].time.now_s += late
    runs = [finish(steps) for steps in all_steps]
    assert marks(benches[0]) == one_each(CLUB)
    assert benches[0].plan(CLUB).changes == ()
    assert {exit_code(run) for run in runs[1:]} == {5}


@pytest.mark.parametrize("lag_s", [5.0, 60.0])
def test_late_lists_are_waited_for(tmp_path: Path, lag_s: float) -> None:
    """The record of the other computer is not in the list yet when this computer's one is created."""
    (first,) = computers(tmp_path, 1, Dialect(list_lag_s=lag_s))
    first.lag_s = lag_s
    first.emulator = first.tenant()
    first.transport = EmulatorTransport(first.emulator)
    steps = begin(first, first.plan(NOTES))
    first.other().create(first.catalog.kind("note"), {"name": "N0", "sys_external_id": "rhythmconf/hisp/n0"})
    first.time.now_s += 1
    run = finish(steps)
    assert outcomes(run) == {"applied": 2, "conflict": 1}
    first.time.now_s += lag_s
    assert set(marks(first, "note").values()) == {1}
    assert lag_s in first.time.slept


def test_a_create_that_nobody_else_made_waits_no_longer_than_the_lag(tmp_path: Path) -> None:
    (bench,) = computers(tmp_path, 1)
    assert exit_code(bench.apply(bench.plan(NOTES))) == 0
    assert sum(bench.time.slept) <= bench.dialect.list_lag_s
    bench.time.slept.clear()
    assert exit_code(bench.apply(bench.plan({name: {**body, "text": "x"} for name, body in NOTES.items()}))) == 0
    assert bench.time.slept == []


def race(bench: Bench, meanwhile: Callable[[Body], object], wanted: dict[str, Body] = NOTES) -> tuple[Run, Body]:
    """Apply while another computer creates `note/n0` first; call `meanwhile` with this run's record before the check.

    Return the run and the other computer's record.
    """
    steps = begin(bench, bench.plan(wanted))
    other = bench.other().create(bench.catalog.kind("note"), {"name": "N0", "sys_external_id": "rhythmconf/hisp/n0"})
    bench.time.now_s += 1
    advance(steps)
    while next((body for body in bench.records("note") if body["name"] == "N2"), None) is None:
        next(steps)
    (own,) = [body for body in bench.records("note") if body["name"] == "N0" and body["id"] != other["id"]]
    meanwhile(own)
    return finish(steps), other


def test_a_younger_record_that_somebody_changed_is_kept(tmp_path: Path) -> None:
    (bench,) = computers(tmp_path, 1)
    run, other = race(
        bench, lambda own: bench.touch("note", own["id"], {"op": "replace", "path": "/name", "value": "Mine"})
    )
    (result,) = [result for result in run.results if result.outcome == "conflict"]
    assert "was not deleted: somebody changed it" in result.message
    assert repr(other["id"]) in result.message
    assert {body["name"] for body in bench.records("note")} == {"N0", "N1", "N2", "Mine"}
    assert "--prune-duplicates" in run.diagnostics[0].help


def test_a_younger_record_that_somebody_refers_to_is_kept(tmp_path: Path) -> None:
    (bench,) = computers(tmp_path, 1)
    steps = begin(bench, bench.plan({"team/a": {"name": "A"}}))
    bench.other().create(bench.catalog.kind("team"), {"name": "A", "sys_external_id": "rhythmconf/hisp/a"})
    bench.time.now_s += 1
    advance(steps)
    younger = bench.records("team")[-1]
    person = bench.other().create(bench.catalog.kind("person"), {"name": "P", "team_id": younger["id"]})
    (result,) = finish(steps).results
    assert f"club/person record {person['id']!r} refers to it" in result.message
    assert len(bench.records("team")) == 2


def test_a_younger_record_stays_if_the_older_one_has_gone(tmp_path: Path) -> None:
    """The list may still show a record that was deleted just now."""
    (bench,) = computers(tmp_path, 1)

    def stale_list(asked: object) -> object:
        answer = asked.send()  # type: ignore[attr-defined]
        bench.other().delete(bench.catalog.kind("note"), str(older["id"]))
        return answer

    steps = begin(bench, bench.plan({"note/n0": {"name": "N0"}}), {3: stale_list})  # type: ignore[dict-item]
    older = bench.other().create(bench.catalog.kind("note"), {"name": "N0", "sys_external_id": "rhythmconf/hisp/n0"})
    bench.time.now_s += 1
    run = finish(steps)
    assert [seen.method for seen in bench.applied.seen][:3] == ["GET", "POST", "GET"]
    assert "doesn't carry its mark any more" in run.results[0].message
    assert len(bench.records("note")) == 1


def test_without_marks_both_are_named_and_nothing_is_deleted(tmp_path: Path) -> None:
    dialect = Dialect(external_id="read-only")
    first, second = computers(tmp_path, 2, dialect)
    steps = begin(second, second.plan(NOTES))
    done = first.apply(first.plan(NOTES))
    run = finish(steps)
    assert outcomes(run) == {"conflict": 3}
    assert exit_code(run) == 5
    for mine, theirs in zip(run.results, done.results, strict=True):
        assert mine.message == f"{theirs.id!r} appeared with the same content while this run created {mine.id!r}"
    assert len(first.records("note")) == 6
    assert {binding.id for binding in run.binds} == {result.id for result in run.results}


def test_equal_records_of_one_run_are_no_duplicates_without_marks(tmp_path: Path) -> None:
    """The kind has no natural key: with one, no plan would create both."""
    (bench,) = computers(tmp_path, 1, Dialect(external_id="read-only"))
    note = bench.folder / "schemas/club/note.json"
    note.write_text(note.read_text().replace('"natural_key": ["name"]', '"natural_key": []'))
    bench.catalog = load([bench.folder / "schemas"], module="club")
    twins: dict[str, Body] = {"note/a": {"name": "A"}, "note/b": {"name": "A", "text": "x"}}
    bench.other().create(bench.catalog.kind("note"), {"name": "A"})
    assert exit_code(bench.apply(bench.plan(twins))) == 0


def test_a_list_that_fails_leaves_the_run_unfinished_until_a_resume(tmp_path: Path) -> None:
    """The check failed: the run does not say that it is complete. `resume` only looks again."""
    for status in (500, 403, 404):
        (bench,) = computers(tmp_path / str(status), 1)
        plan = bench.plan({"note/n0": {"name": "N0"}})
        failing = status_before(status)
        run = bench.apply(plan, dict.fromkeys(range(3, 40), failing))
        assert outcomes(run) == {"applied": 1}
        assert [diagnostic.code for diagnostic in run.diagnostics] == ["RC541"]
        assert not run.complete
        assert exit_code(run) == 5
        assert bench.log().ending == "incomplete"
        again = bench.resume()
        assert again.complete
        assert bench.last_transport.writes == []
        assert bench.log().ending == "complete"


def test_a_list_without_the_own_record_proves_nothing(tmp_path: Path) -> None:
    """The lists of this tenant are later than its dialect says."""
    (bench,) = computers(tmp_path, 1)
    bench.lag_s = 30.0
    bench.emulator = bench.tenant()
    bench.transport = EmulatorTransport(bench.emulator)
    run = bench.apply(bench.plan({"note/n0": {"name": "N0"}}))
    assert [diagnostic.code for diagnostic in run.diagnostics] == ["RC541"]
    assert "club/note/n0" in run.diagnostics[0].message
    bench.time.now_s += 30
    assert bench.resume().complete


def test_too_few_requests_are_an_unfinished_check(tmp_path: Path) -> None:
    (bench,) = computers(tmp_path, 1)
    run = bench.apply(bench.plan(NOTES), max_requests=4)
    assert (outcomes(run), run.complete) == ({"applied": 3}, False)
    assert bench.resume().complete


def test_a_rollback_leaves_the_record_of_the_other_computer_alone(tmp_path: Path) -> None:
    first, second = computers(tmp_path, 2)
    plan = second.plan(NOTES)
    steps = begin(second, plan)
    first.apply(first.plan(NOTES))
    first.time.now_s += 1
    finish(steps)
    back = restore_identity(plan, second.fetch(), second.site, log=second.log())
    assert back.orphans == ()
    back = restore_identity(plan, first.fetch(), first.site, log=first.log())
    assert {pair.key for pair in back.orphans} == set(map(key, NOTES))


def test_a_kill_during_the_repair_is_finished_by_a_resume(tmp_path: Path, full: bool) -> None:
    """Two computers have created everything; the later one is killed at each request of its repair in turn."""
    wanted: dict[str, Body] = {
        "team/a": {"name": "A", "lead_id": ref("person/p")},
        "person/p": {"name": "P", "team_id": ref("team/a")},
        "rota/r": {"name": "R", "team_id": ref("team/a")},
        "note/n": {"name": "N"},
    }

    def opened(folder: Path, number: int, later_s: float) -> Bench:
        folder.mkdir(exist_ok=True, parents=True)
        time = Ticking(now_s=NOON + later_s)
        return Bench(folder / str(number), db=folder / "tenant.db", time=time)

    def work(folder: Path, kill: dict[int, Fault]) -> int:
        first, second = opened(folder, 1, 0), opened(folder, 2, 100)
        steps = begin(second, second.plan(wanted), kill)
        first.apply(first.plan(wanted))
        finish(steps)
        return len(second.applied.seen)

    last = work(tmp_path / "reference", {})
    numbers = range(5, last + 1) if full else random.sample(range(9, last + 1), 3)
    for number in numbers:
        for die in (die_before, die_after):
            folder = tmp_path / f"{number}-{die.__name__}"
            assert run_in_child(lambda folder=folder, number=number, die=die: work(folder, {number: die})) == KILLED  # type: ignore[misc]
            second = opened(folder, 2, 300)
            run = second.resume()
            assert outcomes(run) == {"conflict": 4}, number
            assert marks(second) == one_each(wanted), number
            assert second.plan(wanted).changes == (), number


@given(st.permutations(range(4)), st.sampled_from(["Z", "+00:00", "", ".5Z"]))
def test_the_order_is_the_same_on_every_computer(order: list[int], zone: str) -> None:
    bodies: list[Body] = [
        {"id": "d", "sys_created_at": f"2026-01-01T00:00:00{zone}"},
        {"id": "a", "sys_created_at": "2026-01-01T00:00:01.25+00:00"},
        {"id": "b", "sys_created_at": "2026-01-01T02:00:01.25+02:00"},
        {"id": "c", "sys_created_at": "2026-01-01T00:00:01.5Z"},
    ]
    assert [body["id"] for body in oldest_first([bodies[number] for number in order])] == ["d", "a", "b", "c"]
    unknown = [{**bodies[number], **({} if number else {"sys_created_at": None})} for number in order]
    assert [body["id"] for body in oldest_first(unknown)] == ["a", "b", "c", "d"]
