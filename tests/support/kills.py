"""Run work in a child process that dies at a chosen moment without any clean-up, as after SIGKILL."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Callable, Mapping

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
    """Let this process kill itself with SIGKILL at its moment of this number: see `signal_at_moments`."""
    signal_at_moments({number: signal.SIGKILL})


def signal_at_moments(signals: Mapping[int, signal.Signals]) -> Callable[[], None]:
    """Let this process send itself signals at its moments of these numbers, which count from 1.

    A moment is: before a request, after its answer has begun, before and after an fsync, and before a program is
    started (git) or a file is replaced, removed or opened for writing. So it doesn't depend on the speed of a machine.
    Return what passes one more moment.
    """
    moments = itertools.count(1)

    def pass_moment() -> None:
        number = next(moments)
        if number in signals:
            os.kill(os.getpid(), signals[number])

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        writes = event == "open" and isinstance(flags := arguments[2], int) and flags & (os.O_WRONLY | os.O_RDWR)
        if writes or event in MOMENTS:
            pass_moment()

    sys.addaudithook(audit)
    os.fsync = surround(os.fsync, pass_moment, pass_moment)  # type: ignore[assignment]
    pool = httpcore.ConnectionPool
    pool.handle_request = surround(pool.handle_request, pass_moment, pass_moment)  # type: ignore[method-assign, assignment]
    return pass_moment


def surround(
    work: Callable[..., object], before: Callable[[], object], after: Callable[[], object]
) -> Callable[..., object]:
    """Return a function that does something before and after the work."""

    def done(*arguments: object, **options: object) -> object:
        before()
        result = work(*arguments, **options)
        after()
        return result

    return done


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
