"""Write the record of a run: one JSON record a line, on the disk before the run goes on."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

from rhythmconf.engine.journal.records import (
    FORMAT_VERSION,
    Ending,
    Header,
    Log,
    StepOutcome,
    Write,
    timestamp,
    unusable,
)
from rhythmconf.model import Body, Json, Key, Result
from rhythmconf.platform import disk


class Journal:
    """An open run record. Every method returns only when its record is on the disk. Threads may share it."""

    def __init__(
        self, path: Path, descriptor: int, run: str, *, seq: int, length: int, now: Callable[[], float]
    ) -> None:
        self.path = path
        self.run = run
        self._length = length
        self._descriptor = descriptor
        self._seq = seq
        self._now = now
        self._turn = threading.Lock()

    def add_intent(self, call: str, kind: str, writes: Iterable[Write]) -> int:
        """Record a request that is about to be sent. Return the number that its outcomes refer to."""
        rows: list[Json] = [{"key": write.key.name, "step": write.step, "id": write.id} for write in writes]
        with self._turn:
            self._seq += 1
            seq = self._seq
            self._append({"record": "intent", "seq": seq, "call": call, "kind": kind, "writes": rows})
        return seq

    def add_outcomes(self, seq: int, outcomes: Iterable[StepOutcome]) -> None:
        """Record the outcomes of the writes of a request."""
        rows = [_row(outcome.key, outcome._asdict()) for outcome in outcomes]
        with self._turn:
            self._append({"record": "outcome", "seq": seq, "settled": rows})

    def add_existing(self, kind: str, ids: Iterable[str]) -> None:
        """Record which records of a kind exist before its first create, for tenants where marks can't be written."""
        with self._turn:
            self._append({"record": "known", "kind": kind, "ids": list[Json](sorted(ids))})

    def close(self, ending: Ending, *, results: Iterable[Result] = (), requests: int = 0, message: str = "") -> None:
        """Record how the run ended, and close the file. A second call changes nothing: the first ending stays."""
        rows = [_row(result.key, result._asdict()) for result in results]
        with self._turn:
            if self._descriptor < 0:
                return
            try:
                self._append({"record": "results", "results": rows})
                self._append({"record": "close", "ending": ending, "requests": requests, "message": message})
            finally:
                os.close(self._descriptor)
                self._descriptor = -1

    def _append(self, record: Body) -> None:
        self._length = _write(self.path, self._descriptor, self._length, {**record, "at": timestamp(self._now())})


def _row(key: Key, members: dict[str, Json]) -> Json:
    return {**members, "kind": key.kind, "key": key.name}


def run_path(folder: Path, run: str) -> Path:
    """Return the path of a run's record in the state folder."""
    return folder / "runs" / f"{run}.jsonl"


def start(path: Path, header: Header, plan: Body, *, now: Callable[[], float]) -> Journal:
    """Begin the record of a run at `path`. The folder is made readable by its owner only.

    Raises RhythmconfError (RC510) when the file exists or can't be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | disk.OPEN, 0o600)
    except OSError as error:
        raise unusable(path, f"can't be written: {error}") from error
    length = _write(path, descriptor, 0, {"record": "run", "format_version": FORMAT_VERSION, **asdict(header)})
    length = _write(path, descriptor, length, {"record": "plan", "plan": plan})
    disk.sync_folder(path.parent)
    return Journal(path, descriptor, header.run, seq=0, length=length, now=now)


def reopen(log: Log, *, now: Callable[[], float]) -> Journal:
    """Continue a run record that was just read. The first new record replaces a torn last line.

    Raises RhythmconfError (RC510) when the record is damaged or can't be written.
    """
    if log.damaged is not None:
        raise unusable(log.path, f"is damaged in line {log.damaged}: it can't be continued")
    try:
        descriptor = os.open(log.path, os.O_RDWR | os.O_APPEND | disk.OPEN)
    except OSError as error:
        raise unusable(log.path, f"can't be written: {error}") from error
    seq = max((intent.seq for intent in log.intents), default=0)
    return Journal(log.path, descriptor, log.header.run, seq=seq, length=log.length, now=now)


def supersede(log: Log, by: str, *, now: Callable[[], float]) -> None:
    """Close an unfinished run whose remaining changes the run `by` has made."""
    # The requests of the run stand in its earlier closing records, and a reader adds them up.
    reopen(log, now=now).close("superseded", results=log.results, message=f"by run {by}")


def _write(path: Path, descriptor: int, length: int, record: Body) -> int:
    """Append a record behind the first `length` bytes, the complete ones. Return the length with it."""
    line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
    after = length + len(line)
    try:
        # A full disk may have torn the last line. Left there, it would be damage in the middle of the file.
        if os.fstat(descriptor).st_size > length:
            os.ftruncate(descriptor, length)
        while line:
            line = line[os.write(descriptor, line) :]
        os.fsync(descriptor)
    except OSError as error:
        raise unusable(path, f"can't be written: {error}") from error
    return after
