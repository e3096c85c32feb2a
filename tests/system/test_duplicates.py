"""After a create that was delivered twice, the next plan names both records and deletes the chosen one."""

from __future__ import annotations

from pathlib import Path

from tests.support.process import make_project, run, run_process_ok, serve_emulator

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
