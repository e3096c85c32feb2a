"""The records of a run as values: what was about to be sent, what became of it, and all of it together.

The header comes first, then the plan itself, so that `resume` and `rollback` need no other file. An `intent` stands
before each write and an outcome after its answer; the results and a closing record end the run. Header and closing
record are short: who looks for one run among many reads only these.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, NamedTuple

from rhythmconf.engine.journal import codes
from rhythmconf.errors import RhythmconfError
from rhythmconf.model import Body, Key, Outcome, Result

FORMAT_VERSION = 1

Step = Literal["create", "patch", "close", "free", "delete"]
"""One write of a change. A cycle of references is closed after the creates, and freed before the deletes."""
Ending = Literal["complete", "incomplete", "interrupted", "refused", "superseded"]
UNFINISHED: frozenset[str | None] = frozenset({None, "incomplete", "interrupted"})


@dataclass(frozen=True, slots=True)
class Header:
    """What a run is: `started_at` is ISO 8601 UTC, `digest` that of its plan.

    `advances`: once all of the plan is applied, `commit` is the next base. `undoes` is the digest of the sources whose
    plan this one rolls back. `place` is the tenant as this computer tells it from others: two projects may call an
    embedded one the same.
    """

    run: str
    command: str
    started_at: str
    environment: str
    tenant: str
    base_url: str
    incarnation: tuple[tuple[str, str], ...]
    actor: str
    commit: str | None
    digest: str
    advances: bool = False
    undoes: str | None = None
    place: str = ""


class Write(NamedTuple):
    """One step of one change, as part of a request."""

    key: Key
    step: Step
    id: str | None


class Settled(NamedTuple):
    """What became of one step. `repeated`: it had no effect and is sent again. `created_at` is the tenant's."""

    key: Key
    step: Step
    outcome: Outcome | Literal["repeated"]
    id: str | None = None
    message: str = ""
    created_at: str | None = None


class Intent(NamedTuple):
    """One request that was about to be sent: `call` is the client's verb, `seq` counts from 1 in its run."""

    seq: int
    call: str
    kind: str
    writes: tuple[Write, ...]


class Glance(NamedTuple):
    """The beginning and the end of a run record; `ending` None: nobody closed it."""

    path: Path
    header: Header
    ending: Ending | None

    @property
    def unfinished(self) -> bool:
        """Whether `resume` has something to do here."""
        return self.ending in UNFINISHED


@dataclass(frozen=True, slots=True)
class Log:
    """A run record as read, `plan` being the plan document. `open` are the intents without what was answered of them.

    `ending` None: nobody closed it. `damaged` is the first line that can't be read, `length` the bytes before a line
    that was torn at the end. `created_at` is when a create was last sent or answered, in seconds since 1970, None
    without any.
    """

    path: Path
    header: Header
    plan: Body
    intents: tuple[Intent, ...] = ()
    settled: tuple[Settled, ...] = ()
    open: tuple[Intent, ...] = ()
    known: Mapping[str, frozenset[str]] = field(default_factory=dict)
    results: tuple[Result, ...] = ()
    ending: Ending | None = None
    ended_at: str | None = None
    created_at: float | None = None
    requests: int = 0
    message: str = ""
    damaged: int | None = None
    length: int = 0

    @property
    def unfinished(self) -> bool:
        """Whether `resume` has something to do here."""
        return self.ending in UNFINISHED

    def last(self) -> dict[tuple[Key, Step], Settled]:
        """What is known of each step that was sent and answered, the latest word of each."""
        return {(one.key, one.step): one for one in self.settled if one.outcome != "repeated"}


def timestamp(seconds: float) -> str:
    """ISO 8601 in UTC with milliseconds, of seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def run_id(now: float, random: float, *, after: str = "") -> str:
    """A name that sorts by time, 20260131-235959-123-0f3a9c: `now` is seconds since 1970, `random` is in [0, 1).

    It sorts behind the run `after`, also where the clock was put back since.
    """
    moment = datetime.fromtimestamp(now, UTC)
    with suppress(ValueError, OverflowError):
        moment = max(moment, datetime.strptime(f"{after[:19]}+0000", "%Y%m%d-%H%M%S-%f%z") + timedelta(milliseconds=1))
    return f"{moment:%Y%m%d-%H%M%S}-{moment.microsecond // 1000:03d}-{int(random * 16**6):06x}"


def whole(data: bytes) -> int:
    """The length of what was written completely: a record ends with its newline."""
    return data.rfind(b"\n") + 1


def trouble(path: Path, what: str) -> RhythmconfError:
    """The error of a run record that can't be used; `what` ends "the run record ..."."""
    return RhythmconfError(f"the run record {what}", where=str(path), code=codes.RUN_RECORD)
