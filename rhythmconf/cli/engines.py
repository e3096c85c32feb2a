"""Open the executors on which the members of a fleet are worked on."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import wait
from queue import SimpleQueue
from typing import Any

from rhythmconf.cli import lazy
from rhythmconf.flows.fleet.values import Engine
from rhythmconf.platform.processes import count_processors


@contextmanager
def select_engine(url: str | None, jobs: int | None, members: int) -> Iterator[Engine]:
    """Open the engine that the user chose for the block: a cluster, or this computer without a URL."""
    if url is None:
        yield open_engine(jobs, members)
        return
    # Imported here: without --engine, nothing of a cluster is needed.
    from rhythmconf.cli.dask_engine import connect_cluster

    with connect_cluster(url, jobs) as engine:
        yield engine


def open_engine(jobs: int | None, members: int) -> Engine:
    """Return the engine of this computer: so many processes, by default one for each processor it may use.

    There are no more than members. One process is this one.
    """
    jobs = max(1, min(jobs or count_processors(), members))
    return Engine(SameProcess if jobs == 1 else lambda: Processes(jobs), lambda: jobs)


class Processes(Executor):
    """So many worker processes. When one of them dies, only its own call fails, and the next one gets a new process.

    Each is a pool of its own. A pool of many ends all its workers when one dies, and may then wait for ever for one
    that it was just starting.
    """

    def __init__(self, count: int) -> None:
        # Started afresh on every system: a fork would copy threads that may hold a lock.
        self._context = multiprocessing.get_context("spawn")
        self._idle: SimpleQueue[ProcessPoolExecutor | None] = SimpleQueue()
        self._started: list[ProcessPoolExecutor] = []
        for _ in range(count):
            self._idle.put(None)

    def _start(self) -> ProcessPoolExecutor:
        worker = ProcessPoolExecutor(1, mp_context=self._context, initializer=prepare_worker)
        self._started.append(worker)
        return worker

    def submit(self, function: Any, /, *arguments: Any, **options: Any) -> Future[Any]:
        """Hand a call to an idle worker, or to a new one. Waits for one if all are busy."""
        worker = self._idle.get() or self._start()
        try:
            future = worker.submit(function, *arguments, **options)
        except BrokenExecutor:  # it died while it was idle, so nothing was begun
            worker = self._start()
            future = worker.submit(function, *arguments, **options)
        future.add_done_callback(lambda done: self._idle.put(None if _is_lost(done) else worker))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers, each after the call that it is doing."""
        for worker in self._started:
            worker.shutdown(wait, cancel_futures=cancel_futures)


def _is_lost(future: Future[Any]) -> bool:
    """Whether the process of a call died."""
    return not future.cancelled() and isinstance(future.exception(), BrokenExecutor)


class SameProcess(Executor):
    """An executor that does each call at once, in this process."""

    def __init__(self) -> None:
        gc.enable()  # this process lives for many tenants

    def submit(self, function: Any, /, *arguments: Any, **options: Any) -> Future[Any]:
        """Call the function and return its future, which is done."""
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments, **options))
        except Exception as error:
            future.set_exception(error)
        return future


def prepare_worker() -> None:
    """Prepare a worker process: it loads what it uses, lets the command decide on Ctrl-C, and ends with it."""
    lazy.install()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_command, daemon=True).start()


def _end_with_command() -> None:
    """End this worker when its command has died: nobody takes its answers. A run that it began can be resumed."""
    command = multiprocessing.parent_process()
    if command is not None:
        wait([command.sentinel])
        os._exit(1)
