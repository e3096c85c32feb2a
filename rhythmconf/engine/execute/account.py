"""Keep the account of a run while threads send: they add the outcome of each step and read the result of each change.

At any moment the account has what was done, what failed, what is unknown, and why the run stopped.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping

from rhythmconf.engine.journal import REPAIR_STEPS, Step, StepOutcome
from rhythmconf.errors import AuthError, RhythmconfError
from rhythmconf.model import Change, Diagnostic, Key, Outcome, Result


class RunAccount:
    """The account of one run. `ids` are those of records that this plan created, `unbatched` kinds without batches.

    `newest_create_s` is when the last create of this process was answered, in seconds since 1970.
    """

    def __init__(self, changes: Iterable[Change]) -> None:
        self._changes: Mapping[Key, Change] = {change.key: change for change in changes}
        self._results: dict[Key, Result] = {}
        self._in_doubt: set[Key] = set()
        self._without_effect: set[Key] = set()
        self._applied_steps: set[tuple[Key, Step]] = set()
        self._repairs: dict[tuple[Key, Step], StepOutcome] = {}
        self._diagnostics: list[Diagnostic] = []
        self._lock = threading.Lock()
        self.ids: dict[Key, str] = {}
        self.unbatched: set[str] = set()
        self.newest_create_s: float | None = None
        self.stopped: str | None = None
        self.auth_failed = False
        self.not_persisted = False

    def note_sent(self, keys: Collection[Key]) -> None:
        """Note that writes of these keys were sent: until their outcome is decided, it is unknown."""
        with self._lock:
            self._in_doubt.update(keys)

    def add_outcome(self, outcome: StepOutcome) -> None:
        """Add the outcome of a step. A change that failed in one step stays failed."""
        with self._lock:
            self._in_doubt.discard(outcome.key)
            if outcome.outcome == "applied":
                self._applied_steps.add((outcome.key, outcome.step))
            if outcome.step in REPAIR_STEPS:
                # The result of the change is decided by what the repair leaves: see `replace_result`.
                self._repairs[outcome.key, outcome.step] = outcome
                return
            if outcome.id is not None and outcome.step == "create":
                self.ids[outcome.key] = outcome.id
            if outcome.outcome == "repeated":
                self._without_effect.add(outcome.key)
            if outcome.outcome == "repeated" or outcome.key in self._results:
                return
            result = _result(self._changes[outcome.key], outcome)
            if result is not None:
                self._results[outcome.key] = result

    def replace_result(self, result: Result) -> None:
        """Replace the result of a change by what was found out about it afterwards."""
        with self._lock:
            self._results[result.key] = result

    def repair(self, key: Key, step: Step) -> StepOutcome | None:
        """Return the outcome of a step that repairs what two runs did at the same time, None if it was not sent."""
        return self._repairs.get((key, step))

    def stop(self, error: RhythmconfError) -> None:
        """Stop the run: send nothing more. The first reason is kept."""
        with self._lock:
            if self.stopped is None:
                self.stopped, self.auth_failed = error.message, isinstance(error, AuthError)
                where = f" ({error.where})" if error.where else ""
                self._diagnostics.append(Diagnostic(error.code, error.message + where, help=error.help or ""))

    def interrupt(self) -> None:
        """Stop the run because the user interrupted it."""
        with self._lock:
            self.stopped = self.stopped or "it was interrupted"

    def add_diagnostics(self, *diagnostics: Diagnostic) -> None:
        """Add diagnostics of the run."""
        with self._lock:
            self._diagnostics += diagnostics

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Return the diagnostics of the run."""
        with self._lock:
            return tuple(self._diagnostics)

    def blocker(self, change: Change) -> Result | None:
        """Return the failed result that this change depends on. Of a created record, a change needs only the id."""
        for key in change.depends_on:
            result = self._results.get(key)
            if result is not None and result.outcome != "applied" and not (result.action == "create" and result.id):
                return result
        return None

    def has_result(self, key: Key) -> bool:
        """Tell whether the change has its result."""
        return key in self._results

    def outcome(self, key: Key) -> Outcome | None:
        """Return the outcome of the change, None if it has no result yet."""
        result = self._results.get(key)
        return result.outcome if result else None

    @property
    def finished(self) -> int:
        """Return how many changes have their result."""
        return len(self._results)

    def is_applied(self, key: Key, step: Step) -> bool:
        """Tell whether this step of the change was applied."""
        return (key, step) in self._applied_steps

    def results(self) -> tuple[Result, ...]:
        """Return one result for each change, in the plan's order. It can be called at any moment."""
        with self._lock:
            return tuple(
                self._results.get(key) or self._unfinished_result(change) for key, change in self._changes.items()
            )

    def _unfinished_result(self, change: Change) -> Result:
        why = f"the run stopped: {self.stopped}" if self.stopped else "the run ended before this change"
        id = self.ids.get(change.key, change.id)
        if change.key in self._in_doubt:
            return Result(change.key, change.action, "unknown", id, f"it was sent, but its outcome is not known; {why}")
        if change.key in self.ids:
            return Result(change.key, change.action, "rejected", id, f"created without {_closing(change)}: {why}")
        if (change.key, "free") in self._applied_steps:
            message = f"its references were removed, but it was not deleted: {why}"
            return Result(change.key, change.action, "rejected", id, message)
        if change.key in self._without_effect:
            return Result(change.key, change.action, "rejected", id, f"it was sent and had no effect; {why}")
        return Result(change.key, change.action, "not_attempted", id, why)


def _result(change: Change, step: StepOutcome) -> Result | None:
    """Return the result of a change after a step, None while another step has to follow."""
    if step.outcome == "repeated":
        return None
    if step.outcome == "applied" and (step.step == "free" or (step.step == "create" and change.patch)):
        return None
    if step.step == "close" and step.outcome != "applied":
        # The record was created, so "not attempted" would be wrong.
        outcome = "rejected" if step.outcome == "not_attempted" else step.outcome
        message = f"created without {_closing(change)}: {step.message}"
        return Result(change.key, change.action, outcome, step.id, message)
    return Result(change.key, change.action, step.outcome, step.id, step.message)


def _closing(change: Change) -> str:
    return ", ".join(dict.fromkeys(str(operation["path"]) for operation in change.patch))
