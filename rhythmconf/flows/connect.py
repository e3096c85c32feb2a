"""An environment -> a client of its tenant; clock and randomness enter here."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from rhythmconf.catalog import Catalog
from rhythmconf.settings import Environment, Settings
from rhythmconf.source.project import files
from rhythmconf.tenant.client import Client, Clock, TokenSource, token_source

if TYPE_CHECKING:
    import httpx

CLOCK = Clock(now=time.time, sleep=time.sleep, random=random.random)


def stoppable() -> Clock:
    """A clock whose sleeps can be cut short."""
    stopped = Event()
    return replace(CLOCK, sleep=stopped.wait, stop=stopped.set)


def now() -> str:
    """The time as plans and journals write it."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@contextmanager
def connect(
    settings: Settings, catalog: Catalog, environment: Environment, *, max_requests: int | None = None, spent: int = 0
) -> Iterator[Client]:
    """A client for the block. An embedded tenant answers in this process, without a socket.

    `spent` are the requests that the command has made by another client: they count.
    """
    clock = stoppable()
    client = Client(
        environment,
        catalog,
        token=tokens(settings, environment, clock),
        clock=clock,
        transport=_embedded(settings, catalog, environment),
        max_requests=max_requests,
        spent=spent,
    )
    with client:
        yield client


def tokens(settings: Settings, environment: Environment, clock: Clock = CLOCK) -> TokenSource:
    """Where the tokens of an environment come from."""
    return token_source(environment, settings.cache_dir, clock, os.environ)


def _embedded(settings: Settings, catalog: Catalog, environment: Environment) -> httpx.BaseTransport | None:
    if environment.embedded is None:
        return None
    from rhythmconf.tenant.emulator.transport import open_embedded

    return open_embedded(
        catalog, _database(settings.root, environment.embedded), environment.tenant, environment.dialect
    )


def _database(root: Path, name: str) -> Path | None:
    if name == ":memory:":
        return None
    path = root / name
    files.make_folder(path.parent)
    return path
