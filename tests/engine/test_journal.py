"""Run records: when they are on the disk, how they are read back, and how a crash can damage them."""

from __future__ import annotations

import json
import os
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from errno import ENOSPC
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from rhythmconf.engine import journal
from rhythmconf.engine.journal import Header, Journal, Log, RunSummary, StepOutcome, Write
from rhythmconf.errors import RhythmconfError
from rhythmconf.model import Body, Json, Key, Result

A, B = Key("club/note", "a"), Key("club/note", "b")


def now() -> float:
    return 1_795_000_000.0


def header(run: str = "20261118-093320-000-400000") -> Header:
    return Header(
        run=run,
        command="apply",
        started_at=journal.timestamp(now()),
        environment="sandbox",
        tenant="club",
        base_url="https://{module}.example.org",
        incarnation=(("id-1", "2026-01-01"),),
        actor="me@here",
        commit=None,
        digest="sha256:1",
    )


PLAN: Body = {"changes": [], "number": 1.5, "text": "ü\n"}


def begin(folder: Path, run: str = "20261118-093320-000-400000") -> Journal:
    return journal.start(journal.run_path(folder, run), header(run), PLAN, now=now)


def filled(folder: Path) -> Log:
    """Return a run with two writes in a batch and one create; all but one are answered."""
    record = begin(folder)
    record.add_existing("club/note", ["z", "y"])
    seq = record.add_intent("batch", "club/note", [Write(A, "patch", "id-a"), Write(B, "delete", "id-b")])
    record.add_outcomes(seq, [StepOutcome(A, "patch", "applied", "id-a")])
    return journal.read(record.path)


def test_a_run_record_is_private_and_has_all_that_resume_needs(tmp_path: Path) -> None:
    log = filled(tmp_path)
    assert (log.header, log.plan) == (header(), PLAN)
    assert log.existing == {"club/note": frozenset({"y", "z"})}
    assert [intent.seq for intent in log.intents] == [1]
    assert log.latest() == {(A, "patch"): StepOutcome(A, "patch", "applied", "id-a")}
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.path.parent.stat().st_mode) == 0o700


def test_each_write_without_an_answer_is_unanswered(tmp_path: Path) -> None:
    (intent,) = filled(tmp_path).unanswered
    assert intent.writes == (Write(B, "delete", "id-b"),)


def test_the_last_answer_of_a_repeated_write_counts(tmp_path: Path) -> None:
    record = begin(tmp_path)
    for outcome in ("repeated", "applied", "repeated"):
        seq = record.add_intent("patch", "club/note", [Write(A, "patch", "id-a")])
        record.add_outcomes(seq, [StepOutcome(A, "patch", outcome, "id-a")])
    assert journal.read(record.path).latest()[A, "patch"].outcome == "applied"


def test_an_intent_is_on_the_disk_before_the_method_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    really = os.fsync
    record = begin(tmp_path)

    def fsync(descriptor: int) -> None:
        really(descriptor)
        synced.append(len(record.path.read_bytes().splitlines()))

    monkeypatch.setattr(os, "fsync", fsync)
    record.add_intent("patch", "club/note", [Write(A, "patch", "id-a")])
    record.add_outcomes(1, [StepOutcome(A, "patch", "applied")])
    assert synced == [3, 4]


def test_a_new_record_and_its_folder_are_on_the_disk_before_the_run_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[bool, int]] = []
    really = os.fsync

    def fsync(descriptor: int) -> None:
        really(descriptor)
        status = os.fstat(descriptor)
        synced.append((stat.S_ISDIR(status.st_mode), status.st_ino))

    monkeypatch.setattr(os, "fsync", fsync)
    path = begin(tmp_path).path
    file, folder = (False, path.stat().st_ino), (True, path.parent.stat().st_ino)
    assert synced == [file, file, folder]


def test_threads_that_share_a_record_write_whole_lines(tmp_path: Path) -> None:
    record = begin(tmp_path)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            numbers = list(pool.map(lambda _: intended(record, A), range(160)))
    finally:
        sys.setswitchinterval(interval)
    log = journal.read(record.path)
    assert log.damaged is None
    assert [intent.seq for intent in log.intents] == sorted(numbers) == list(range(1, 161))


