"""What is known of each change so far, kept while threads send: in go StepOutcome steps, out come Results.

A run knows at any moment what it did, what it failed to do, what it can't tell, and why it stopped.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping

from rhythmconf.engine.journal import Step, StepOutcome
from rhythmconf.errors import AuthError, RhythmconfError
from rhythmconf.model import Change, Diagnostic, Key, Result


class Ledger:
    """The account of one run. `ids` are those of records that this plan created, `unbatched` kinds without batches."""

    def __init__(self, changes: Iterable[Change]) -> None:
        self._changes: Mapping[Key, Change] = {change.key: change for change in changes}
        self._results: dict[Key, Result] = {}
        self._in_doubt: set[Key] = set()
        self._took: set[tuple[Key, Step]] = set()
        self._findings: list[Diagnostic] = []
        self._turn = threading.Lock()
        self.ids: dict[Key, str] = {}
        self.unbatched: set[str] = set()
        self.stopped: str | None = None
        self.auth_failed = False
        self.not_persisted = False

    def sent(self, keys: Collection[Key]) -> None:
        """From now on, and until it is settled, nobody can say what became of these."""
        with self._turn:
            self._in_doubt.update(keys)

    def settle(self, settled: StepOutcome) -> None:
        """Note what became of a step. A change that failed in one step stays failed."""
        with self._turn:
            self._in_doubt.discard(settled.key)
            if settled.outcome == "applied":
                self._took.add((settled.key, settled.step))
            if settled.id is not None and settled.step == "create":
                self.ids[settled.key] = settled.id
            if settled.outcome == "repeated" or settled.key in self._results:
                return
            result = _result(self._changes[settled.key], settled)
            if result is not None:
                self._results[settled.key] = result

    def stop(self, error: RhythmconfError) -> None:
        """Nothing more is to be sent; the first reason stands."""
        with self._turn:
            if self.stopped is None:
                self.stopped, self.auth_failed = error.message, isinstance(error, AuthError)
                where = f" ({error.where})" if error.where else ""
                self._findings.append(Diagnostic(error.code, error.message + where, help=error.help or ""))

    def interrupt(self) -> None:
        """Nothing more is to be sent: the user wants it so."""
        with self._turn:
            self.stopped = self.stopped or "it was interrupted"

    def find(self, *findings: Diagnostic) -> None:
        """Note something that the report has to say."""
        with self._turn:
            self._findings += findings

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """All that the report has to say besides the results."""
        with self._turn:
            return tuple(self._findings)

    def blocker(self, change: Change) -> Result | None:
        """The result that forbids this change. Whoever waits for a created record needs no more than its id."""
        for key in change.depends_on:
            result = self._results.get(key)
            if result is not None and result.outcome != "applied" and not (result.action == "create" and result.id):
                return result
        return None

    def done(self, key: Key) -> bool:
        """Whether the change has its result."""
        return key in self._results

    @property
    def finished(self) -> int:
        """How many changes have their result."""
        return len(self._results)

    def took(self, key: Key, step: Step) -> bool:
        """Whether that step of the change is done and took."""
        return (key, step) in self._took

    def results(self) -> tuple[Result, ...]:
        """One result a change, in the plan's order, at any moment."""
        with self._turn:
            return tuple(self._results.get(key) or self._left(change) for key, change in self._changes.items())

    def _left(self, change: Change) -> Result:
        why = f"the run stopped: {self.stopped}" if self.stopped else "the run did not get there"
        id = self.ids.get(change.key, change.id)
        if change.key in self._in_doubt:
            return Result(change.key, change.action, "unknown", id, f"it was sent, and its outcome is not known; {why}")
        if change.key in self.ids:
            return Result(change.key, change.action, "rejected", id, f"created without {_closing(change)}: {why}")
        return Result(change.key, change.action, "not_attempted", id, why)


def _result(change: Change, settled: StepOutcome) -> Result | None:
    """The result of the change; None while a create has its cycle still to close, or a delete its last step to do."""
    if settled.outcome == "repeated":
        return None
    if settled.outcome == "applied" and (settled.step == "free" or (settled.step == "create" and change.patch)):
        return None
    if settled.step == "close" and settled.outcome != "applied":
        outcome = "rejected" if settled.outcome == "not_attempted" else settled.outcome
        words = f"created without {_closing(change)}: {settled.message}"
        return Result(change.key, change.action, outcome, settled.id, words)
    return Result(change.key, change.action, settled.outcome, settled.id, settled.message)


def _closing(change: Change) -> str:
    return ", ".join(dict.fromkeys(str(operation["path"]) for operation in change.patch))
