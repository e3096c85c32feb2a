"""Define where computers share the lock and the run records of a tenant, and how a run keeps its right to write.

The claim of the lock names the run that its holder writes. Each part of that run's record follows the one before by
compare-and-swap. Whoever takes the lock over adds a closing part first: the next part of the former holder is then
refused, and without it that one sends nothing more.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from rhythmconf.engine.journal import codes
from rhythmconf.engine.journal.records import UNFINISHED, is_run_id
from rhythmconf.errors import Refused, RhythmconfError
from rhythmconf.model import Body, Json

Publish = Callable[[bytes], None]
"""Adds lines to the shared record of a run. Raises Refused (RC514) after somebody else has closed it."""
_ID = re.compile(r"[0-9a-f]{8}")


class Store(Protocol):
    """The lock and the run records of one tenant, where all its computers see them.

    Every method raises RhythmconfError (RC513) where the store can't be asked. A version stands for a state of a run
    record; None for no record.
    """

    def take(self, claim: bytes) -> bytes | None:
        """Take the lock if it is free. Return None, or the claim of its holder."""

    def read_claim(self) -> bytes | None:
        """Return the claim of the lock's holder, None where the lock is free."""

    def release(self, claim: bytes) -> bool:
        """Release the lock if this claim has it. Return whether it had."""

    def fetch(self) -> Mapping[str, str]:
        """Return the present version of each run record."""

    def read(self, run: str) -> bytes:
        """Return the record of a run, as of the last `fetch` or `append`; empty where there is none."""

    def append(self, run: str, after: str | None, data: bytes) -> str | None:
        """Add lines to a run record that is still at the version `after`. Return the new version, else None."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What the holder of a shared lock says of itself. `id` is of no other claim; `run` is the run that it writes."""

    id: str
    run: str
    host: str
    user: str
    started: str
    command: str

    def encode(self) -> bytes:
        """Return the claim as one line of JSON."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__}).encode() + b"\n"

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (since {self.started}, run {self.run}: {self.command})"


def decode_claim(data: bytes) -> Claim:
    """Read a claim; what an unknown version wrote has an id and no more.

    Others may write to a store. A message asks a person to type the id, and the run becomes a name in the store. So
    both must have the form that rhythmconf gives them.
    """
    try:
        body: Body = json.loads(data)
        claim = Claim(**{name: str(body[name]) for name in Claim.__slots__})
        if _ID.fullmatch(claim.id) and is_run_id(claim.run):
            return claim
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    return Claim(
        hashlib.sha256(data).hexdigest()[:12],
        "",
        "an unknown computer",
        "somebody",
        "an unknown time",
        "an unknown command",
    )


class SharedRecord:
    """Adds to the shared record of one run, from the version and the bytes that its writer saw last."""

    def __init__(self, store: Store, run: str, version: str | None, size: int) -> None:
        self.version = version
        self.size = size
        self._store = store
        self._run = run

    def publish(self, data: bytes) -> None:
        """Add lines. Raises Refused (RC514) where somebody else has added to the record."""
        version = self._store.append(self._run, self.version, data)
        if version is None:
            raise Refused(
                f"{self._read_reason()}, so run {self._run} sends nothing more",
                help=f"see what was done since: rhythmconf show run {self._run}",
                code=codes.TAKEN_OVER,
            )
        self.version = version
        self.size += len(data)

    def _read_reason(self) -> str:
        """Return what the closing part of the one who took the lock over says. It follows what this writer saw."""
        with suppress(RhythmconfError):
            self._store.fetch()
            if message := _read_line(self._store.read(self._run)[self.size :].partition(b"\n")[0]).get("message"):
                return str(message)
        return "the lock was taken over"


def seal(store: Store, run: str, by: str, at: str) -> None:
    """Close the shared record of a run, so that its former writer can't add to it, and so sends nothing more.

    A run that is over is left as it is: nobody continues it.
    """
    message = f"the lock was taken over by {by}"
    closing = {"record": "close", "ending": "interrupted", "requests": 0, "message": message, "at": at}
    while True:
        version = store.fetch().get(run)
        lines = store.read(run).splitlines()
        last = _read_line(lines[-1]) if lines else {}
        if last.get("record") == "close" and last.get("ending") not in UNFINISHED:
            return
        if store.append(run, version, json.dumps(closing, separators=(",", ":")).encode() + b"\n") is not None:
            return


def _read_line(line: bytes) -> Body:
    """Return a line of a run record; nothing where it is none of ours: others may write to a store."""
    try:
        record: Json = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}
