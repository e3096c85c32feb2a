"""A Dask cluster on the loopback interface: a scheduler, worker processes, and every byte that the scheduler sees."""

from __future__ import annotations

import itertools
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from tests.support.process import make_environ

DASK = (sys.executable, "-m", "dask")
NO_PROFILE = {"DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False"}
"""The profiler of Dask has hung workers in Python 3.11.7: it lists the threads while a thread begins."""


@dataclass
class Cluster:
    """`port` is that of the scheduler, behind a recorder of its traffic; `environ` are the variables of the workers.

    The worker number 3 has the token `token-of-worker-3`, which nobody else has.
    """

    folder: Path
    environ: Mapping[str, str]
    port: int = 0
    passed: bytearray = field(default_factory=bytearray)
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)
    scheduler: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return what `--engine` takes."""
        return f"dask://127.0.0.1:{self.port}"

    def start(self, log: str, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
        """Start `dask ARGUMENTS`; what it prints is in a log of the folder."""
        with (self.folder / log).open("wb") as file:
            environ = {**make_environ(self.folder), **self.environ, **variables}
            command = [*DASK, *arguments]
            return subprocess.Popen(command, cwd=self.folder, env=environ, stdout=file, stderr=file)

    def add_worker(self, threads: int = 1, *options: str) -> str:
        """Start a worker and wait until the scheduler has it. Return its token."""
        number = next(self.numbers)
        token, log = f"token-of-worker-{number}", f"worker-{number}.log"
        address = f"{'tls' if options else 'tcp'}://127.0.0.1:{self.port}"
        arguments = ("worker", address, "--nthreads", str(threads), "--no-nanny", "--no-dashboard", *options)
        self.workers[token] = self.start(log, *arguments, RHYTHMCONF_TOKEN=token)
        wait_until(lambda: "Registered to:" in (self.folder / log).read_text())
        return token

    def kill_worker(self, token: str) -> None:
        """Kill a worker with SIGKILL."""
        self.workers[token].kill()
        self.workers[token].wait()

    def kill(self) -> None:
        """End all processes."""
        for process in (*self.workers.values(), *([self.scheduler] if self.scheduler else [])):
            process.kill()
            process.wait()

    def logs(self) -> str:
        """Return what all processes have printed."""
        return "".join(path.read_text() for path in sorted(self.folder.glob("*.log")))


@contextmanager
def start_cluster(folder: Path, environ: Mapping[str, str], *options: str) -> Iterator[Cluster]:
    """Run a scheduler for the block; its workers are added. `options` are for the scheduler."""
    cluster = Cluster(folder, {**NO_PROFILE, "DASK_TEMPORARY_DIRECTORY": str(folder), **environ})
    file = folder / "scheduler.json"
    arguments = ("--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0")
    cluster.scheduler = cluster.start("scheduler.log", "scheduler", *arguments, "--scheduler-file", str(file), *options)
    try:
        wait_until(lambda: file.exists() and file.read_text().endswith("}"))
        address = json.loads(file.read_text())["address"]
        with record_traffic(int(address.rpartition(":")[2]), cluster.passed) as cluster.port:
            try:
                yield cluster
            finally:
                cluster.kill()
    finally:
        cluster.kill()


@contextmanager
def record_traffic(target: int, passed: bytearray) -> Iterator[int]:
    """Pass on all connections to a port for the block, and add what goes either way to `passed`. Yield the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[Thread] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                connect(listener.accept()[0])

    def connect(near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", target))
        except OSError:  # as if the port were that of the scheduler, which is gone
            near.close()
            return
        for one, other in ((near, far), (far, near)):
            threads.append(Thread(target=pass_on, args=(one, other)))
            threads[-1].start()

    def pass_on(one: socket.socket, other: socket.socket) -> None:
        with one, suppress(OSError):
            while data := one.recv(1 << 20):
                passed.extend(data)
                other.sendall(data)
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)

    accepting = Thread(target=accept)
    accepting.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
        for thread in threads:
            thread.join()


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never held"
        time.sleep(0.02)
