"""`rhythmconf fleet --engine`: a real Dask scheduler and its workers carry out the orders, whoever dies meanwhile."""

from __future__ import annotations

import json
import os
import pickle
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import dask.config
import pytest
from distributed import KilledWorker
from distributed.comm import CommClosedError

from rhythmconf import __version__
from rhythmconf.cli import dask_engine
from rhythmconf.errors import Refused, RhythmconfError
from rhythmconf.flows.fleet.dask_worker import carry_out as carry_out_on_worker
from rhythmconf.flows.fleet.engine import carry_out
from rhythmconf.flows.fleet.member import work
from rhythmconf.flows.fleet.values import Engine, Order
from rhythmconf.model.fleet import MemberSummary
from tests.support.certificates import make_certificate
from tests.support.dask_cluster import Cluster, start_cluster
from tests.support.fleets import REASONS, fleet, members, write_member
from tests.support.process import make_environ, run_ok, set_environ, start_command
from tests.support.served_fleet import ServedFleet, Stop, serve_fleet


@pytest.fixture(scope="module")
def served() -> Iterator[ServedFleet]:
    with serve_fleet() as served:
        yield served


@pytest.fixture(scope="module")
def cluster(served: ServedFleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with start_cluster(tmp_path_factory.mktemp("cluster"), {"RHYTHMCONF_BASE_URL": served.url}) as cluster:
        cluster.add_worker()
        cluster.add_worker(threads=2)
        yield cluster


def make_fleet(root: Path, *names: str, more: str = "") -> None:
    """Write members whose tenants are served."""
    for name in names:
        write_member(root, name, f"{{tenant: {name}, dialect: {{list_lag_s: 0}}}}")
    (root / "fleet.yaml").write_text(f"version: 1\nmembers:\n  - project: tenants/*\n    environment: live\n{more}")


def on(cluster: Cluster, jobs: int = 3) -> tuple[str, ...]:
    """Return the options that choose a cluster."""
    return ("--engine", cluster.url, "--jobs", str(jobs))


def states(root: Path, *arguments: str) -> dict[str, str]:
    """Return the state of each member after a command."""
    return {name: member["state"] for name, member in members(root, *arguments).items()}


def created(served: ServedFleet, name: str) -> list[int]:
    """Return how often each record of a tenant was created."""
    return [count for (tenant, operation, _), count in served.done.items() if (tenant, operation) == (name, "create")]


def test_a_worker_that_dies_in_an_apply_is_replaced_and_nothing_is_written_twice(
    tmp_path: Path, served: ServedFleet, cluster: Cluster, full: bool
) -> None:
    """A worker is killed at another write each time, before or after the tenant has done it."""
    kills = 20 if full else 2
    names = [f"killed-{number}" for number in range(kills + 2)]
    make_fleet(tmp_path, *names)
    assert set(states(tmp_path, "plan", "-o", "plans", *on(cluster)).values()) == {"changes"}
    killed: list[str] = []

    def replace_worker(token: str) -> None:
        killed.append(token)
        cluster.kill_worker(token)
        cluster.add_worker(threads=2)

    served.stop = replace_worker
    served.stops = {
        f"killed-{number}": Stop(1 + number * 7 % REASONS, "after" if number % 2 else "before")
        for number in range(kills)
    }
    applied = members(tmp_path, "apply", "plans", *on(cluster))
    assert len(killed) == kills
    assert {name: (one["state"], one["create"]) for name, one in applied.items()} == dict.fromkeys(
        names, ("applied", REASONS)
    )
    for name in names:
        assert created(served, name) == [1] * REASONS
        state = {"RHYTHMCONF_STATE_DIR": str(cluster.folder / ".rhythmconf/state")}
        shown = run_ok(tmp_path / "tenants" / name, "show", "run", applied[name]["run"], "--format", "json", env=state)
        assert [one["outcome"] for one in shown.json()["changes"]] == ["applied"] * REASONS
    assert set(states(tmp_path, "apply", "plans", "--resume", *on(cluster)).values()) == {"applied"}


def test_a_token_is_fetched_on_the_worker_and_nobody_else_sees_it(
    tmp_path: Path, served: ServedFleet, cluster: Cluster
) -> None:
    make_fleet(tmp_path, "quiet")
    own = {"RHYTHMCONF_TOKEN": "token-of-this-computer"}
    for command in (("plan", "-o", "plans"), ("apply", "plans")):
        ran = fleet(tmp_path, *command, *on(cluster), env=own)
        assert ran.code == 0, ran
        assert "token-of" not in ran.stdout + ran.stderr
    assert served.tokens["quiet"] <= cluster.workers.keys()
    assert b"tenants/quiet" in cluster.passed
    assert b"token-of" not in cluster.passed
    assert "Registered to:" in cluster.logs()
    assert "token-of" not in cluster.logs()
    folders = (tmp_path / "plans", cluster.folder / ".rhythmconf/state")
    kept = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert len(kept) > 3
    assert not [path for path in kept if b"token-of" in path.read_bytes()]


def test_a_cluster_makes_what_this_computer_makes(tmp_path: Path, cluster: Cluster, served: ServedFleet) -> None:
    make_fleet(tmp_path, "here-1", "here-2")
    (tmp_path / "tenants/here-2/config/reasons.yaml").write_text("kind: statusReason\nkey: a\nspec: {nam: A}\n")
    env = {"RHYTHMCONF_TOKEN": "a-token", "RHYTHMCONF_BASE_URL": served.url}
    there = members(tmp_path, "plan", "--pages", "there", *on(cluster))
    assert there == members(tmp_path, "plan", "--pages", "here", env=env)
    assert there["here-2"]["code"] == "RC203"
    pages = [sorted(path.name for path in (tmp_path / folder).iterdir()) for folder in ("there", "here")]
    assert pages == [["here-1.html", "index.html"]] * 2


def test_rings_and_failures_stop_an_apply_on_a_cluster(tmp_path: Path, cluster: Cluster) -> None:
    canary = "  - {project: tenants/ring-1, environment: live, labels: {ring: canary}}\nrings: [canary, rest]\n"
    make_fleet(tmp_path, "ring-1", "ring-2", more=canary)
    assert fleet(tmp_path, "plan", "-o", "plans", *on(cluster)).code == 0
    plan = (tmp_path / "plans/ring-1.plan").read_bytes()
    (tmp_path / "plans/ring-1.plan").write_bytes(b"{}")
    assert states(tmp_path, "apply", "plans", *on(cluster)) == {"ring-1": "refused", "ring-2": "stopped"}
    (tmp_path / "plans/ring-1.plan").write_bytes(plan)
    assert set(states(tmp_path, "apply", "plans", "--resume", *on(cluster)).values()) == {"applied"}


def test_ctrl_c_waits_for_what_was_begun_and_resume_does_the_rest(
    tmp_path: Path, served: ServedFleet, cluster: Cluster
) -> None:
    names = [f"stopped-{number}" for number in range(8)]
    make_fleet(tmp_path, *names)
    assert fleet(tmp_path, "plan", "-o", "plans", *on(cluster)).code == 0
    served.stops = {"stopped-1": Stop(4, "after")}
    with start_command(tmp_path, ("fleet", "apply", "plans", *on(cluster, 2))) as process:
        served.stop = lambda token: os.kill(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=120)
    assert (process.returncode, "go on with: rhythmconf fleet apply plans --resume" in err) == (130, True), err
    record = [json.loads(line) for line in (tmp_path / "plans/applied.jsonl").read_text().splitlines()]
    begun, ended = ({entry["name"] for entry in record if entry["event"] == event} for event in ("begin", "end"))
    assert begun == ended
    assert len(begun) < len(names)
    assert set(states(tmp_path, "apply", "plans", "--resume", *on(cluster)).values()) == {"applied"}
    assert {name: created(served, name) for name in names} == {name: [1] * REASONS for name in names}


def test_over_tls_and_when_the_scheduler_is_lost(tmp_path: Path, served: ServedFleet) -> None:
    certificate = str(make_certificate(tmp_path, "IP:127.0.0.1"))
    files = ("ca-file", "client.cert")
    tls: dict[str, str] = {f"distributed.comm.tls.{name}": certificate for name in files}
    options = ("--tls-ca-file", certificate, "--tls-cert", certificate)
    make_fleet(tmp_path, "secure")
    with start_cluster(tmp_path, {"RHYTHMCONF_BASE_URL": served.url}, "--protocol", "tls", *options) as secure:
        secure.add_worker(1, *options)
        served.stop = lambda token: secure.kill()
        served.stops = {"secure": Stop(2, "after")}
        with dask.config.set({**tls, "distributed.comm.timeouts.connect": "2s"}):
            plain = fleet(tmp_path, "plan", "--engine", secure.url)
            refusal = "error[RC001]: the Dask scheduler can't be reached"
            assert (plain.code, plain.stderr.count(refusal)) == (1, 1), plain
            engine = ("--engine", secure.url.replace("dask", "tls"))
            assert fleet(tmp_path, "plan", "-o", "plans", *engine).code == 0
            assert b"tenants/secure" not in secure.passed
            lost = fleet(tmp_path, "apply", "plans", *engine)
    [message, place, help] = lost.stderr.splitlines()
    assert (lost.code, message) == (1, "error[RC001]: the Dask scheduler can't be reached: the connection is lost")
    assert (place, help.endswith("`fleet apply` goes on with --resume")) == (f" --> {engine[1]}", True)


def test_what_can_not_be_used_is_one_error(tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    make_fleet(tmp_path, "unused")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}):
        nobody = fleet(tmp_path, "plan", "--engine", f"dask://127.0.0.1:{port}")
    assert (nobody.code, nobody.stderr.count("error[")) == (1, 1)
    assert f"Timed out trying to connect to tcp://127.0.0.1:{port} after 1 s" in nobody.stderr
    for url in ("127.0.0.1:8786", "dask://here", "spark://127.0.0.1:1"):
        refused = fleet(tmp_path, "plan", "--engine", url)
        assert (refused.code, "--engine dask://HOST:PORT" in refused.stderr) == (1, True)
    monkeypatch.setattr(dask_engine, "__version__", "99.0")
    other = fleet(tmp_path, "plan", *on(cluster))
    assert other.code == 3
    assert "error[RC500]: the scheduler has rhythmconf " in other.stderr
    assert "and this computer has 99.0" in other.stderr


