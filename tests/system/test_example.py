"""The main commands on examples/association in a new clone, in order."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.process import EXAMPLES, ServedTenant, edit_file, run, run_process_ok, serve_emulator

CURL = shutil.which("curl")
ADDED = "80 to add, 0 to change, 0 to destroy."


@pytest.fixture
def association(tmp_path: Path) -> Path:
    folder = tmp_path / "association"
    shutil.copytree(EXAMPLES / "association", folder, ignore=shutil.ignore_patterns(".rhythmconf"))
    return folder


@pytest.fixture
def tenant(tmp_path: Path) -> Iterator[ServedTenant]:
    with serve_emulator(tmp_path, tenant="hisp-sandbox") as one:
        yield one


def test_from_files_to_the_sandbox_and_on_to_production(association: Path) -> None:
    assert run_process_ok(association, "validate").last == "All checks passed: 80 documents, 0 problems."
    before = run(association, "plan", "--env", "sandbox", "--detailed-exitcode")
    assert (before.code, before.last) == (2, f"Plan: {ADDED}")

    applied = run_process_ok(association, "apply", "--env", "sandbox", "--auto-approve")
    assert applied.last == "Apply complete! Resources: 80 added, 0 changed, 0 destroyed."
    assert run_process_ok(association, "plan", "--env", "sandbox", "--detailed-exitcode").last == "No changes."
    assert run_process_ok(association, "drift", "--env", "sandbox").last == "No changes."

    edit_file(association / "config/billing/drops.yaml", "pre_processing_lead_time: 3", "pre_processing_lead_time: 5")
    plan = run_process_ok(association, "plan", "--env", "sandbox", "-v")
    assert "pre_processing_lead_time: 3 -> 5" in plan.stdout
    assert '[{"op":"replace","path":"/pre_processing_lead_time","value":5}]' in plan.stdout
    assert "config/billing/drops.yaml:33" in plan.stdout
    assert plan.last == "Plan: 0 to add, 1 to change, 0 to destroy."
    changed = run_process_ok(association, "apply", "--env", "sandbox", "--auto-approve")
    assert changed.last == "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."

    saved = run_process_ok(association, "plan", "--env", "production", "-o", "production.plan")
    assert saved.last == f"Plan: {ADDED}"
    assert (association / "production.plan").stat().st_mode & 0o777 == 0o600
    assert run_process_ok(association, "show", "plan", "production.plan").last == f"Plan: {ADDED}"
    result = run_process_ok(association, "apply", "production.plan")
    assert result.last == "Apply complete! Resources: 80 added, 0 changed, 0 destroyed."
    assert run_process_ok(association, "plan", "--env", "production").last == "No changes."


def test_a_protected_environment_needs_a_saved_plan(association: Path) -> None:
    refused = run(association, "apply", "--env", "production", "--auto-approve")
    assert (refused.code, refused.stdout) == (3, "")
    assert "production is protected" in refused.stderr
    assert "rhythmconf plan --env production -o FILE" in refused.stderr
    assert run_process_ok(association, "plan", "--env", "production").last == f"Plan: {ADDED}"
    destroying = run(association, "plan", "--env", "production", "--destroy")
    assert (destroying.code, destroying.stdout) == (3, "")


def test_a_change_made_by_curl_is_drift(association: Path, tenant: ServedTenant) -> None:
    if CURL is None:
        pytest.skip("there is no curl here")
    edit_file(
        association / "rhythmconf.yaml", "tenant: hisp-sandbox", "tenant: hisp-sandbox\n    dialect: {list_lag_s: 0}"
    )
    run_process_ok(association, "apply", "--env", "sandbox", "--auto-approve", env=tenant.env)
    assert run_process_ok(association, "drift", "--env", "sandbox", env=tenant.env).last == "No changes."
    id = next(one["id"] for one in tenant.records("statusReasons") if one["name"] == "Under review")
    directives = [{"op": "replace", "path": "/name", "value": "In review"}]
    curl = [CURL, "-sS", "--fail", "--noproxy", "*", "-X", "PATCH", tenant.address("statusReasons", f"/{id}")]
    curl += ["-H", f"Authorization: Bearer {tenant.token}", "-H", "Content-Type: application/json"]
    subprocess.run([*curl, "-d", json.dumps(directives)], check=True, capture_output=True)

    drift = run(association, "drift", "--env", "sandbox", env=tenant.env)
    assert (drift.code, drift.last) == (2, "Plan: 0 to add, 1 to change, 0 to destroy.")
    assert 'name: in the tenant now "In review", in the files "Under review"' in drift.stdout
    run_process_ok(association, "apply", "--env", "sandbox", "--auto-approve", env=tenant.env)
    assert run_process_ok(association, "drift", "--env", "sandbox", env=tenant.env).last == "No changes."


def test_each_report_names_the_location_of_the_tenant(association: Path, tenant: ServedTenant) -> None:
    output = run_process_ok(association, "plan", "--env", "sandbox").stdout
    assert output.startswith("sandbox  tenant hisp-sandbox, embedded:.rhythmconf/sandbox.db\n")
    there = run_process_ok(association, "plan", "--env", "sandbox", env=tenant.env).stdout
    assert there.startswith(f"sandbox  tenant hisp-sandbox, {tenant.url}")
    elsewhere = run(association, "plan", "--env", "production", env=tenant.env)
    assert elsewhere.code == 4
    assert "hisp" in elsewhere.stderr
