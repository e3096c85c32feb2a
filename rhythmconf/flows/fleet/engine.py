"""Hand the orders of a fleet to the workers of an executor, and yield each summary as soon as it is there."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from itertools import islice

from rhythmconf.errors import codes
from rhythmconf.flows.fleet.summaries import describe_command
from rhythmconf.flows.fleet.values import Engine, Order, Work
from rhythmconf.model.fleet import MemberSummary


def carry_out(engine: Engine, work: Work, orders: Iterable[Order]) -> Iterator[MemberSummary]:
    """Carry out orders, as many at a time as the engine takes, and yield the summaries in the order of their end.

    The next order is taken from `orders` only when a worker is free, so whoever makes them can stop. An interrupt takes
    no further order, and is raised when those that were begun have ended. A member whose worker dies is tried once
    more in the end, alone: others may have taken the memory that it needs.
    """
    with engine.open() as executor:
        lost = yield from _run(executor, engine.slots, work, orders)
        for order in lost:
            if (yield from _run(executor, lambda: 1, work, [order._replace(resume=True)])):
                yield _died(order)


def _run(
    executor: Executor, slots: Callable[[], int], work: Work, orders: Iterable[Order]
) -> Generator[MemberSummary, None, list[Order]]:
    """Carry out orders until there are none. Return those whose worker died."""
    remaining = iter(orders)
    running: dict[Future[MemberSummary], Order] = {}
    lost: list[Order] = []
    interrupt: KeyboardInterrupt | None = None
    while True:
        try:
            for order in islice(remaining, 0 if interrupt else max(0, slots() - len(running))):
                running[executor.submit(work, order)] = order
            done = wait(running, return_when=FIRST_COMPLETED).done
        except KeyboardInterrupt as error:
            if interrupt is not None:
                raise  # whoever asks twice does not want to wait
            interrupt = error
            continue
        if not running:
            break
        for future in done:
            order = running.pop(future)
            if isinstance(future.exception(), BrokenExecutor):
                lost.append(order)
            else:
                yield future.result()
    if interrupt is not None:
        raise interrupt
    return lost


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
