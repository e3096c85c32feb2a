"""Measure the resources of processes, as medians over interleaved rounds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple

BIN = Path(sys.executable).parent
PYTHON = (sys.executable,)
RHYTHMCONF = (str(BIN / "rhythmconf"),)


class Usage(NamedTuple):
    """The use of a process and its children: seconds of CPU, seconds on the clock, MiB at the peak."""

    cpu: float
    wall: float
    peak: float


@dataclass(frozen=True, slots=True)
class Command:
    """A process to measure; `before` runs before each measurement and is not measured.

    A code that isn't among `codes` ends the benchmark.
    """

    arguments: tuple[str, ...]
    folder: Path
    environ: Mapping[str, str]
    before: Callable[[], None] = lambda: None
    codes: tuple[int, ...] = (0,)


def clean(scratch: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an isolated environment: only PATH of the user, and every folder below `scratch`."""
    folders = {f"XDG_{name}_HOME": str(scratch / "xdg" / name.lower()) for name in ("CACHE", "STATE", "CONFIG")}
    own = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(scratch), "LANG": "C.UTF-8", "NO_COLOR": "1"}
    return {**own, **folders, **(more or {})}


def run(command: Command) -> Usage:
    """Run a process to its end. The peak is correct as long as this process is smaller."""
    command.before()
    with (command.folder / ".stderr").open("w+b") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            command.arguments,
            cwd=command.folder,
            env=dict(command.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in command.codes:
            errors.seek(0)
            words = errors.read(2_000).decode(errors="replace")
            raise SystemExit(f"{' '.join(command.arguments)} ended with {process.returncode}:\n{words}")
    return Usage(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)


def interleaved(commands: Mapping[str, Command], rounds: int) -> dict[str, Usage]:
    """Return the median of each command over interleaved rounds, after one round that is not counted."""
    for command in commands.values() if rounds > 1 else ():
        run(command)
    found: dict[str, list[Usage]] = {name: [] for name in commands}
    for turn in range(rounds):
        for name, command in _turned(commands, turn):
            found[name].append(run(command))
    return {name: Usage(*(median(column) for column in zip(*used, strict=True))) for name, used in found.items()}


def _turned(commands: Mapping[str, Command], turn: int) -> Iterator[tuple[str, Command]]:
    """Yield the order of a round; each round starts with another command, so that none always follows the same one."""
    items: Sequence[tuple[str, Command]] = list(commands.items())
    first = turn % len(items)
    yield from (*items[first:], *items[:first])
