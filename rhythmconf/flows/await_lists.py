"""A client of a tenant whose lists show what this computer created there last.

A list may lack a new record for a while (the dialect's `list_lag_s`). Who takes it for complete then plans the record
once more, or doesn't roll it back: every command that goes by the lists waits until they have caught up.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rhythmconf.catalog import Catalog
from rhythmconf.cli.console import Console
from rhythmconf.engine import journal
from rhythmconf.engine.journal import Log
from rhythmconf.errors import RhythmconfError
from rhythmconf.flows import connect, run_records
from rhythmconf.settings import Environment, Settings
from rhythmconf.tenant.client import Client
from rhythmconf.tenant.client.calls import TIMEOUT_S

LONG_S = 1.0
"""A wait that the user is told of."""


@contextmanager
def listed(
    settings: Settings,
    catalog: Catalog,
    environment: Environment,
    screen: Console,
    *,
    max_requests: int | None = None,
    spent: int = 0,
) -> Iterator[Client]:
    """As `tenant.connect`, once the lists must show every record that was created from here."""
    left = _lag_left(settings, environment)
    if left >= LONG_S:
        screen.hint([("dim", f"waiting {left:.0f} s, until the tenant's lists must show what was just created")])
    if left > 0:
        connect.CLOCK.sleep(left)
    with connect.connect(settings, catalog, environment, max_requests=max_requests, spent=spent) as client:
        yield client


def _lag_left(settings: Settings, environment: Environment) -> float:
    """The seconds of the lag that are left since the newest create."""
    now, newest, lag = connect.CLOCK.now(), run_records.newest(settings, environment), environment.lag_s
    with suppress(OSError, RhythmconfError):
        # Most records are old: a look at the file's time spares reading them.
        if newest.stat().st_mtime > now - lag - TIMEOUT_S and (created := _created(journal.read(newest))) is not None:
            return max(0.0, min(lag, created + lag - now))
    return 0.0


def _created(log: Log) -> float | None:
    """When a run created its last record. One whose answer nobody saw may have been made until its time was up."""
    unseen = any(write.step == "create" for intent in log.unanswered for write in intent.writes)
    return log.created_at + TIMEOUT_S if log.created_at is not None and unseen else log.created_at
