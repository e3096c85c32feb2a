"""The jobs of the template that `init --gitlab` writes, from a push to the tenant and back."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.git import git
from tests.support.gitlab import Pipeline
from tests.support.pipelines import SECRETS, SETTINGS, list_refs, push_all, rename_program, start_clone
from tests.support.process import ServedTenant, edit_file, run_process_ok


@pytest.fixture
def work(tmp_path: Path, tenant: ServedTenant) -> Path:
    """Return a clone with the starter project; its main branch is pushed to a bare repository."""
    run_process_ok(tmp_path, "init", "work", "--gitlab", "--project", "demo")
    folder = start_clone(tmp_path / "work", SETTINGS.format(url=tenant.url))
    push_all(folder, "main")
    return folder


@pytest.fixture
def pipeline(tmp_path: Path, work: Path) -> Pipeline:
    home = tmp_path / "runner"
    home.mkdir()
    return Pipeline(home, tmp_path / "origin.git", SECRETS)


def merged(pipeline: Pipeline) -> None:
    """Run the jobs of the main branch: plan and the manual apply."""
    for name in ("plan", "apply"):
        done = pipeline.run(name)
        assert done.code == 0, done.log


def test_from_a_push_to_the_tenant_and_back_as_drift(work: Path, pipeline: Pipeline, tenant: ServedTenant) -> None:
    merged(pipeline)
    applied = list_refs(pipeline)["refs/rhythmconf/applied/production"]
    assert applied == git(work, "rev-parse", "HEAD")
    assert "refs/rhythmconf/snapshot/production" in list_refs(pipeline)

    rename_program(tenant, "Inspector of Safety")
    night = pipeline.run("drift")
    assert (night.code, night.allowed) == (2, True), night.log
    branch = list_refs(pipeline)["refs/heads/rhythmconf/drift-production"]
    assert pipeline.run("drift").allowed
    assert list_refs(pipeline)["refs/heads/rhythmconf/drift-production"] == branch  # the reviews of it stay
    git(work, "pull", "-q", "origin", "rhythmconf/drift-production")
    kept = push_all(work, "main")
    assert pipeline.run("plan").code == 0
    assert list_refs(pipeline)["refs/rhythmconf/applied/production"] == kept  # without the button
    assert pipeline.run("drift").code == 0
    assert "refs/heads/rhythmconf/drift-production" not in list_refs(pipeline)

    edit_file(work / "config/program.yaml", "name: Inspector of Safety", "name: Inspector")
    push_all(work, "main")
    merged(pipeline)
    assert [one["name"] for one in tenant.records("programs")] == ["Inspector"]


def test_the_jobs_of_main_use_a_token_command(work: Path, pipeline: Pipeline, tenant: ServedTenant) -> None:
    text = (work / "rhythmconf.yaml").read_text()
    (work / "rhythmconf.yaml").write_text(text.replace("auth: {", f'auth: {{token_command: "echo {tenant.token}"}} #'))
    push_all(work, "main")
    merged(pipeline)
    assert pipeline.run("drift").code == 0


def test_a_manual_job_of_an_old_pipeline_keeps_the_base(work: Path, pipeline: Pipeline) -> None:
    merged(pipeline)
    old = git(work, "rev-parse", "HEAD")
    assert pipeline.run("plan").code == 0
    new = push_all(work, "main")
    artifacts = pipeline.home / "artifacts"
    (artifacts / "plan").rename(artifacts / "older")
    assert pipeline.run("plan").code == 0
    (artifacts / "plan").rename(artifacts / "newer")
    (artifacts / "older").rename(artifacts / "plan")
    assert old != new
    assert "Nothing to apply" in pipeline.run("apply").log
    assert list_refs(pipeline)["refs/rhythmconf/applied/production"] == new


def test_a_base_that_can_not_be_pushed_fails_the_job(work: Path, pipeline: Pipeline) -> None:
    assert pipeline.run("plan").code == 0
    hook = pipeline.origin / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho the token has expired >&2\nexit 1\n")
    hook.chmod(0o755)
    done = pipeline.run("apply")
    assert "Apply complete!" in done.log
    assert "the token has expired" in done.log
    assert "applied. 3 added" in (pipeline.home / "artifacts/apply/run.md").read_text()
    assert done.code != 0


@pytest.mark.parametrize("tenant", [("--dialect", "external_id=read-only")], indirect=True)
def test_bindings_that_an_apply_wrote_must_be_committed(work: Path, pipeline: Pipeline, tenant: ServedTenant) -> None:
    edit_file(work / "rhythmconf.yaml", "dialect: {", "dialect: {external_id: read-only, ")
    push_all(work, "main")
    merged(pipeline)
    (program,) = tenant.records("programs")
    assert program["id"] in (pipeline.home / "artifacts/apply/bindings.yaml").read_text()
    assert pipeline.run("plan").code == 3
    git(work, "pull", "-q", "origin", "rhythmconf/bindings-production")
    push_all(work, "main")
    assert "No changes." in pipeline.run("plan").log


def test_a_merge_request_that_main_has_left_behind_gets_the_plan_of_the_merge(work: Path, pipeline: Pipeline) -> None:
    merged(pipeline)
    git(work, "checkout", "-q", "-b", "feature")
    edit_file(work / "config/reminder.yaml", "name: Renewal reminder, 30 days", "name: A month before")
    push_all(work, "feature")
    git(work, "checkout", "-q", "main")
    edit_file(work / "config/program.yaml", "name: Certified Safety Inspector", "name: Inspector")
    push_all(work, "main")
    merged(pipeline)
    review = pipeline.run("review", "feature")
    assert review.code == 0, review.log
    assert "Plan: 0 to add, 1 to change, 0 to destroy." in review.log
    plan = (pipeline.home / "artifacts/review/plan.md").read_text()
    assert "Inspector" not in plan
    head = git(work, "rev-parse", "feature")
    assert f"commit `{head[:12]}`" in plan
    assert "[Merge request 7](https://gitlab.test/us/config/-/merge_requests/7)" in plan

    git(work, "checkout", "-q", "-b", "conflict", "HEAD~1")
    edit_file(work / "config/program.yaml", "name: Certified Safety Inspector", "name: Safety")
    push_all(work, "conflict")
    conflict = pipeline.run("review", "conflict")
    assert conflict.code == 1
    assert "No plan: The branch conflicts with main. Merge it into the branch." in conflict.log
    report = pipeline.home / "artifacts/review"
    assert "conflicts with main" in (report / "plan.md").read_text()
    assert ElementTree.parse(report / "plan.xml").getroot().get("failures") == "1"
