"""Changes -> stages -> requests, up to ten at once. What depends on a failure is not attempted; the rest goes on.

Creates and updates go first, wave by wave, then the patches that close cycles; then those that open the cycles of
records that are to go, then the deletes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from functools import partial
from itertools import groupby

from rhythmconf.engine.execute.batches import send_batch
from rhythmconf.engine.execute.creates import find_creates
from rhythmconf.engine.execute.sending import Context, Doubt, NoId, Sending, prepare
from rhythmconf.engine.execute.writes import Task, again, send_one
from rhythmconf.engine.journal import Step, StepOutcome
from rhythmconf.engine.plan import ScheduledStep, requests, stages
from rhythmconf.errors import RhythmconfError
from rhythmconf.model import Change, Progress

AT_ONCE = 10


def execute(context: Context, changes: Sequence[Change]) -> Iterator[Progress]:
    """Do all that can be done, and account for everything in the context's ledger."""
    for stage in stages(changes):
        for _ in _stage(context, stage):
            yield Progress("apply", context.ledger.finished, len(changes))


def _stage(context: Context, stage: Iterable[ScheduledStep]) -> Iterator[None]:
    yield from _drain(context, list(_tasks(context, list(_ready(context, stage)))))
    while context.doubtful:
        doubts, context.doubtful[:] = list(context.doubtful), []
        yield from _drain(context, [partial(_look_for, context, group) for group in _by_kind(doubts)])


def _ready(context: Context, stage: Iterable[ScheduledStep]) -> Iterator[Sending]:
    for change, step in stage:
        if context.ledger.stopped:
            return
        if not context.ledger.done(change.key) and not context.ledger.took(change.key, step):
            found = _prepared(context, change, step)
            if isinstance(found, Sending):
                yield found
            else:
                context.ledger.settle(found)


def _prepared(context: Context, change: Change, step: Step) -> Sending | StepOutcome:
    """The step ready to send, or why it is not sent."""
    failed = context.ledger.blocker(change) if step != "close" else None
    id = context.ledger.ids.get(change.key, change.id)
    if failed is not None:
        return StepOutcome(
            change.key, step, "not_attempted", id, f"it waits for {failed.key}, which is {failed.outcome}"
        )
    if step == "patch" and not change.patch:
        return StepOutcome(change.key, step, "applied", id)
    try:
        return prepare(context, change, step)
    except NoId as error:
        return StepOutcome(change.key, step, "not_attempted", id, f"it refers to {error.args[0]}, which has no id")
    except ValueError as error:
        return StepOutcome(change.key, step, "conflict", id, str(error))


def _tasks(context: Context, sendings: Iterable[Sending]) -> Iterator[Task]:
    for request in requests(sendings, context.catalog, context.dialect, context.ledger.unbatched):
        if request.batch:
            yield partial(send_batch, context, context.kind(request.steps[0].key), request.steps)
        else:
            yield partial(send_one, context, request.steps[0])


def _by_kind(doubts: Iterable[Doubt]) -> Iterator[list[Doubt]]:
    ordered = sorted(doubts, key=lambda doubt: doubt.sending.key.kind)
    return (list(group) for _, group in groupby(ordered, key=lambda doubt: doubt.sending.key.kind))


def _look_for(context: Context, doubts: Sequence[Doubt]) -> list[Task]:
    kind = context.kind(doubts[0].sending.key)
    verdicts = find_creates(context, kind, [doubt.sending for doubt in doubts])
    for doubt, verdict in zip(doubts, verdicts, strict=True):
        context.ledger.settle(verdict)
        context.journal.add_outcomes(doubt.seq, [verdict])
    pairs = zip(doubts, verdicts, strict=True)
    absent = [doubt for doubt, verdict in pairs if verdict.outcome == "repeated"]
    return [partial(again, context, doubt.sending, doubt.attempt + 1) for doubt in absent]


def _drain(context: Context, tasks: Iterable[Task]) -> Iterator[None]:
    """Run tasks and those that follow from them. Whoever stops listening stops what has not begun."""
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="apply")
    try:
        running = {pool.submit(_guarded, context, task) for task in tasks}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            running |= {pool.submit(_guarded, context, task) for one in done for task in one.result()}
            yield
    except BaseException:
        context.ledger.interrupt()
        context.client.stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _guarded(context: Context, task: Task) -> list[Task]:
    """A run record that can't be written, for one, ends the run; what was sent stays in doubt."""
    try:
        return task()
    except RhythmconfError as error:
        context.ledger.stop(error)
        return []