def test_the_time_of_creates_is_that_of_the_last_request_or_answer(tmp_path: Path) -> None:
    clock = iter([1.0, 2.0, 5.0, 9.0])
    path = journal.run_path(tmp_path, header().run)
    record = journal.start(path, header(), PLAN, now=lambda: next(clock))
    assert journal.read(path).created_at is None
    first = record.add_intent("create", "club/note", [Write(A, "create", None)])
    assert journal.read(path).created_at == 1.0
    record.add_intent("patch", "club/note", [Write(B, "patch", "id-b")])
    record.add_outcomes(first, [StepOutcome(A, "create", "applied", "id-a")])
    record.add_intent("patch", "club/note", [Write(B, "patch", "id-b")])
    assert journal.read(path).created_at == 5.0


def test_the_ids_of_existing_records_are_written_in_order(tmp_path: Path) -> None:
    record = begin(tmp_path)
    record.add_existing("club/note", ["z", "y", "a"])
    assert json.loads(record.path.read_bytes().splitlines()[-1])["ids"] == ["a", "y", "z"]


def test_a_record_without_intents_continues_with_number_one(tmp_path: Path) -> None:
    record = journal.reopen(journal.read(begin(tmp_path).path), now=now)
    assert intended(record, A) == 1


def test_the_closing_record_says_how_it_ended(tmp_path: Path) -> None:
    record = begin(tmp_path)
    assert journal.read(record.path).unfinished
    result = Result(A, "update", "rejected", "id-a", "no")
    record.close("incomplete", results=[result], requests=7, message="stopped")
    record.close("complete")
    log = journal.read(record.path)
    assert (log.ending, log.results, log.requests, log.message) == ("incomplete", (result,), 7, "stopped")
    assert log.unfinished
    assert log.ended_at == journal.timestamp(now())


def test_an_open_run_has_a_result_for_each_change(tmp_path: Path) -> None:
    names = ("done", "sent", "again", "waiting")
    plan: Body = {"changes": [{"kind": "club/note", "key": n, "action": "update", "id": f"id-{n}"} for n in names]}
    record = journal.start(journal.run_path(tmp_path, header().run), header(), plan, now=now)
    done, sent, again, _ = (Key("club/note", name) for name in names)
    seq = record.add_intent("batch", "club/note", [Write(key, "patch", "id") for key in (done, sent, again)])
    record.add_outcomes(seq, [StepOutcome(done, "patch", "applied", "id-done")])
    record.add_outcomes(seq, [StepOutcome(again, "patch", "repeated", None, "too busy")])
    outcomes = [(result.key.name, result.outcome, result.id) for result in journal.results(journal.read(record.path))]
    assert outcomes == [
        ("done", "applied", "id-done"),
        ("sent", "unknown", "id-sent"),
        ("again", "rejected", "id-again"),
        ("waiting", "not_attempted", "id-waiting"),
    ]


@pytest.mark.parametrize(
    ("action", "steps", "outcome"),
    [
        ("create", [("create", "applied")], "rejected"),  # a reference that closes a cycle is missing
        ("create", [("create", "applied"), ("close", "repeated")], "rejected"),
        ("create", [("create", "applied"), ("close", "applied")], "applied"),
        ("create", [("create", "repeated"), ("create", "applied"), ("close", "conflict")], "conflict"),
        ("create", [("create", "applied"), ("close", "applied"), ("withdraw", "applied")], "conflict"),
        ("create", [("create", "applied"), ("close", "applied"), ("withdraw", "rejected")], "applied"),
        ("delete", [("free", "applied")], "rejected"),
        ("delete", [("free", "applied"), ("delete", "repeated")], "rejected"),
        ("delete", [("free", "repeated")], "rejected"),
        ("delete", [("free", "applied"), ("delete", "applied")], "applied"),
        ("delete", [], "not_attempted"),
    ],
)
def test_a_change_of_two_steps_is_applied_after_both(
    tmp_path: Path, action: str, steps: list[tuple[journal.Step, Any]], outcome: str
) -> None:
    change: Body = {"kind": "club/note", "key": "a", "action": action, "id": None, "patch": [{"op": "remove"}]}
    path = journal.run_path(tmp_path, header().run)
    record = journal.start(path, header(), {"changes": [change]}, now=now)
    for step, answer in steps:
        seq = record.add_intent("patch", "club/note", [Write(A, step, "id")])
        record.add_outcomes(seq, [StepOutcome(A, step, answer, "id")])
    (result,) = journal.results(journal.read(path))
    assert result.outcome == outcome
    assert bool(result.message) is (outcome == "rejected" or steps[-1:] == [("withdraw", "applied")])


