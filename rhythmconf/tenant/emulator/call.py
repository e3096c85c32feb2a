"""What an operation works with: how the tenant behaves (Options), and one request that was understood (Call).

Clock, sleep and randomness enter here.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rhythmconf.catalog import Kind
from rhythmconf.settings import Dialect
from rhythmconf.tenant.emulator.http import Request
from rhythmconf.tenant.emulator.store import Store


def opaque_id() -> str:
    """A new record's id: 20 random hexadecimal digits."""
    return secrets.token_hex(10)


@dataclass(frozen=True, slots=True)
class Options:
    """Every choice there is. `db` None keeps the tenant in memory, `token` None accepts any bearer, port 0 picks one.

    `list_lag_s` is how long a new record is missing from lists (the dialect's own value is only what a client
    allows for), `latency_ms` how long each answer takes, `rate_limit` how many requests a second are answered
    before a 429, `log` a file that gets a JSON line a request.
    """

    tenant: str
    port: int = 0
    db: Path | None = None
    token: str | None = None
    dialect: Dialect = field(default_factory=Dialect)
    page_size: int = 100
    list_lag_s: float = 0.0
    latency_ms: float = 0.0
    rate_limit: int | None = None
    log: Path | None = None
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    new_id: Callable[[], str] = opaque_id


@dataclass(frozen=True, slots=True)
class Call:
    """One request to one kind; `id` is empty where it isn't about one record, `now` is in seconds since 1970."""

    request: Request
    kind: Kind
    id: str
    store: Store
    options: Options
    now: float
