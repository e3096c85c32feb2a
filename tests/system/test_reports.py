"""Every report format is valid for every exit code."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from rhythmconf import __version__
from tests.support.process import PROJECT, REASON, Completed, edit_file, make_project, run, run_process_ok, write_files

FORMATS = ("json", "markdown", "html", "sarif", "junit", "github")
SETTINGS = f"{PROJECT}default_environment: local\n"
BROKEN = REASON.replace("is_active", "is_aktive")


def reported(folder: Path, *arguments: str) -> Completed:
    """Run a command that writes every format to a file, and text to stdout."""
    pairs = [part for name in FORMATS for part in ("--format", name, "--output-file", f"report.{name}")]
    return run(folder, *arguments, *pairs, "--format", "text")


def read(folder: Path, report_name: str) -> dict[str, Any]:
    """Parse the reports; each must be valid in its format."""
    texts = {name: (folder / f"report.{name}").read_text(encoding="utf-8") for name in FORMATS}
    assert texts["html"].startswith("<!DOCTYPE html>")
    assert texts["html"].endswith("</html>")
    assert texts["markdown"].startswith(f"<!-- rhythmconf:{report_name}")
    sarif = json.loads(texts["sarif"])
    return {
        **texts,
        "json": json.loads(texts["json"]),
        "junit": ElementTree.fromstring(texts["junit"].encode()),
        "sarif": sarif["runs"][0]["results"],
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a project of one status reason."""
    return make_project(tmp_path, settings=SETTINGS)


def test_reports_of_validate_with_and_without_findings(folder: Path) -> None:
    assert reported(folder, "validate").code == 0
    by_format = read(folder, "validate")
    assert (by_format["sarif"], by_format["junit"].get("tests"), by_format["junit"].get("failures")) == ([], "1", "0")
    write_files(folder, {"config/reasons.yaml": BROKEN})
    assert reported(folder, "validate").code == 1
    by_format = read(folder, "validate")
    assert by_format["sarif"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 5
    assert by_format["junit"].get("failures") == "1"
    assert "config/reasons.yaml:5:3" in by_format["markdown"]
    assert "file=config/reasons.yaml,line=5" in by_format["github"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("plan", "--env", "local"), 0), (("plan", "--detailed-exitcode"), 2), (("drift", "--env", "local"), 2)],
)
def test_reports_of_a_plan_and_of_drift(folder: Path, arguments: Sequence[str], code: int) -> None:
    assert reported(folder, *arguments).code == code
    by_format = read(folder, f"{arguments[0]}:local")
    assert by_format["json"]["summary"]["create"] == 1
    assert "statusReason/lapsed" in by_format["html"]
    assert "statusReason/lapsed" in by_format["markdown"]
    assert len(by_format["sarif"]) == 1


def test_reports_without_changes(folder: Path) -> None:
    run_process_ok(folder, "apply", "--auto-approve")
    assert reported(folder, "drift").code == 0
    by_format = read(folder, "drift:local")
    assert by_format["sarif"] == []
    assert "No drift." in by_format["markdown"]


@pytest.mark.parametrize("command", ["plan", "drift"])
def test_a_failed_plan_is_explained_in_every_format(folder: Path, command: str) -> None:
    write_files(folder, {"config/reasons.yaml": BROKEN})
    assert reported(folder, command).code == 1
    by_format = read(folder, f"{command}:local")
    assert all("is_aktive" in by_format[name] for name in ("markdown", "html", "github"))
    assert by_format["json"]["tool"] == __version__
    assert f"Made by rhythmconf {__version__} at " in by_format["html"]
    assert by_format["sarif"][0]["level"] == "error"
    assert by_format["junit"].get("failures") == "1"


def test_an_unreachable_tenant_is_reported_in_every_format(folder: Path) -> None:
    result = reported(folder, "plan", "--env", "remote")
    assert result.code in (1, 4)
    assert "No plan could be made" in read(folder, "plan:remote")["markdown"]


def test_a_refused_plan_is_reported_in_every_format(folder: Path) -> None:
    run_process_ok(folder, "plan", "--env", "guarded", "-o", "first.plan")
    run_process_ok(folder, "apply", "first.plan")
    write_files(folder, {"config/reasons.yaml": REASON.replace("lapsed", "other").replace("Lapsed", "Other")})
    assert reported(folder, "plan", "--env", "guarded", "--prune", "statusReason/lapsed").code == 3
    by_format = read(folder, "plan:guarded")
    assert "**Refused:**" in by_format["markdown"]
    assert by_format["sarif"][0]["ruleId"] == "guard-protected-environment"
    assert by_format["junit"].get("failures") == "1"


def test_a_missing_project_is_reported_in_every_format(tmp_path: Path) -> None:
    for command in ("validate", "plan", "drift"):
        assert reported(tmp_path, command).code == 1
        read(tmp_path, command)


def test_files_are_named_relative_to_the_repository(folder: Path) -> None:

    inner = make_project(folder / "tenants" / "hisp", {"config/reasons.yaml": BROKEN}, SETTINGS)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    assert reported(inner, "validate").code == 1
    assert "file=tenants/hisp/config/reasons.yaml" in read(inner, "validate")["github"]


def test_the_graph_has_every_format(folder: Path) -> None:
    assert run_process_ok(folder, "graph").stdout.splitlines()[-1] == "1 record and 0 references."
    assert run_process_ok(folder, "graph", "--format", "svg").stdout.startswith("<?xml")
    assert run_process_ok(folder, "graph", "--format", "dot").stdout.startswith("digraph")
    assert run_process_ok(folder, "graph", "--format", "mermaid").stdout.startswith("flowchart")
    assert (
        run_process_ok(folder, "graph", "statusReason/lapsed", "--format", "json").json()["nodes"][0]["key"] == "lapsed"
    )
    wrong = run(folder, "graph", "statusReason/lapse")
    assert wrong.code == 1
    assert "did you mean" in wrong.stderr


def test_the_drift_of_a_field_points_at_its_line(folder: Path) -> None:
    run_process_ok(folder, "apply", "--auto-approve")
    edit_file(folder / "config" / "reasons.yaml", "name: Lapsed", "name: Lapsed now")
    assert reported(folder, "plan", "--detailed-exitcode").code == 2
    assert "config/reasons.yaml,line=4" in read(folder, "plan:local")["github"]