@pytest.mark.parametrize(("ending", "unfinished"), [("complete", False), ("refused", False), ("interrupted", True)])
def test_only_an_unfinished_run_can_be_resumed(tmp_path: Path, ending: journal.Ending, unfinished: bool) -> None:
    record = begin(tmp_path)
    record.close(ending)
    assert journal.read(record.path).unfinished is unfinished


def test_every_incomplete_last_line_is_ignored(tmp_path: Path) -> None:
    log = filled(tmp_path)
    whole = log.path.read_bytes()
    lines = whole.splitlines(keepends=True)
    start = len(whole) - len(lines[-1])
    for length in range(start, len(whole)):
        log.path.write_bytes(whole[:length])
        torn = journal.read(log.path)
        assert torn.damaged is None
        assert torn.outcomes == ()
        assert [write.key for write in torn.unanswered[0].writes] == [A, B]


def test_a_torn_record_continues_after_its_last_whole_line(tmp_path: Path) -> None:
    log = filled(tmp_path)
    with log.path.open("ab") as file:
        file.write(b'{"record":"intent","se')
    record = journal.reopen(journal.read(log.path), now=now)
    assert record.add_intent("delete", "club/note", [Write(B, "delete", "id-b")]) == 2
    record.close("complete", requests=2)
    again = journal.read(log.path)
    assert [intent.seq for intent in again.intents] == [1, 2]
    assert again.ending == "complete"


def test_a_line_of_zeroes_at_the_end_is_ignored(tmp_path: Path) -> None:
    log = filled(tmp_path)
    with log.path.open("ab") as file:
        file.write(b"\0\0\0\0\n")
    torn = journal.read(log.path)
    assert torn.damaged is None
    assert torn.outcomes == log.outcomes
    journal.reopen(torn, now=now).close("complete")
    again = journal.read(log.path)
    assert (again.damaged, again.ending) == (None, "complete")


@pytest.mark.parametrize("line", [b"{]", b"7"])
def test_damage_in_the_middle_is_reported_and_stops_a_resume(tmp_path: Path, line: bytes) -> None:
    log = filled(tmp_path)
    lines = log.path.read_bytes().splitlines()
    lines[2] = line
    log.path.write_bytes(b"\n".join(lines) + b"\n")
    broken = journal.read(log.path)
    assert broken.damaged == 3
    with pytest.raises(RhythmconfError, match="damaged in line 3"):
        journal.reopen(broken, now=now)


