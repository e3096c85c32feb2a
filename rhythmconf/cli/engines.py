"""Open the executors on which the members of a fleet are worked on."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing.connection import wait
from typing import Any

from rhythmconf.cli import lazy
from rhythmconf.flows.fleet.values import Engine
from rhythmconf.platform.processes import count_processors


def open_engine(jobs: int | None, members: int) -> Engine:
    """Return the engine of this computer: so many processes, by default one for each processor it may use.

    There are no more than members. One process is this one.
    """
    jobs = max(1, min(jobs or count_processors(), members))
    return Engine(SameProcess if jobs == 1 else lambda: _open_processes(jobs), jobs)


def _open_processes(jobs: int) -> Executor:
    # Started afresh on every system: a fork would copy threads that may hold a lock.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=prepare_worker)


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
