"""Write the record of a run: one JSON record a line, on the disk before the run goes on."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import cast

from rhythmconf.engine.journal.records import (
    FORMAT_VERSION,
    Ending,
    Header,
    Log,
    Step,
    StepOutcome,
    Write,
    timestamp,
    unusable,
)
from rhythmconf.engine.journal.store import Publish
from rhythmconf.model import Body, Json, Key, Result
from rhythmconf.platform import disk


class _Line:
    """A line that a thread waits for until it is on the disk, or could not be written because of `error`."""

    __slots__ = ("at", "data", "error", "is_waiting")

    def __init__(self, at: str, data: bytes) -> None:
        self.at = at
        self.data = data
        self.is_waiting = True
        self.error: BaseException | None = None


class Journal:
    """An open run record. Every method returns only when its record is on the disk. Threads may share it.

    Lines that arrive while another thread writes are written together, as the disk takes milliseconds for each time.
    With `publish`, an intent and the end are published too before their method returns, and outcomes along with them.
    """

    def __init__(
        self,
        path: Path,
        descriptor: int,
        run: str,
        *,
        planned: int,
        log: Log | None,
        now: Callable[[], float],
        publish: Publish | None = None,
        published: int = 0,
    ) -> None:
        self.path = path
        self.run = run
        self._length = log.length if log else os.fstat(descriptor).st_size
        self._descriptor = descriptor
        self._now = now
        self._planned = planned
        self._seq = max((intent.seq for intent in log.intents), default=0) if log else 0
        self._requests = log.requests if log else 0
        self._created_at = timestamp(log.created_at) if log and log.created_at is not None else None
        self._unanswered = {
            (intent.seq, write.key) for intent in (log.unanswered if log else ()) for write in intent.writes
        }
        self._turn = threading.Condition()
        self._lines: list[_Line] = []
        self._writing = False
        self._publish = publish
        self._published = published
        self._is_publishing = False
        self._sharing = threading.Condition()

    def add_intent(self, call: str, kind: str, writes: Sequence[Write]) -> int:
        """Record a request that is about to be sent. Return the number that its outcomes refer to."""
        rows: list[Json] = [{"key": write.key.name, "step": write.step, "id": write.id} for write in writes]
        with self._turn:
            self._seq += 1
            seq = self._seq
            self._unanswered |= {(seq, write.key) for write in writes}
            line = self._queue({"record": "intent", "seq": seq, "call": call, "kind": kind, "writes": rows})
            self._note_creates(line, (write.step for write in writes))
        self._write_queue(line)
        self.publish()
        return seq

    def add_repeat(self, seq: int) -> None:
        """Record that a request is about to be repeated, where others may have taken the lock over in the meantime.

        Raises Refused (RC514) after they have.
        """
        if self._publish is not None:
            self._append({"record": "repeat", "seq": seq})
            self.publish()

    def add_outcomes(self, seq: int, outcomes: Sequence[StepOutcome]) -> None:
        """Record the outcomes of the writes of a request."""
        rows = [_row(outcome.key, outcome._asdict()) for outcome in outcomes]
        with self._turn:
            line = self._queue({"record": "outcome", "seq": seq, "settled": rows})
            self._note_creates(line, (outcome.step for outcome in outcomes))
        self._write_queue(line)
        with self._turn:
            self._unanswered -= {(seq, outcome.key) for outcome in outcomes}

    def add_existing(self, kind: str, ids: Iterable[str]) -> None:
        """Record which records of a kind exist before its first create, for tenants where marks can't be written."""
        self._append({"record": "known", "kind": kind, "ids": list[Json](sorted(ids))})

    def close(self, ending: Ending, *, results: Sequence[Result] = (), requests: int = 0, message: str = "") -> None:
        """Record how the run ended, and close the file. A second call changes nothing: the first ending stays."""
        if self._descriptor < 0:
            return
        totals = self._totals(results, requests)
        try:
            self._append({"record": "results", "results": [_row(result.key, result._asdict()) for result in results]})
            self._append(
                {"record": "close", "ending": ending, "requests": requests, "message": message, "totals": totals}
            )
        finally:
            os.close(self._descriptor)
            self._descriptor = -1
        self.publish()

    def publish(self) -> None:
        """Publish what is on the disk. Return at once where another thread has done so since this one came.

        A thread that waited longer could send its request after somebody else has taken the lock over.
        """
        if self._publish is None:
            return
        length = self._length
        with self._sharing:
            self._sharing.wait_for(lambda: self._published >= length or not self._is_publishing)
            if self._published >= length:
                return
            self._is_publishing = True
        end, published = self._length, self._published
        try:
            with self.path.open("rb") as file:
                file.seek(published)
                data = file.read(end - published)
            self._publish(data)
            published = end
        finally:
            with self._sharing:
                self._published, self._is_publishing = published, False
                self._sharing.notify_all()

    def _totals(self, results: Sequence[Result], requests: int) -> Body | None:
        """Return the totals of the run; None where only the whole record shows what became of each change."""
        if self._unanswered or (len(results) != self._planned and self._seq):
            return None
        applied = sum(result.outcome == "applied" for result in results)
        return {
            "planned": self._planned,
            "applied": applied,
            "requests": self._requests + requests,
            "created_at": self._created_at,
        }

    def _note_creates(self, line: _Line, steps: Iterable[Step]) -> None:
        if "create" in steps:
            self._created_at = max(self._created_at or line.at, line.at)

    def _append(self, record: Body) -> None:
        with self._turn:
            line = self._queue(record)
        self._write_queue(line)

    def _queue(self, record: Body) -> _Line:
        """Put a record into the queue. The caller has the turn, so the queue is in the order of its numbers."""
        at = timestamp(self._now())
        line = _Line(at, _encode({**record, "at": at}))
        self._lines.append(line)
        return line

    def _write_queue(self, line: _Line) -> None:
        """Return when a line is on the disk. The first thread that comes writes the lines of all."""
        lines, error = list[_Line](), None
        # One block, so that Ctrl-C can't leave `_writing` set, for which every other thread would wait.
        try:
            with self._turn:
                while self._writing and line.is_waiting:
                    self._turn.wait()
                if line.is_waiting:
                    self._writing, lines, self._lines = True, self._lines, []
            if lines:
                data = b"".join(line.data for line in lines)
                self._length = _write(self.path, self._descriptor, self._length, data)
        except BaseException as raised:
            error = raised
        if lines:
            self._end_turn(lines, error)
        if error or line.error:
            raise error or line.error  # type: ignore[misc]

    def _end_turn(self, lines: Iterable[_Line], error: BaseException | None) -> None:
        """Tell the threads that wait for these lines. After an error none of them may send."""
        with self._turn:
            for line in lines:
                line.is_waiting, line.error = False, error
            self._writing = False
            self._turn.notify_all()


