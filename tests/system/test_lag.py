"""Tenants whose lists show new records late: the next command neither repeats nor misses a create."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rhythmconf.tenant.client import Clock
from rhythmconf.tenant.client.exchange import TIMEOUT_S
from tests.support.process import (
    ServedTenant,
    edit_file,
    make_project,
    run_in_process,
    run_ok,
    serve_emulator,
    start_command,
)

LAG_S = 1.0
COUNT = 3
SETTINGS = f"""\
version: 1
project: hisp
sources: [config]
environments:
  remote: {{tenant: hisp-system, dialect: {{list_lag_s: {LAG_S}}}}}
"""
UNCHANGED = "Apply complete! Resources: 0 added, 0 changed, 0 destroyed."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    reasons = [f"kind: statusReason\nkey: r{n}\nspec: {{name: Reason {n}}}\n" for n in range(COUNT)]
    return make_project(tmp_path / "project", {"config/reasons.yaml": "---\n".join(reasons)}, SETTINGS)


@pytest.fixture
def tenant(tmp_path: Path) -> Iterator[ServedTenant]:
    with serve_emulator(tmp_path, "--dialect", f"list_lag_s={LAG_S}") as one:
        yield one


def names(tenant: ServedTenant) -> list[str]:
    """Return all records of the tenant after the lag."""
    time.sleep(LAG_S)
    return sorted(one["name"] for one in tenant.records("statusReasons"))


ALL = [f"Reason {n}" for n in range(COUNT)]


@pytest.mark.parametrize("kept", [(), ("--journal", "run.jsonl")])
def test_a_second_apply_right_after_the_first_creates_no_duplicates(
    folder: Path, tenant: ServedTenant, kept: tuple[str, ...]
) -> None:
    run_ok(folder, "apply", "--auto-approve", *kept, env=tenant.env)
    assert len(tenant.records("statusReasons")) == COUNT  # the run itself has waited for the lists
    assert run_ok(folder, "apply", "--auto-approve", env=tenant.env).last == UNCHANGED
    assert names(tenant) == ALL


def test_a_saved_plan_whose_records_another_run_has_just_created_is_stale(folder: Path, tenant: ServedTenant) -> None:
    run_ok(folder, "plan", "-o", "a.plan", env=tenant.env)
    # The override makes another plan of it: two plans of one second are the same in every byte.
    run_ok(folder, "apply", "--auto-approve", "--allow-updates", "statusReason=99%", env=tenant.env)
    stale = run_in_process(folder, "apply", "a.plan", env=tenant.env)
    assert (stale.code, "RC520" in stale.stderr) == (3, True)
    assert names(tenant) == ALL


def killed_behind_a_create(folder: Path, tenant: ServedTenant) -> str:
    """Write the run record of an apply that was killed before its first create was answered."""
    with start_command(folder, ("apply", "--auto-approve", "--journal", "run.jsonl"), tenant.env) as process:
        while not any(one["operations"] for one in tenant.log()):
            time.sleep(0.001)
        process.kill()
    lines = (folder / "run.jsonl").read_bytes().splitlines(keepends=True)
    sent = max(number for number, line in enumerate(lines) if b'"record":"intent"' in line)
    (folder / "run.jsonl").write_bytes(b"".join(lines[: sent + 1]))
    return "run.jsonl"


def test_a_killed_apply_can_be_repeated_at_once(folder: Path, tenant: ServedTenant) -> None:
    killed_behind_a_create(folder, tenant)
    run_ok(folder, "apply", "--auto-approve", env=tenant.env)
    assert names(tenant) == ALL


def test_a_killed_apply_can_be_rolled_back_at_once(folder: Path, tenant: ServedTenant) -> None:
    run_ok(folder, "rollback", killed_behind_a_create(folder, tenant), "--auto-approve", env=tenant.env)
    assert names(tenant) == []


class Waits:
    """A clock whose waits take no time: each is written down, and moves the clock on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.late_s = 0.0
        self.slept: list[float] = []
        self.interrupted = False
        clock = Clock(now=lambda: time.time() + self.late_s, sleep=self._sleep, random=lambda: 0.5)
        for flow in ("connect", "apply", "resume"):
            monkeypatch.setattr(f"rhythmconf.flows.{flow}.CLOCK", clock)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if self.interrupted:
            raise KeyboardInterrupt
        self.late_s += seconds
        time.sleep(LAG_S)  # what the emulator needs; the settings name a longer time

    def of(self, folder: Path, tenant: ServedTenant, *arguments: str) -> list[float]:
        """Return the waits of a command, which says so if it waits."""
        self.slept.clear()
        result = run_ok(folder, *arguments, env=tenant.env)
        assert ("until the tenant's lists" in result.stderr) == bool(self.slept)
        return [*self.slept]


