"""A tenant that has none of the applied records may be the wrong one: nothing is created there unless that is meant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.git import commit_all, git
from tests.support.process import (
    PROGRAMS,
    REASON,
    SETTINGS,
    TENANT,
    ServedTenant,
    edit_file,
    make_project,
    run_in_process,
    run_ok,
    serve_emulator,
)

LINE = f"local: {{tenant: {TENANT}, embedded"
WORDS = "none of the 2 records that the last apply knows is in tenant"


def make_applied(folder: Path, files: dict[str, str]) -> Path:
    """Make a project in git, and apply it."""
    make_project(folder, {**files, ".gitignore": ".rhythmconf/\n*.plan\n"}, SETTINGS)
    git(folder, "init", "-q", "-b", "main")
    commit_all(folder, "first")
    run_ok(folder, "apply", "--auto-approve")
    return folder


@pytest.fixture
def applied(tmp_path: Path) -> Path:
    """Return an applied project of two programs."""
    return make_applied(tmp_path, PROGRAMS)


def change_tenant(folder: Path) -> str:
    """Give the environment the id of another tenant, which is there and empty."""
    edit_file(folder / "rhythmconf.yaml", LINE, LINE.replace(TENANT, "hisp-other"))
    return "hisp-other"


def change_server(folder: Path) -> str:
    """Give the environment another server."""
    edit_file(folder / "rhythmconf.yaml", "embedded: .rhythmconf/local.db", "embedded: .rhythmconf/new.db")
    return TENANT


def reset(folder: Path) -> str:
    """Empty the tenant, as a reset of a sandbox does."""
    (folder / ".rhythmconf/local.db").unlink()
    return TENANT


@pytest.mark.parametrize("mistake", [change_tenant, change_server, reset])
def test_a_tenant_without_any_applied_record_is_refused(applied: Path, mistake: object) -> None:
    tenant = mistake(applied)  # type: ignore[operator]
    commit_all(applied, "second") if mistake is not reset else None
    result = run_in_process(applied, "apply", "--auto-approve")
    assert result.code == 3, result
    assert f"{WORDS} {tenant} at embedded:.rhythmconf/" in result.stdout + result.stderr
    assert "check that local names the right tenant (rhythmconf.yaml:5) and the right server" in (
        result.stdout + result.stderr
    )
    shown = run_in_process(applied, "plan")
    assert "(override: --allow-absent)" in shown.stdout + shown.stderr, shown
    assert "deleted in the tenant on purpose" not in shown.stderr
    allowed = run_ok(applied, "apply", "--allow-absent", "--auto-approve")
    assert allowed.last.startswith("Apply complete! Resources: 2 added"), allowed
    assert run_ok(applied, "plan").last == "No changes."


def test_a_saved_plan_keeps_what_was_allowed(applied: Path) -> None:
    reset(applied)
    run_in_process(applied, "plan", "-o", "refused.plan")
    assert run_in_process(applied, "apply", "refused.plan").code != 0
    run_ok(applied, "plan", "--allow-absent", "-o", "allowed.plan")
    assert run_ok(applied, "apply", "allowed.plan").last.startswith("Apply complete! Resources: 2 added")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, ServedTenant]]:
    """Return a project of two programs that was applied to a served tenant, and the tenant."""
    folder = make_project(tmp_path, {**PROGRAMS, ".gitignore": ".rhythmconf/\n"}, SETTINGS)
    git(folder, "init", "-q", "-b", "main")
    commit_all(folder, "first")
    with serve_emulator(tmp_path, tenant=f"{TENANT}-remote") as tenant:
        run_ok(folder, "apply", "--auto-approve", "--env", "remote", env=tenant.env)
        yield folder, tenant


def test_one_record_that_is_left_tells_the_tenant(served: tuple[Path, ServedTenant]) -> None:
    folder, tenant = served
    first, second = tenant.records("programs")
    tenant.call("DELETE", "programs", f"/{first['id']}")
    assert "the last apply knows" not in run_ok(folder, "plan", "--env", "remote", env=tenant.env).stdout
    # Only the kind of the records that are gone is asked for.
    tenant.call("DELETE", "programs", f"/{second['id']}")
    for options in ((), ("--only", "program/moved")):
        result = run_in_process(folder, "plan", *options, "--env", "remote", env=tenant.env)
        assert WORDS in result.stdout, result


def test_a_project_of_one_record_is_not_asked(tmp_path: Path) -> None:
    folder = make_applied(tmp_path, {"config/r.yaml": REASON})
    reset(folder)
    assert "the last apply knows" not in run_ok(folder, "plan").stdout


def test_without_a_base_nothing_is_known(tmp_path: Path) -> None:
    make_project(tmp_path, PROGRAMS, SETTINGS)
    run_ok(tmp_path, "apply", "--auto-approve")
    reset(tmp_path)
    assert "the last apply knows" not in run_ok(tmp_path, "plan").stdout


def test_records_by_hand_with_the_same_names_are_not_the_applied_ones(served: tuple[Path, ServedTenant]) -> None:
    """Another tenant may have records that the documents would adopt: they would be changed."""
    folder, tenant = served
    for record in tenant.records("programs"):
        tenant.call("DELETE", "programs", f"/{record['id']}")
        tenant.call("POST", "programs", "", {"name": record["name"], "description": "by hand"})
    result = run_in_process(folder, "plan", "--env", "remote", env=tenant.env)
    assert "2 to adopt (2 with changes)" in result.stdout, result
    assert WORDS in result.stdout, result
    assert run_in_process(folder, "apply", "--auto-approve", "--env", "remote", env=tenant.env).code == 3
    assert {record["description"] for record in tenant.records("programs")} == {"by hand"}


def test_a_base_that_is_named_by_hand_is_no_apply(applied: Path) -> None:
    reset(applied)
    assert "the last apply knows" not in run_ok(applied, "plan", "--base", "HEAD").stdout
