"""Plan, apply and list the history of many creates on an embedded tenant: CPU, memory and their growth."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.bench import Bench, rhythmconf, say
from benchmarks.figures import Figure
from benchmarks.measure import Command, Usage, clean, run

IN_ONE_FILE = 500
GROWTH = 2.1
"""The largest allowed growth of each command where the creates are twice as many."""

SETTINGS = """\
version: 1
project: writes
sources: [config]
environments:
  local: {tenant: writes, embedded: tenant.db}
default_environment: local
"""
REASON = """\
kind: statusReason
key: reason-{n:06}
spec:
  name: Reason {n:06}
  applicable_statuses: [inactive]
  is_active: true
"""


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure each command at the largest size and at half of it."""
    small, large = bench.most, 2 * bench.most
    used = {size: _commands(bench, size) for size in (small, large)}
    section, of = f"{large:,} creates", f"{small:,}"
    for name, usage in used[large].items():
        yield Figure(section, f"{name}, growth", usage.cpu, "s CPU", used[small][name].cpu, of, GROWTH)
    for name, usage in used[large].items():
        target = 1.1 if name == "history" else None
        yield Figure(section, f"{name}, peak memory", usage.peak, "MiB", used[small][name].peak, of, target)


def _commands(bench: Bench, size: int) -> Mapping[str, Usage]:
    """Return the medians of a plan, its apply, and the history of that run and another one."""
    say(f"{size:,} creates on an embedded tenant")
    folder = bench.scratch / f"writes-{size}"
    environ = clean(folder)
    usages: dict[str, list[Usage]] = {}
    for _ in range(bench.rounds):
        shutil.rmtree(folder, ignore_errors=True)
        _write(folder, size)
        command = partial(rhythmconf, folder, environ)
        for name, measured in _steps(folder, command):
            usages.setdefault(name, []).append(run(measured))
    return {name: Usage(*map(median, zip(*rounds, strict=True))) for name, rounds in usages.items()}


def _steps(folder: Path, command: partial[Command]) -> Iterator[tuple[str, Command]]:
    run(command("plan", "-q"))  # fills the cache of parsed documents
    yield "plan", command("plan", "-q")
    run(command("plan", "-q", "-o", "first.plan"))
    yield "apply", command("apply", "-q", "first.plan")
    # A tenant that was deleted is filled again, for a second run on record.
    for file in folder.glob("tenant.db*"):
        file.unlink()
    run(command("plan", "-q", "-o", "second.plan"))
    run(command("apply", "-q", "second.plan"))
    yield "history", command("history")


def _write(folder: Path, size: int) -> None:
    (folder / "config").mkdir(parents=True)
    (folder / "rhythmconf.yaml").write_text(SETTINGS)
    for first in range(0, size, IN_ONE_FILE):
        reasons = (REASON.format(n=n) for n in range(first, min(first + IN_ONE_FILE, size)))
        (folder / "config" / f"reasons-{first:06}.yaml").write_text("---\n".join(reasons))
