"""The fleet of the section before on a Dask cluster of two workers: `fleet plan` against two processes."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.bench import Bench, rhythmconf, say
from benchmarks.figures import Figure
from benchmarks.measure import PYTHON, interleaved
from benchmarks.sections.fleet import FEW, make_fleet, serve_tenants

DASK = (*PYTHON, "-m", "dask")
TICKS = os.sysconf("SC_CLK_TCK")


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure 1,000 tenants, or a tenth of the largest number of templates."""
    many = max(2 * FEW, min(1_000, bench.most // 10))
    say(f"{many:,} tenants of 100 records on two Dask workers")
    folder = make_fleet(bench, many)
    with serve_tenants(bench, folder) as environ, _cluster(bench.scratch, environ) as (url, processes):
        commands = {
            "cluster": rhythmconf(folder, environ, "fleet", "plan", "--engine", url, "-q"),
            "processes": rhythmconf(folder, environ, "fleet", "plan", "--jobs", "2", "-q"),
        }
        interleaved({"cluster": commands["cluster"]}, 1)  # the workers load rhythmconf
        before = _cpu(processes)
        used = interleaved(commands, bench.rounds)
        runs = bench.rounds + (bench.rounds > 1)
        there = (_cpu(processes) - before) / runs
    cpu, own = used["cluster"].cpu + there, used["processes"].cpu
    what = f"fleet plan, {many:,} tenants, two Dask workers"
    yield Figure("cluster", f"{what} and their scheduler", cpu, "s CPU", own, "two processes")
    yield Figure("cluster", "overhead a tenant", (cpu - own) / many * 1000, "ms CPU")
    yield Figure("cluster", what, used["cluster"].wall, "s", used["processes"].wall, "two processes")


@contextmanager
def _cluster(scratch: Path, environ: Mapping[str, str]) -> Iterator[tuple[str, Sequence[int]]]:
    """Run a scheduler and two workers for the block. Yield what `--engine` takes, and the ids of the processes."""
    file = scratch / "scheduler.json"
    file.unlink(missing_ok=True)
    scheduler = f"scheduler --host 127.0.0.1 --port 0 --dashboard-address 127.0.0.1:0 --scheduler-file {file}"
    worker = f"worker --scheduler-file {file} --nthreads 1 --no-nanny --no-dashboard"
    # The profiler of Dask has hung workers in Python 3.11.7: it lists the threads while a thread begins.
    no_profile = {"DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False"}
    variables = {**environ, **no_profile, "DASK_TEMPORARY_DIRECTORY": str(scratch)}
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for program in (scheduler, worker, worker):
            command = [*DASK, *program.split()]
            processes.append(subprocess.Popen(command, cwd=scratch, env=variables, stderr=subprocess.DEVNULL))
            while not file.exists():
                time.sleep(0.1)
        address = file.read_text().partition('"address": "tcp://')[2].partition('"')[0]
        yield f"dask://{address}", [process.pid for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _cpu(processes: Sequence[int]) -> float:
    """Return the seconds of CPU that processes have used until now."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in processes]
    return sum(int(user) + int(system) for user, system in (each[11:13] for each in fields)) / TICKS
