"""Connect to the tenant of an environment."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from posixpath import normpath
from typing import TYPE_CHECKING

from rhythmconf.engine import execute, journal
from rhythmconf.errors import RhythmconfError
from rhythmconf.flows import run_records
from rhythmconf.flows.clock import CLOCK, stoppable
from rhythmconf.flows.trust import check_confirmed
from rhythmconf.model import Notice
from rhythmconf.settings import Environment, Settings
from rhythmconf.source.project import files, inside
from rhythmconf.source.project.values import Project
from rhythmconf.tenant.client import Client, Clock, TokenSource, token_source
from rhythmconf.tenant.client.exchange import TIMEOUT_S

if TYPE_CHECKING:
    from rhythmconf.insight.simulation import Emulation
    from rhythmconf.tenant.emulator.embedded import Embedded


def tokens(settings: Settings, environment: Environment, clock: Clock = CLOCK) -> TokenSource:
    """Return the source of an environment's tokens. Raises Refused where nobody has confirmed who gets them."""
    check_confirmed(settings, environment)
    return token_source(environment, settings.cache_dir, clock, os.environ)


@contextmanager
def connect(
    project: Project, environment: Environment, *, max_requests: int | None = None, spent: int = 0
) -> Iterator[Client]:
    """Open a client for the block. An embedded tenant answers in this process, without a socket.

    `spent` are the requests that the command has made with another client: they count against `max_requests`.
    """
    clock = stoppable()
    client = Client(
        environment,
        project.catalog,
        token=tokens(project.settings, environment, clock),
        clock=clock,
        tenant=_embedded(project, environment),
        max_requests=max_requests,
        spent=spent,
    )
    with client:
        yield client


def await_lists(settings: Settings, environment: Environment) -> Generator[Notice, None, None]:
    """Wait until the tenant's lists must show every record that this computer has created.

    A list may lack a new record for a while (`list_lag_s` of the dialect). A command that took such a list for
    complete would plan the record a second time, or leave it out of a rollback.
    """
    left = _lag_left(settings, environment)
    if left > 0:
        yield from execute.wait_notice(left)
        CLOCK.sleep(left)


def _lag_left(settings: Settings, environment: Environment) -> float:
    """Return the seconds of the lag that are left since the newest create."""
    now, newest, lag = CLOCK.now(), run_records.newest(settings, environment), environment.lag_s
    with suppress(OSError, RhythmconfError):
        # Most records are old: the file's time shows it without reading the file.
        recent = newest.stat().st_mtime > now - lag - TIMEOUT_S
        if recent and (created := _last_create(newest)) is not None:
            return max(0.0, min(lag, created + lag - now))
    return 0.0


def _last_create(path: Path) -> float | None:
    """Return when a run created its last record. A create without an answer may have happened until its time-out."""
    # The end of a record has totals only if every write was answered.
    if (totals := journal.read_summary(path).totals) is not None:
        return totals.created_at
    log = journal.read(path)
    unanswered = any(write.step == "create" for intent in log.unanswered for write in intent.writes)
    return log.created_at + TIMEOUT_S if log.created_at is not None and unanswered else log.created_at


def _embedded(project: Project, environment: Environment) -> Embedded | None:
    if environment.embedded is None:
        return None
    from rhythmconf.tenant.emulator.embedded import open_embedded

    database = _database(project.settings.root, environment.embedded)
    members = _emulation(project, environment) if environment.people else None
    return open_embedded(project.catalog, database, environment.tenant, environment.dialect, members)


def _emulation(project: Project, environment: Environment) -> Emulation:
    from rhythmconf.insight.simulation import Emulation  # few embedded tenants have members

    return Emulation(project.catalog, environment.calendar, environment.people, environment.seed)


def _database(root: Path, name: str) -> Path | None:
    if name == ":memory:":
        return None
    path = root / name
    inside.check(root, normpath(name))
    files.make_folder(path.parent)
    return path
