"""Hand the orders of a fleet to the workers of an executor, and yield each summary as soon as it is there."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from itertools import islice

from rhythmconf.errors import codes
from rhythmconf.flows.fleet.member import describe_command
from rhythmconf.flows.fleet.values import Engine, Order, Work
from rhythmconf.model.fleet import MemberSummary


def carry_out(engine: Engine, work: Work, orders: Iterable[Order]) -> Iterator[MemberSummary]:
    """Carry out orders, as many at a time as the engine takes, and yield the summaries in the order of their end.

    The next order is taken from `orders` only when a worker is free, so whoever makes them can stop. An interrupt takes
    no further order, and is raised when those that were begun have ended. A worker whose process dies costs only its
    own member.
    """
    remaining = iter(orders)
    with engine.open() as executor:
        lost = yield from _run(executor, engine.slots, work, remaining)
    while lost:
        # One of these has ended its process, and the others lost theirs with it. Alone, each shows which it was.
        for order in lost:
            with engine.open() as executor:
                if (yield from _run(executor, 1, work, iter([order._replace(resume=True)]))):
                    yield _died(order)
        with engine.open() as executor:
            lost = yield from _run(executor, engine.slots, work, remaining)


def _run(
    executor: Executor, slots: int, work: Work, orders: Iterator[Order]
) -> Generator[MemberSummary, None, list[Order]]:
    """Carry out orders until there are none. Return those whose worker died; `orders` then has the rest."""
    running: dict[Future[MemberSummary], Order] = {}
    interrupt: KeyboardInterrupt | None = None
    while True:
        try:
            for order in islice(orders, 0 if interrupt else slots - len(running)):
                running[_submit(executor, work, order)] = order
            done = wait(running, return_when=FIRST_COMPLETED).done
        except KeyboardInterrupt as error:
            if interrupt is not None:
                raise  # whoever asks twice does not want to wait
            interrupt = error
            continue
        if not running:
            break
        lost = []
        for future in done:
            order = running.pop(future)
            if isinstance(future.exception(), BrokenExecutor):
                lost.append(order)
            else:
                yield future.result()
        if lost:
            return [*lost, *running.values()]
    if interrupt is not None:
        raise interrupt
    return []


def _submit(executor: Executor, work: Work, order: Order) -> Future[MemberSummary]:
    """Hand an order to the executor. One that is broken already is an answer as well."""
    try:
        return executor.submit(work, order)
    except BrokenExecutor as error:
        future: Future[MemberSummary] = Future()
        future.set_exception(error)
        return future


def _died(order: Order) -> MemberSummary:
    return MemberSummary(
        order.name,
        order.project,
        order.environment,
        "failed",
        code=1,
        reason="the process that worked on this tenant died: the computer may have too little memory",
        diagnostic=codes.ERROR,
        command=describe_command(order),
    )
