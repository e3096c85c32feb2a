"""A command that waited for the lock works with the files and bindings as they are when it gets it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rhythmconf.tenant.client import Clock
from tests.support.git import commit_all
from tests.support.process import Completed, edit_file, run_in_process, run_ok, run_process_ok, write_files

WAIT = ("--lock-timeout", "60")
LEAVERS = "kind: program\nkey: left\nspec: {name: Left, is_active: true}\n"


def run_waiting(folder: Path, *arguments: str, meanwhile: Callable[[], object]) -> Completed:
    """Run a command while the lock is held. When it waits, release the lock and call `meanwhile`."""
    (path,) = (folder / ".rhythmconf/state/locks").glob("*.lock")
    held = os.open(path, os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        if not waits:
            os.close(held)
            meanwhile()
        waits.append(seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rhythmconf.flows.tenant_lock.CLOCK", Clock(now=time.time, sleep=sleep, random=lambda: 0.5))
        result = run_in_process(folder, *arguments)
    assert waits, result
    return result


def without_marks(folder: Path) -> None:
    """Make the tenant one that keeps no marks, so that only bindings tell which record a document is."""
    edit_file(folder / "rhythmconf.yaml", "local.db, dialect: {", "local.db, dialect: {external_id: read-only, ")


def test_a_fresh_apply_reads_the_documents_after_the_wait(work: Path) -> None:
    result = run_waiting(
        work,
        "apply",
        "--auto-approve",
        *WAIT,
        meanwhile=lambda: edit_file(work / "config/moved.yaml", "Moved away", "Moved"),
    )
    assert result.last == "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."


def test_a_fresh_apply_reads_the_bindings_after_the_wait(work: Path) -> None:
    without_marks(work)
    write_files(work, {"config/left.yaml": LEAVERS})
    result = run_waiting(
        work, "apply", "--auto-approve", *WAIT, meanwhile=lambda: run_process_ok(work, "apply", "--auto-approve")
    )
    assert result.last == "Apply complete! Resources: 0 added, 0 changed, 0 destroyed.", result


def test_of_two_applies_of_one_saved_plan_the_second_is_refused(work: Path) -> None:
    without_marks(work)
    write_files(work, {"config/left.yaml": LEAVERS})
    run_ok(work, "plan", "-o", "left.plan")
    apply = ("apply", "left.plan")
    result = run_waiting(work, *apply, *WAIT, meanwhile=lambda: run_process_ok(work, *apply))
    assert (result.code, "error[RC545]" in result.stderr) == (3, True), result
    assert "this plan was applied already: by run 20" in result.stderr
    assert "error[RC520]" not in result.stderr


def test_a_saved_plan_whose_record_another_apply_has_bound_meanwhile_is_refused(work: Path) -> None:
    without_marks(work)
    write_files(work, {"config/left.yaml": LEAVERS})
    run_ok(work, "plan", "-o", "left.plan")
    # The override makes another plan of it: two plans of one second are the same in every byte.
    fresh = ("apply", "--auto-approve", "--allow-updates", "statusReason=99%")
    result = run_waiting(work, "apply", "left.plan", *WAIT, meanwhile=lambda: run_process_ok(work, *fresh))
    assert (result.code, "error[RC520]" in result.stderr) == (3, True), result
    assert "is bound to it" in result.stderr


def test_a_resume_reads_the_bindings_after_the_wait(work: Path) -> None:
    edit_file(work / "config/moved.yaml", "Moved away", "Moved")
    commit_all(work)
    run_in_process(work, "apply", "--auto-approve", "--max-requests", "1")
    result = run_waiting(work, "resume", *WAIT, meanwhile=lambda: write_files(work, {"bindings/local.yaml": "[]"}))
    assert (result.code, "error[RC003]" in result.stderr) == (1, True)
