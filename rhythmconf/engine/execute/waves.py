"""Send the stages of a plan, up to ten requests at a time.

A change that depends on a failed one is not attempted; the others go on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from itertools import groupby

from rhythmconf.engine.execute.batches import send_batch
from rhythmconf.engine.execute.creates import find_creates
from rhythmconf.engine.execute.prepared import CreateInDoubt, NoId, PreparedStep, RunContext, prepare
from rhythmconf.engine.execute.writes import Task, send_again, send_one
from rhythmconf.engine.journal import Step, StepOutcome
from rhythmconf.engine.plan import ScheduledStep, requests, stages
from rhythmconf.errors import RhythmconfError
from rhythmconf.model import Change, Progress
from rhythmconf.patch import make_patch  # noqa: F401 -- loaded here: two threads must not load a lazy package at once
from rhythmconf.tenant.client.exchange import AT_ONCE


def execute(context: RunContext, changes: Sequence[Change]) -> Iterator[Progress]:
    """Execute the changes stage by stage, and yield the progress after each answer."""
    for stage in stages(changes):
        before = len(context.account.ids)
        for _ in _stage(context, stage):
            yield Progress("apply", context.account.finished, len(changes))
        if len(context.account.ids) > before:
            context.account.newest_create_s = context.clock.now()


def send(context: RunContext, steps: Sequence[PreparedStep]) -> Iterator[Progress]:
    """Send steps that are no part of a plan's stages."""
    yield from drain(context, list(_tasks(context, steps)))


def drain(context: RunContext, tasks: Sequence[Task]) -> Iterator[Progress]:
    """Run tasks and those that follow from them, and yield the progress."""
    for done, _ in enumerate(_drain(context, tasks), start=1):
        yield Progress("check", min(done, len(tasks)), len(tasks))
    yield Progress("check", len(tasks), len(tasks))


def _stage(context: RunContext, stage: Iterable[ScheduledStep]) -> Iterator[None]:
    yield from _drain(context, list(_tasks(context, list(_ready(context, stage)))))
    while context.doubtful:
        doubts, context.doubtful[:] = list(context.doubtful), []
        yield from _drain(context, [partial(_search_doubtful, context, group) for group in _by_kind(doubts)])


def _ready(context: RunContext, stage: Iterable[ScheduledStep]) -> Iterator[PreparedStep]:
    for change, step in stage:
        if context.account.stopped:
            return
        if not context.account.has_result(change.key) and not context.account.is_applied(change.key, step):
            result = _prepared(context, change, step)
            if isinstance(result, PreparedStep):
                yield result
            else:
                context.account.add_outcome(result)


def _prepared(context: RunContext, change: Change, step: Step) -> PreparedStep | StepOutcome:
    """Return the prepared step, or the outcome of one that is not sent."""
    failed = context.account.blocker(change) if step != "close" else None
    id = context.account.ids.get(change.key, change.id)
    if failed is not None:
        return StepOutcome(
            change.key, step, "not_attempted", id, f"it depends on {failed.key}, which is {failed.outcome}"
        )
    if step == "patch" and not change.patch:
        return StepOutcome(change.key, step, "applied", id)
    try:
        return prepare(context, change, step)
    except NoId as error:
        return StepOutcome(change.key, step, "not_attempted", id, f"it refers to {error.args[0]}, which has no id")
    except ValueError as error:
        return StepOutcome(change.key, step, "conflict", id, str(error))


def _tasks(context: RunContext, steps: Iterable[PreparedStep]) -> Iterator[Task]:
    for request in requests(steps, context.site.catalog, context.site.dialect, context.account.unbatched):
        if request.batch:
            yield partial(send_batch, context, context.kind(request.steps[0].key), request.steps)
        else:
            yield partial(send_one, context, request.steps[0])


def _by_kind(doubts: Iterable[CreateInDoubt]) -> Iterator[list[CreateInDoubt]]:
    ordered = sorted(doubts, key=lambda doubt: doubt.prepared.key.kind)
    return (list(group) for _, group in groupby(ordered, key=lambda doubt: doubt.prepared.key.kind))


def _search_doubtful(context: RunContext, doubts: Sequence[CreateInDoubt]) -> list[Task]:
    kind = context.kind(doubts[0].prepared.key)
    outcomes = find_creates(context, kind, [doubt.prepared for doubt in doubts])
    for doubt, outcome in zip(doubts, outcomes, strict=True):
        context.account.add_outcome(outcome)
        context.journal.add_outcomes(doubt.seq, [outcome])
    pairs = zip(doubts, outcomes, strict=True)
    absent = [doubt for doubt, outcome in pairs if outcome.outcome == "repeated"]
    return [partial(send_again, context, doubt.prepared, doubt.attempt + 1) for doubt in absent]


def _drain(context: RunContext, tasks: Iterable[Task]) -> Iterator[None]:
    """Run tasks and those that follow from them. If the caller stops, tasks that have not begun are cancelled."""
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="apply")
    waiting = deque(tasks)
    running: set[Future[list[Task]]] = set()
    try:
        while waiting or running:
            # Each wait visits everything that was handed over, so that is little more than the threads can do.
            begun = [waiting.popleft() for _ in range(min(len(waiting), 2 * AT_ONCE - len(running)))]
            running |= {pool.submit(_run_task, context, task) for task in begun}
            done, running = _wait(running)
            waiting.extend(task for future in done for task in future.result())
            yield
    except BaseException:
        context.account.interrupt()
        context.client.stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _wait(running: set[Future[list[Task]]]) -> tuple[set[Future[list[Task]]], set[Future[list[Task]]]]:
    """Wait for the first task to end. Ctrl-C leaves as KeyboardInterrupt, wherever it strikes."""
    try:
        return wait(running, return_when=FIRST_COMPLETED)
    except RuntimeError as error:
        # Between taking and releasing a lock, Ctrl-C makes the release fail, and that error hides the interrupt.
        if isinstance(error.__context__, KeyboardInterrupt):
            raise error.__context__ from None
        raise


def _run_task(context: RunContext, task: Task) -> list[Task]:
    """Run a task; an error, such as a run record that can't be written, stops the run. What was sent stays in doubt."""
    try:
        return task()
    except RhythmconfError as error:
        context.account.stop(error)
        return []
