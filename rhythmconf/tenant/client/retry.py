"""Decide whether and when a call is repeated (`choose_wait`), and repeat it (`call_with_retries`).

`engine/execute/writes.py` repeats writes whose outcome was read back, with limits of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from rhythmconf.model.clock import Clock, do_nothing
from rhythmconf.tenant.client.exchange import UNDONE, Cause, Fault, Reply

ATTEMPTS = 4
BASE_S = 2.0
CAP_S = 20.0
RETRY_AFTER_CAP_S = 60.0
TOTAL_S = 300.0
"""No attempt starts later than this after the first."""

FINAL: frozenset[Cause] = frozenset(
    {"unconnected", "plain", "untrusted", "barred", "late", "foreign", "unreadable", "unusable"}
)
"""Causes for which another attempt would end in the same way, or take minutes again."""


def choose_wait(fault: Fault, *, attempt: int, writes: bool, elapsed_s: float, chance: float) -> float | None:
    """Return the seconds to wait before the next attempt, or None to give up.

    `attempt` counts from 1, `chance` is in [0, 1). A write is repeated only if it certainly had no effect. A wait that
    the tenant asks for (`Retry-After`) is kept if it is short enough. Otherwise the wait is random below a bound that
    doubles with each attempt ("full jitter": Marc Brooker, Exponential Backoff And Jitter, AWS, 2015).
    """
    if attempt >= ATTEMPTS or fault.cause in FINAL or (writes and fault.cause not in UNDONE):
        return None
    wait = fault.retry_after
    if wait is None:
        wait = chance * min(CAP_S, BASE_S * 2 ** (attempt - 1))
    elif wait > RETRY_AFTER_CAP_S:
        return None
    return wait if elapsed_s + wait <= TOTAL_S else None


def call_with_retries(
    call: Callable[[], Reply | Fault], *, writes: bool, clock: Clock, before_retry: Callable[[], None] = do_nothing
) -> Reply | Fault:
    """Repeat `call` until it replies, the policy gives up or the clock is stopped.

    `before_retry` is called before each repetition, after the wait; what it raises ends the call. The message of the
    last fault says how often the call was tried.
    """
    started, attempt = clock.now(), 1
    while isinstance(outcome := call(), Fault):
        elapsed = clock.now() - started
        wait = choose_wait(outcome, attempt=attempt, writes=writes, elapsed_s=elapsed, chance=clock.random())
        if wait is None or clock.sleep(wait):
            wait_text = f", and asks to wait {outcome.retry_after:.0f} s" if outcome.retry_after else ""
            attempts_text = f" (tried {attempt} times)" if attempt > 1 else ""
            return outcome._replace(message=f"{outcome.message}{wait_text}{attempts_text}")
        before_retry()
        attempt += 1
    return outcome
