"""Hand the orders of a fleet to a Dask cluster. It needs the packages of the extra `dask`."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from rhythmconf import __version__
from rhythmconf.cli.extras import explain_missing
from rhythmconf.errors import RhythmconfError, UsageError
from rhythmconf.flows.fleet.dask_worker import carry_out, refuse_version
from rhythmconf.flows.fleet.values import Engine

if TYPE_CHECKING:
    from distributed import Client

SCHEMES = {"dask://": "tcp://", "tls://": "tls://"}
"""What a URL begins with, and how Dask calls that."""
EARLIER_ORDER_S = 60.0
"""Seconds to wait for a worker that still works on a tenant, although the scheduler has taken it for dead."""


@contextmanager
def connect_cluster(url: str, jobs: int | None) -> Iterator[Engine]:
    """Connect to the scheduler of a cluster for the block.

    The engine takes `jobs` orders at a time, by default as many as the cluster has threads at that moment.
    Raises UsageError for another URL and without the extra, RhythmconfError where the scheduler doesn't answer in
    the time that Dask is configured to wait, Refused where a worker has another version.
    """
    address = _read_address(url)
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        otherwise = "leave out --engine: the processes of this computer do the same"
        raise explain_missing(error, "dask", ("dask", "distributed"), subject="--engine", otherwise=otherwise) from None
    # Dask prints what it can't do, with a traceback. What matters of it is raised here.
    for logger in ("distributed", "distributed.client"):
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    try:
        client = Client(address, set_as_default=False)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise _unreachable(url, error) from error
    try:
        check_versions(client)
        yield Engine(lambda: Cluster(client, url), lambda: jobs or count_threads(client, url))
    finally:
        _close(client)


def check_versions(client: Client) -> None:
    """Raise Refused where the scheduler, which reads orders too, or a worker of now doesn't have this version."""
    versions = client.get_versions(packages=["rhythmconf"])
    workers = {f"the worker {address}": worker for address, worker in versions["workers"].items()}
    for name, there in {"the scheduler": versions["scheduler"], **workers}.items():
        version = there["packages"].get("rhythmconf")
        if version != __version__:
            raise refuse_version(name, version, __version__)


def count_threads(client: Client, url: str) -> int:
    """Return how many threads the cluster has now, at least 1. Raises RhythmconfError where the scheduler is lost."""
    try:
        return sum(client.nthreads().values()) or 1
    except OSError as error:
        raise _unreachable(url, error) from error


def _close(client: Client) -> None:
    """Close a client, also one whose scheduler is gone: the error that says so is under way already."""
    try:
        client.close()
    except Exception:
        client.status = "closed"  # else Python tries it once more, and prints what comes of it


class Cluster(Executor):
    """An executor whose calls are done by the workers of a cluster.

    When a worker is lost, Dask gives its calls to another one, so each order resumes what an earlier one has begun.
    It is left without waiting: what a worker has begun goes on, and what none has begun is dropped with the client.
    """

    def __init__(self, client: Client, url: str) -> None:
        self._executor = client.get_executor(pure=False)
        self._url = url

    def submit(self, function: Any, /, *arguments: Any, **options: Any) -> Future[Any]:
        """Hand a call with one order to the scheduler."""
        (order,) = arguments
        call = pickle.dumps((function, order._replace(resume=True, lock_timeout=EARLIER_ORDER_S)))
        future: Future[Any] = Future()
        self._executor.submit(carry_out, __version__, call, **options).add_done_callback(partial(self._finish, future))
        return future

    def _finish(self, future: Future[Any], done: Future[Any]) -> None:
        """Pass on what came of a call."""
        from distributed import KilledWorker

        if done.cancelled():
            future.set_exception(_unreachable(self._url, "the connection is lost"))
        elif (error := done.exception()) is None:
            future.set_result(done.result())
        elif isinstance(error, KilledWorker):
            future.set_exception(BrokenExecutor())
        elif isinstance(error, RhythmconfError):
            future.set_exception(error)
        else:
            message = f"a worker could not do what it was given: {type(error).__name__}: {error}"
            help = f"all workers need rhythmconf {__version__}, and the versions of Python and Dask that are here"
            future.set_exception(RhythmconfError(message, where=self._url, help=help))


def _read_address(url: str) -> str:
    """Return what Dask calls the address of a scheduler."""
    for scheme, name in SCHEMES.items():
        if url.startswith(scheme) and url.removeprefix(scheme).rpartition(":")[2].isdigit():
            return url.replace(scheme, name, 1)
    help = "name the scheduler of a Dask cluster: --engine dask://HOST:PORT, or tls://HOST:PORT"
    raise UsageError(f"there is no engine {url!r}", help=help)


def _unreachable(url: str, why: object) -> RhythmconfError:
    help = "see that `dask scheduler` runs there, then run the command again; `fleet apply` goes on with --resume"
    return RhythmconfError(f"the Dask scheduler can't be reached: {why}", where=url, help=help)
