"""Run records as people and programs read them: a line a run, or one run with every request of every change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from rhythmconf.engine.journal import Log, StepOutcome
from rhythmconf.model import Action, Body, Key, dump
from rhythmconf.report.facts import SYMBOLS
from rhythmconf.report.terminal import Line

_ENDINGS = {"complete": "green", "superseded": "dim", "refused": "yellow"}


class Told(NamedTuple):
    """One change of a run, as far as its record knows."""

    key: Key
    action: str
    id: str | None
    outcome: str
    message: str
    requests: tuple[Asked, ...]


class Asked(NamedTuple):
    """One request in which a step of a change travelled; `together` counts the steps in it."""

    seq: int
    call: str
    step: str
    together: int
    outcome: str
    message: str


def history(logs: Sequence[Log]) -> Iterator[Line]:
    """A line a run, the last run last."""
    for log in logs:
        head, done = log.header, _done(log)
        commit = f"  commit {head.commit[:12]}" if head.commit else ""
        yield [
            ("bold", head.run),
            ("plain", f"  {head.environment}  {head.command}  "),
            (_ENDINGS.get(ending(log), "alarm"), ending(log)),
            ("dim", f"  {done} of {len(_planned(log))} applied  by {head.actor}{commit}"),
        ]
    if not logs:
        yield [("plain", "No runs.")]


def history_json(logs: Sequence[Log]) -> str:
    """The same for programs."""
    return dump({"runs": [_summary(log) for log in logs]})


def ending(log: Log) -> str:
    """How a run ended; one that nobody closed was killed, or still runs."""
    return log.ending or "unfinished"


def run(log: Log) -> Iterator[Line]:
    """One run: where, when, by whom; each change with its requests; what to do next."""
    head = log.header
    yield [("bold", f"run {head.run}"), ("dim", f"  {head.command}, {head.environment}: tenant {head.tenant}")]
    commit = f", commit {head.commit}" if head.commit else ""
    yield [("dim", f"  started {head.started_at} by {head.actor}{commit}")]
    yield [("dim", f"  plan {head.digest}")]
    ended = f" {log.ended_at}, {log.requests} requests" if log.ended_at else ""
    message = f": {log.message}" if log.message else ""
    yield [("dim", "  "), (_ENDINGS.get(ending(log), "alarm"), ending(log)), ("plain", f"{ended}{message}")]
    if log.damaged is not None:
        yield [("alarm", f"  the record is damaged from line {log.damaged} on")]
    yield [("plain", "")]
    for told in changes(log):
        yield from _change(told)
    yield [("bold", f"{_done(log)} of {len(_planned(log))} changes applied.")]
    if log.unfinished:
        yield [("cyan", "  help: "), ("plain", f"rhythmconf resume {head.run} finishes it")]


def run_json(log: Log) -> str:
    """The same for programs; the plan as it was approved is in it."""
    told: list[Any] = [
        {
            "kind": one.key.kind,
            "key": one.key.name,
            "action": one.action,
            "id": one.id,
            "outcome": one.outcome,
            "message": one.message,
            "requests": [asked._asdict() for asked in one.requests],
        }
        for one in changes(log)
    ]
    return dump({**_summary(log), "changes": told, "plan": log.plan})


def changes(log: Log) -> Iterator[Told]:
    """Every change of the plan: its outcome, and the requests that it travelled in."""
    results = {result.key: result for result in log.results}
    last = {one.key: one for one in log.outcomes}
    doubtful = {write.key for intent in log.unanswered for write in intent.writes}
    asked = _asked(log)
    for change in _planned(log):
        key = Key(str(change["kind"]), str(change["key"]))
        found = results.get(key) or last.get(key)
        outcome = "unknown" if key in doubtful else found.outcome if found else "not_attempted"
        id = found.id if found and found.id else cast("str | None", change["id"])
        message = "" if key in doubtful or not found else found.message
        yield Told(key, str(change["action"]), id, outcome, message, tuple(asked.get(key, ())))


def _asked(log: Log) -> Mapping[Key, list[Asked]]:
    """The requests of each key in their order, each with the answer that it got."""
    words: dict[tuple[Key, str], list[StepOutcome]] = {}
    for one in reversed(log.outcomes):
        words.setdefault((one.key, one.step), []).append(one)
    found: dict[Key, list[Asked]] = {}
    for intent in log.intents:
        for write in intent.writes:
            answers = words.get((write.key, write.step))
            outcome, message = _answer(answers.pop()) if answers else ("no answer", "")
            asked = Asked(intent.seq, intent.call, write.step, len(intent.writes), outcome, message)
            found.setdefault(write.key, []).append(asked)
    return found


def _answer(word: StepOutcome) -> tuple[str, str]:
    return word.outcome, word.message


def _change(told: Told) -> Iterator[Line]:
    symbol = SYMBOLS[cast("Action", told.action)]
    style = "plain" if told.outcome == "applied" else "alarm"
    id, why = f"  id {told.id}" if told.id else "", f"  {told.message}" if told.message else ""
    yield [
        ("plain", f"  {symbol} {told.key}"),
        ("dim", id),
        (style, f"  {told.outcome.replace('_', ' ')}"),
        ("plain", why),
    ]
    for one in told.requests:
        others = f" with {one.together - 1} others" if one.together > 1 else ""
        why = f" ({one.message})" if one.message else ""
        yield [("dim", f"      request {one.seq}: {one.step} by {one.call}{others}: {one.outcome}{why}")]


def _planned(log: Log) -> list[Body]:
    return cast("list[Body]", log.plan["changes"])


def _done(log: Log) -> int:
    return Counter(told.outcome for told in changes(log))["applied"]


def _summary(log: Log) -> Body:
    head = log.header
    return {
        "run": head.run,
        "command": head.command,
        "environment": head.environment,
        "tenant": head.tenant,
        "base_url": head.base_url,
        "started_at": head.started_at,
        "ended_at": log.ended_at,
        "actor": head.actor,
        "commit": head.commit,
        "digest": head.digest,
        "ending": ending(log),
        "message": log.message,
        "planned": len(_planned(log)),
        "applied": _done(log),
        "requests": log.requests,
    }