@pytest.fixture
def waits(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Waits:
    """Waits of a project whose settings say that lists are 500 seconds late."""
    edit_file(folder / "rhythmconf.yaml", f"list_lag_s: {LAG_S}", "list_lag_s: 500")
    return Waits(monkeypatch)


def test_a_run_that_creates_records_waits_once_and_the_next_command_does_not(
    folder: Path, tenant: ServedTenant, waits: Waits
) -> None:
    (folder / "config/program.yaml").write_text(
        "kind: programGroup\nkey: diving\nspec: {name: Diving, display_order: 1}\n"
        "---\nkind: program\nkey: diver\nspec: {name: Diver, group_id: diving}\n"
    )
    assert [300 < one <= 500 for one in waits.of(folder, tenant, "apply", "--auto-approve")] == [True]
    assert waits.of(folder, tenant, "plan") == []
    edit_file(folder / "config/reasons.yaml", "Reason 0", "Reason zero")
    assert waits.of(folder, tenant, "apply", "--auto-approve") == []


def test_a_command_waits_only_for_the_rest_of_the_lag(folder: Path, tenant: ServedTenant, waits: Waits) -> None:
    assert waits.of(folder, tenant, "plan") == []
    waits.interrupted = True
    assert run_in_process(folder, "apply", "--auto-approve", env=tenant.env).code == 130
    waits.interrupted = False
    time.sleep(LAG_S)
    assert [300 < one <= 500 for one in waits.of(folder, tenant, "plan")] == [True]
    waits.late_s = 300
    assert [100 < one <= 200 for one in waits.of(folder, tenant, "plan")] == [True]
    waits.late_s = 500
    assert waits.of(folder, tenant, "plan") == []
    edit_file(folder / "config/reasons.yaml", "Reason 0", "Reason zero")
    assert waits.of(folder, tenant, "apply", "--auto-approve") == []
    waits.late_s = 0
    assert waits.of(folder, tenant, "plan") == []


def test_a_resume_waits_only_for_the_rest_of_the_lag(folder: Path, tenant: ServedTenant, waits: Waits) -> None:
    waits.interrupted = True
    assert run_in_process(folder, "apply", "--auto-approve", env=tenant.env).code == 130
    waits.interrupted = False
    waits.late_s = 300
    assert [100 < one <= 200 for one in waits.of(folder, tenant, "resume")] == [True]


def test_the_lag_of_an_unanswered_create_begins_after_its_time_out(
    folder: Path, tenant: ServedTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_behind_a_create(folder, tenant)
    late_s, slept = 0.0, list[float]()
    clock = Clock(now=lambda: time.time() + late_s, sleep=slept.append, random=lambda: 0.5)
    monkeypatch.setattr("rhythmconf.flows.connect.CLOCK", clock)
    late_s = TIMEOUT_S - 10
    run_ok(folder, "plan", env=tenant.env)
    assert slept == [LAG_S]
    late_s = TIMEOUT_S + LAG_S
    run_ok(folder, "plan", env=tenant.env)
    assert slept == [LAG_S]


def test_a_mistake_in_the_files_is_reported_without_waiting(
    folder: Path, tenant: ServedTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_ok(folder, "apply", "--auto-approve", env=tenant.env)
    slept: list[float] = []
    clock = Clock(now=time.time, sleep=slept.append, random=lambda: 0.5)
    monkeypatch.setattr("rhythmconf.flows.connect.CLOCK", clock)
    edit_file(folder / "rhythmconf.yaml", f"list_lag_s: {LAG_S}", "list_lag_s: 500")
    edit_file(folder / "config/reasons.yaml", "name: Reason 0", "nam: Reason 0")
    refused = run_in_process(folder, "plan", env=tenant.env)
    assert (refused.code, "RC203" in refused.stderr, slept) == (1, True, [])


@pytest.mark.parametrize("wrong", ["-1", "601", "nan", "soon"])
def test_an_invalid_lag_is_refused(tmp_path: Path, wrong: str) -> None:
    refused = run_in_process(tmp_path, "emulator", "--dialect", f"list_lag_s={wrong}")
    assert (refused.code, "number of seconds" in refused.stderr) == (1, True)
