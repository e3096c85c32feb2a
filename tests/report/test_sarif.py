"""SARIF: locations, levels and fingerprints that survive moved lines; tests/browser checks the schema."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given

from rhythmconf.cli.code_reference import codes
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


def prints(diagnostics: list[Diagnostic]) -> list[str]:
    results = run(sarif.validation(diagnostics))["results"]
    return [each["partialFingerprints"]["rhythmconf/v1"] for each in results]


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
    assert prints([moved]) == prints([diagnostic])
    assert prints([other]) != prints([diagnostic])


def test_findings_without_a_key_have_their_own_fingerprints_which_survive_moved_lines() -> None:
    def members(*lines: int) -> list[Diagnostic]:
        names = ("spce", "fliles", "spce", "spce")
        messages = (f"line {line}: no member '{name}'" for line, name in zip(lines, names, strict=False))
        return [
            Diagnostic("RC122", message, location=Location("a.yaml", line, 1), pointer=f"/{name}")
            for line, name, message in zip(lines, names, messages, strict=False)
        ]

    before = prints(members(3, 7, 12, 20))
    assert len(set(before)) == 4
    assert prints(members(30, 70, 120, 200)) == before
    assert prints(members(3, 7, 12)) == before[:3]
    assert prints([*reports.diagnostics(), *reports.diagnostics()]) != prints(reports.diagnostics()) * 2


def test_rules_have_the_texts_and_the_level_of_their_codes() -> None:
    diagnostics = [
        Diagnostic("RC210", "no such key", location=Location("a.yaml", 3, 1)),
        Diagnostic("RC135", "replaced", severity="warning"),
        Diagnostic("RC702", "a gap", severity="note"),
    ]
    rules = {rule["id"]: rule for rule in run(sarif.validation(diagnostics, codes=codes()))["tool"]["driver"]["rules"]}
    reference = rules["RC210"]
    assert reference["shortDescription"]["text"] == "A reference to a key that doesn't exist."
    assert reference["fullDescription"]["text"].startswith("A field refers to a key that no document declares")
    assert "Fix: If other documents have errors" in reference["help"]["markdown"]
    assert reference["help"]["text"] == reference["help"]["markdown"]
    levels = {id: rule["defaultConfiguration"]["level"] for id, rule in rules.items()}
    # A rule has a severity of its own; another code has that of its worst result.
    assert levels == {"RC135": "warning", "RC210": "error", "RC702": "warning"}


def test_no_two_rules_have_one_title() -> None:
    every = [Diagnostic(code, "wrong", location=Location("a.yaml", 1, 1)) for code in codes()]
    rules = [
        *run(sarif.validation(every, codes=codes()))["tool"]["driver"]["rules"],
        *run(sarif.plan(reports.association_plan(), codes=codes()))["tool"]["driver"]["rules"],
    ]
    titles = {rule["shortDescription"]["text"]: rule["id"] for rule in rules}
    assert len(titles) == len({rule["id"] for rule in rules}) > 100


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
