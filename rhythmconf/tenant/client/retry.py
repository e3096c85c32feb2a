"""When a call is repeated: one pure policy, and the loop that follows it on an injected clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from rhythmconf.tenant.client.exchange import UNDONE, Cause, Fault, Reply

ATTEMPTS = 4
BASE_S = 2.0
CAP_S = 20.0
RETRY_AFTER_CAP_S = 60.0
TOTAL_S = 300.0
"""No attempt starts later than this after the first."""

FINAL: frozenset[Cause] = frozenset({"untrusted", "unusable"})
"""The causes that a repetition does not mend."""


def nothing() -> None:
    """What is called where nobody has anything to do."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance: `now` in epoch seconds, `sleep` for seconds, `random` in [0, 1).

    `stop` cuts every sleep short, also those to come; `sleep` gives True for one that was.
    """

    now: Callable[[], float]
    sleep: Callable[[float], bool | None]
    random: Callable[[], float]
    stop: Callable[[], None] = nothing


def pause(fault: Fault, *, attempt: int, writes: bool, elapsed_s: float, chance: float) -> float | None:
    """Seconds to wait before the next attempt, or None to give up; `attempt` counts from 1, `chance` is in [0, 1).

    A write is repeated only when it surely had no effect. What the tenant asks for (`Retry-After`) is done as long
    as it is bearable; else the wait is random up to a bound that doubles ("full jitter").
    """
    if attempt >= ATTEMPTS or fault.cause in FINAL or (writes and fault.cause not in UNDONE):
        return None
    wait = fault.retry_after
    if wait is None:
        wait = chance * min(CAP_S, BASE_S * 2 ** (attempt - 1))
    elif wait > RETRY_AFTER_CAP_S:
        return None
    return wait if elapsed_s + wait <= TOTAL_S else None


def persist(
    once: Callable[[], Reply | Fault], *, writes: bool, clock: Clock, again: Callable[[], None] = nothing
) -> Reply | Fault:
    """Call `once` until it replies, the policy gives up or the clock is stopped; the last fault says how often it was
    tried.

    `again` is called before each repetition, after the wait; what it raises ends the call.
    """
    started, attempt = clock.now(), 1
    while isinstance(outcome := once(), Fault):
        elapsed = clock.now() - started
        wait = pause(outcome, attempt=attempt, writes=writes, elapsed_s=elapsed, chance=clock.random())
        if wait is None or clock.sleep(wait):
            return replace(outcome, message=outcome.message + _told(attempt, outcome))
        again()
        attempt += 1
    return outcome


def _told(attempt: int, fault: Fault) -> str:
    asked = f", and asks to wait {fault.retry_after:.0f} s" if fault.retry_after else ""
    return f"{asked} (tried {attempt} times)" if attempt > 1 else asked
