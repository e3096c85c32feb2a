"""A pull request from end to end, by the steps of the workflow that `init --github` writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.actions import Job, Runner, with_gh
from tests.support.git import git
from tests.support.host import BOT
from tests.support.pipelines import SECRETS, SETTINGS, list_refs, push_all, rename_program, serve_runner, start_clone
from tests.support.process import ServedTenant, edit_file, run_process_ok

pytestmark = with_gh
KEY = "renewal-reminders"
REPORTS = {"validate.sarif", "validate.xml", "validate.github", "plan.json", "plan.md", "plan.html", "plan.xml"}


@pytest.fixture
def work(tmp_path: Path, tenant: ServedTenant) -> Path:
    """Return a clone with the starter project; its main branch is pushed to a bare repository."""
    run_process_ok(tmp_path, "init", "work", "--github", "--project", "demo")
    folder = start_clone(tmp_path / "work", SETTINGS.format(url=tenant.url))
    push_all(folder, "main")
    return folder


@pytest.fixture
def runner(tmp_path: Path, work: Path) -> Iterator[Runner]:
    with serve_runner(tmp_path) as one:
        yield one


def merged(runner: Runner) -> Job:
    """Run the jobs of the main branch: plan, approval, apply."""
    planned = runner.run("plan")
    assert planned.code == 0, planned.log
    return runner.run("apply", before=planned.outputs["review"])


def pulls(runner: Runner) -> list[dict[str, str]]:
    """Return the pull requests that the pipeline has opened."""
    return [pull for pull in runner.host.pulls if pull["author"] == BOT]


def minted(tenant: ServedTenant) -> int:
    return sum(1 for one in tenant.log() if "/oauth/token" in one["path"])


def test_from_a_pull_request_to_the_tenant_and_back_as_drift(work: Path, runner: Runner, tenant: ServedTenant) -> None:
    first = merged(runner)
    assert "Apply complete! Resources: 3 added, 0 changed, 0 destroyed." in first.log
    base = git(work, "rev-parse", "HEAD")
    assert list_refs(runner)["refs/rhythmconf/applied/production"] == base
    assert minted(tenant) == 2  # one for each job

    edit_file(work / "config/program.yaml", "name: Certified Safety Inspector", "name: Safety Inspector")
    push_all(work, "better-name")
    requests = len(tenant.log())
    review = runner.run("review", "better-name")
    assert review.code == 0, review.log
    assert len(tenant.log()) == requests  # offline, by the snapshot
    assert "Plan: 0 to add, 1 to change, 0 to destroy." in review.log
    assert_reports(runner.artifact("review"))
    (comment,) = runner.host.bodies()
    marker, page, text = comment.partition("\n\n")[0], "(https://github.test/us/config/actions/runs/42", review.summary
    assert marker.startswith(
        "<!-- rhythmconf:plan:production -->\n<!-- rhythmconf:effect:changes -->\n[**The plan as a"
    )
    assert page in marker
    assert comment.partition("\n\n")[2] == text.partition("\n")[2]
    assert "Safety Inspector" in comment

    runner.run("review", "better-name")
    assert len(runner.host.bodies()) == 1  # updated in place

    git(work, "push", "-q", "origin", "HEAD:main")
    planned = runner.run("plan")
    assert planned.outputs["review"] == {"exit-code": "0", "changes": "true"}
    applied = runner.run("apply", before=planned.outputs["review"])
    assert "Apply complete! Resources: 0 added, 1 changed, 0 destroyed." in applied.log
    assert {"plan.json", "run.json", "run.jsonl", "run.md"} <= {path.name for path in runner.artifact("run").iterdir()}
    assert [one["name"] for one in tenant.records("programs")] == ["Safety Inspector"]
    assert list_refs(runner)["refs/rhythmconf/applied/production"] == git(work, "rev-parse", "HEAD")
    assert merged(runner).log == ""  # nothing to change: nobody is asked

    drifted(work, runner, tenant)
    no_secret_anywhere(runner, tenant)


def drifted(work: Path, runner: Runner, tenant: ServedTenant) -> None:
    """Rename the program in the tenant and let the nightly job propose it for the files."""
    assert "No changes." in runner.run("drift").log
    rename_program(tenant, "Inspector of Safety")
    night = runner.run("drift")
    assert night.code == 0, night.log
    branch = list_refs(runner)["refs/heads/rhythmconf/drift-production"]
    difference = git(runner.origin, "diff", "--unified=0", "main", branch).splitlines()
    assert [line for line in difference if line[:1] in "+-" and line[:3] not in ("+++", "---")] == [
        "-  name: Safety Inspector",
        "+  name: Inspector of Safety",
    ]
    (pull,) = pulls(runner)
    assert pull["head"] == "rhythmconf/drift-production"
    assert pull["title"] == (
        """Drift of production: 'Safety Inspector': Name changed from "Safety Inspector" to "Inspector of Safety\""""
    )
    assert '`"Safety Inspector"` in the files, `"Inspector of Safety"` in the tenant now' in pull["body"]

    assert runner.run("drift").code == 0
    assert list_refs(runner)["refs/heads/rhythmconf/drift-production"] == branch  # the reviews of it stay
    assert len(pulls(runner)) == 1

    rename_program(tenant, "Inspector at Night")
    assert runner.run("drift").code == 0
    (pull,) = pulls(runner)  # the open pull request shows the drift of tonight
    assert "Inspector at Night" in pull["body"]
    assert "Inspector at Night" in pull["title"]
    assert "Inspector of Safety" not in pull["body"]

    rename_program(tenant, "Safety Inspector")
    assert runner.run("drift").outputs["drift"] == {"exit-code": "0", "changes": "false"}
    assert "refs/heads/rhythmconf/drift-production" not in list_refs(runner)


