"""`init --github` and `--gitlab`: for which branch, folder and environments they write, and how they update."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.git import commit_all, git
from tests.support.gitlab import Loader
from tests.support.process import edit_file, make_project, run_in_process, run_ok

WORKFLOW = ".github/workflows/rhythmconf.yml"
SETTINGS = """\
version: 1
project: {project}
sources: [config]
schemas: [{schemas}]
environments:
  sandbox: {{tenant: a}}
  production: {{tenant: b, protected: true}}
"""


def make(folder: Path, project: str = "demo", schemas: str = "") -> Path:
    """Write a project with a sandbox and a protected production."""
    return make_project(folder, settings=SETTINGS.format(project=project, schemas=schemas))


def load(path: Path) -> Any:
    """Load a pipeline of one of the hosts."""
    return yaml.load(path.read_text(), Loader)


def test_the_workflow_is_for_the_default_branch_of_the_remote(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "trunk", "origin")
    commit_all(make(tmp_path / "origin"))
    git(tmp_path, "clone", "-q", "origin", "work")
    git(tmp_path / "work", "switch", "-q", "-c", "add-a-pipeline")
    result = run_ok(tmp_path / "work", "init", "--github")
    assert load(tmp_path / "work" / WORKFLOW)[True]["push"] == {"branches": ["trunk"]}
    assert f"{WORKFLOW} is for trunk, the default branch" in result.stderr.splitlines()


def test_without_a_remote_the_workflow_is_for_the_branch_that_is_checked_out(tmp_path: Path) -> None:
    git(make(tmp_path), "init", "-q", "-b", "master")
    result = run_ok(tmp_path, "init", "--github")
    assert load(tmp_path / WORKFLOW)[True]["push"] == {"branches": ["master"]}
    assert f"{WORKFLOW} is for master, the branch that is checked out." in result.stderr


def test_outside_of_a_repository_the_workflow_is_for_main_and_init_says_so(tmp_path: Path) -> None:
    result = run_ok(make(tmp_path), "init", "--github")
    assert load(tmp_path / WORKFLOW)[True]["push"] == {"branches": ["main"]}
    assert f"No git repository says which branch is merged into: {WORKFLOW} is for main" in result.stderr


def test_projects_in_folders_of_one_repository_have_pipelines_side_by_side_at_its_top(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    for project in ("events", "members"):
        folder = make(tmp_path / "clubs" / project, project, "../kinds")
        result = run_ok(folder, "init", "--github", "--gitlab")
        assert f"../../.github/workflows/rhythmconf-clubs-{project}.yml" in result.stdout
        assert f"Add to .gitlab-ci.yml: include: [{{local: .gitlab/rhythmconf-clubs-{project}.yml}}]" in result.stderr
        assert "It is at the top of the repository" in result.stderr
        assert (folder / ".github/rhythmconf/review.sh").is_file()
        assert (folder / ".gitlab/rhythmconf/review.sh").is_file()
    assert not (tmp_path / "clubs/events/.github/workflows").exists()

    name = ".github/workflows/rhythmconf-clubs-events.yml"
    github = load(tmp_path / name)
    paths = ["clubs/events/**", "clubs/kinds/**", name]
    assert (github[True]["push"]["paths"], github[True]["pull_request"]["paths"]) == (paths, paths)
    assert github["defaults"] == {"run": {"working-directory": "clubs/events"}}
    steps = [step.get("with", {}) for job in github["jobs"].values() for step in job["steps"]]
    assert {step["path"] for step in steps if "path" in step} == {"clubs/events/rhythmconf-reports"}
    assert [step["sarif_file"] for step in steps if "sarif_file" in step] == [
        "clubs/events/rhythmconf-reports/validate.sarif"
    ]
    assert {job["environment"] for job in github["jobs"].values() if "environment" in job} == {
        "events-production",
        "events-production-plan",
    }
    gitlab = [load(tmp_path / f".gitlab/rhythmconf-clubs-{project}.yml") for project in ("events", "members")]
    # GitLab makes one pipeline of both files.
    assert gitlab[0].keys() & gitlab[1].keys() == {"stages"}
    assert gitlab[0]["stages"] == gitlab[1]["stages"]
    assert "cd clubs/events" in gitlab[0][".rhythmconf-events"]["before_script"]
    assert gitlab[0]["plan-events"]["rules"][0]["changes"][:2] == paths[:2]
    assert gitlab[0][".rhythmconf-events"]["artifacts"]["paths"] == ["clubs/events/rhythmconf-reports/"]


def test_a_pipeline_of_something_else_is_kept_and_includes_that_of_rhythmconf(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / ".gitlab-ci.yml").write_text("build: {script: [make]}\n")
    result = run_ok(tmp_path, "init", "--gitlab")
    assert (tmp_path / ".gitlab-ci.yml").read_text() == "build: {script: [make]}\n"
    assert load(tmp_path / ".gitlab/rhythmconf.yml").keys() >= {"review", "plan", "apply", "drift"}
    assert "Add to .gitlab-ci.yml: include: [{local: .gitlab/rhythmconf.yml}]" in result.stderr
    (tmp_path / WORKFLOW).parent.mkdir(parents=True)
    (tmp_path / WORKFLOW).write_text("name: mine\n")
    refused = run_in_process(tmp_path, "init", "--github")
    assert refused.code == 1
    assert "rhythmconf.yml is already there, and `init` did not write it" in refused.stderr


def test_each_environment_is_planned_after_the_proof_of_the_one_before(tmp_path: Path) -> None:
    run_ok(make(tmp_path), "init", "--github", "--gitlab", "--env", "sandbox", "--env", "production")
    github = load(tmp_path / WORKFLOW)["jobs"]
    assert list(github) == [
        "review-sandbox", "review-production", "plan-sandbox", "apply-sandbox", "prove-sandbox",
        "plan-production", "apply-production", "drift-sandbox", "drift-production",
    ]  # fmt: skip
    assert github["prove-sandbox"]["needs"] == ["plan-sandbox", "apply-sandbox"]
    assert github["plan-production"]["needs"] == "prove-sandbox"
    assert "needs.prove-sandbox.result == 'success'" in github["plan-production"]["if"]
    for name, job in github.items():
        own, other = ("SANDBOX", "PRODUCTION") if name.endswith("sandbox") else ("PRODUCTION", "SANDBOX")
        assert f"secrets.{other}_" not in str(job)
        assert (f"secrets.{own}_CLIENT_ID" in str(job)) == (not name.startswith("review"))
    gitlab = load(tmp_path / ".gitlab-ci.yml")
    needs = {name: gitlab[name]["needs"] for name in ("prove-sandbox", "plan-production")}
    assert needs == {"prove-sandbox": ["apply-sandbox"], "plan-production": ["prove-sandbox"]}
    # A protected environment waits for a person.
    manual = {name: job["rules"][0].get("when") for name, job in gitlab.items() if name.startswith("apply")}
    assert manual == {"apply-sandbox": None, "apply-production": "manual"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--github", "--env", "sandbx"), "did you mean 'sandbox'?"),
        (("--github", "--env", "sandbox", "--env", "sandbox"), "--env sandbox is given twice"),
        (("--env", "sandbox"), "--env changes nothing without --github or --gitlab"),
        (("--vscode", "--update"), "--update changes nothing without --github or --gitlab"),
    ],
)
def test_an_environment_or_an_update_that_makes_no_sense_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    refused = run_in_process(make(tmp_path), "init", *arguments)
    assert refused.code == 1
    assert message in refused.stderr
    assert not (tmp_path / ".github").exists()


def removed_lines(diff: str) -> list[str]:
    """Return the lines that a unified diff removes."""
    return [line[1:].strip() for line in diff.splitlines() if line.startswith("-") and not line.startswith("---")]


def test_a_second_init_shows_the_lines_that_an_update_replaces_and_keeps_what_was_chosen(tmp_path: Path) -> None:
    git(make(tmp_path), "init", "-q", "-b", "main")
    run_ok(tmp_path, "init", "--github", "--gitlab")
    for name in (WORKFLOW, ".gitlab-ci.yml"):
        edit_file(tmp_path / name, 'RHYTHMCONF_SOURCE: ""', "RHYTHMCONF_SOURCE: https://git.example.org/r.git")
        edit_file(tmp_path / name, 'RHYTHMCONF_COMMIT: ""', f"RHYTHMCONF_COMMIT: {'0123abcdef' * 4}")
    for old, new in (
        ("environment: production #", "environment: live #"),
        ("branches: [main]", "branches: [release]"),
        ('"17 4 * * *"', '"30 2 * * 1-5"'),
    ):
        edit_file(tmp_path / WORKFLOW, old, new)
    edit_file(tmp_path / WORKFLOW, "timeout-minutes: 120", "timeout-minutes: 240")
    edit_file(tmp_path / ".github/rhythmconf/apply.sh", "set -euo pipefail", "set -euo pipefail # mine")
    theirs = (tmp_path / WORKFLOW).read_bytes()

    shown = run_in_process(tmp_path, "init", "--github", "--gitlab")
    assert shown.code == 2
    lost = removed_lines(shown.stdout)
    assert {"timeout-minutes: 240 # if it ends the apply, `rhythmconf resume` finishes the run from the artifact"} < {
        *lost
    }
    assert "set -euo pipefail # mine" in lost
    chosen = ("RHYTHMCONF_SOURCE:", "RHYTHMCONF_COMMIT:", "branches:", "- cron:", "environment: live #")
    assert not [line for line in lost if line.startswith(chosen)]
    assert "Commit them, then add --update" in shown.stderr
    assert f"{WORKFLOW} is for release, but the branch of this repository is main" in shown.stderr

    refused = run_in_process(tmp_path, "init", "--github", "--gitlab", "--update")
    assert refused.code == 1
    assert f"no commit has them: {WORKFLOW} .github/rhythmconf/apply.sh\n" in refused.stderr
    assert (tmp_path / WORKFLOW).read_bytes() == theirs

    commit_all(tmp_path)
    updated = run_ok(tmp_path, "init", "--github", "--gitlab", "--update")
    assert updated.stdout.split() == [WORKFLOW, ".github/rhythmconf/apply.sh"]
    assert load(tmp_path / WORKFLOW)["env"]["RHYTHMCONF_SOURCE"] == "https://git.example.org/r.git"
    assert load(tmp_path / WORKFLOW)["jobs"]["apply"]["environment"] == "live"
    assert {*removed_lines(git(tmp_path, "diff"))} == {*lost}
    assert run_ok(tmp_path, "init", "--github", "--gitlab").stdout == ""


def test_outside_of_a_repository_an_update_replaces_nothing_that_was_edited(tmp_path: Path) -> None:
    run_ok(make(tmp_path), "init", "--github")
    assert run_ok(tmp_path, "init", "--github", "--update").stdout == ""
    (tmp_path / ".github/rhythmconf/apply.sh").write_text("mine\n")
    refused = run_in_process(tmp_path, "init", "--github", "--update")
    assert (refused.code, (tmp_path / ".github/rhythmconf/apply.sh").read_text()) == (1, "mine\n")
    assert "no git repository keeps your version" in refused.stderr


def test_an_update_adds_an_environment_to_a_workflow_that_an_older_version_wrote(tmp_path: Path) -> None:
    git(make(tmp_path), "init", "-q", "-b", "main")
    run_ok(tmp_path, "init", "--github")
    # Until 0.2.0, all jobs had the one environment of the workflow.
    text = (tmp_path / WORKFLOW).read_text().replace("      RHYTHMCONF_ENV: production\n", "")
    (tmp_path / WORKFLOW).write_text(text.replace("\nenv:\n", "\nenv:\n  RHYTHMCONF_ENV: production\n"))
    commit_all(tmp_path)
    run_ok(tmp_path, "init", "--github", "--update")
    assert load(tmp_path / WORKFLOW)["jobs"]["plan"]["env"]["RHYTHMCONF_ENV"] == "production"
    commit_all(tmp_path)
    run_ok(tmp_path, "init", "--github", "--update", "--env", "sandbox", "--env", "production")
    assert "plan-production" in load(tmp_path / WORKFLOW)["jobs"]
