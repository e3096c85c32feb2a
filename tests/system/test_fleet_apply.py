"""`rhythmconf fleet apply`: exactly the plans of a bundle, in rings, whatever dies on the way."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.fleets import REASONS, apply_member, fleet, members, rename_reasons, serve_refusals, write_member
from tests.support.git import commit_all, git
from tests.support.process import Completed, edit_file, start_command, write_files
from tests.support.sessions import edit_tenant

RINGS = "version: 1\nmembers:\n  - project: tenants/*\n    environment: live\n"
CANARY = "  - {project: tenants/a1, environment: live, labels: {ring: canary}}\nrings: [canary, 25%, rest]\n"


def make_fleet(root: Path, count: int, *, max_failures: int = 0, names: str = "a") -> list[str]:
    """Write new tenants, of which the first is the canary, and their fleet.yaml."""
    members = [f"{names}{number}" for number in range(1, count + 1)]
    for name in members:
        write_member(root, name)
    (root / "fleet.yaml").write_text(f"{RINGS}{CANARY}max_failures: {max_failures}\n")
    return members


def saved(root: Path) -> Completed:
    """Save the plans of the fleet in `plans`."""
    return fleet(root, "plan", "-o", "plans")


def records(root: Path, name: str) -> int:
    """Return how many records the tenant of a member has."""
    path = root / "tenants" / name / ".rhythmconf/local.db"
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute("SELECT count(*) FROM records").fetchone()[0])


def applied_runs(root: Path) -> Counter[str]:
    """Return how many runs of each project are on record."""
    headers = [json.loads(path.read_text().splitlines()[0]) for path in (root / ".rhythmconf/state").rglob("*.jsonl")]
    return Counter(header["project"] for header in headers)


def states(root: Path, *arguments: str) -> dict[str, str]:
    """Apply the bundle, and return the state of each member."""
    return {name: one["state"] for name, one in members(root, "apply", "plans", *arguments).items()}


def test_a_bundle_is_applied_in_rings_and_only_once(tmp_path: Path) -> None:
    names = make_fleet(tmp_path, 5)
    assert "saved 5 plans; apply exactly these with: rhythmconf fleet apply plans" in saved(tmp_path).stderr
    manifest = json.loads((tmp_path / "plans/fleet.json").read_bytes())
    rings = {ring["ring"]: [plan["name"] for plan in ring["plans"]] for ring in manifest["rings"]}
    assert rings == {"canary": ["a1"], "25%": ["a2", "a3"], "rest": ["a4", "a5"]}
    ran = fleet(tmp_path, "apply", "plans")
    assert (ran.code, ran.stdout.splitlines()[-1]) == (0, "5 tenants: 5 applied.")
    assert [records(tmp_path, name) for name in names] == [REASONS] * 5
    again = fleet(tmp_path, "apply", "plans")
    assert (again.code, "this bundle was applied before" in again.stderr) == (3, True)
    assert set(states(tmp_path, "--resume").values()) == {"applied"}
    assert set(applied_runs(tmp_path).values()) == {1}
    refused = saved(tmp_path)
    assert (refused.code, "the plans in this folder were applied" in refused.stderr) == (1, True)


def test_a_plan_or_manifest_that_was_changed_is_refused(tmp_path: Path) -> None:
    make_fleet(tmp_path, 3, max_failures=1)
    key = {"RHYTHMCONF_PLAN_KEY": "a-long-secret-key"}
    assert fleet(tmp_path, "plan", "-o", "plans", env=key).code == 0
    shutil.copyfile(tmp_path / "plans/a3.plan", tmp_path / "plans/a2.plan")
    applied = members(tmp_path, "apply", "plans", env=key)
    assert {name: one["exit_code"] for name, one in applied.items()} == {"a1": 0, "a2": 3, "a3": 0}
    assert "not the one in the manifest" in applied["a2"]["reason"]
    assert records(tmp_path, "a2") == 0
    fleet(tmp_path, "plan", "-o", "others", env=key)
    manifest = tmp_path / "others/fleet.json"
    text = manifest.read_text()
    for changed, reason in (
        (text.replace('"max_failures": 1', '"max_failures": 9'), "it was changed after it was written"),
        (text.replace('"hmac": "', '"hmac": "0'), "it is not signed with the key"),
        ("[]", "it has another format"),
    ):
        manifest.write_text(changed)
        refused = fleet(tmp_path, "apply", "others", env=key)
        assert (refused.code, reason in refused.stderr) == (3, True), refused
    edit_file(tmp_path / "fleet.yaml", "max_failures: 1", "max_failures: 9")  # what was reviewed is what happens
    manifest.write_text(text)
    assert json.loads(manifest.read_bytes())["max_failures"] == 1


def test_a_ring_that_fails_stops_the_next_and_resume_does_only_the_rest(tmp_path: Path) -> None:
    make_fleet(tmp_path, 8)
    saved(tmp_path)
    settings = tmp_path / "tenants/a2/rhythmconf.yaml"
    edit_file(settings, "sources:", "source:")
    stopped = dict.fromkeys(("a4", "a5", "a6", "a7", "a8"), "stopped")
    assert states(tmp_path) == {"a1": "applied", "a2": "failed", "a3": "stopped", **stopped}
    edit_file(settings, "source:", "sources:")
    # What is applied is followed by a new plan, which must be empty: this file has changed since.
    rename_reasons(tmp_path / "tenants/a3", 0)
    resumed = members(tmp_path, "apply", "plans", "--resume")
    assert {name: one["state"] for name, one in resumed.items()} == {
        "a1": "applied",
        "a2": "applied",
        "a3": "unfinished",
        **stopped,
    }
    assert resumed["a3"]["reason"] == "applied, and a new plan has 1 change: the files or the tenant have changed since"
    rename_back = tmp_path / "tenants/a3/config/reasons.yaml"
    edit_file(rename_back, "name: Reason 0 new,", "name: Reason 0,")
    assert set(states(tmp_path, "--resume").values()) == {"applied"}
    assert set(applied_runs(tmp_path).values()) == {1}


def test_planted_failures_leave_the_others_done(tmp_path: Path, full: bool) -> None:
    """Some tenants fail, each in one of eight ways: five before they have a plan, three when they are applied."""
    count, bad = (1000, 300) if full else (12, 8)
    names = make_fleet(tmp_path, count, max_failures=bad)
    guarded, conflicting, denied, dead, wrong, *later = (names[1 + way : 1 + bad : 8] for way in range(8))
    stale, changed, gone = later
    for name in guarded:
        apply_member(tmp_path / "tenants" / name, tmp_path / ".rhythmconf/state")
        rename_reasons(tmp_path / "tenants" / name, *range(9))
    for name in conflicting:
        plant_conflict(tmp_path, name)
    for name in wrong:
        edit_file(tmp_path / "tenants" / name / "config/reasons.yaml", "name: Reason 3,", "names: Reason 3,")
    with serve_refusals() as url:
        for name in denied:
            write_member(tmp_path, name, f"{{tenant: {name}, base_url: '{url}/{{module}}'}}")
        for name in dead:
            write_member(tmp_path, name, f"{{tenant: dead, base_url: '{url}/{{module}}'}}")
        jobs = ("--jobs", "2" if full else "1")
        env = {"RHYTHMCONF_TOKEN": "a-token"}
        planned = members(tmp_path, "plan", "-o", "plans", *jobs, env=env)
    reasons = {
        "refused: 9 of 10 records": guarded,
        "refused: name changed to different values in the files and in the tenant": conflicting,
        "denied: 403": denied,
        "denied: 401": dead,
        "failed: config/reasons.yaml:15:8: ": wrong,
    }
    assert check_failures(planned, reasons) == set().union(guarded, conflicting, denied, dead, wrong)
    assert {planned[name]["conflicts"] for name in conflicting} == {1}
    for name in stale:  # somebody has made one of the records by hand
        apply_member(tmp_path / "tenants" / name, tmp_path / ".rhythmconf/other-state")
    for name in changed:
        (tmp_path / "plans" / f"{name}.plan").write_bytes(b"{}")
    for name in gone:
        shutil.rmtree(tmp_path / "tenants" / name)
    applied = members(tmp_path, "apply", "plans", *jobs, env=env)
    reasons = {
        "refused: The plan is stale": stale,
        "refused: this plan file is not the one in the manifest": changed,
        "failed: no such folder": gone,
    }
    assert check_failures(applied, reasons) == set().union(*later)
    done = [name for name in names if name not in names[1 : 1 + bad]]
    assert len(applied) == len(done) + sum(map(len, later))
    assert {applied[name]["state"] for name in done} == {"applied"}
    assert {records(tmp_path, name) for name in done} == {REASONS}


def plant_conflict(root: Path, name: str) -> None:
    """Apply a member, and let its files and its tenant give one record different names after that."""
    project = root / "tenants" / name
    write_files(project, {".gitignore": ".rhythmconf/\n"})
    git(project, "init", "-q")
    commit_all(project)
    apply_member(project, root / ".rhythmconf/state")
    edit_tenant(project, "live", "config/reasons.yaml", "name: Reason 0,", "name: Theirs,")
    rename_reasons(project, 0, mark="ours")


def check_failures(found: dict[str, dict[str, Any]], reasons: dict[str, list[str]]) -> set[str]:
    """Check how each member failed, and return which did. Each names a command that shows more."""
    for start, names in reasons.items():
        state, _, reason = start.partition(": ")
        for name in names:
            one = found[name]
            assert one["state"] == state, one
            assert reason in one["reason"], one
            assert f"-C tenants/{name}" in one["command"], one
    return {name for name, one in found.items() if one["exit_code"]}


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_for_entries(path: Path, event: str, count: int) -> None:
    """Wait until the record of an apply has so many entries of an event."""
    for _ in range(3000):
        if path.exists() and path.read_text().count(f'"event": "{event}"') >= count:
            return
        time.sleep(0.01)
    pytest.fail(f"the record never had {count} entries")


def test_after_ctrl_c_or_kill_9_of_the_command_or_of_a_worker_resume_finishes(tmp_path: Path) -> None:
    names = make_fleet(tmp_path, 9)
    saved(tmp_path)
    record = tmp_path / "plans/applied.jsonl"
    ends = []
    for number, (count, stop) in enumerate(((3, signal.SIGKILL), (6, signal.SIGINT))):
        arguments = ("fleet", "apply", "plans", "--jobs", "2", *(("--resume",) if number else ()))
        with start_command(tmp_path, arguments) as process:
            wait_for_entries(record, "begin", count)
            os.kill(process.pid, stop)
            ends.append((process.communicate(timeout=60)[1], process.returncode))
    assert [code for _, code in ends] == [-signal.SIGKILL, 130]
    assert "help: go on with: rhythmconf fleet apply plans --resume" in ends[1][0]
    with start_command(tmp_path, ("fleet", "apply", "plans", "--jobs", "2", "--resume", "--format", "json")) as process:
        wait_for_entries(record, "begin", 8)
        workers = children(process.pid)
        for worker in workers[-1:]:
            os.kill(worker, signal.SIGKILL)
        out, _ = process.communicate(timeout=60)
    report: dict[str, Any] = json.loads(out)
    assert {one["name"]: one["state"] for one in report["members"]} == dict.fromkeys(names, "applied")
    assert [records(tmp_path, name) for name in names] == [REASONS] * len(names)
