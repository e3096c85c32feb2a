"""Define the records of a run as values.

The header comes first, then the plan itself, so that `resume` and `rollback` need no other file. An intent is written
before each request and the outcomes of its writes after the answer; the results and a closing record end the run.
Header and closing record are short, and the closing record has the totals of the run, so that a search through many
runs reads only these.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

from rhythmconf.engine.journal import codes
from rhythmconf.errors import RhythmconfError
from rhythmconf.model import Body, Key, Outcome, Result

FORMAT_VERSION = 1

Step = Literal["create", "patch", "close", "free", "delete", "repoint", "withdraw"]
"""One write of a change. A cycle of references is closed after the creates, and freed before the deletes.

Where another run created the same record, references to this run's own one are repointed and that one is withdrawn.
"""
REPAIR_STEPS: frozenset[Step] = frozenset({"repoint", "withdraw"})
Ending = Literal["complete", "incomplete", "interrupted", "refused", "superseded"]
UNFINISHED: frozenset[str | None] = frozenset({None, "incomplete", "interrupted"})
_RUN_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]{3}-[0-9a-f]{6}")


class Header(NamedTuple):
    """Describe a run. `started_at` is ISO 8601 UTC; `digest` is that of the plan.

    With `advances`, `commit` becomes the next base once all of the plan is applied. `undoes` is the digest of the
    sources whose plan this run rolls back. `place` identifies the tenant on this computer, because two projects may
    give their embedded tenants the same name. `project` is the name of the project; empty in older records.
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
    project: str = ""


class Write(NamedTuple):
    """One step of one change, as part of a request."""

    key: Key
    step: Step
    id: str | None


class StepOutcome(NamedTuple):
    """The outcome of one step. `repeated` means that it had no effect and is sent again.

    `created_at` is the time that the tenant gave the new record.
    """

    key: Key
    step: Step
    outcome: Outcome | Literal["repeated"]
    id: str | None = None
    message: str = ""
    created_at: str | None = None


class Intent(NamedTuple):
    """One request that is about to be sent. `call` is the verb of the client; `seq` counts from 1 in each run."""

    seq: int
    call: str
    kind: str
    writes: tuple[Write, ...]


class Totals(NamedTuple):
    """What a whole run comes to: changes of its plan, applied ones, requests, and when a record was last created.

    `created_at` is in seconds since 1970, None where the run created nothing.
    """

    planned: int
    applied: int
    requests: int
    created_at: float | None


class Runner(NamedTuple):
    """The computer on which a run is going on, and the person who started it there."""

    host: str
    user: str

    def __str__(self) -> str:
        return f"running on {self.host} ({self.user})"


class RunSummary(NamedTuple):
    """The first and the last record of a run. `ending` is None for a run that was never closed.

    `totals` is None where the last record doesn't have them: in runs that were never closed, that ended while a write
    was unanswered, or that an earlier version has recorded. `summarise` counts them.
    """

    path: Path
    header: Header
    ending: Ending | None
    ended_at: str | None = None
    message: str = ""
    totals: Totals | None = None

    @property
    def unfinished(self) -> bool:
        """Whether `resume` can continue this run."""
        return self.ending in UNFINISHED


class Log(NamedTuple):
    """A run record as it was read; `plan` is the plan document.

    `unanswered` has the intents, without the writes whose outcome is recorded. `existing` has, by kind, the ids of the
    records that were there before the first create. `ending` is None for a run that was never closed. `damaged` is the
    number of the first line that can't be read; a torn last line is not damage, and `length` counts the bytes before
    it. `created_at` is when a create was last sent or answered, in seconds since 1970. `answered_at` has, by key, when
    the last write was answered, in ISO 8601.
    """

    path: Path
    header: Header
    plan: Body
    intents: tuple[Intent, ...] = ()
    outcomes: tuple[StepOutcome, ...] = ()
    unanswered: tuple[Intent, ...] = ()
    existing: Mapping[str, frozenset[str]] = {}
    results: tuple[Result, ...] = ()
    ending: Ending | None = None
    ended_at: str | None = None
    created_at: float | None = None
    requests: int = 0
    message: str = ""
    damaged: int | None = None
    length: int = 0
    answered_at: Mapping[Key, str] = {}

    @property
    def unfinished(self) -> bool:
        """Whether `resume` can continue this run."""
        return self.ending in UNFINISHED

    def latest(self) -> dict[tuple[Key, Step], StepOutcome]:
        """Return the last outcome of each step that was answered, repeated writes left out."""
        return {(outcome.key, outcome.step): outcome for outcome in self.outcomes if outcome.outcome != "repeated"}


