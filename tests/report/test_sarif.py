"""SARIF: locations, levels and fingerprints that survive moved lines; tests/browser checks the schema."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given

from rhythmconf.model import Diagnostic, Location, Plan
from rhythmconf.report.facts import DRIFT
from rhythmconf.report.formats import sarif
from tests.support import reports


def run(report: str) -> dict[str, Any]:
    """Return the run of a report; every result must name one of its rules."""
    (sarif_run,) = json.loads(report)["runs"]
    rules = [rule["id"] for rule in sarif_run["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in sarif_run["results"])
    return dict(sarif_run)


def test_a_finding_has_rule_level_message_and_location() -> None:
    (result,) = [each for each in run(sarif.validation(reports.diagnostics()))["results"] if each["ruleId"] == "RC203"]
    assert result["level"] == "error"
    assert result["message"]["text"] == "unknown field 'nmae'. did you mean 'name'?"
    location = result["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "config/notices.yaml"
    assert location["physicalLocation"]["region"] == {"startLine": 12, "startColumn": 9}
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "certifications/notice/a/spec/nmae"


def test_files_are_relative_to_the_repository_and_the_project_file_stands_for_no_location() -> None:
    results = run(sarif.validation(reports.diagnostics(), folder="tenants/hisp"))["results"]
    names = {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in results}
    assert names == {
        "tenants/hisp/config/notices.yaml",
        "tenants/hisp/config/broken.yaml",
        "tenants/hisp/rhythmconf.yaml",
    }


def test_a_fingerprint_is_of_rule_key_and_pointer() -> None:
    diagnostic = reports.diagnostics()[0]
    moved = diagnostic._replace(location=Location("config/elsewhere.yaml", 99, 1), message="said otherwise")
    other = diagnostic._replace(pointer="/spec/other")
    prints = [
        each["partialFingerprints"]["rhythmconf/v1"]
        for each in run(sarif.validation([diagnostic, moved, other]))["results"]
    ]
    assert len(set(prints)) == 2


def test_each_drifted_field_is_a_result_of_a_drift_rule() -> None:
    results = run(sarif.plan(reports.association_plan(), DRIFT))["results"]
    levels = {each["message"]["text"]: each["level"] for each in results if each["ruleId"] == "drift-update"}
    (money,) = [text for text in levels if "(money)" in text]
    assert levels[money] == "warning"
    assert "the tenant has 3, the files have 5" in money
    assert {each["level"] for each in results} == {"error", "warning", "note"}


def test_results_beyond_the_limit_are_counted() -> None:
    result = run(sarif.plan(reports.large_plan(6000)))
    assert len(result["results"]) == sarif.LIMIT
    (notification,) = result["invocations"][0]["toolExecutionNotifications"]
    assert "4,600 more results" in notification["message"]["text"]
    assert result["results"][0]["ruleId"] == "plan-delete"


@reports.FEW
@given(reports.hostile_plans())
def test_no_text_of_a_tenant_becomes_a_link_or_a_placeholder(case: tuple[Plan, list[Diagnostic]]) -> None:
    plan, diagnostics = case
    for report in (sarif.plan(plan), sarif.validation(diagnostics)):
        assert report.isascii()
        for result in run(report)["results"]:
            text = re.sub(r"\\[\\\[\]]|\{\{|\}\}", "", result["message"]["text"])
            assert text.replace("\n", "").isprintable()
            assert not set(text) & set("[]{}\\")


def test_the_execution_was_successful_whatever_it_reports() -> None:
    for report in (
        sarif.validation([]),
        sarif.validation(reports.diagnostics()),
        sarif.plan(reports.association_plan()),
    ):
        assert [each["executionSuccessful"] for each in run(report)["invocations"]] == [True]
