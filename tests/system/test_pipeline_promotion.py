"""Sandbox first: production is planned only after the proof that sandbox has the commit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.git import git
from tests.support.gitlab import Pipeline
from tests.support.pipelines import SANDBOX, SECRETS, SETTINGS, list_refs, push_all, rename_program, start_clone
from tests.support.process import ServedTenant, edit_file, run_ok, serve_emulator


@pytest.fixture
def tenants(tmp_path: Path) -> Iterator[dict[str, ServedTenant]]:
    for name in ("sandbox", "production"):
        (tmp_path / name).mkdir()
    with (
        serve_emulator(tmp_path / "sandbox", tenant="demo-sandbox", token="the-token-of-sandbox") as sandbox,
        serve_emulator(tmp_path / "production", tenant="demo-live", token="the-token-of-production") as production,
    ):
        yield {"sandbox": sandbox, "production": production}


@pytest.fixture
def work(tmp_path: Path, tenants: dict[str, ServedTenant]) -> Path:
    """Return a clone with the pipelines of two environments; its main branch is pushed to a bare repository."""
    run_ok(tmp_path, "init", "work", "--project", "demo")
    text = SETTINGS.format(url=tenants["production"].url) + SANDBOX.format(url=tenants["sandbox"].url)
    folder = start_clone(tmp_path / "work", text)
    run_ok(folder, "init", "--github", "--gitlab", "--env", "sandbox", "--env", "production")
    push_all(folder, "main")
    return folder


def test_gitlab_plans_production_after_the_proof_of_sandbox(
    tmp_path: Path, work: Path, tenants: dict[str, ServedTenant]
) -> None:
    home = tmp_path / "runner"
    home.mkdir()
    pipeline = Pipeline(home, tmp_path / "origin.git", {**SECRETS, "GITLAB_USER_LOGIN": "ana"})
    for name in ("plan-sandbox", "apply-sandbox", "prove-sandbox", "plan-production"):
        done = pipeline.run(name)
        assert done.code == 0, done.log
    assert tenants["production"].records("programs") == []
    commit = git(work, "rev-parse", "HEAD")
    proof = (home / "artifacts/plan-production/proof.md").read_text()
    assert proof.startswith("**sandbox has this commit.** Run `")
    assert f"started by ana, applied `{commit[:12]}`" in proof
    assert done.log.index(proof) < done.log.index("Plan: 3 to add")
    assert pipeline.run("apply-production").code == 0
    assert len(tenants["production"].records("programs")) == 1

    edit_file(work / "config/program.yaml", "name: Certified Safety Inspector", "name: Inspector")
    older = push_all(work, "main")
    for name in ("plan-sandbox", "apply-sandbox"):
        assert pipeline.run(name).code == 0
    rename_program(tenants["sandbox"], "Somebody's")
    differing = pipeline.run("prove-sandbox")
    assert differing.code == 3
    assert f"No proof: right after its apply, sandbox differs from {older}." in differing.log
    assert not (home / "artifacts/prove-sandbox").exists()

    rename_program(tenants["sandbox"], "Inspector")
    git(work, "switch", "-q", "-c", "older")
    git(work, "push", "-q", "origin", "older")
    git(work, "switch", "-q", "main")
    newer = push_all(work, "main")
    assert pipeline.run("plan-sandbox").code == 0  # nothing to change: the base moves at once
    assert list_refs(pipeline)["refs/rhythmconf/applied/sandbox"] == newer
    passed = pipeline.run("prove-sandbox", "older")
    assert passed.code == 3
    assert f"sandbox has the commit {newer}, not {older}." in passed.log