def summarise(log: Log) -> RunSummary:
    """Return the summary of a run that was read whole."""
    outcomes = [result.outcome for result in results(log)]
    totals = Totals(len(outcomes), outcomes.count("applied"), log.requests, log.created_at)
    return RunSummary(log.path, log.header, log.ending, log.ended_at, log.message, totals)


def results(log: Log) -> tuple[Result, ...]:
    """Return the outcome of each change of a run's plan, in the plan's order, as far as the record knows it."""
    final = {result.key: result for result in log.results}
    last: dict[Key, dict[Step, StepOutcome]] = {}
    for outcome in log.outcomes:
        last.setdefault(outcome.key, {})[outcome.step] = outcome
    unanswered = {write.key for intent in log.unanswered for write in intent.writes}
    return tuple(
        _result(Key(change["kind"], change["key"]), change, final, last, unanswered)
        for change in cast("list[dict[str, Any]]", log.plan["changes"])
    )


def _result(
    key: Key,
    change: Mapping[str, Any],
    final: Mapping[Key, Result],
    last: Mapping[Key, Mapping[Step, StepOutcome]],
    unanswered: Collection[Key],
) -> Result:
    steps, action, known = last.get(key, {}), change["action"], final.get(key)
    ids = [outcome.id for outcome in steps.values() if outcome.id]
    id = (known.id if known else None) or (ids[-1] if ids else change["id"])
    if key in unanswered:
        return Result(key, action, "unknown", id)
    if known is not None:
        return Result(key, action, known.outcome, id, known.message)
    if "withdraw" in steps and steps["withdraw"].outcome == "applied":
        return Result(key, action, "conflict", id, "another run created it before, and this run deleted its own record")
    decided = [outcome for outcome in steps.values() if outcome.step not in REPAIR_STEPS]
    failed = [outcome for outcome in decided if outcome.outcome not in ("applied", "repeated")]
    if failed:
        return Result(key, action, cast("Outcome", failed[-1].outcome), id, failed[-1].message)
    done = [outcome for outcome in decided if outcome.outcome == "applied"]
    if done and len(done) == _count_steps(change):
        return Result(key, action, "applied", id, done[-1].message)
    if decided:
        words = "only a part of it was written" if done else "it was sent and had no effect"
        return Result(key, action, "rejected", id, f"{words}; the run ended before it was complete")
    return Result(key, action, "not_attempted", id)


def _count_steps(change: Mapping[str, Any]) -> int:
    """Return how many steps a change takes: a cycle is closed after a create, and freed before a delete."""
    return 1 + (change["action"] in ("create", "delete") and bool(change.get("patch")))


def timestamp(seconds: float) -> str:
    """Format seconds since 1970 as ISO 8601 in UTC with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def run_id(now: float, random: float, *, after: str = "") -> str:
    """Make a run id that sorts by time, such as 20260131-235959-123-0f3a9c.

    `now` is in seconds since 1970, `random` in [0, 1). The id sorts behind the run `after`, even if the clock was set
    back since then.
    """
    moment = datetime.fromtimestamp(now, UTC)
    moment = max(moment, _moment_after(after) or moment)
    return f"{moment:%Y%m%d-%H%M%S}-{moment.microsecond // 1000:03d}-{int(random * 16**6):06x}"


def is_run_id(text: str) -> bool:
    """Tell whether a text is a run id that another one can follow. Others may write anything to a store."""
    return _moment_after(text) is not None


def _moment_after(run: str) -> datetime | None:
    """Return the millisecond after that of a run id; None where the text isn't one, or time ends with it."""
    if not _RUN_ID.fullmatch(run):
        return None
    try:
        return datetime.strptime(f"{run[:19]}+0000", "%Y%m%d-%H%M%S-%f%z") + timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None


def complete_length(data: bytes) -> int:
    """Return the length of the complete lines. A record ends with its newline, so what follows was torn by a crash."""
    return data.rfind(b"\n") + 1


def unusable(path: Path, problem: str) -> RhythmconfError:
    """Return the error for a run record that can't be used; `problem` completes "the run record ..."."""
    return RhythmconfError(f"the run record {problem}", where=str(path), code=codes.RUN_RECORD)