@pytest.mark.parametrize("content", [b"", b'{"record":"run","format', b'{"record":"intent"}\n', b"hello\nworld\n"])
def test_a_file_without_a_header_is_no_run(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.jsonl").write_bytes(content)
    with pytest.raises(RhythmconfError, match="not a run record") as caught:
        journal.read(tmp_path / "x.jsonl")
    assert caught.value.code == "RC510"
    assert journal.read_all(tmp_path) == []


def test_another_format_is_refused_by_name(tmp_path: Path) -> None:
    path = begin(tmp_path).path
    path.write_text(path.read_text().replace('"format_version":1', '"format_version":2'))
    with pytest.raises(RhythmconfError, match="format 2; this version reads 1"):
        journal.read(path)


@pytest.mark.parametrize("member", ["tenant", "incarnation"])
def test_a_header_without_a_member_is_an_error_without_traceback(tmp_path: Path, member: str) -> None:
    path = begin(tmp_path).path
    first, plan = path.read_text().splitlines()
    body = json.loads(first)
    del body[member]
    path.write_text(f"{json.dumps(body)}\n{plan}\n")
    for look in (journal.read_summary, journal.read):
        with pytest.raises(RhythmconfError, match="has a missing or damaged member"):
            look(path)


@pytest.mark.parametrize(("line", "old", "new"), [
    (0, '"run":"20261118-093320-000-400000"', '"run":5'),
    (0, '"tenant":"club"', '"tenant":null'),
    (0, '"incarnation":[["id-1","2026-01-01"]]', '"incarnation":[5]'),
    (-1, '"ending":"interrupted"', '"ending":["interrupted"]'),
])  # fmt: skip
def test_a_member_of_a_wrong_type_is_an_error_without_traceback(tmp_path: Path, line: int, old: str, new: str) -> None:
    record = begin(tmp_path)
    record.close("interrupted")
    lines = record.path.read_text().splitlines()
    assert old in lines[line]
    lines[line] = lines[line].replace(old, new)
    record.path.write_text("\n".join(lines) + "\n")
    for look in (journal.read_summary, journal.read):
        with pytest.raises(RhythmconfError, match="has a missing or damaged member"):
            look(record.path)


def test_a_number_of_a_wrong_type_is_an_error_without_traceback(tmp_path: Path) -> None:
    path = filled(tmp_path).path
    path.write_text(path.read_text().replace('"seq":1', '"seq":"x"'))
    with pytest.raises(RhythmconfError, match="has a missing or damaged member"):
        journal.read(path)


def test_a_deeply_nested_line_is_damage(tmp_path: Path) -> None:
    path = filled(tmp_path).path
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([*lines[:2], b"[" * 100_000, *lines[3:]]) + b"\n")
    assert journal.read(path).damaged == 3
    path.write_bytes(b"[" * 100_000 + b"\n")
    for look in (journal.read_summary, journal.read):
        with pytest.raises(RhythmconfError, match="not a run record"):
            look(path)


def test_a_missing_file_and_a_file_instead_of_a_folder_are_reported(tmp_path: Path) -> None:
    with pytest.raises(RhythmconfError, match="can't be read"):
        journal.read(tmp_path / "none.jsonl")
    (tmp_path / "runs").write_text("")
    with pytest.raises(RhythmconfError, match="can't be written"):
        begin(tmp_path)


def test_a_run_record_is_never_overwritten(tmp_path: Path) -> None:
    begin(tmp_path)
    with pytest.raises(RhythmconfError, match="File exists"):
        begin(tmp_path)


def intended(record: Journal, key: Key) -> int:
    return record.add_intent("patch", "club/note", [Write(key, "patch", "id")])


def full(*_: object) -> int:
    raise OSError(ENOSPC, "No space left on device")


@contextmanager
def full_after(length: int) -> Iterator[None]:
    """A disk that is full after so many bytes."""
    really = os.write
    with pytest.MonkeyPatch.context() as patch:
        writes = iter((lambda descriptor, line: really(descriptor, line[:length]), full))
        patch.setattr(os, "write", lambda descriptor, line: next(writes, full)(descriptor, line))  # noqa: PLW0108
        yield


def test_a_full_disk_is_an_error_before_the_write_goes_out(tmp_path: Path) -> None:
    record = begin(tmp_path)
    with full_after(20), pytest.raises(RhythmconfError, match=r"can't be written: .*No space left"):
        intended(record, A)


def test_a_line_torn_by_a_full_disk_is_repaired_later(tmp_path: Path) -> None:
    record = begin(tmp_path)
    with full_after(20), pytest.raises(RhythmconfError):
        intended(record, A)
    record.add_outcomes(intended(record, B), [StepOutcome(B, "patch", "applied", "id")])
    log = journal.read(record.path)
    assert (log.damaged, [write.key for intent in log.intents for write in intent.writes]) == (None, [B])
    assert log.latest()[B, "patch"].outcome == "applied"


def test_a_torn_line_that_cannot_be_cut_off_stops_the_record(tmp_path: Path) -> None:
    record = begin(tmp_path)
    with full_after(20), pytest.raises(RhythmconfError):
        intended(record, A)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "ftruncate", full)
        with pytest.raises(RhythmconfError, match="No space left"):
            intended(record, B)
    assert journal.read(record.path).damaged is None
    assert journal.read(record.path).intents == ()


