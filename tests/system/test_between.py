"""Comparison of two tenants: differences, those caused by overlays, and records of one side only."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.process import edit_file, run_in_process, run_ok


@pytest.fixture
def association(applied_example: Path) -> Path:
    """Return the example, applied to its sandbox and to production."""
    return applied_example


def test_two_environments_of_one_commit_differ_by_their_overlays_only(association: Path) -> None:
    report = run_ok(association, "diff", "--from", "sandbox", "--to", "production", "--format", "json").json()
    fields = [field for row in report["differences"] for field in row["fields"]]
    assert fields
    assert all(field["overlay"] for field in fields)
    assert {row["only"] for row in report["differences"]} == {None}
    said = run_ok(association, "diff", "--from", "sandbox", "--to", "production")
    assert "display_in_portal: true -> false  ! access  overlay" in said.stdout


def test_files_and_tenant_are_compared_with_records_of_one_side(association: Path) -> None:
    assert run_ok(association, "diff", "--from", "sandbox", "--to", "files").last == (
        "0 differences, 0 only in sandbox, 0 only in files, 80 identical."
    )
    edit_file(association / "config/billing/drops.yaml", "pre_processing_lead_time: 3", "pre_processing_lead_time: 5")
    new = "kind: statusReason\nkey: retired\nspec: {name: Retired, is_active: true}\n"
    (association / "config/retired.yaml").write_text(new, encoding="utf-8")
    files = run_ok(association, "diff", "--from", "sandbox", "--to", "files")
    assert "pre_processing_lead_time: 3 -> 5" in files.stdout
    assert "+ certifications/statusReason/retired  only in files" in files.stdout
    run_ok(association, "apply", "--env", "sandbox", "--auto-approve")
    both = run_ok(association, "diff", "--from", "sandbox", "--to", "production")
    assert "- certifications/statusReason/retired  only in sandbox" in both.stdout
    (line,) = [one for one in both.stdout.splitlines() if "pre_processing_lead_time: 5 -> 3" in one]
    assert "overlay" not in line


def test_comparing_an_environment_with_itself_is_refused(association: Path) -> None:
    assert run_in_process(association, "diff", "--from", "sandbox", "--to", "sandbox").code == 1
    assert run_in_process(association, "diff", "--from", "files", "--to", "sandbox").code == 1
