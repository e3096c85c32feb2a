"""What was stopped or applied before is said by the next command, with what to type."""

from __future__ import annotations

import fcntl
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
        with lock.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            result = run_in_process(work, "plan", env=tenant.env)
        assert f"run {run}" in result.stderr
        assert "is still running on" in result.stderr
        assert f"resume {run}" not in result.stderr


def test_a_new_apply_takes_over_and_nothing_is_unfinished(tmp_path: Path, work: Path) -> None:
    with serve_emulator(tmp_path, "--latency-ms", "150") as tenant:
        run = stop(work, tenant, signal.SIGTERM)
        assert run in run_ok(work, "apply", "--auto-approve", env=tenant.env).stderr
        assert "RC544" not in run_ok(work, "plan", env=tenant.env).stderr
        assert "resume" not in run_ok(work, "history", env=tenant.env).stdout
        assert "nothing to resume" in run_ok(work, "resume", env=tenant.env).stderr


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
    first = run_in_process(work, "apply", "one.plan").stderr
    assert (run in first, second in first) == (True, False)


def test_a_plan_that_was_applied_in_part_says_how_to_finish_it(tmp_path: Path, work: Path) -> None:
    with serve_emulator(tmp_path) as tenant:
        run_ok(work, "plan", "-o", "one.plan", env=tenant.env)
        first = run_in_process(work, "apply", "one.plan", "--max-requests", "5", env=tenant.env)
        assert first.code == 5
        result = run_in_process(work, "apply", "one.plan", env=tenant.env)
        assert (result.code, "applied in part, and the run is unfinished" in result.stderr) == (3, True), result
        assert "rhythmconf resume 20" in result.stderr
        run_ok(work, "resume", env=tenant.env)


def test_a_plan_that_is_refused_does_not_hide_the_run_that_was_stopped(tmp_path: Path, work: Path) -> None:
    with serve_emulator(tmp_path) as tenant:
        run_ok(work, "plan", "-o", "one.plan", env=tenant.env)
        assert run_in_process(work, "apply", "--auto-approve", "--max-requests", "5", env=tenant.env).code == 5
        (stopped,) = (work / ".rhythmconf/state/runs").glob("*.jsonl")
        assert run_in_process(work, "apply", "one.plan", env=tenant.env).code == 3
        assert f"rhythmconf resume {stopped.stem}" in run_ok(work, "plan", env=tenant.env).stderr


P7 = "kind: program\nkey: p7\nspec: {name: P7, is_active: true}\n---\n"
EDITS = {
    "update": ("name: P7,", "name: Seven,", "0 added, 1 changed, 0 destroyed"),
    "create": (P7, f"kind: program\nkey: p\nspec: {{name: P}}\n---\n{P7}", "1 added, 0 changed, 0 destroyed"),
    "delete": (P7, "", "0 added, 0 changed, 1 destroyed"),
}


def next_second() -> None:
    """Wait until a plan gets another time than the last one: it knows its time to the second."""
    time.sleep(1.01)


def edited_plan(work: Path, edit: str) -> None:
    """Apply the files, edit them, and save a plan."""
    run_ok(work, "apply", "--auto-approve")
    old, new, _ = EDITS[edit]
    edit_file(work / "config/all.yaml", old, new)
    prune = ("--prune", "program/p7") if edit == "delete" else ()
    run_ok(work, "plan", "-o", "one.plan", *prune)


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("by", ["run", "plan file", "saved plan"])
def test_a_plan_that_was_rolled_back_is_refused_and_names_both_runs(work: Path, edit: str, by: str) -> None:
    """The tenant is as it was when the plan was made, so nothing else would stop the plan."""
    edited_plan(work, edit)
    run = run_ok(work, "apply", "one.plan", "--format", "json").json()["run"]
    ways = {"run": [run], "plan file": ["--plan", "one.plan"], "saved plan": [run]}
    if by == "saved plan":
        run_ok(work, "rollback", *ways[by], "-o", "back.plan")
        back = run_ok(work, "apply", "back.plan", "--format", "json").json()["run"]
    else:
        back = run_ok(work, "rollback", *ways[by], "--auto-approve", "--format", "json").json()["run"]
    said = f"this plan was applied already: by run {run} of 20"
    too = f", and rolled back by run {back} of 20"
    refused = run_in_process(work, "apply", "one.plan", "--format", "json")
    assert (refused.code, refused.json()["applied"], refused.json()["not_attempted"]) == (3, 0, 1)
    (diagnostic,) = refused.json()["diagnostics"]
    assert (diagnostic["code"], said in diagnostic["message"], too in diagnostic["message"]) == ("RC545", True, True)
    assert "plan again: rhythmconf plan --env local -o FILE" in diagnostic["help"]
    shown = run_ok(work, "show", "plan", "one.plan").stderr
    assert (said in shown, too in shown) == (True, True)
    prune = ("--prune", "program/p7") if edit == "delete" else ()
    next_second()
    again = run_ok(work, "plan", "-o", "two.plan", *prune)
    assert "RC528" in again.stderr
    assert run_ok(work, "apply", "two.plan").last == f"Apply complete! Resources: {EDITS[edit][2]}."
    assert run_in_process(work, "apply", "back.plan" if by == "saved plan" else "two.plan").code == 3


