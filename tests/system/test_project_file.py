"""Mistakes in rhythmconf.yaml: each is a diagnostic with a location, in every format and from every folder."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.support.git import git
from tests.support.process import edit_file, make_project, run_in_process

HELP = ["for example my-project", ""]
"""The help of each of the mistakes."""
MISTAKES = [(2, 10, "project must look like [a-z0-9][a-z0-9-]*"), (5, 20, "protected must be true or false")]
SETTINGS = """\
version: 1
project: My Project
sources: [config]
environments: {local: {tenant: hisp, embedded: ":memory:",
        protected: yes please}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a project in a folder of a repository, with two mistakes in its project file."""
    git(tmp_path, "init", "-q")
    return make_project(tmp_path / "tenants" / "hisp", settings=SETTINGS)


@pytest.mark.parametrize("command", ["validate", "plan", "drift"])
def test_text_shows_each_mistake_with_its_location(folder: Path, command: str) -> None:
    result = run_in_process(folder, command)
    assert (result.code, result.stdout) == (1, "")
    expected = [
        f"error[RC003]: {what}\n --> rhythmconf.yaml:{line}:{column}\n" + (f"  help: {help}\n\n" if help else "\n")
        for (line, column, what), help in zip(MISTAKES, HELP, strict=True)
    ]
    assert result.stderr == "".join(expected)


@pytest.mark.parametrize("command", ["validate", "plan", "drift"])
def test_json_has_a_diagnostic_for_each_mistake(folder: Path, command: str) -> None:
    diagnostics = run_in_process(folder, command, "--format", "json").json()["diagnostics"]
    assert [
        (diagnostic["file"], diagnostic["line"], diagnostic["column"], diagnostic["message"])
        for diagnostic in diagnostics
    ] == [("rhythmconf.yaml", *mistake) for mistake in MISTAKES]


@pytest.mark.parametrize("command", ["validate", "plan", "drift"])
@pytest.mark.parametrize("start", [".", "config"])
def test_sarif_and_github_name_the_file_by_its_path_in_the_repository(folder: Path, command: str, start: str) -> None:
    results = run_in_process(folder / start, command, "--format", "sarif").json()["runs"][0]["results"]
    locations = [result["locations"][0]["physicalLocation"] for result in results]
    assert [location["artifactLocation"]["uri"] for location in locations] == ["tenants/hisp/rhythmconf.yaml"] * 2
    assert [(location["region"]["startLine"], location["region"]["startColumn"]) for location in locations] == [
        (line, column) for line, column, _ in MISTAKES
    ]
    annotations = run_in_process(folder / start, command, "--format", "github").stdout.splitlines()[:2]
    assert annotations == [
        f"::error title=RC003,file=tenants/hisp/rhythmconf.yaml,line={line},col={column}::{what}"
        + (f" ({help})" if help else "")
        for (line, column, what), help in zip(MISTAKES, HELP, strict=True)
    ]


def test_junit_and_markdown_name_each_mistake(folder: Path) -> None:
    (failure,) = ET.fromstring(run_in_process(folder, "validate", "--format", "junit").stdout).iter("failure")
    markdown = run_in_process(folder, "validate", "--format", "markdown").stdout
    for line, column, _ in MISTAKES:
        assert f"rhythmconf.yaml:{line}:{column}" in (failure.text or "")
        assert f"`rhythmconf.yaml:{line}:{column}`" in markdown


def test_a_broken_document_is_named_by_its_path_from_a_subfolder_too(folder: Path) -> None:
    edit_file(folder / "rhythmconf.yaml", "My Project", "hisp")
    edit_file(folder / "rhythmconf.yaml", "yes please", "false")
    edit_file(folder / "config" / "reasons.yaml", "is_active", "is_actve")
    for start in (folder, folder / "config"):
        ran = run_in_process(start, "plan", "--format", "sarif")
        (result,) = json.loads(ran.stdout)["runs"][0]["results"]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert (ran.code, uri) == (1, "tenants/hisp/config/reasons.yaml")


def test_each_missing_variable_has_its_location(folder: Path) -> None:
    credentials = 'auth: {domain: a.example, client_id: "${RC_ID}", client_secret: "${RC_SECRET}"}'
    text = f"version: 1\nproject: p\nsources: [config]\nenvironments:\n  live: {{tenant: t, {credentials}}}\n"
    (folder / "rhythmconf.yaml").write_text(text)
    stderr = run_in_process(folder, "plan").stderr
    assert [line for line in stderr.splitlines() if line.startswith(" --> ")] == [
        f" --> rhythmconf.yaml:5:{text.splitlines()[4].index(name) - 2}" for name in ("RC_ID", "RC_SECRET")
    ]
    assert [line for line in stderr.splitlines() if line.startswith("  help: ")] == [
        f"  help: set {name}, or use another environment (--env)" for name in ("RC_ID", "RC_SECRET")
    ]
