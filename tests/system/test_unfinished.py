"""What was stopped or applied before is said by the next command, with what to type."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.process import (
    COMMAND,
    SETTINGS,
    ServedTenant,
    edit_file,
    make_environ,
    make_project,
    run_in_process,
    run_ok,
    serve_emulator,
)

MANY = "---\n".join(f"kind: program\nkey: p{n}\nspec: {{name: P{n}, is_active: true}}\n" for n in range(60))


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return make_project(tmp_path / "work", {"config/all.yaml": MANY}, SETTINGS)


def stop(work: Path, tenant: ServedTenant, number: signal.Signals) -> str:
    """Start an apply, stop it by a signal after its first writes, and return the id of its run."""
    process = subprocess.Popen(
        [*COMMAND, "apply", "--auto-approve"],
        cwd=work,
        env=make_environ(work, tenant.env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while sum(one["method"] == "POST" for one in tenant.log()) < 3:
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(number)
    process.wait(60)
    (record,) = (work / ".rhythmconf/state/runs").glob("*.jsonl")
    return record.stem


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL, signal.SIGINT])
def test_the_next_plan_names_the_run_that_was_stopped(tmp_path: Path, work: Path, number: signal.Signals) -> None:
    with serve_emulator(tmp_path, "--latency-ms", "150") as tenant:
        run = stop(work, tenant, number)
        for command in (("plan",), ("drift",)):
            result = run_in_process(work, *command, env=tenant.env)
            assert "RC544" in result.stderr
            assert f"rhythmconf resume {run}" in result.stderr
        history = run_ok(work, "history", env=tenant.env).stdout
        assert f"finish it with `rhythmconf resume {run}`" in history
        run_ok(work, "resume", env=tenant.env)
        after = run_ok(work, "plan", env=tenant.env)
        assert after.last == "No changes."
        assert "RC544" not in after.stderr
        assert "resume" not in run_ok(work, "history", env=tenant.env).stdout


def test_a_run_that_goes_on_is_not_called_unfinished(tmp_path: Path, work: Path) -> None:
    with serve_emulator(tmp_path, "--latency-ms", "150") as tenant:
        run = stop(work, tenant, signal.SIGKILL)
        (lock,) = (work / ".rhythmconf/state/locks").glob("*.lock")
        holder = {**json.loads(lock.read_text()), "pid": os.getppid()}
        lock.write_text(json.dumps(holder))
        result = run_in_process(work, "plan", env=tenant.env)
        assert f"run {run}" in result.stderr
        assert "is still going on" in result.stderr
        assert f"resume {run}" not in result.stderr


def test_a_new_apply_takes_over_and_nothing_is_unfinished(tmp_path: Path, work: Path) -> None:
    with serve_emulator(tmp_path, "--latency-ms", "150") as tenant:
        run = stop(work, tenant, signal.SIGTERM)
        assert run in run_ok(work, "apply", "--auto-approve", env=tenant.env).stderr
        assert "RC544" not in run_ok(work, "plan", env=tenant.env).stderr


def test_a_plan_that_was_applied_says_by_which_run(work: Path) -> None:
    run_ok(work, "plan", "-o", "one.plan")
    assert "applied" not in run_ok(work, "show", "plan", "one.plan").stderr
    run = run_ok(work, "apply", "one.plan", "--format", "json").json()["run"]
    result = run_in_process(work, "apply", "one.plan")
    assert (result.code, "RC545" in result.stderr, "RC520" in result.stderr) == (3, True, False)
    assert f"was applied already: by run {run} of 20" in result.stderr
    assert "stale" not in result.stderr
    assert f"was applied already: by run {run} of 20" in run_ok(work, "show", "plan", "one.plan").stderr
    edit_file(work / "config/all.yaml", "name: P7,", "name: Seven,")
    run_ok(work, "plan", "-o", "two.plan")
    second = run_ok(work, "apply", "two.plan", "--format", "json").json()["run"]
    assert second in run_in_process(work, "apply", "two.plan").stderr


def test_a_plan_that_was_applied_in_part_says_how_to_finish_it(tmp_path: Path, work: Path) -> None:
    with serve_emulator(tmp_path) as tenant:
        run_ok(work, "plan", "-o", "one.plan", env=tenant.env)
        first = run_in_process(work, "apply", "one.plan", "--max-requests", "5", env=tenant.env)
        assert first.code == 5
        result = run_in_process(work, "apply", "one.plan", env=tenant.env)
        assert (result.code, "applied in part, and the run is unfinished" in result.stderr) == (3, True), result
        assert "rhythmconf resume 20" in result.stderr
        run_ok(work, "resume", env=tenant.env)


def test_a_plan_that_was_undone_is_applied_again(work: Path) -> None:
    """The tenant is as it was when the plan was made, so the plan is not stale."""
    run_ok(work, "apply", "--auto-approve")
    edit_file(work / "config/all.yaml", "name: P7,", "name: Seven,")
    run_ok(work, "plan", "-o", "one.plan")
    run = run_ok(work, "apply", "one.plan", "--format", "json").json()["run"]
    run_ok(work, "rollback", run, "--auto-approve")
    assert run_ok(work, "apply", "one.plan").last == "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."


def test_a_refused_plan_was_not_applied(work: Path) -> None:
    run_ok(work, "plan", "--allow-updates", "program=99%", "-o", "one.plan")
    run_ok(work, "apply", "--auto-approve")
    for _ in range(2):
        result = run_in_process(work, "apply", "one.plan")
        assert (result.code, "RC520" in result.stderr, "RC545" in result.stderr) == (3, True, False)
