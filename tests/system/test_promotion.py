"""Promotion from a sandbox to production: changes in the console and a hot fix of production are kept apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.git import commit_all, git
from tests.support.process import edit_file, run_in_process, run_ok

DROPS = "config/billing/drops.yaml"
LEAD = "pre_processing_lead_time"


@pytest.fixture
def work(applied_example: Path) -> Path:
    """The example in git, applied to its sandbox and to production."""
    return applied_example


def in_console(folder: Path, environment: str, file: str, old: str, new: str) -> None:
    """Change a tenant but not the files, as people do in the console."""
    before = (folder / file).read_text(encoding="utf-8")
    edit_file(folder / file, old, new)
    run_ok(folder, "plan", "--env", environment, "--no-base", "-o", "console.plan")
    run_ok(folder, "apply", "console.plan")
    (folder / file).write_text(before, encoding="utf-8")


def test_a_change_of_the_sandbox_goes_to_production(work: Path) -> None:
    in_console(work, "sandbox", DROPS, f"{LEAD}: 3", f"{LEAD}: 5")
    before = (work / DROPS).read_text()
    promoted = run_ok(work, "promote", "--from", "sandbox", "--to", "production")
    assert promoted.last == "Plan: 0 to add, 1 to change, 0 to destroy."
    assert (work / DROPS).read_text() == before.replace(f"{LEAD}: 3", f"{LEAD}: 5")
    assert git(work, "status", "--porcelain", "--", "overlays", "bindings") == ""
    assert "with uncommitted changes" in promoted.stdout
    promotion = commit_all(work, "promote")
    assert (
        run_ok(work, "apply", "production.plan").last == "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."
    )
    assert git(work, "rev-parse", "refs/rhythmconf/applied/production") == promotion
    (run,) = [one for one in run_ok(work, "history", "--format", "json").json()["runs"] if one["commit"] == promotion]
    assert f"git revert {promotion[:12]}" in run_in_process(work, "rollback", run["run"], "-o", "back.plan").stderr
    assert "git revert" not in run_in_process(work, "rollback", "--plan", "production.plan", "-o", "back.plan").stderr
    for environment in ("production", "sandbox"):
        assert run_ok(work, "plan", "--env", environment).last == "No changes."


def test_a_promotion_without_changes_writes_nothing(work: Path) -> None:
    result = run_ok(work, "promote", "--from", "sandbox", "--to", "production")
    assert result.last == "No changes."
    assert "saved; apply exactly this with: rhythmconf apply production.plan" in result.stderr
    assert "commit" not in result.stderr


def test_merged_work_that_is_not_applied_is_not_promoted(work: Path) -> None:
    in_console(work, "sandbox", DROPS, f"{LEAD}: 3", f"{LEAD}: 5")
    edit_file(work / DROPS, "every week on Monday at 08:00", "every week on Tuesday at 08:00")
    commit_all(work, "merged")
    run_ok(work, "promote", "recurringBillingRun/drops-weekly", "--from", "sandbox", "--to", "production")
    assert f"{LEAD}: 5" in (work / DROPS).read_text()
    assert "on Tuesday" in (work / DROPS).read_text()


@pytest.mark.parametrize("winner", ["ours", "theirs"])
def test_a_hot_fix_is_a_conflict_that_either_side_can_win(work: Path, winner: str) -> None:
    in_console(work, "sandbox", DROPS, f"{LEAD}: 3", f"{LEAD}: 5")
    in_console(work, "production", DROPS, f"{LEAD}: 3", f"{LEAD}: 9")
    refused = run_in_process(work, "promote", "--from", "sandbox", "--to", "production")
    assert refused.code == 3
    for line in ("at the base    3", "in the tenant  9", f"in the files   5  {DROPS}:33"):
        assert line in refused.stdout
    assert not (work / "production.plan").exists()
    key = refused.stdout.partition("--theirs ")[2].split()[0].rstrip(")")
    commit_all(work, "promote")
    if winner == "theirs":
        said = run_in_process(work, "plan", "--env", "production", "--theirs", key)
        assert (said.code, f"{DROPS}:33" in said.stderr) == (3, True)
        edit_file(work / DROPS, f"{LEAD}: 5", f"{LEAD}: 9")
        commit_all(work, "keep the hot fix")
        assert run_ok(work, "plan", "--env", "production", "-o", "production.plan").last == "No changes."
    else:
        result = run_ok(work, "plan", "--env", "production", "--ours", key, "-o", "production.plan")
        assert result.last == "Plan: 0 to add, 1 to change, 0 to destroy."
    run_ok(work, "apply", "production.plan")
    assert run_ok(work, "plan", "--env", "production").last == "No changes."


def test_work_merged_but_not_applied_is_yours_and_no_drift(work: Path) -> None:
    edit_file(work / DROPS, f"{LEAD}: 3", f"{LEAD}: 5")
    commit_all(work, "merged")
    report = run_ok(work, "plan", "--env", "production", "--format", "json").json()
    assert {field["class"] for change in report["changes"] for field in change["fields"]} == {"yours"}
    assert run_ok(work, "drift", "--env", "production").last == "No changes."


def test_an_overlay_field_of_the_sandbox_stays_there(work: Path) -> None:
    file = "overlays/sandbox/addresses.yaml"
    text = (work / file).read_text()
    (work / file).write_text(text.replace("sandbox@harborsafety.example", "trial@harborsafety.example"))
    run_ok(work, "apply", "--env", "sandbox", "--auto-approve", "--allow-updates", "notice=100%", "--no-base")
    (work / file).write_text(text)
    promoted = run_ok(work, "promote", "--from", "sandbox", "--to", "production")
    assert promoted.last == "No changes."
    assert git(work, "status", "--porcelain") == ""


def test_fields_of_the_production_overlay_are_kept(work: Path) -> None:
    """An overlay skips a program in production, and the console changes a group that is unmanaged there."""
    groups = "overlays/production/portal-order.yaml"
    arranged = (work / groups).read_text()
    (work / groups).write_text("kind: programGroup\nkey: inspection\nspec: {display_order: 77}\n")
    run_ok(work, "plan", "--env", "production", "--no-base", "-o", "console.plan")
    run_ok(work, "apply", "console.plan")
    (work / groups).write_text(arranged)
    in_console(work, "sandbox", DROPS, f"{LEAD}: 3", f"{LEAD}: 5")
    run_ok(work, "promote", "--from", "sandbox", "--to", "production")
    commit_all(work, "promote")
    run_ok(work, "apply", "production.plan")
    there = run_ok(work, "diff", "--from", "sandbox", "--to", "production").stdout
    assert "display_in_portal: true -> false" in there
    assert "display_order: 10 -> 77" in there


def test_an_id_of_one_tenant_is_not_promoted(work: Path) -> None:
    in_console(work, "sandbox", DROPS, f"{LEAD}: 3", f"{LEAD}: 5")
    text = (work / DROPS).read_text()
    found = next(line for line in text.splitlines() if "_id: " in line or "_ids: " in line)
    name, _, value = found.partition(": ")
    literal = "[id:abc]" if value.startswith("[") else "id:abc"
    (work / DROPS).write_text(text.replace(found, f"{name}: {literal}", 1))
    before = (work / DROPS).read_text()
    refused = run_in_process(work, "promote", "--from", "sandbox", "--to", "production")
    assert refused.code == 3
    for words in ("'id:abc' is an id of one tenant", "nothing was written", "bindings/production.yaml"):
        assert words in refused.stderr
    assert (work / DROPS).read_text() == before
    assert not (work / "production.plan").exists()


def test_a_new_record_is_promoted_by_id_with_its_dependencies(work: Path) -> None:
    new = "kind: programGroup\nkey: divers\nspec: {name: Divers}\n---\n"
    new += "kind: program\nkey: deep\nspec: {name: Deep water, group_id: divers, is_active: true}\n"
    (work / "config/new.yaml").write_text(new)
    run_ok(work, "apply", "--env", "sandbox", "--auto-approve", "--no-base")
    shown = run_ok(work, "show", "program/deep", "--live", "--format", "json").json()
    (id,) = [one["id"] for one in shown["environments"] if one["environment"] == "sandbox"]
    (work / "config/new.yaml").unlink()
    in_console(work, "sandbox", DROPS, f"{LEAD}: 3", f"{LEAD}: 5")
    result = run_in_process(work, "promote", f"program/{id}", "--from", "sandbox", "--to", "production")
    assert (result.code, result.last) == (0, "Plan: 2 to add, 0 to change, 0 to destroy."), result
    assert git(work, "status", "--porcelain", "--untracked-files=all").count("??") == 2


def test_a_promotion_needs_two_environments(work: Path) -> None:
    assert run_in_process(work, "promote", "--from", "sandbox", "--to", "sandbox").code == 1