def no_secret_anywhere(runner: Runner, tenant: ServedTenant) -> None:
    secrets = [secret.encode() for secret in (*SECRETS.values(), tenant.token, "the-gh-token")]
    kept = [path for path in (runner.home / "artifacts").rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        assert not [secret for secret in secrets if secret in path.read_bytes()], path
    assert runner.host.tokens == {"the-gh-token"}


def assert_reports(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {*REPORTS, "changes", "deletions", "snapshot.json"}
    assert json.loads((folder / "validate.sarif").read_text())["version"] == "2.1.0"
    assert json.loads((folder / "plan.json").read_text())["summary"]["update"] == 1
    for name in ("validate.xml", "plan.xml"):
        assert ElementTree.parse(folder / name).getroot().tag in ("testsuite", "testsuites")
    assert (folder / "plan.html").read_text().startswith("<!DOCTYPE html>")
    assert (folder / "plan.md").read_text().startswith("<!-- rhythmconf:plan:production -->")
    assert (folder / "changes").read_text() == "true\n"


def test_merged_drift_becomes_the_base_of_the_next_edit(work: Path, runner: Runner, tenant: ServedTenant) -> None:
    merged(runner)
    rename_program(tenant, "Inspector of Safety")
    assert runner.run("drift").code == 0
    git(work, "pull", "-q", "origin", "rhythmconf/drift-production")
    kept = push_all(work, "main")
    planned = runner.run("plan")
    assert "No changes." in planned.log
    assert list_refs(runner)["refs/rhythmconf/applied/production"] == kept  # nobody had to approve that

    edit_file(work / "config/program.yaml", "name: Inspector of Safety", "name: Inspector")
    push_all(work, "main")
    assert "Apply complete! Resources: 0 added, 1 changed, 0 destroyed." in merged(runner).log
    assert [one["name"] for one in tenant.records("programs")] == ["Inspector"]


def test_drift_that_cannot_be_pulled_fails_the_nightly_job_and_deletes_the_branch(
    work: Path, runner: Runner, tenant: ServedTenant
) -> None:
    merged(runner)
    rename_program(tenant, "Inspector of Safety")
    assert runner.run("drift").outputs["drift"] == {"exit-code": "2", "changes": "true"}

    rename_program(tenant, "Certified Safety Inspector")
    (billing,) = tenant.records("billingTemplates")
    tenant.call("DELETE", "billingTemplates", f"/{billing['id']}")
    night = runner.run("drift")
    assert night.code == 3
    assert night.outputs["drift"] == {"exit-code": "3", "changes": "false"}
    assert "If a record was deleted in the tenant, the next apply creates it again." in night.log
    assert "was deleted in the tenant. The next apply creates it again." in night.summary
    assert "refs/heads/rhythmconf/drift-production" not in list_refs(runner)
    assert len(pulls(runner)) == 1


def test_a_nightly_job_that_cannot_read_the_tenant_keeps_the_branch(
    work: Path, runner: Runner, tenant: ServedTenant
) -> None:
    merged(runner)
    rename_program(tenant, "Inspector of Safety")
    assert runner.run("drift").code == 0
    edit_file(work / "rhythmconf.yaml", f'base_url: "{tenant.url}', f'base_url: "{tenant.url}/elsewhere')
    push_all(work, "main")
    assert runner.run("drift").code not in (0, 3)
    assert "refs/heads/rhythmconf/drift-production" in list_refs(runner)


@pytest.fixture
def markless(tmp_path: Path, work: Path, tenant: ServedTenant) -> Path:
    """Return a project whose tenant does not keep marks, so only bindings map keys to records."""
    edit_file(work / "rhythmconf.yaml", "dialect: {", "dialect: {external_id: read-only, ")
    push_all(work, "main")
    return work


@pytest.mark.parametrize("tenant", [("--dialect", "external_id=read-only")], indirect=True)
def test_new_bindings_are_proposed_in_a_pull_request_and_required(
    markless: Path, runner: Runner, tenant: ServedTenant
) -> None:
    merged(runner)
    (pull,) = pulls(runner)
    assert pull["head"] == "rhythmconf/bindings-production"
    assert "Merge this before anything else" in pull["body"]
    (program,) = tenant.records("programs")
    assert program["id"] in (runner.artifact("run") / "bindings.yaml").read_text()

    edit_file(markless / "config/program.yaml", "name: Certified Safety Inspector", "name: Safety Inspector")
    push_all(markless, "main")
    early = runner.run("plan")
    assert early.code == 3
    assert "Merge origin/rhythmconf/bindings-production first" in early.log

    git(markless, "pull", "-q", "--no-rebase", "origin", "rhythmconf/bindings-production")
    push_all(markless, "main")
    assert "Apply complete! Resources: 0 added, 1 changed, 0 destroyed." in merged(runner).log
    assert [one["name"] for one in tenant.records("programs")] == ["Safety Inspector"]
    assert len(pulls(runner)) == 1


@pytest.mark.parametrize("tenant", [("--dialect", "external_id=read-only")], indirect=True)
def test_bindings_that_cannot_be_pushed_fail_the_job_and_are_kept_in_the_artifact(
    markless: Path, runner: Runner, tenant: ServedTenant
) -> None:
    planned = runner.run("plan")
    hook = runner.origin / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    applied = runner.run("apply", before=planned.outputs["review"])
    assert "Apply complete!" in applied.log
    assert applied.code != 0
    (program,) = tenant.records("programs")
    assert program["id"] in (runner.artifact("run") / "bindings.yaml").read_text()


def test_one_comment_shows_a_mistake_and_is_updated_when_it_is_fixed(work: Path, runner: Runner) -> None:
    merged(runner)
    edit_file(work / "config/program.yaml", "customer_type: contact", "customer_type: contcat")
    push_all(work, "mistake")
    review = runner.run("review", "mistake")
    assert review.code == 1
    assert "config/program.yaml:9:18" in review.log
    assert "did you mean 'contact'?" in review.log
    assert "\n::error title=RC206 certifications/program/safety-inspector,file=config/program.yaml,line=9" in review.log
    assert not (runner.artifact("review") / "plan.json").exists()
    (comment,) = runner.host.bodies()
    assert "contcat" in comment

    edit_file(work / "config/program.yaml", "contcat", "organization")
    push_all(work, "mistake")
    assert runner.run("review", "mistake").code == 0
    (comment,) = runner.host.bodies()
    assert "contcat" not in comment
    assert comment.startswith("<!-- rhythmconf:plan:production -->")


def test_a_pull_request_from_a_fork_gets_reports_but_no_comment(work: Path, runner: Runner) -> None:
    merged(runner)
    (work / "rhythmconf.yaml").write_text(
        (work / "rhythmconf.yaml").read_text().replace("auth: {", 'auth: {token_command: "touch stolen"} # {')
    )
    edit_file(work / "config/program.yaml", "name: Certified Safety Inspector", "name: Safety Inspector")
    push_all(work, "stranger")
    review = runner.run("review", "stranger", fork=True)
    assert runner.host.bodies() == []
    assert "1 to change" in review.summary
    assert not list(review.clone.rglob("stolen"))


def test_only_the_jobs_of_main_use_a_token_command(work: Path, runner: Runner, tenant: ServedTenant) -> None:
    """A runner is a new computer each time: nobody has confirmed anything there."""
    text = (work / "rhythmconf.yaml").read_text()
    command = f'auth: {{token_command: "touch ../ran; echo {tenant.token}"}} #'
    (work / "rhythmconf.yaml").write_text(text.replace("auth: {", command))
    push_all(work, "main")
    for job in (merged(runner), runner.run("drift")):
        assert job.code == 0, job.log
        assert (job.clone.parent / "ran").exists()
    # A mistake in the pipeline of a pull request: it plans from the tenant.
    script = work / ".github/rhythmconf/review.sh"
    script.write_text(script.read_text().replace("set -euo pipefail", "set -euo pipefail; unset RHYTHMCONF_SNAPSHOT"))
    push_all(work, "mistake")
    review = runner.run("review", "mistake")
    assert review.code == 3, review.log
    assert "error[RC505]" in review.log
    assert not (review.clone.parent / "ran").exists()


def test_a_review_without_a_snapshot_plans_only_before_the_first_apply(work: Path, runner: Runner) -> None:
    review = runner.run("review")
    assert review.code == 0, review.log
    assert "All checks passed: 3 documents, 0 problems." in review.log
    assert "3 to add" in review.summary
    assert not (runner.artifact("review") / "snapshot.json").exists()
    # Nobody has pushed the snapshot of the commit that was applied.
    git(work, "push", "-q", "origin", "HEAD:refs/rhythmconf/applied/production")
    review = runner.run("review")
    assert review.code == 1
    assert "there is no snapshot of the tenant" in runner.host.bodies()[0]


def test_a_plan_that_a_guard_refuses_is_shown_and_cannot_be_applied(work: Path, runner: Runner) -> None:
    merged(runner)
    text = (work / "config/reminder.yaml").read_text()
    (work / "config/reminder.yaml").write_text(text.partition("---\n")[0])
    push_all(work, "main")
    planned = runner.run("plan")
    assert planned.code == 3, planned.log
    assert "1 to destroy" in planned.summary
    assert not (runner.artifact("plan") / "plan.json").exists()
    assert (runner.artifact("plan") / "plan.md").read_text() == planned.summary
    before = list_refs(runner)
    assert runner.run("apply", before=planned.outputs["review"]).log == ""
    assert list_refs(runner) == before


def test_an_override_is_committed_shown_and_used_once(work: Path, runner: Runner, tenant: ServedTenant) -> None:
    merged(runner)
    whole = (work / "config/reminder.yaml").read_text()
    (work / "config/reminder.yaml").write_text(whole.partition("---\n")[0])
    override = work / "overrides/production.txt"
    override.parent.mkdir()
    override.write_text("# Nobody is reminded any more.\n\n  --allow billingTemplate/KEY\r\n".replace("KEY", KEY))
    push_all(work, "main")
    planned = runner.run("plan")
    assert planned.code == 0, planned.log
    assert f"Allowed for this plan: `--allow billingTemplate/{KEY}`" in planned.summary
    assert "1 destroyed." in runner.run("apply", before=planned.outputs["review"]).log

    (work / "config/reminder.yaml").write_text(whole)
    push_all(work, "main")
    assert "1 added" in merged(runner).log
    (work / "config/reminder.yaml").write_text(whole.partition("---\n")[0])
    push_all(work, "main")
    again = runner.run("plan")
    assert again.code == 3, again.log
    assert "overrides/production.txt is spent" in again.log


def test_a_stale_plan_is_refused_and_its_record_is_kept(work: Path, runner: Runner, tenant: ServedTenant) -> None:
    merged(runner)
    before = list_refs(runner)
    edit_file(work / "config/program.yaml", "name: Certified Safety Inspector", "name: Safety Inspector")
    push_all(work, "main")
    planned = runner.run("plan")
    rename_program(tenant, "Another")
    applied = runner.run("apply", before=planned.outputs["review"])
    assert applied.code == 3, applied.log
    assert {"plan.json", "run.json"} <= {path.name for path in runner.artifact("run").iterdir()}
    assert list_refs(runner)["refs/rhythmconf/applied/production"] == before["refs/rhythmconf/applied/production"]
    assert list_refs(runner)["refs/rhythmconf/snapshot/production"] != before["refs/rhythmconf/snapshot/production"]


def test_text_from_the_tenant_is_never_run_as_a_workflow_command(
    work: Path, runner: Runner, tenant: ServedTenant
) -> None:
    merged(runner)
    rename_program(tenant, "##[error]x")
    log = runner.run("plan").log
    muted = log.partition("::stop-commands::")[2]
    token, _, rest = muted.partition("\n")
    assert len(token) == 32
    within, _, after = rest.partition(f"::{token}::")
    assert "error]x" in within
    assert "error]x" not in after
