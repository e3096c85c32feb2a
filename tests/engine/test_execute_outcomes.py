"""The outcome of unclear answers, refusals, ignored fields, and changes by others during a run."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from rhythmconf.model import Body, Result, Run
from rhythmconf.settings import Dialect
from tests.support import faults
from tests.support.bench import Bench, finish, ref
from tests.support.faults import Fault, PendingRequest

NOTE: dict[str, Body] = {"note/n": {"name": "N", "text": "old"}}
EDIT: dict[str, Body] = {"note/n": {"name": "N", "text": "new"}}


def only(run: Run) -> Result:
    (result,) = run.results
    return result


def meddled(act: Callable[[], object], after: Fault | None = None) -> Fault:
    """Return a fault that lets somebody else act just before the request arrives."""

    def fault(asked: PendingRequest) -> httpx.Response:
        act()
        return after(asked) if after else asked.send()

    fault.__name__ = "meddled"
    return fault


def edited(folder: Path, *, dialect: Dialect | None = None, start: dict[str, Body] = NOTE) -> Bench:
    bench = Bench(folder, dialect=dialect or Dialect())
    assert bench.run(start).count("applied") == len(start)
    return bench


def apply(bench: Bench, wanted: dict[str, Body], hit: Mapping[int, Fault], **more: Any) -> Run:
    """Apply right after planning, so that request 1 is the first write (or the read just before it)."""
    plan, live = bench.planned(wanted, prune=more.pop("prune", ()))
    return bench.apply(plan, hit, live=live, **more)


def touch(bench: Bench, value: object, path: str = "/text") -> Callable[[], None]:
    return lambda: bench.touch("note", bench.record("note", "N")["id"], {"op": "add", "path": path, "value": value})  # type: ignore[dict-item]


@pytest.mark.parametrize("batch", ["patch+delete", "none"])
@pytest.mark.parametrize("after", [None, faults.reset_before, faults.timeout_after])
def test_a_test_operation_prevents_overwriting_an_edit(tmp_path: Path, batch: Any, after: Fault | None) -> None:
    bench = edited(tmp_path, dialect=Dialect(batch=batch))
    run = apply(bench, EDIT, {1: meddled(touch(bench, "theirs"), after)})
    assert only(run).outcome == "conflict"
    assert '/text is "theirs"' in only(run).message
    assert bench.record("note", "N")["text"] == "theirs"


@pytest.mark.parametrize("guard", ["version", "read"])
def test_the_other_guards_detect_the_edit_too(tmp_path: Path, guard: Any) -> None:
    bench = edited(tmp_path, dialect=Dialect(guard=guard))
    run = apply(bench, EDIT, {1: meddled(touch(bench, "theirs"))})
    assert only(run).outcome == "conflict"
    assert bench.record("note", "N")["text"] == "theirs"


def test_a_version_is_stale_by_any_edit(tmp_path: Path) -> None:
    bench = edited(tmp_path, dialect=Dialect(guard="version"))
    assert only(apply(bench, EDIT, {1: meddled(touch(bench, 1, "/rank"))})).outcome == "conflict"


def test_an_unrelated_edit_during_a_run_does_not_stop_a_change(tmp_path: Path) -> None:
    bench = edited(tmp_path)
    assert only(apply(bench, EDIT, {1: meddled(touch(bench, 1, "/rank"))})).outcome == "applied"
    assert bench.record("note", "N")["rank"] == 1


def test_an_added_member_is_read_just_before_the_write(tmp_path: Path) -> None:
    bench = edited(tmp_path)
    run = apply(bench, {"note/n": {"name": "N", "rank": 2}}, {1: meddled(touch(bench, 7, "/rank"))})
    assert [seen.method for seen in bench.applied.seen] == ["GET"]
    assert only(run).outcome == "conflict"
    assert "/rank: was absent when planned, is 7 now" in only(run).message


def test_a_record_deleted_during_a_run_is_a_conflict(tmp_path: Path) -> None:
    bench = edited(tmp_path)
    gone = lambda: bench.other().delete(bench.catalog.kind("note"), str(bench.record("note", "N")["id"]))  # noqa: E731
    run = apply(bench, EDIT, {1: meddled(gone)})
    assert (only(run).outcome, "is gone" in only(run).message) == ("conflict", True)


def test_a_delete_is_not_sent_over_an_edit(tmp_path: Path) -> None:
    bench = edited(tmp_path)
    run = apply(bench, {}, {1: meddled(touch(bench, "keep"))}, prune=("note/n",))
    assert only(run).outcome == "conflict"
    assert bench.applied.writes == []


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("batch", ["patch+delete", "none"])
def test_a_record_already_deleted_counts_as_deleted(tmp_path: Path, number: int, batch: Any) -> None:
    bench = edited(tmp_path, dialect=Dialect(batch=batch))
    gone = lambda: bench.other().delete(bench.catalog.kind("note"), str(bench.record("note", "N")["id"]))  # noqa: E731
    run = apply(bench, {}, {number: meddled(gone)}, prune=("note/n",))
    assert only(run).outcome == "applied"


def test_a_rejection_quotes_the_message_of_the_tenant(tmp_path: Path) -> None:
    bench = edited(tmp_path)
    plan, live = bench.planned({**EDIT, "note/m": {"name": "M"}})
    lock = {"op": "add", "path": "/sys_locked", "value": True}
    bench.touch("note", bench.record("note", "N")["id"], lock)  # type: ignore[arg-type]
    run = bench.apply(plan, {1: faults.status_before(400)} if bench.dialect.batch == "none" else {}, live=live)
    results = {result.key.name: result for result in run.results}
    assert results["n"].outcome == "rejected"
    assert "locked" in results["n"].message
    assert results["m"].outcome == "applied"


def test_a_rejected_create_stops_its_dependents(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    wanted: dict[str, Body] = {
        "team/t": {"name": "T"},
        "rota/r": {"name": "R", "team_id": ref("team/t")},
        "person/p": {"name": "P"},
    }
    hit = dict.fromkeys(range(1, 9), _refuse_teams)
    run = apply(bench, wanted, hit)
    assert {result.key.name: result.outcome for result in run.results} == {
        "t": "rejected",
        "r": "not_attempted",
        "p": "applied",
    }
    (left,) = [result for result in run.results if result.key.name == "r"]
    assert left.message == "it depends on club/team/t, which is rejected"


def _refuse_teams(asked: PendingRequest) -> httpx.Response:
    return httpx.Response(400, json={"message": "no teams"}) if "/teams/" in asked.request.url.path else asked.send()


def test_a_field_that_the_tenant_ignores_is_a_failure(tmp_path: Path) -> None:
    bench = edited(tmp_path)
    run = apply(bench, EDIT, {1: _deaf})
    assert only(run).outcome == "rejected"
    assert "/text stayed" in only(run).message
    (diagnostic,) = run.diagnostics
    assert (diagnostic.code, diagnostic.severity, diagnostic.pointer) == ("RC522", "error", "/text")
    assert bench.log().ending == "incomplete"


def _deaf(asked: PendingRequest) -> httpx.Response:
    """Answer with success but do nothing."""
    count = len(asked.batch)
    return httpx.Response(200, json={"success_count": count, "error_count": 0, "results": []})


def test_an_incomplete_create_can_still_be_referred_to(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    wanted: dict[str, Body] = {
        "team/t": {"name": "T", "motto": "m"},
        "rota/r": {"name": "R", "team_id": ref("team/t")},
    }
    run = apply(bench, wanted, {1: _without("motto")})
    results = {result.key.name: result for result in run.results}
    assert (results["t"].outcome, results["r"].outcome) == ("rejected", "applied")
    assert results["t"].id == bench.record("team", "T")["id"]


def _without(field: str) -> Fault:
    """Return a fault by which the tenant drops a field silently."""

    def fault(asked: PendingRequest) -> httpx.Response:
        body = json.loads(asked.request.content)
        body.pop(field)
        old = asked.request
        headers = {name: text for name, text in old.headers.items() if name != "content-length"}
        return asked.inner.handle_request(
            httpx.Request(old.method, old.url, headers=headers, content=json.dumps(body).encode())
        )

    fault.__name__ = "without"
    return fault


def test_an_answer_without_the_record_costs_one_read(tmp_path: Path) -> None:
    bench = edited(tmp_path)
    run = apply(bench, EDIT, {1: faults.batch_unknown})
    assert only(run).outcome == "applied"
    assert [seen.method for seen in bench.applied.seen] == ["POST", "GET"]


def test_a_write_that_cannot_be_read_back_is_reported(tmp_path: Path) -> None:
    bench = edited(tmp_path)
    hit = {1: faults.batch_unknown, **dict.fromkeys(range(2, 9), faults.status_before(500))}
    run = apply(bench, EDIT, hit)
    assert only(run).outcome == "applied"
    assert [(diagnostic.code, diagnostic.severity) for diagnostic in run.diagnostics] == [("RC525", "warning")]


def test_an_outcome_that_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    bench = edited(tmp_path)
    hit = {1: faults.reset_after, **dict.fromkeys(range(2, 9), faults.status_before(500))}
    run = apply(bench, EDIT, hit)
    assert only(run).outcome == "unknown"
    assert only(bench.resume()).outcome == "applied"


def test_a_write_without_effect_is_given_up(tmp_path: Path) -> None:
    bench = edited(tmp_path)
    hit = dict.fromkeys(range(1, 20), _always_lost)
    bench.time.slept.clear()
    run = apply(bench, EDIT, hit)
    assert only(run).outcome == "unknown"
    assert "sent 3 times" in only(run).message
    assert len(bench.applied.writes) == 3
    assert bench.time.slept == [1.0, 2.0]


def _always_lost(asked: PendingRequest) -> httpx.Response:
    return asked.send() if asked.request.method == "GET" else faults.reset_before(asked)


@pytest.mark.parametrize("external_id", ["writable", "read-only"])
def test_a_create_is_searched_for_until_the_lag_has_passed(tmp_path: Path, external_id: Any) -> None:
    bench = Bench(tmp_path, dialect=Dialect(external_id=external_id), lag_s=4)
    run = apply(bench, NOTE, {1: faults.timeout_after})
    assert only(run).outcome == "applied"
    assert bench.time.slept == [0.0, 5, 5]
    # The last list is the check for duplicates.
    assert [seen.method for seen in bench.applied.seen] == ["POST", "GET", "GET", "GET"]
    assert len(bench.records("note")) == 1


@pytest.mark.parametrize("external_id", ["writable", "read-only"])
def test_a_create_that_is_certainly_absent_is_repeated(tmp_path: Path, external_id: Any) -> None:
    bench = Bench(tmp_path, dialect=Dialect(external_id=external_id))
    assert only(apply(bench, NOTE, {1: faults.timeout_before})).outcome == "applied"
    assert len(bench.applied.writes) == 2
    assert len(bench.records("note")) == 1


def test_without_marks_a_similar_record_makes_a_create_unknown(tmp_path: Path) -> None:
    bench = Bench(tmp_path, dialect=Dialect(external_id="read-only"))
    other = lambda: bench.other().create(bench.catalog.kind("note"), {"name": "Other"})  # noqa: E731
    run = apply(bench, NOTE, {1: meddled(other, faults.reset_before)})
    assert only(run).outcome == "unknown"
    assert len(bench.applied.writes) == 1


def test_without_marks_two_equal_records_make_a_create_unknown(tmp_path: Path) -> None:
    bench = Bench(tmp_path, dialect=Dialect(external_id="read-only"))
    run = apply(bench, NOTE, {1: _twice_lost})
    assert only(run).outcome == "unknown"


def test_a_create_delivered_twice_is_named(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    run = apply(bench, NOTE, {1: _twice_lost})
    assert only(run).outcome == "unknown"
    assert "created 2 times" in only(run).message
    ids = [str(record["id"]) for record in bench.records("note")]
    assert all(id in only(run).message for id in ids)


def _twice_lost(asked: PendingRequest) -> httpx.Response:
    asked.send()
    asked.send()
    raise httpx.ReadTimeout("timed out", request=asked.request)


@pytest.mark.parametrize("status", [403, 404, 405])
def test_a_kind_without_batches_uses_single_requests(tmp_path: Path, status: int) -> None:
    start: dict[str, Body] = {f"note/n{n}": {"name": f"N{n}", "text": "old"} for n in range(120)}
    bench = edited(tmp_path, start=start)
    wanted: dict[str, Body] = {name: {**body, "text": "new"} for name, body in start.items()}
    hit = {number: _no_batch(status) for number in range(1, 400)}
    run = apply(bench, wanted, hit)
    assert run.count("applied") == 120
    assert [(diagnostic.code, diagnostic.severity) for diagnostic in run.diagnostics] == [("RC523", "warning")]
    assert f"({status})" in run.diagnostics[0].message
    assert sum(seen.method == "PATCH" for seen in bench.applied.seen) == 120


def _no_batch(status: int) -> Fault:
    def fault(asked: PendingRequest) -> httpx.Response:
        return httpx.Response(status) if asked.batch else asked.send()

    fault.__name__ = "no_batch"
    return fault


@pytest.mark.parametrize("results", ["verify", "by-id", "by-order"])
def test_a_partly_failed_batch_fails_only_its_failed_operations(tmp_path: Path, results: Any) -> None:
    start: dict[str, Body] = {f"note/n{n}": {"name": f"N{n}", "text": "old"} for n in range(4)}
    bench = edited(tmp_path, dialect=Dialect(batch_results=results), start=start)
    wanted: dict[str, Body] = {name: {**body, "text": "new"} for name, body in start.items()}
    plan, live = bench.planned(wanted)
    bench.touch("note", bench.record("note", "N2")["id"], {"op": "replace", "path": "/text", "value": "theirs"})
    run = bench.apply(plan, live=live)
    assert [result.outcome for result in run.results] == ["applied", "applied", "conflict", "applied"]
    reads = sum(seen.method == "GET" for seen in bench.applied.seen)
    assert reads == {"verify": 4, "by-id": 1, "by-order": 4}[results]


@pytest.mark.parametrize("results", ["by-id", "by-order"])
@pytest.mark.parametrize("fault", [faults.batch_fewer, faults.batch_more, faults.batch_reordered, faults.batch_unknown])
def test_a_wrong_dialect_of_batch_results_does_no_harm(tmp_path: Path, results: Any, fault: Fault) -> None:
    start: dict[str, Body] = {f"note/n{n}": {"name": f"N{n}", "text": "old"} for n in range(4)}
    bench = edited(tmp_path, dialect=Dialect(batch_results=results), start=start)
    plan, live = bench.planned({name: {**body, "text": "new"} for name, body in start.items()})
    bench.touch("note", bench.record("note", "N0")["id"], {"op": "replace", "path": "/text", "value": "theirs"})
    run = bench.apply(plan, {1: fault}, live=live)
    assert [result.outcome for result in run.results] == ["conflict", "applied", "applied", "applied"]


def test_a_refused_batch_is_resolved_record_by_record(tmp_path: Path) -> None:
    start: dict[str, Body] = {f"note/n{n}": {"name": f"N{n}", "text": "old"} for n in range(3)}
    bench = edited(tmp_path, start=start)
    run = apply(bench, {name: {**body, "text": "new"} for name, body in start.items()}, {1: faults.status_before(400)})
    assert run.count("applied") == 3
    assert sum(seen.method == "PATCH" for seen in bench.applied.seen) == 3


@pytest.mark.parametrize(
    "fault", [faults.batch_unknown, faults.reset_after, faults.batch_partial, faults.batch_uncounted]
)
def test_creates_of_a_batch_are_found_by_mark(tmp_path: Path, fault: Fault) -> None:
    bench = Bench(tmp_path, dialect=Dialect(batch="patch+delete+create"))
    wanted: dict[str, Body] = {f"note/n{n}": {"name": f"N{n}"} for n in range(5)}
    run = apply(bench, wanted, {1: fault})
    assert run.count("applied") == 5
    assert len(bench.records("note")) == 5


def test_a_refused_token_stops_the_run(tmp_path: Path) -> None:
    wanted: dict[str, Body] = {
        "team/t": {"name": "T"},
        "rota/r": {"name": "R", "team_id": ref("team/t")},
        "note/n": {"name": "N"},
    }
    bench = Bench(tmp_path)
    run = apply(bench, wanted, {number: faults.status_before(401) for number in range(2, 9)})
    assert (run.count("applied"), run.count("not_attempted")) == (1, 2)
    assert [diagnostic.code for diagnostic in run.diagnostics] == ["RC401"]
    assert len(bench.applied.seen) <= 3
    assert bench.resume().count("applied") == 3


def test_max_requests_stops_the_run(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    wanted: dict[str, Body] = {f"note/n{n:02}": {"name": f"N{n}"} for n in range(20)}
    run = apply(bench, wanted, {}, max_requests=7)
    assert (run.count("applied"), run.count("not_attempted"), run.requests) == (7, 13, 7)
    assert [diagnostic.code for diagnostic in run.diagnostics] == ["RC405"]
    assert bench.resume().count("applied") == 20


def test_a_tenant_that_is_down_stops_the_run(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    wanted: dict[str, Body] = {f"note/n{n:02}": {"name": f"N{n}"} for n in range(30)}
    run = apply(bench, wanted, dict.fromkeys(range(1, 999), faults.refused))
    assert run.count("not_attempted") == 30
    assert [diagnostic.code for diagnostic in run.diagnostics] == ["RC403"]
    assert len(bench.applied.seen) <= 10 * 4


def test_a_journal_that_cannot_be_written_stops_the_run(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    plan, live = bench.planned({f"note/n{n:02}": {"name": f"N{n}"} for n in range(30)})
    steps = bench.steps(plan, live=live)
    next(steps)
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, bench.journals[-1]._descriptor)
    os.close(full)
    run = finish(steps)
    assert len(bench.records("note")) < 30
    assert run.count("applied") == len(bench.records("note"))
    assert [diagnostic.code for diagnostic in run.diagnostics] == ["RC510"]


CYCLE: dict[str, Body] = {
    "team/a": {"name": "A", "lead_id": ref("person/p")},
    "person/p": {"name": "P", "team_id": ref("team/a")},
}


def test_a_cycle_that_is_not_closed_is_a_failure(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    run = apply(bench, CYCLE, {}, max_requests=1)
    assert (run.count("not_attempted"), run.count("rejected")) == (1, 1)
    (left,) = [result for result in run.results if result.outcome == "rejected"]
    assert left.message.startswith("created without /team_id: the run stopped: The limit of 1 requests")
    assert left.id == bench.record("person", "P")["id"]
    assert bench.resume().count("applied") == 2


def test_a_refused_closing_of_a_cycle_is_reported(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    hit = {number: faults.status_before(400) for number in range(3, 9)}
    run = apply(bench, CYCLE, {number: _only_patches(fault) for number, fault in hit.items()})
    (left,) = [result for result in run.results if result.outcome != "applied"]
    assert left.outcome == "rejected"
    assert left.message.startswith("created without /team_id: The tenant refuses the call")


def _only_patches(act: Fault) -> Fault:
    def fault(asked: PendingRequest) -> httpx.Response:
        return act(asked) if asked.request.method == "PATCH" or asked.batch else asked.send()

    fault.__name__ = "only_patches"
    return fault


def test_a_patch_that_cannot_be_applied_is_a_conflict_and_not_sent(tmp_path: Path) -> None:
    bench = edited(tmp_path)
    plan, live = bench.planned(EDIT)
    (change,) = plan.changes
    wrong: tuple[Body, ...] = ({"op": "remove", "path": "/nowhere"},)
    run = bench.apply(plan._replace(changes=(change._replace(patch=wrong),)), live=live)
    assert only(run).outcome == "conflict"
    assert bench.applied.seen == []


def test_a_change_with_a_dangling_reference_is_not_attempted(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    plan, live = bench.planned({"team/t": {"name": "T"}, "rota/r": {"name": "R", "team_id": ref("team/t")}})
    run = bench.apply(plan._replace(changes=plan.changes[1:]), live=live)
    assert only(run).outcome == "not_attempted"
    assert only(run).message == "it refers to club/team/t, which has no id"


def test_an_internal_error_leaves_a_closed_record(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    def bug(asked: PendingRequest) -> httpx.Response:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        apply(bench, NOTE, {1: bug})
    (result,) = bench.log().results
    assert result.outcome == "unknown"
    assert bench.resume().count("applied") == 1


@pytest.mark.parametrize(("success", "errors"), [(1, 1), (0, 0), (2, 0)])
def test_inconclusive_batch_counts_decide_nothing(tmp_path: Path, success: int, errors: int) -> None:
    bench = edited(tmp_path)
    said = {"success_count": success, "error_count": errors, "results": [{"status": 200}]}

    def fault(asked: PendingRequest) -> httpx.Response:
        return httpx.Response(200, json=said) if asked.batch else asked.send()

    run = apply(bench, {}, {2: fault}, prune=("note/n",))
    assert only(run).outcome == "applied"
    # Read, write, read back; after a wait read and write again.
    assert [seen.method for seen in bench.applied.seen] == ["GET", "POST", "GET", "GET", "DELETE"]
    assert bench.records("note") == []