def test_the_history_is_sorted_by_time(tmp_path: Path) -> None:
    moments = [(now() + 0.001, 0.9), (now(), 0.1), (now() + 86_400, 0.0), (now() + 0.002, 0.0)]
    names = [journal.run_id(moment, chance) for moment, chance in moments]
    for name in names:
        begin(tmp_path, name)
    assert [log.header.run for log in journal.read_all(tmp_path / "runs")] == [names[n] for n in (1, 0, 3, 2)]


def test_summaries_come_with_the_newest_run_first(tmp_path: Path) -> None:
    names = [journal.run_id(now() + day * 86_400, 0.5) for day in (1, 3, 2)]
    for name in names:
        begin(tmp_path, name)
    (tmp_path / "runs" / "notes.jsonl").write_text("hello\n")
    runs = [summary.header.run for summary in journal.read_summaries(tmp_path / "runs", "")]
    assert runs == [names[1], names[2], names[0]]


def test_the_records_of_other_tenants_are_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [journal.run_id(now() + day * 86_400, 0.5) for day in range(6)]
    for number, name in enumerate(names):
        begun = header(name)._replace(place="mine" if number % 3 == 0 else "theirs")
        journal.start(journal.run_path(tmp_path, name), begun, PLAN, now=now)
    opened: list[str] = []
    open_file = Path.open

    def count(path: Path, *given: Any) -> Any:
        opened.append(path.stem)
        return open_file(path, *given)

    monkeypatch.setattr(Path, "open", count)
    for expected in ({*names}, {names[0], names[3]}):
        assert [one.header.run for one in journal.read_summaries(tmp_path / "runs", "mine")] == [names[3], names[0]]
        assert {*opened} == expected
        opened.clear()


@pytest.mark.parametrize("behind_s", [0, 0.0004, 0.001, 7200, 10**9])
def test_the_order_survives_a_clock_that_was_set_back(behind_s: float) -> None:
    ids = [journal.run_id(now(), 0.9)]
    for _ in range(1200):
        ids.append(journal.run_id(now() - behind_s, 0.1, after=ids[-1]))
    assert ids == sorted(set(ids))
    assert journal.run_id(now(), 0.5, after=ids[0]) < journal.run_id(now() + 1, 0.5, after=ids[0])


@pytest.mark.parametrize("strange", ["", "5", "20269999-999999-999-000000", "99991231-235959-999-ffffff"])
def test_a_file_name_without_a_time_is_accepted(strange: str) -> None:
    assert journal.run_id(now(), 0.5, after=strange) == journal.run_id(now(), 0.5)


def test_a_superseded_run_is_finished(tmp_path: Path) -> None:
    log = filled(tmp_path)
    journal.supersede(log, "20270101-000000-000-000000", now=now)
    again = journal.read(log.path)
    assert (again.ending, again.unfinished) == ("superseded", False)
    assert "20270101" in again.message


def test_a_continued_run_has_its_last_results_and_all_its_requests(tmp_path: Path) -> None:
    record = begin(tmp_path)
    record.close("interrupted", results=[Result(A, "update", "not_attempted", "id-a")], requests=3)
    result = Result(A, "update", "applied", "id-a")
    journal.reopen(journal.read(record.path), now=now).close("complete", results=[result], requests=4)
    again = journal.read(record.path)
    assert (again.ending, again.results, again.requests) == ("complete", (result,), 7)


def test_a_superseded_run_keeps_its_results_and_requests(tmp_path: Path) -> None:
    record = begin(tmp_path)
    result = Result(A, "update", "rejected", "id-a", "no")
    record.close("incomplete", results=[result], requests=7)
    journal.supersede(journal.read(record.path), "20270101-000000-000-000000", now=now)
    again = journal.read(record.path)
    assert (again.ending, again.results, again.requests) == ("superseded", (result,), 7)


def test_times_are_utc_with_milliseconds() -> None:
    assert journal.timestamp(0.1234) == "1970-01-01T00:00:00.123Z"
    assert journal.run_id(0.1234, 0.0) == "19700101-000000-123-000000"


def test_a_summary_has_the_header_and_the_ending(tmp_path: Path) -> None:
    record = begin(tmp_path)
    assert journal.read_summary(record.path) == RunSummary(record.path, header(), None)
    seq = record.add_intent("delete", "club/note", [Write(A, "delete", "id-a")])
    record.add_outcomes(seq, [StepOutcome(A, "delete", "applied", "id-a")])
    assert journal.read_summary(record.path).unfinished
    record.close("complete", results=[Result(A, "delete", "applied", "id-a", "x" * 100_000)])
    assert journal.read_summary(record.path)[:3] == (record.path, header(), "complete")


