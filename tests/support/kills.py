"""Run work in a child process that dies at a chosen request without any clean-up, as after SIGKILL."""

from __future__ import annotations

import os
from collections.abc import Callable

import httpx

from tests.support.faults import PendingRequest

KILLED = 9


def die_before(asked: PendingRequest) -> httpx.Response:
    os._exit(KILLED)


def die_after(asked: PendingRequest) -> httpx.Response:
    asked.send()
    os._exit(KILLED)


def run_in_child(work: Callable[[], object]) -> int:
    """Run `work` in a forked process and return its exit status: 0, KILLED, or 1 for an error."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:
            os.write(2, f"in the child: {error!r}\n".encode())
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
