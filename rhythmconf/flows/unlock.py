"""Release the lock of a tenant whose holder is gone."""

from __future__ import annotations

from typing import NamedTuple

from rhythmconf.engine import journal
from rhythmconf.flows import run_records
from rhythmconf.flows.clock import CLOCK
from rhythmconf.flows.shared_state import open_shared
from rhythmconf.flows.tenant_lock import release_own, take_over
from rhythmconf.settings import Environment, Settings


class Released(NamedTuple):
    """The former holder of a lock, empty where nobody had it, and the unfinished run that it left, or empty."""

    holder: str = ""
    unfinished: str = ""


def unlock(settings: Settings, environment: Environment, id: str | None) -> Released:
    """Release the lock of a dead process of this computer or, with the `id` of its lock, of another computer.

    Raises Refused (RC511) for a living process of this computer, and for another computer without the right `id`.
    """
    # The lock of this computer is held meanwhile: a process that starts now would have a claim that looks dead.
    with journal.unlock(run_records.lock_path(settings, environment), sleep=CLOCK.sleep) as owner:
        shared = open_shared(settings, environment)
        former = (release_own(shared) or take_over(shared, id)) if shared else None
    if former is None:
        return Released(str(owner) if owner else "")
    last = run_records.last_unfinished(settings, environment)
    return Released(str(former), last.header.run if last else "")
