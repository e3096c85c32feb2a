"""A run killed at any request is finished by `resume` without loss or duplicates, or refused with a reason."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from rhythmconf.engine.journal import read
from rhythmconf.errors import Refused, RhythmconfError
from rhythmconf.model import Body, Key
from rhythmconf.settings import Dialect
from tests.support import faults
from tests.support.bench import Bench, key, ref
from tests.support.faults import Fault
from tests.support.kills import KILLED, die_after, die_before, run_in_child
from tests.support.ticking import NOON, Ticking
from tests.support.worlds import AFTER, BEFORE, COUNT, DIALECTS, GONE, WORLDS, reference_requests

SAMPLE = 12


def opened(folder: Path, dialect: Dialect, later_s: float) -> Bench:
    """Open the tenant in its file, as a new process."""
    return Bench(folder, dialect=dialect, db=folder / "tenant.db", time=Ticking(now_s=NOON + later_s))


def killed(folder: Path, dialect: Dialect, number: int, die: Fault) -> Bench:
    """Return the tenant after an apply that was killed at a request, opened by the next process."""
    folder.mkdir()
    first = opened(folder, dialect, 0)
    first.run(BEFORE)
    first.emulator.store.close()

    def work() -> None:
        bench = opened(folder, dialect, 100)
        bench.bindings = dict(first.bindings)
        bench.apply(bench.plan(AFTER, prune=GONE), {number: die})

    assert run_in_child(work) == KILLED
    bench = opened(folder, dialect, 200)
    bench.bindings = dict(first.bindings)
    return bench


def assert_as_wanted(bench: Bench) -> None:
    assert bench.plan(AFTER, prune=GONE).changes == ()
    names = Counter(str(record["name"]) for kind in bench.catalog.kinds for record in bench.records(kind[5:]))
    assert names == Counter(str(body["name"]) for body in AFTER.values())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_kill_at_any_request_is_repaired_by_a_resume(tmp_path: Path, full: bool, dialect: str) -> None:
    last = len(reference_requests(tmp_path / "reference", WORLDS[dialect]))
    every = [(number, die) for number in range(5, last + 1) for die in (die_before, die_after)]
    for count, (number, die) in enumerate(every if full else random.sample(every, SAMPLE // len(DIALECTS))):
        bench = killed(tmp_path / str(count), DIALECTS[dialect], number, die)
        log = bench.log()
        run = bench.resume()
        assert run.count("applied") == len(run.results) == COUNT
        assert run.id == log.header.run
        bench.bindings |= {binding.key: binding for binding in run.binds}
        assert_as_wanted(bench)
        assert bench.log().ending == "complete"


def test_a_kill_at_any_request_is_repaired_by_a_new_plan(tmp_path: Path) -> None:
    for number in random.sample(range(5, 25), 3):
        bench = killed(tmp_path / str(number), Dialect(), number, die_after)
        bench.run(AFTER, prune=GONE)
        assert_as_wanted(bench)


def test_a_resumed_run_can_be_killed_and_resumed_again(tmp_path: Path) -> None:
    bench = killed(tmp_path / "x", Dialect(), 8, die_after)
    bench.emulator.store.close()

    def work() -> None:
        opened(tmp_path / "x", Dialect(), 200).resume({9: die_after})

    assert run_in_child(work) == KILLED
    bench = opened(tmp_path / "x", Dialect(), 300)
    assert bench.resume().count("applied") == COUNT
    assert_as_wanted(bench)


def unfinished(folder: Path, wanted: dict[str, Body], done: int, dialect: Dialect | None = None) -> Bench:
    """Return a run that --max-requests stopped after `done` requests."""
    bench = Bench(folder, dialect=dialect or Dialect())
    plan, live = bench.planned(wanted)
    bench.apply(plan, live=live, max_requests=done)
    return bench


NOTES: dict[str, Body] = {f"note/n{n}": {"name": f"N{n}"} for n in range(4)}


def test_a_resume_after_somebodys_edit_is_refused(tmp_path: Path) -> None:
    bench = unfinished(tmp_path, NOTES, 2)
    left = next(result for result in bench.log().results if result.outcome == "not_attempted")
    name = left.key.name.upper()
    bench.other().create(bench.catalog.kind("note"), {"name": name})
    with pytest.raises(Refused, match=f'name = "{name}"'):
        bench.resume()
    assert bench.last_transport.writes == []
    assert (bench.log().ending, bench.log().unfinished) == ("incomplete", True)


def test_a_resume_is_refused_if_a_created_record_is_missing(tmp_path: Path) -> None:
    bench = unfinished(tmp_path, NOTES, 2)
    record = bench.records("note")[0]
    bench.other().delete(bench.catalog.kind("note"), str(record["id"]))
    with pytest.raises(Refused, match="which this run created, is gone"):
        bench.resume()


def test_a_resume_recognises_the_tenant_by_the_records_of_the_run(tmp_path: Path) -> None:
    """The plan was made on an empty tenant, so only the created records identify it."""
    bench = unfinished(tmp_path / "a", NOTES, 2)
    other = Bench(tmp_path / "b")
    other.other().create(other.catalog.kind("note"), {"name": "X"})
    other.folder = bench.folder
    with pytest.raises(Refused, match="not the one"):
        other.resume()


def test_a_record_that_the_list_does_not_show_yet_is_read(tmp_path: Path) -> None:
    wanted: dict[str, Body] = {
        "team/a": {"name": "A", "lead_id": ref("person/p")},
        "person/p": {"name": "P", "team_id": ref("team/a")},
    }
    bench = Bench(tmp_path, lag_s=1000)
    plan, live = bench.planned(wanted)
    bench.apply(plan, live=live, max_requests=1)
    assert bench.resume().count("applied") == 2
    assert len(bench.emulator.store.page("club/person", after=0, limit=-1, until=1e12)) == 1


def test_a_run_of_a_damaged_plan_is_refused(tmp_path: Path) -> None:
    bench = unfinished(tmp_path, NOTES, 2)
    path = bench.log().path
    lines = path.read_text().splitlines()
    record = json.loads(lines[1])
    record["plan"]["changes"][0]["action"] = "vanish"
    path.write_text("\n".join([lines[0], json.dumps(record), *lines[2:]]) + "\n")
    with pytest.raises(Refused):
        bench.resume()


@pytest.mark.parametrize("number", range(1, 6))
@pytest.mark.parametrize("fault", [faults.reset_after, faults.reset_before])
def test_a_cycle_that_was_to_be_deleted_is_resumed(tmp_path: Path, number: int, fault: Fault) -> None:
    start: dict[str, Body] = {
        "team/a": {"name": "A", "lead_id": ref("person/p")},
        "person/p": {"name": "P", "team_id": ref("team/a")},
    }
    bench = Bench(tmp_path)
    bench.run(start)
    plan, live = bench.planned({}, prune=tuple(start))
    down = {later: faults.status_before(500) for later in range(number + 1, 40)}
    run = bench.apply(plan, {number: fault, **down}, live=live)
    if run.count("applied") < 2:
        run = bench.resume()
    assert run.count("applied") == 2
    assert bench.records("team") == bench.records("person") == []


def lost(act: Callable[[Bench], object], folder: Path, **dialect: Any) -> Bench:
    """Return a bench where one edit was sent and its outcome could not be read."""
    bench = Bench(folder, dialect=Dialect(**dialect))
    bench.run({"note/n": {"name": "N", "text": "old", "tags": ["x"]}})
    plan, live = bench.planned({"note/n": {"name": "N", "text": "new", "tags": ["x", "y"]}})
    down = {later: faults.status_before(500) for later in range(2, 40)}
    run = bench.apply(plan, {1: faults.reset_before, **down}, live=live)
    assert [result.outcome for result in run.results] == ["unknown"]
    act(bench)
    return bench


def test_an_unknown_patch_that_had_no_effect_is_sent_again(tmp_path: Path) -> None:
    bench = lost(lambda bench: None, tmp_path)
    assert bench.resume().count("applied") == 1
    assert bench.record("note", "N")["text"] == "new"


def test_an_unknown_patch_of_a_deleted_record_is_refused(tmp_path: Path) -> None:
    def gone(bench: Bench) -> None:
        bench.other().delete(bench.catalog.kind("note"), str(bench.record("note", "N")["id"]))
        bench.other().create(bench.catalog.kind("note"), {"name": "Other"})

    bench = lost(gone, tmp_path)
    with pytest.raises(Refused):
        bench.resume()


def test_an_unknown_patch_that_was_overwritten_is_refused(tmp_path: Path) -> None:
    def edit(bench: Bench) -> None:
        bench.touch("note", bench.record("note", "N")["id"], {"op": "replace", "path": "/text", "value": "theirs"})

    bench = lost(edit, tmp_path)
    with pytest.raises(Refused, match="theirs"):
        bench.resume()


def test_a_run_record_names_its_keys(tmp_path: Path) -> None:
    bench = unfinished(tmp_path, NOTES, 2)
    created = {one.key for one in read(bench.log().path).outcomes if one.outcome == "applied"}
    assert created < set(map(key, NOTES))
    assert all(isinstance(one, Key) for one in created)


def test_an_unreadable_tenant_leaves_the_run_unchanged(tmp_path: Path) -> None:
    bench = unfinished(tmp_path, NOTES, 2)
    before = bench.log().results
    with pytest.raises(RhythmconfError):
        bench.resume({number: faults.status_before(503) for number in range(1, 9)})
    assert bench.log().results == before
    assert bench.resume().count("applied") == 4


def die_at_a_create(asked: faults.PendingRequest) -> httpx.Response:
    return die_after(asked) if asked.request.method == "POST" else asked.send()


@pytest.mark.parametrize("external_id", ["writable", "read-only"])
def test_a_create_unknown_in_two_runs_is_resolved_once(tmp_path: Path, external_id: Any) -> None:
    dialect = Dialect(external_id=external_id)
    down = dict.fromkeys(range(3, 40), faults.status_before(500))
    bench = opened(tmp_path, dialect, 0)
    lost = bench.apply(bench.plan({"note/a": {"name": "A"}}), {2: faults.FAULTS["reset_before"], **down})
    assert [result.outcome for result in lost.results] == ["unknown"]
    bench.emulator.store.close()

    def work() -> None:
        opened(tmp_path, dialect, 100).resume(dict.fromkeys(range(1, 40), die_at_a_create))

    assert run_in_child(work) == KILLED
    bench = opened(tmp_path, dialect, 200)
    assert [result.outcome for result in bench.resume().results] == ["applied"]
    assert len(bench.records("note")) == 1