def _row(key: Key, members: dict[str, Json]) -> Json:
    return {**members, "kind": key.kind, "key": key.name}


def run_path(folder: Path, run: str) -> Path:
    """Return the path of a run's record in the state folder."""
    return folder / "runs" / f"{run}.jsonl"


def start(
    path: Path, header: Header, plan: Body, *, now: Callable[[], float], publish: Publish | None = None
) -> Journal:
    """Begin the record of a run at `path`. The folder is made readable by its owner only.

    Raises RhythmconfError (RC510) when the file exists or can't be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | disk.OPEN, 0o600)
    except OSError as error:
        raise unusable(path, f"can't be written: {error}") from error
    head = _encode({"record": "run", "format_version": FORMAT_VERSION, **header._asdict()})
    length = _write(path, descriptor, 0, head)
    _write(path, descriptor, length, _encode({"record": "plan", "plan": plan}))
    disk.sync_folder(path.parent)
    planned = _count_changes(plan)
    journal = Journal(path, descriptor, header.run, planned=planned, log=None, now=now, publish=publish)
    journal.publish()
    return journal


def reopen(log: Log, *, now: Callable[[], float], publish: Publish | None = None, published: int = 0) -> Journal:
    """Continue a run record that was just read. The first new record replaces a torn last line.

    Its first `published` bytes are published already.

    Raises RhythmconfError (RC510) when the record is damaged or can't be written.
    """
    if log.damaged is not None:
        raise unusable(log.path, f"is damaged in line {log.damaged}: it can't be continued")
    try:
        descriptor = os.open(log.path, os.O_RDWR | os.O_APPEND | disk.OPEN)
    except OSError as error:
        raise unusable(log.path, f"can't be written: {error}") from error
    return Journal(
        log.path,
        descriptor,
        log.header.run,
        planned=_count_changes(log.plan),
        log=log,
        now=now,
        publish=publish,
        published=published,
    )


def supersede(log: Log, by: str, *, now: Callable[[], float]) -> None:
    """Close an unfinished run whose remaining changes the run `by` has made."""
    # The requests of the run stand in its earlier closing records, and a reader adds them up.
    reopen(log, now=now).close("superseded", results=log.results, message=f"by run {by}")


def _count_changes(plan: Body) -> int:
    return len(cast("list[Json]", plan["changes"]))


def _encode(record: Body) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def _write(path: Path, descriptor: int, length: int, lines: bytes) -> int:
    """Append lines behind the first `length` bytes, the complete ones. Return the length with them."""
    after = length + len(lines)
    try:
        # A full disk may have torn the last line. Left there, it would be damage in the middle of the file.
        if os.fstat(descriptor).st_size > length:
            os.ftruncate(descriptor, length)
        while lines:
            lines = lines[os.write(descriptor, lines) :]
        os.fsync(descriptor)
    except OSError as error:
        raise unusable(path, f"can't be written: {error}") from error
    return after
