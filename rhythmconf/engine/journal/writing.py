"""What a run is about to do and what became of it -> one JSON record a line, on the disk before the run goes on."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

from rhythmconf.engine.journal.records import FORMAT_VERSION, Ending, Header, Log, Settled, Write, timestamp, trouble
from rhythmconf.model import Body, Json, Key, Result


class Journal:
    """An open run record. Every method returns only when its record is on the disk; threads may share it."""

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

    def intent(self, call: str, kind: str, writes: Iterable[Write]) -> int:
        """Note a request that is about to be sent; gives the number that its outcome refers to."""
        items: list[Json] = [{"key": one.key.name, "step": one.step, "id": one.id} for one in writes]
        with self._turn:
            self._seq += 1
            seq = self._seq
            self._append({"record": "intent", "seq": seq, "call": call, "kind": kind, "writes": items})
        return seq

    def outcome(self, seq: int, settled: Iterable[Settled]) -> None:
        """Note what became of the writes of a request."""
        items = [_row(one.key, one._asdict()) for one in settled]
        with self._turn:
            self._append({"record": "outcome", "seq": seq, "settled": items})

    def known(self, kind: str, ids: Iterable[str]) -> None:
        """Note which records of a kind were there before its first create, where marks can't tell."""
        with self._turn:
            self._append({"record": "known", "kind": kind, "ids": list[Json](sorted(ids))})

    def close(self, ending: Ending, *, results: Iterable[Result] = (), requests: int = 0, message: str = "") -> None:
        """Note how the run ended, and let go of the file. Closing twice is no error: the first word stands."""
        rows = [_row(one.key, one._asdict()) for one in results]
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
    """Where the state folder keeps the record of a run."""
    return folder / "runs" / f"{run}.jsonl"


def start(path: Path, header: Header, plan: Body, *, now: Callable[[], float]) -> Journal:
    """Begin the record of a run of `plan` at `path`, which must not exist; its folder is made for the owner alone."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
    except OSError as error:
        raise trouble(path, f"can't be written: {error}") from error
    length = _write(path, descriptor, 0, {"record": "run", "format_version": FORMAT_VERSION, **asdict(header)})
    length = _write(path, descriptor, length, {"record": "plan", "plan": plan})
    _sync_folder(path.parent)
    return Journal(path, descriptor, header.run, seq=0, length=length, now=now)


def reopen(log: Log, *, now: Callable[[], float]) -> Journal:
    """Go on with a run record as it was just read; the first thing written takes the place of a torn last line.

    Raises RhythmconfError when it is damaged.
    """
    if log.damaged is not None:
        raise trouble(log.path, f"is damaged in line {log.damaged}: it can't be continued")
    try:
        descriptor = os.open(log.path, os.O_RDWR | os.O_APPEND)
    except OSError as error:
        raise trouble(log.path, f"can't be written: {error}") from error
    seq = max((intent.seq for intent in log.intents), default=0)
    return Journal(log.path, descriptor, log.header.run, seq=seq, length=log.length, now=now)


def supersede(log: Log, by: str, *, now: Callable[[], float]) -> None:
    """Close an unfinished run: the run `by` does what was left of it."""
    reopen(log, now=now).close("superseded", results=log.results, requests=log.requests, message=f"by run {by}")


def _write(path: Path, descriptor: int, length: int, record: Body) -> int:
    """Append a record to the first `length` bytes, which are whole ones; gives the length that is whole then."""
    line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
    after = length + len(line)
    try:
        # What a full disk tore would damage the middle of the file once there is room again.
        if os.fstat(descriptor).st_size > length:
            os.ftruncate(descriptor, length)
        while line:
            line = line[os.write(descriptor, line) :]
        os.fsync(descriptor)
    except OSError as error:
        raise trouble(path, f"can't be written: {error}") from error
    return after


def _sync_folder(folder: Path) -> None:
    """A file is only sure to survive a crash once its folder is on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
