"""The input of an operation: how the emulated tenant behaves (Options) and one parsed request (Call).

Clock, sleep and new ids are part of the options, so that tests can control them.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from rhythmconf.catalog import Kind
from rhythmconf.model import Body
from rhythmconf.settings import Dialect
from rhythmconf.tenant.emulator.http import Request
from rhythmconf.tenant.emulator.members.values import Simulation
from rhythmconf.tenant.emulator.store import Store


def random_id() -> str:
    """Return a new record's id: 20 random hexadecimal digits."""
    return secrets.token_hex(10)


def ignore(act: Body) -> None:
    """Note nothing."""


class Options(NamedTuple):
    """The behaviour of the emulated tenant.

    `port` 0 lets the system choose a free port. `db` None keeps the records in memory. `token` None accepts every
    bearer token. `list_lag_s` is how long a new record is missing from lists; the value of the same name in the dialect
    is how long a client waits. `latency_ms` delays each answer. `rate_limit` is the number of requests a second before
    the answer is 429. `log` is a file that gets a line of JSON for each request. `simulation` makes members and runs.
    """

    tenant: str
    port: int = 0
    db: Path | None = None
    token: str | None = None
    dialect: Dialect = Dialect()
    page_size: int = 100
    list_lag_s: float = 0.0
    latency_ms: float = 0.0
    rate_limit: int | None = None
    log: Path | None = None
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    new_id: Callable[[], str] = random_id
    simulation: Simulation | None = None


class Call(NamedTuple):
    """One request about one kind. `id` is empty unless it is about one record. `now` is in epoch seconds.

    `path` is what follows the tenant in the address. `record_act` notes what acts on members.
    """

    request: Request
    kind: Kind
    id: str
    store: Store
    options: Options
    now: float
    path: tuple[str, ...] = ()
    record_act: Callable[[Body], None] = ignore