def test_a_plan_that_was_undone_by_hand_or_by_another_apply_is_refused(work: Path) -> None:
    edited_plan(work, "update")
    run = run_ok(work, "apply", "one.plan", "--format", "json").json()["run"]
    edit_file(work / "config/all.yaml", "name: Seven,", "name: P7,")
    run_ok(work, "apply", "--auto-approve")
    refused = run_in_process(work, "apply", "one.plan")
    assert (refused.code, f"was applied already: by run {run} of 20" in refused.stderr) == (3, True)
    assert "rolled back" not in refused.stderr


def test_a_plan_whose_files_were_rolled_back_after_it_was_made_is_refused(work: Path) -> None:
    """It was made for the same files, but another plan was applied."""
    edited_plan(work, "update")
    next_second()
    run = run_ok(work, "apply", "--auto-approve", "--format", "json").json()["run"]
    next_second()
    back = run_ok(work, "rollback", run, "--auto-approve", "--format", "json").json()["run"]
    refused = run_in_process(work, "apply", "one.plan")
    assert (refused.code, f"was rolled back after the plan was made: by run {back} of 20" in refused.stderr) == (
        3,
        True,
    )


def test_a_plan_that_was_applied_in_part_and_rolled_back_names_both_runs(tmp_path: Path, work: Path) -> None:
    with serve_emulator(tmp_path) as tenant:
        run_ok(work, "plan", "-o", "one.plan", env=tenant.env)
        stopped = run_in_process(work, "apply", "one.plan", "--max-requests", "5", "--format", "json", env=tenant.env)
        assert stopped.code == 5
        run = stopped.json()["run"]
        more = ("--auto-approve", "--allow-deletes", "program=100%", "--format", "json")
        back = run_ok(work, "rollback", run, *more, env=tenant.env).json()["run"]
        refused = run_in_process(work, "apply", "one.plan", env=tenant.env)
        assert refused.code == 3
        assert f"this plan was applied in part: by run {run} of 20" in refused.stderr
        assert f", and rolled back by run {back} of 20" in refused.stderr


def test_a_plan_of_which_another_run_did_the_rest_is_refused_after_all_is_undone(tmp_path: Path, work: Path) -> None:
    with serve_emulator(tmp_path) as tenant:
        run_ok(work, "plan", "-o", "one.plan", env=tenant.env)
        assert run_in_process(work, "apply", "one.plan", "--max-requests", "5", env=tenant.env).code == 5
        run_ok(work, "apply", "--auto-approve", env=tenant.env)
        without = tenant.without_records("programs")
        refused = run_in_process(work, "apply", "one.plan", env=without.env)
        assert (refused.code, "this plan was applied in part: by run 20" in refused.stderr) == (3, True), refused
        assert without.records("programs") == []


def test_a_plan_without_changes_may_be_applied_twice(work: Path) -> None:
    run_ok(work, "apply", "--auto-approve")
    run_ok(work, "plan", "-o", "none.plan")
    for _ in range(2):
        assert run_ok(work, "apply", "none.plan").last == "Apply complete! Resources: 0 added, 0 changed, 0 destroyed."


def test_a_refused_plan_was_not_applied(work: Path) -> None:
    run_ok(work, "plan", "--allow-updates", "program=99%", "-o", "one.plan")
    run_ok(work, "apply", "--auto-approve")
    for _ in range(2):
        result = run_in_process(work, "apply", "one.plan")
        assert (result.code, "RC520" in result.stderr, "RC545" in result.stderr) == (3, True, False)


def stop_embedded(work: Path) -> None:
    """Leave a run of the embedded tenant without its end, as a computer does that is switched off."""
    run_ok(work, "apply", "--auto-approve")
    (record,) = (work / ".rhythmconf/state/runs").glob("*.jsonl")
    record.write_text("".join(record.read_text().splitlines(keepends=True)[:-1]))


def test_a_run_of_an_embedded_tenant_that_is_there_is_named(work: Path) -> None:
    stop_embedded(work)
    for command in ("plan", "drift"):
        assert "RC544" in run_in_process(work, command).stderr


@pytest.mark.parametrize("filled", [False, True])
def test_a_run_of_an_embedded_tenant_that_was_deleted_is_not_named(work: Path, filled: bool) -> None:
    stop_embedded(work)
    (work / ".rhythmconf/local.db").unlink()
    if filled:
        # Somebody else has filled the new one: this computer knows only its own run.
        run_ok(work, "apply", "--auto-approve", env={"RHYTHMCONF_STATE_DIR": str(work.with_name("elsewhere"))})
    for command in ("plan", "drift"):
        result = run_in_process(work, command)
        assert "RC544" not in result.stderr, result
        assert "resume" not in result.stderr


def test_a_run_is_named_where_only_another_kind_is_asked_for(work: Path) -> None:
    stop_embedded(work)
    (work / "config/reason.yaml").write_text("kind: statusReason\nkey: new\nspec: {name: New, is_active: true}\n")
    assert "RC544" in run_in_process(work, "plan", "--only", "statusReason/new").stderr
