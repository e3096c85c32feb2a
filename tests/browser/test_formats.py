"""The output formats pass external tools: the validator and schema of SARIF, and xmllint."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from referencing import Registry

from rhythmconf.cli.code_reference import codes
from rhythmconf.model import Diagnostic, Location
from rhythmconf.report import graph
from rhythmconf.report.facts import DRIFT
from rhythmconf.report.formats import junit, sarif
from tests.support import reports
from tests.support.heavy import TOOLS, heavy, with_tools
from tests.support.payloads import PAYLOADS

pytestmark = [heavy]

MULTITOOL = TOOLS / "@microsoft" / "sarif-multitool-linux" / "Sarif.Multitool"
SCHEMA = TOOLS / "schemastore" / "schemas" / "json" / "sarif-2.1.0.json"
ALL = "".join(PAYLOADS)

LOGS: dict[str, Callable[[], str]] = {
    "verdict": lambda: sarif.validation(reports.diagnostics()),
    "every-code": lambda: sarif.validation(
        [Diagnostic(code, "wrong", location=Location("a.yaml", 1, 1)) for code in codes()], codes=codes()
    ),
    "no-findings": lambda: sarif.validation([]),
    "in-a-folder": lambda: sarif.validation(reports.diagnostics(), folder="tenants/my association"),
    "plan": lambda: sarif.plan(reports.association_plan()),
    "drift": lambda: sarif.plan(reports.association_plan(), DRIFT),
    "nothing": lambda: sarif.plan(reports.plan()),
    "large": lambda: sarif.plan(reports.large_plan(6000)),
    "hostile-plan": lambda: sarif.plan(reports.plan_with_text(ALL)[0]),
    "hostile-verdict": lambda: sarif.validation(reports.plan_with_text(ALL)[1]),
}


@with_tools
@pytest.mark.parametrize("name", LOGS)
def test_sarif_fits_the_published_schema(name: str) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert not list(Draft7Validator(schema, registry=Registry()).iter_errors(json.loads(LOGS[name]())))


@with_tools
@pytest.mark.parametrize("name", LOGS)
def test_sarif_passes_the_official_validator(name: str, tmp_path: Path) -> None:
    log, results_file = tmp_path / f"{name}.sarif", tmp_path / "results.sarif"
    log.write_text(LOGS[name](), encoding="utf-8")
    done = subprocess.run(
        [MULTITOOL, "validate", log, "--output", results_file, "--log", "ForceOverwrite"],
        capture_output=True,
        text=True,
        check=False,
        env={"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done
    results = json.loads(results_file.read_text(encoding="utf-8-sig"))["runs"][0].get("results", [])
    assert not [each for each in results if each.get("level", "warning") == "error"]


@pytest.mark.skipif(shutil.which("xmllint") is None, reason="no xmllint here (Debian: apt install libxml2-utils)")
def test_xmllint_reads_every_report(tmp_path: Path) -> None:
    for number, payload in enumerate(PAYLOADS):
        plan, diagnostics = reports.plan_with_text(payload)
        (tmp_path / f"{number}-plan.xml").write_text(junit.plan(plan), encoding="utf-8")
        (tmp_path / f"{number}-verdict.xml").write_text(junit.validation([], diagnostics), encoding="utf-8")
        (tmp_path / f"{number}.svg").write_text(graph.standalone_svg(reports.hostile_graph(payload)), encoding="utf-8")
    done = subprocess.run(["xmllint", "--noout", *tmp_path.iterdir()], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