def test_the_end_of_a_record_has_what_the_whole_record_comes_to(tmp_path: Path) -> None:
    changes: list[Json] = [{"kind": "club/note", "key": n, "action": "create", "id": None} for n in "ab"]
    path = journal.run_path(tmp_path, header().run)
    record = journal.start(path, header(), {"changes": changes}, now=now)
    first = record.add_intent("create", "club/note", [Write(A, "create", None)])
    assert journal.read_summary(path).totals is None  # it may be killed here
    record.add_outcomes(first, [StepOutcome(A, "create", "applied", "id-a")])
    half = [Result(A, "create", "applied", "id-a"), Result(B, "create", "not_attempted", None)]
    record.close("interrupted", results=half, requests=3, message="no time")
    summary = journal.read_summary(path)
    assert summary == journal.summarise(journal.read(path))
    assert summary.totals == (2, 1, 3, now())

    record = journal.reopen(journal.read(path), now=now)
    second = record.add_intent("create", "club/note", [Write(B, "create", None)])
    record.close("interrupted", results=half, requests=1)
    assert journal.read_summary(path).totals is None  # the answer to B is missing
    record = journal.reopen(journal.read(path), now=now)
    record.add_outcomes(second, [StepOutcome(B, "create", "applied", "id-b")])
    record.close("complete", results=[half[0], Result(B, "create", "applied", "id-b")], requests=1)
    summary = journal.read_summary(path)
    assert summary == journal.summarise(journal.read(path))
    assert summary.totals == (2, 2, 5, now())


def arrivals(number: int) -> tuple[Callable[[], float], threading.Event]:
    """Return a clock for a record, and an event that is set when so many lines asked it for their time."""
    calls, arrived = count(1), threading.Event()

    def tell() -> float:
        if next(calls) == number:
            arrived.set()
        return now()

    return tell, arrived


def test_threads_share_the_time_that_the_disk_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, arrived = arrivals(7)
    record = journal.start(journal.run_path(tmp_path, header().run), header(), PLAN, now=clock)
    really, synced, busy = os.fsync, list[int](), threading.Event()

    def fsync(descriptor: int) -> None:
        busy.set()
        assert arrived.wait(20)
        really(descriptor)
        synced.append(len(record.path.read_bytes().splitlines()))

    monkeypatch.setattr(os, "fsync", fsync)
    with ThreadPoolExecutor(7) as pool:
        first = pool.submit(intended, record, A)
        assert busy.wait(20)
        others = [pool.submit(intended, record, B) for _ in range(6)]
        numbers = [waiting.result() for waiting in (first, *others)]
    assert synced == [3, 9]
    assert sorted(numbers) == [*range(1, 8)]


def test_a_full_disk_stops_every_thread_whose_line_it_has_no_space_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, arrived = arrivals(4)
    record = journal.start(journal.run_path(tmp_path, header().run), header(), PLAN, now=clock)
    busy = threading.Event()

    def write(descriptor: int, data: bytes) -> int:
        busy.set()
        assert arrived.wait(20)
        return full()

    monkeypatch.setattr(os, "write", write)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(intended, record, A)
        assert busy.wait(20)
        others = [pool.submit(intended, record, B) for _ in range(3)]
        errors = [waiting.exception() for waiting in (first, *others)]
    assert [isinstance(error, RhythmconfError) for error in errors] == [True] * 4


def test_a_summary_and_the_whole_record_agree_wherever_the_file_is_cut(tmp_path: Path) -> None:
    record = begin(tmp_path)
    record.close("interrupted")
    whole, cut = record.path.read_bytes(), tmp_path / "cut.jsonl"
    for length in range(len(whole)):
        cut.write_bytes(whole[:length])
        told: list[object] = []
        for look in (journal.read_summary, journal.read):
            try:
                found = look(cut)
                told.append((found.header, found.ending))
            except RhythmconfError as error:
                told.append((error.code, error.message))
        assert told[0] == told[1], whole[:length]
