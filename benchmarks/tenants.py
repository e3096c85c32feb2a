"""Tenants that are filled once by an apply and then served by a separate process."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import RHYTHMCONF, Command, clean, run


def fill(folder: Path, scratch: Path) -> None:
    """Create every record of the project in `tenant.db` by an apply, and keep a copy."""
    arguments = (*RHYTHMCONF, "apply", "--env", "filling", "--auto-approve", "--quiet")
    run(Command(arguments, folder, clean(scratch)))
    shutil.copyfile(folder / "tenant.db", folder / "full.db")


def refill(folder: Path) -> None:
    """Restore the tenant to the state after it was filled."""
    for name in ("tenant.db", "tenant.db-wal", "tenant.db-shm"):
        (folder / name).unlink(missing_ok=True)
    shutil.copyfile(folder / "full.db", folder / "tenant.db")


@contextmanager
def served(folder: Path, scratch: Path, *options: str) -> Iterator[Mapping[str, str]]:
    """Serve `tenant.db` for the block; yield the environment variables that select it."""
    arguments = ("emulator", "--port", "0", "--tenant", "bench", "--db", "tenant.db", "--dialect", "list=envelope")
    process = subprocess.Popen(
        [*RHYTHMCONF, *arguments, *options], cwd=folder, env=clean(scratch), stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        yield clean(scratch, {"RHYTHMCONF_BASE_URL": f"{address}/{{module}}", "RHYTHMCONF_TOKEN": "a-token"})
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