def test_a_worker_refuses_another_version_and_names_a_folder_that_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=f"a worker on {socket.gethostname()} has rhythmconf .*, and this computer has 9"):
        carry_out_on_worker("9.9", b"")
    order = Order("plan", "far", "tenants/far", str(tmp_path / "tenants/far"), "tenants/far", "live")
    failed = carry_out_on_worker(__version__, pickle.dumps((work, order)))
    assert (failed.state, failed.command) == ("failed", "rhythmconf plan -C tenants/far --env live")
    assert failed.reason == f"the worker on {socket.gethostname()} has no folder {order.folder}"


def test_an_order_that_is_given_twice_is_carried_out_once(tmp_path: Path, served: ServedFleet) -> None:
    """A scheduler that loses sight of a worker gives its order to another one, while the first is still at work."""
    make_fleet(tmp_path, "twice")
    env = {"RHYTHMCONF_TOKEN": "a-token", "RHYTHMCONF_BASE_URL": served.url}
    assert fleet(tmp_path, "plan", "-o", "plans", env=env).code == 0
    [plan] = json.loads((tmp_path / "plans/fleet.json").read_bytes())["rings"][0]["plans"]
    order = Order(
        "apply",
        "twice",
        "tenants/twice",
        str(tmp_path / "tenants/twice"),
        "tenants/twice",
        "live",
        plan_file=str(tmp_path / "plans/twice.plan"),
        digest=plan["digest"],
        resume=True,
        lock_timeout=60,
    )
    summaries: list[MemberSummary] = []
    second = Thread(target=lambda: summaries.append(work(order)))

    def give_again(token: str) -> None:
        second.start()
        second.join(timeout=1)

    served.stop = give_again
    served.stops = {"twice": Stop(3, "after")}
    with set_environ(make_environ(tmp_path, env)):
        summaries.append(work(order))
        second.join()
    assert [(one.state, one.reason) for one in summaries] == [("applied", "")] * 2
    assert len({one.run for one in summaries}) == 1
    assert created(served, "twice") == [1] * REASONS


