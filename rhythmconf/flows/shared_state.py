"""Exchange the run records of a tenant with other computers, where the environment shares its state.

What others recorded is written to the folder of this computer's run records, so that every command reads one place.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import NamedTuple

from rhythmconf.engine import journal
from rhythmconf.engine.journal import Store
from rhythmconf.engine.journal import codes as journal_codes
from rhythmconf.errors import RhythmconfError, UsageError
from rhythmconf.flows import run_records
from rhythmconf.model import Diagnostic
from rhythmconf.platform import disk
from rhythmconf.settings import Environment, Settings
from rhythmconf.settings.values import BucketState, GitState
from rhythmconf.source.project import git

_HEADER = b'{"record":"run"'


class Published(NamedTuple):
    """What of a run record is shared: its version, None for no record, and its bytes."""

    version: str | None
    size: int


class SharedTenant(NamedTuple):
    """A tenant whose lock and run records are shared, and where this computer keeps what it knows of them."""

    settings: Settings
    environment: Environment
    store: Store

    @property
    def claim(self) -> Path:
        """The file with the claim that this computer made last."""
        return run_records.lock_path(self.settings, self.environment).with_suffix(".claim")

    @property
    def seen(self) -> Path:
        """The file that says which version of each run record this computer has."""
        return run_records.lock_path(self.settings, self.environment).with_suffix(".seen")

    def read_seen(self) -> dict[str, Published]:
        """Return what was shared of each run record when this computer looked last."""
        try:
            seen = json.loads(self.seen.read_bytes())
            return {run: Published(*each) for run, each in seen.items() if journal.is_run_id(run)}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}


def open_shared(settings: Settings, environment: Environment) -> SharedTenant | None:
    """Return what an environment shares; None where its state stays on this computer. Raises RC513."""
    if environment.state is None:
        return None
    return SharedTenant(settings, environment, _open_store(settings, environment, environment.state))


def _open_store(settings: Settings, environment: Environment, state: GitState | BucketState) -> Store:
    # Imported here: most environments share nothing, and few need obstore.
    id = run_records.tenant_id(settings, environment)
    if isinstance(state, GitState):
        from rhythmconf.source.project.git_store import open_git_store

        return open_git_store(settings.root, state.remote, environment.tenant, id)
    try:
        from rhythmconf.source.project.bucket_store import open_bucket_store
    except ModuleNotFoundError as error:
        if error.name != "obstore":
            raise
        raise UsageError(
            f"the lock and the run records of {environment.tenant} are kept in a bucket, and the package obstore is "
            "missing",
            help="install rhythmconf with its extra `bucket`: pipx install --force '.[bucket]' in a copy of the "
            "repository",
        ) from None
    return open_bucket_store(state.url, environment.tenant, id)


def look(settings: Settings, environment: Environment) -> tuple[Diagnostic, ...]:
    """Fetch the base and the run records of other computers. Return a warning where they can't be reached."""
    try:
        if environment.state is not None and (shared := open_shared(settings, environment)) is not None:
            refresh(shared, partial(journal.hold, run_records.lock_path(settings, environment)))
            if isinstance(environment.state, GitState):
                _fetch_base(settings, environment, environment.state.remote)
    except RhythmconfError as error:
        seen = run_records.lock_path(settings, environment).with_suffix(".seen")
        as_of = f"as of {journal.timestamp(seen.stat().st_mtime)}" if seen.exists() else "of this computer only"
        message = f"{error.message}; the runs of {environment.name} are known {as_of}"
        return (Diagnostic(error.code, message, "warning", help=error.help or ""),)
    return ()


def _hold_already() -> AbstractContextManager[bool]:
    return nullcontext(True)


def refresh(
    shared: SharedTenant, hold: Callable[[], AbstractContextManager[bool]] = _hold_already
) -> Mapping[str, Published]:
    """Write the run records of other computers to the folder of this one. Return what is shared of each.

    A record here stays where it only has more than the shared one. So each begins with what is shared of it. `hold`
    holds the lock of this computer, for a caller that doesn't: a run here may be writing to the same record.
    """
    versions, seen = shared.store.fetch(), shared.read_seen()
    for run, version in versions.items():
        path = journal.run_path(shared.settings.state_dir, run)
        if not journal.is_run_id(run) or (run in seen and seen[run].version == version and path.exists()):
            continue
        data = shared.store.read(run)
        with hold() as is_free:
            if not is_free:
                continue
            if not data.startswith(_HEADER):
                # Its lock was taken over before its first part, so it has sent nothing and can send nothing.
                path.unlink(missing_ok=True)
                continue
            local = path.read_bytes() if path.exists() else b""
            if not local.startswith(data):
                write(path, data)
        seen[run] = Published(version, len(data))
    write(shared.seen, json.dumps(seen).encode())
    return seen


def _fetch_base(settings: Settings, environment: Environment, remote: str) -> None:
    """Fetch the base of the environment, which an apply has pushed. An older one, or another history, is left there."""
    # Imported here: most environments share nothing.
    from rhythmconf.source.project.git_store import find_remote

    ref = git.base_ref(settings.root, settings.project, environment.name)
    git.fetch(settings.root, find_remote(settings.root, remote, environment.tenant), f"{ref}:{ref}")


def publish_rest(shared: SharedTenant, seen: Mapping[str, Published]) -> None:
    """Publish what runs have on record here that the other computers don't have, and note it: it need not be read."""
    published = {**shared.read_seen(), **{run: one for run, one in seen.items() if one.version is not None}}
    for run, (version, size) in seen.items():
        path = journal.run_path(shared.settings.state_dir, run)
        if path.exists() and path.stat().st_size > size:
            data = path.read_bytes()
            rest = data[size : data.rfind(b"\n") + 1]
            if rest and (added := shared.store.append(run, version, rest)) is not None:
                published[run] = Published(added, size + len(rest))
    write(shared.seen, json.dumps(published).encode())


def write(path: Path, data: bytes) -> None:
    """Write a file of the state folder, which only its owner can read, as a whole."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.touch(0o600)
        part.write_bytes(data)
        disk.replace(part, path)
    except OSError as error:
        raise RhythmconfError(
            f"what other computers recorded can't be written: {error.strerror}",
            where=str(path),
            code=journal_codes.RUN_RECORD,
        ) from error
