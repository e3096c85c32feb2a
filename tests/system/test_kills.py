"""After SIGKILL at a system call, resume finishes the run without duplicates, and the lock is free."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.support.process import COMMAND, ServedTenant, make_environ, make_project, run, run_process_ok, serve_emulator

SETTINGS = """\
version: 1
project: hisp
sources: [config]
default_environment: here
environments:
  here: {tenant: hisp-system, dialect: {list_lag_s: 0}}
"""
COUNT = 6
STRACE = shutil.which("strace")
CALLS = {"fsync": 12, "write": 12, "sendto": 4, "recvfrom": 3, "ftruncate": 2}
"""Roughly how often one thread of a run makes each call; the time of the kill is drawn from it."""


def files(prefix: str) -> dict[str, str]:
    documents = [f"kind: statusReason\nkey: {prefix}r{n}\nspec: {{name: '{prefix} {n}'}}\n" for n in range(COUNT)]
    documents += [f"kind: programGroup\nkey: {prefix}g{n}\nspec: {{name: '{prefix} {n}'}}\n" for n in range(COUNT)]
    return {f"config/{prefix}.yaml": "---\n".join(documents)}


def killed(folder: Path, env: Mapping[str, str]) -> tuple[str, bool]:
    """Run an apply that is to die: at a system call where strace is there, else after a random while.

    Gives the moment, and whether it died: a call that this run never made kills nobody.
    """
    command = [*COMMAND, "apply", "--auto-approve"]
    call = random.choice(sorted(CALLS))
    where = f"{call}:{random.randint(1, CALLS[call])}"
    if STRACE and _traces():
        inject = f"inject={call}:signal=SIGKILL:when={where.partition(':')[2]}"
        command = [STRACE, "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-e", inject, *command]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=make_environ(folder, env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    if command[0] != STRACE:
        time.sleep(random.uniform(0.2, 1.5))
        process.kill()
    return where, process.wait(timeout=60) == -signal.SIGKILL


def _traces() -> bool:
    """Return whether strace works here; some containers forbid it."""
    assert STRACE is not None
    return subprocess.run([STRACE, "-qq", "-o", os.devnull, "true"], check=False, capture_output=True).returncode == 0


def test_a_kill_at_any_system_call_is_repaired(tmp_path: Path, full: bool) -> None:
    folder = make_project(tmp_path / "project", {}, SETTINGS)
    deaths, wanted = 0, 100 if full else 5
    with serve_emulator(tmp_path) as tenant:
        for turn in range(5 * wanted):
            if deaths == wanted:
                break
            for name, text in files(f"t{turn}").items():
                (folder / name).parent.mkdir(exist_ok=True)
                for old in (folder / "config").iterdir():
                    old.unlink()
                (folder / name).write_text(text)
            where, died = killed(folder, tenant.env)
            deaths += died
            assert_free(folder, tenant)
            resumed = run(folder, "resume", env=tenant.env)
            assert resumed.code == 0, (where, resumed)
            assert run_process_ok(folder, "apply", "--auto-approve", env=tenant.env).code == 0
            assert run_process_ok(folder, "plan", env=tenant.env).last == "No changes.", where
            assert_nothing_twice(tenant, 2 * COUNT * (turn + 1))
    assert deaths == wanted


def assert_free(folder: Path, tenant: ServedTenant) -> None:
    """Check that the lock ended with its owner: `unlock` finds no living process."""
    assert run(folder, "unlock", env=tenant.env).code == 0


def assert_nothing_twice(tenant: ServedTenant, count: int) -> None:
    records = [one for segment in ("statusReasons", "programGroups") for one in tenant.records(segment)]
    marks = Counter((one["sys_external_id"], "display_order" in one) for one in records)
    assert (len(records), set(marks.values())) == (count, {1})