class FailingClient:
    """A client whose calls end with an error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def nthreads(self) -> dict[str, int]:
        raise self.error

    def get_executor(self, **options: Any) -> Executor:
        return FailingExecutor(self.error)


class FailingExecutor(Executor):
    """An executor whose calls end with an error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def submit(self, function: Any, /, *arguments: Any, **options: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(self.error)
        return future


@pytest.mark.parametrize(
    ("error", "end", "message"),
    [
        (KilledWorker("a-task", "a-worker", 3), BrokenExecutor, None),
        (ModuleNotFoundError("No module named 'x'"), RhythmconfError, "a worker could not do what it was"),
        (Refused("a worker has another version"), Refused, "a worker has another version"),
    ],
)
def test_an_error_of_dask_is_one_that_the_fleet_understands(
    error: Exception, end: type[Exception], message: str | None
) -> None:
    order = Order("plan", "one", "one", "/one", "one", "")
    future = dask_engine.Cluster(FailingClient(error), "dask://host:1").submit(work, order)
    with pytest.raises(end, match=message):
        future.result()


def test_a_scheduler_that_is_lost_between_two_orders_is_one_error() -> None:
    with pytest.raises(RhythmconfError, match="the Dask scheduler can't be reached: ConnectionPool closing"):
        dask_engine.count_threads(FailingClient(CommClosedError("ConnectionPool closing")), "dask://host:1")


def test_a_cluster_that_grows_gets_more_orders_and_one_that_shrinks_fewer() -> None:
    together = Barrier(3)
    sizes = iter([1, 3, 1])

    def meet(order: Order) -> MemberSummary:
        if order.name in {"1", "2", "3"}:
            together.wait(timeout=60)
        return MemberSummary(order.name, "", "", "valid")

    engine = Engine(lambda: ThreadPoolExecutor(5), lambda: next(sizes, 3))
    orders = (Order("plan", str(number), "", "", "", "") for number in range(7))
    assert len([*carry_out(engine, meet, orders)]) == 7
