"""After a create that was delivered twice, the next plan names both records and deletes the chosen one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.process import ServedTenant, make_project, run, run_process_ok, serve_emulator

SETTINGS = """\
version: 1
project: hisp
sources: [config]
environments:
  here: {tenant: hisp-system, dialect: {list_lag_s: 0}}
"""


def test_a_duplicate_is_named_and_deleted(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project", None, SETTINGS)
    with serve_emulator(tmp_path) as tenant:
        run_process_ok(folder, "apply", "--auto-approve", env=tenant.env)
        (first,) = tenant.records("statusReasons")
        again = {name: value for name, value in first.items() if name in ("name", "is_active", "sys_external_id")}
        second = tenant.call("POST", "statusReasons", body=again)
        result = run(folder, "plan", env=tenant.env)
        assert result.code == 1
        assert "RC301" in result.stderr
        assert first["id"] in result.stderr
        assert f"--prune-duplicate {second['id']}" in result.stderr
        wrong = run(folder, "plan", "--prune-duplicate", "nobody", env=tenant.env)
        assert (wrong.code, "not a duplicate" in wrong.stderr) == (1, True)
        both = ("--prune-duplicate", first["id"], "--prune-duplicate", second["id"])
        assert run(folder, "plan", *both, env=tenant.env).code == 1
        run_process_ok(folder, "plan", "--prune-duplicate", second["id"], "-o", "one.plan", env=tenant.env)
        assert run_process_ok(folder, "apply", "one.plan", env=tenant.env).last.endswith("1 destroyed.")
        assert [one["id"] for one in tenant.records("statusReasons")] == [first["id"]]
        assert run_process_ok(folder, "plan", env=tenant.env).last == "No changes."


MANY = 12
PROGRAMS = "---\n".join(
    [
        *(f"kind: programGroup\nkey: g{n}\nspec: {{name: Group {n}}}\n" for n in range(2)),
        *(f"kind: program\nkey: p{n}\nprotect: true\nspec: {{name: Program {n}, group_id: g0}}\n" for n in range(MANY)),
    ]
)


def all_records(tenant: ServedTenant) -> dict[str, dict[str, Any]]:
    return {record["id"]: record for segment in ("programGroups", "programs") for record in tenant.records(segment)}


def copy_all(tenant: ServedTenant) -> None:
    """Create every record once more, as a second computer does: its copies refer to its copies."""
    copies: dict[object, object] = {}
    for segment in ("programGroups", "programs"):
        for record in tenant.records(segment):
            body = {name: copies.get(value, value) for name, value in record.items() if not name.startswith("sys_")}
            body |= {"sys_external_id": record["sys_external_id"]}
            id = body.pop("id")
            copies[id] = tenant.call("POST", segment, body=body)["id"]


@pytest.mark.parametrize("protected", [False, True])
def test_one_command_deletes_any_number_of_duplicates(tmp_path: Path, protected: bool) -> None:
    """Neither the number of records, nor their protection, nor references stop it."""
    settings = SETTINGS.replace("tenant: hisp-system", f"tenant: hisp-system, protected: {str(protected).lower()}")
    folder = make_project(tmp_path / "project", {"config/all.yaml": PROGRAMS}, settings)
    command = "plan --env here --prune-duplicates -o FILE" if protected else "apply --env here --prune-duplicates"
    with serve_emulator(tmp_path) as tenant:
        run_process_ok(folder, "plan", "-o", "first.plan", env=tenant.env)
        run_process_ok(folder, "apply", "first.plan", env=tenant.env)
        before = all_records(tenant)
        copy_all(tenant)
        refused = run(folder, "plan", env=tenant.env)
        assert refused.code == 1
        # Each error has its line, and one command repairs all of them.
        assert refused.stderr.count(" --> config/all.yaml:") == MANY + 2
        assert refused.stderr.count("help:") == 1
        assert f"rhythmconf {command}" in refused.stderr
        assert refused.stderr.count("RC301") == MANY + 2
        words = command.replace("FILE", "repair.plan").split()
        run_process_ok(folder, *words, *(() if protected else ("--auto-approve",)), env=tenant.env)
        if protected:
            done = run_process_ok(folder, "apply", "repair.plan", env=tenant.env)
            assert done.last.endswith(f"{MANY + 2} destroyed.")
        assert all_records(tenant) == before
        again = run_process_ok(folder, "plan", "--prune-duplicates", env=tenant.env)
        assert again.last == "No changes."
        assert "--prune-duplicates: no two records of this project carry the same mark" in again.stderr


def test_duplicates_of_all_keys_are_not_pruned_with_a_plan_of_some(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project", None, SETTINGS)
    with serve_emulator(tmp_path) as tenant:
        refused = run(folder, "plan", "--prune-duplicates", "--only", "statusReason/lapsed", env=tenant.env)
    assert (refused.code, "can't be combined with --only" in refused.stderr) == (1, True)


def test_the_oldest_record_and_a_chosen_one_are_never_both_deleted(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project", None, SETTINGS)
    with serve_emulator(tmp_path) as tenant:
        run_process_ok(folder, "apply", "--auto-approve", env=tenant.env)
        (first,) = tenant.records("statusReasons")
        again = {name: value for name, value in first.items() if name in ("name", "is_active", "sys_external_id")}
        ids = [first["id"], *(tenant.call("POST", "statusReasons", body=again)["id"] for _ in range(2))]
        options = ("--prune-duplicates", "--prune-duplicate", ids[0])
        run_process_ok(folder, "apply", "--auto-approve", *options, env=tenant.env)
        (left,) = tenant.records("statusReasons")
        assert left["id"] == ids[1]
