"""Run work in a child process that dies at a chosen moment without any clean-up, as after SIGKILL."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Callable

import httpcore
import httpx

from tests.support.faults import PendingRequest

KILLED = 9
MOMENTS = {"subprocess.Popen", "os.rename", "os.remove"}
"""What Python tells an audit hook just before it does it: here, a program is started or a file is replaced."""


def die_before(asked: PendingRequest) -> httpx.Response:
    os._exit(KILLED)


def die_after(asked: PendingRequest) -> httpx.Response:
    asked.send()
    os._exit(KILLED)


def die_at_moment(number: int) -> None:
    """Let this process kill itself with SIGKILL at its moment of this number, which counts from 1.

    A moment is: before a request, after its answer has begun, before and after an fsync, and before a program is
    started (git) or a file is replaced, removed or opened for writing. So it doesn't depend on the speed of a machine.
    """
    moments = itertools.count(1)

    def pass_moment() -> None:
        if next(moments) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        writes = event == "open" and isinstance(flags := arguments[2], int) and flags & (os.O_WRONLY | os.O_RDWR)
        if writes or event in MOMENTS:
            pass_moment()

    def between_moments(work: Callable[..., object]) -> Callable[..., object]:
        def done(*arguments: object) -> object:
            pass_moment()
            result = work(*arguments)
            pass_moment()
            return result

        return done

    sys.addaudithook(audit)
    os.fsync = between_moments(os.fsync)  # type: ignore[assignment]
    pool = httpcore.ConnectionPool
    pool.handle_request = between_moments(pool.handle_request)  # type: ignore[method-assign, assignment]


def run_in_child(work: Callable[[], object]) -> int:
    """Run `work` in a forked process and return its exit status: 0, KILLED, or 1 for an error; negative: a signal."""
    return wait_for_child(start_child(work))


def start_child(work: Callable[[], object]) -> int:
    """Start `work` in a forked process and return the id of the process."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:
            os.write(2, f"in the child: {error!r}\n".encode())
            os._exit(1)
        os._exit(0)
    return child


def wait_for_child(child: int) -> int:
    """Wait for a forked process and return its exit status, as `run_in_child` does."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
