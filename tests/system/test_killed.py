"""After an apply is killed, the next plan and apply repair the tenant without duplicates."""

from __future__ import annotations

import random
import subprocess
import time
from collections import Counter
from pathlib import Path

from tests.support.process import ServedTenant, make_project, run, run_process_ok, serve_emulator, start_command

SETTINGS = """\
version: 1
project: hisp
sources: [config]
default_environment: here
environments:
  here: {tenant: hisp-system, dialect: {list_lag_s: 0.2}}
"""
COUNT = 16
SEGMENTS = ("statusReasons", "programGroups", "programs")


def files() -> dict[str, str]:
    """Return documents of reasons, groups, and programs that refer to the groups."""
    documents = [f"kind: statusReason\nkey: r{n}\nspec: {{name: Reason {n}}}\n" for n in range(COUNT)]
    documents += [f"kind: programGroup\nkey: g{n}\nspec: {{name: Group {n}, display_order: 1}}\n" for n in range(COUNT)]
    documents += [f"kind: program\nkey: p{n}\nspec: {{name: Program {n}, group_id: g{n}}}\n" for n in range(COUNT)]
    return {"config/all.yaml": "---\n".join(documents)}


def test_a_killed_apply_is_repaired(tmp_path: Path, full: bool) -> None:
    folder = make_project(tmp_path / "project", files(), SETTINGS)
    with serve_emulator(tmp_path, "--latency-ms", "25", "--dialect", "list_lag_s=0.2") as tenant:
        for _ in range(12 if full else 4):
            with start_command(folder, ("apply", "--auto-approve"), tenant.env) as process:
                wait_for(len(creates(tenant)) + random.randint(0, 12), tenant, process)
                process.kill()
            assert set(marks(tenant).values()) <= {1}
        left = run_process_ok(folder, "plan", "--format", "json", env=tenant.env).json()["summary"]
        assert left["create"] + left["unchanged"] == 3 * COUNT
        applied = run(folder, "apply", "--auto-approve", env=tenant.env)
        assert applied.code == 0, applied
        assert applied.last == f"Apply complete! Resources: {left['create']} added, 0 changed, 0 destroyed."
        assert run_process_ok(folder, "plan", env=tenant.env).last == "No changes."
        assert (len(marks(tenant)), set(marks(tenant).values())) == (3 * COUNT, {1})
        assert len(creates(tenant)) == 3 * COUNT


def wait_for(count: int, tenant: ServedTenant, process: subprocess.Popen[str]) -> None:
    """Wait until the tenant has answered so many creates or the process has ended."""
    while len(creates(tenant)) < count and process.poll() is None:
        time.sleep(0.005)


def creates(tenant: ServedTenant) -> list[str]:
    """Return the ids of all answered creates."""
    return [write["id"] for one in tenant.log() for write in one["writes"] if write["operation"] == "create"]


def marks(tenant: ServedTenant) -> Counter[str]:
    """Count the records of each mark in the tenant."""
    return Counter(one["sys_external_id"] for segment in SEGMENTS for one in tenant.records(segment))
