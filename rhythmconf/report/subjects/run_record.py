"""Write one run from its record: every change with its outcome and its requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rhythmconf.engine.journal import Header, Log, Runner, RunSummary, StepOutcome, results, summarise
from rhythmconf.model import Body, Json, Key, Result, dump
from rhythmconf.model.plural import counted
from rhythmconf.model.quoting import shown_name
from rhythmconf.report.facts import SYMBOLS
from rhythmconf.report.terminal import Line

ENDING_STYLES = {"complete": "green", "superseded": "dim", "refused": "yellow"}
"""All other endings are alarming."""


class RecordedRequest(NamedTuple):
    """A request that contained a step of a change; `together` counts the steps in it."""

    seq: int
    call: str
    step: str
    together: int
    outcome: str
    message: str


def text(log: Log, runner: Runner | None = None) -> Iterator[Line]:
    """Yield where, when and by whom the run was started, each change with its requests, and how to continue.

    `runner` says where it is going on now, if it is.
    """
    header = log.header
    yield [("bold", f"run {header.run}"), ("dim", f"  {header.command}, {header.environment}: tenant {header.tenant}")]
    commit = f", commit {header.commit}" if header.commit else ""
    yield [("dim", f"  started {header.started_at} by {header.actor}{commit}")]
    yield [("dim", f"  plan {header.digest}")]
    ended = f" {log.ended_at}, {log.requests} requests" if log.ended_at else ""
    message = f": {log.message}" if log.message else ""
    how = ("yellow", str(runner)) if runner else (ENDING_STYLES.get(ending(log), "alarm"), ending(log))
    yield [("dim", "  "), how, ("plain", "" if runner else f"{ended}{message}")]
    if log.damaged is not None:
        yield [("alarm", f"  the record is damaged from line {log.damaged} on")]
    yield [("plain", "")]
    requests = _requests(log)
    outcomes = results(log)
    for result in outcomes:
        yield from _change(result, requests.get(result.key, ()))
    applied = sum(result.outcome == "applied" for result in outcomes)
    yield [("bold", f"{applied} of {len(outcomes)} changes applied.")]
    if log.unfinished:
        yield [("cyan", "  help: "), ("plain", advice(header, runner))]


def _change(result: Result, requests: Sequence[RecordedRequest]) -> Iterator[Line]:
    style = "plain" if result.outcome == "applied" else "alarm"
    yield [
        ("plain", f"  {SYMBOLS[result.action]} {result.key}"),
        ("dim", f"  id {shown_name(result.id)}" if result.id else ""),
        (style, f"  {result.outcome.replace('_', ' ')}"),
        ("plain", f"  {result.message}" if result.message else ""),
    ]
    for request in requests:
        others = f" with {counted(request.together - 1, 'other')}" if request.together > 1 else ""
        message = f" ({request.message})" if request.message else ""
        sent = f"request {request.seq}: {request.step} by {request.call}{others}"
        yield [("dim", f"      {sent}: {request.outcome}{message}")]


def advice(header: Header, runner: Runner | None) -> str:
    """Return what to do about an unfinished run."""
    if runner is None:
        return f"finish it with `rhythmconf resume {header.run}`"
    return f"wait for it; if {runner.host} is gone, type `rhythmconf unlock --env {header.environment}`"


def json(log: Log, runner: Runner | None = None) -> str:
    """Return the run with its plan as approved."""
    requests = _requests(log)
    changes: list[Json] = [
        {
            "kind": result.key.kind,
            "key": result.key.name,
            "action": result.action,
            "id": result.id,
            "outcome": result.outcome,
            "message": result.message,
            "requests": [request._asdict() for request in requests.get(result.key, ())],
        }
        for result in results(log)
    ]
    return dump({**summary(summarise(log), runner), "changes": changes, "plan": log.plan})


def summary(run: RunSummary, runner: Runner | None = None) -> Body:
    """Return the members of a run that the list of runs has too. `runner` says where it is going on now, if it is."""
    header, totals = run.header, run.totals
    return {
        "run": header.run,
        "command": header.command,
        "environment": header.environment,
        "tenant": header.tenant,
        "base_url": header.base_url,
        "started_at": header.started_at,
        "ended_at": run.ended_at,
        "actor": header.actor,
        "commit": header.commit,
        "digest": header.digest,
        "ending": ending(run),
        "message": run.message,
        "running_on": runner._asdict() if runner else None,
        "planned": totals.planned if totals else None,
        "applied": totals.applied if totals else None,
        "requests": totals.requests if totals else None,
    }


def ending(run: RunSummary | Log) -> str:
    """Return how a run ended; one without an ending was killed or is still running."""
    return run.ending or "unfinished"


def _requests(log: Log) -> Mapping[Key, list[RecordedRequest]]:
    """Return the requests of each key in order, each with the answer to this key."""
    # A step may be sent again, so each request takes the earliest answer that no other took.
    answers: dict[tuple[Key, str], list[StepOutcome]] = {}
    for outcome in reversed(log.outcomes):
        answers.setdefault((outcome.key, outcome.step), []).append(outcome)
    requests: dict[Key, list[RecordedRequest]] = {}
    for intent in log.intents:
        for write in intent.writes:
            left = answers.get((write.key, write.step))
            answer = left.pop() if left else None
            request = RecordedRequest(
                intent.seq,
                intent.call,
                write.step,
                len(intent.writes),
                answer.outcome if answer else "no answer",
                answer.message if answer else "",
            )
            requests.setdefault(write.key, []).append(request)
    return requests
