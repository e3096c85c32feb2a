"""Notes never fail, and every format shows a suppressed finding with its reason, but not as a failure."""

from __future__ import annotations

import json
from itertools import combinations
from xml.etree import ElementTree

import pytest

from rhythmconf.engine import plan as planning
from rhythmconf.model import Diagnostic, Key, Location, Plan, Severity, Summary
from rhythmconf.report import facts, text_diagnostics
from rhythmconf.report.formats import github, html, junit, markdown, sarif
from rhythmconf.report.formats import json as as_json
from rhythmconf.report.terminal import render
from tests.support import reports

KEY = Key("certifications/billingTemplate", "drops")
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


def finding(severity: Severity, *, suppressed: str = "") -> Diagnostic:
    """Return a finding of a rule."""
    return Diagnostic(
        "RC702",
        f"an {severity} about dates",
        severity,
        Location("drops.yaml", 12, 3),
        "/spec/drop_options",
        KEY,
        "run it weekly",
        found_by="rule",
        suppressed=suppressed,
    )


@pytest.mark.parametrize(
    ("severities", "says"),
    [
        ((), "no problems"),
        (("note",), "1 note"),
        (("error", "note", "note"), "1 error and 2 notes"),
        (("note", "warning", "error", "warning"), "1 error, 2 warnings and 1 note"),
    ],
)
def test_a_summary_counts_each_severity(severities: tuple[Severity, ...], says: str) -> None:
    assert facts.count_diagnostics([finding(severity) for severity in severities]) == says


def test_a_suppressed_finding_does_not_count() -> None:
    assert facts.count_diagnostics([finding("error", suppressed="agreed"), finding("warning")]) == "1 warning"


def test_the_worst_come_first_and_the_suppressed_last() -> None:
    suppressed = finding("error", suppressed="agreed")
    ordered = facts.sort_diagnostics([suppressed, *map(finding, reversed(SEVERITIES))])
    assert ordered == [*map(finding, SEVERITIES), suppressed]


def test_only_an_error_of_a_check_prevents_a_plan() -> None:
    rule, check = finding("error"), finding("error")._replace(found_by="check")
    assert (rule.fails, rule.prevents_plan) == (True, False)
    assert (check.fails, check.prevents_plan) == (True, True)
    for harmless in (finding("warning"), finding("note"), finding("error", suppressed="agreed")):
        assert (harmless.fails, harmless.prevents_plan) == (False, False)


def plan_with(*diagnostics: Diagnostic) -> Plan:
    return reports.association_plan()._replace(diagnostics=diagnostics)


def test_the_headline_of_a_plan_with_an_error_of_a_rule_counts_its_changes() -> None:
    assert facts.headline(facts.PLAN, plan_with(finding("error"))).startswith("3 to add")
    failed = plan_with(finding("error")._replace(found_by="check"))
    assert facts.headline(facts.PLAN, failed) == "No plan could be made: 1 error."


def test_each_format_has_its_own_word_for_a_note() -> None:
    note = finding("note")
    shown = render(text_diagnostics.validation(3, [note], {}), color=False)
    assert "note[RC702]: an note about dates" in shown
    assert "Found 1 note in 3 documents." in shown
    [result] = json.loads(sarif.validation([note]))["runs"][0]["results"]
    assert result["level"] == "note"
    assert "suppressions" not in result
    assert "::notice title=RC702" in github.validation(3, [note])
    suite = ElementTree.fromstring(junit.validation([KEY], [note]))
    assert suite.get("failures") == "0"
    assert "notice[RC702]" in (suite.findtext(".//system-out") or "")
    assert "**note** `RC702`" in markdown.validation(3, [note])
    assert '<span class="tag note">note</span>' in html.validation(3, [note], {})
    assert json.loads(as_json.validation(3, [note]))["diagnostics"][0]["severity"] == "note"


@pytest.mark.parametrize("severity", SEVERITIES)
def test_each_format_shows_a_suppressed_finding_with_its_reason(severity: Severity) -> None:
    diagnostics = [finding(severity, suppressed="the board wants it"), finding("warning")]
    line = "1 finding suppressed: RC702 drops.yaml:12 because the board wants it"
    shown = render(text_diagnostics.validation(3, diagnostics, {}), color=False)
    assert line in shown
    assert "Found 1 warning in 3 documents." in shown
    annotations = github.validation(3, diagnostics)
    assert line in annotations.splitlines()
    assert annotations.count("::") == 2  # the warning alone
    results = json.loads(sarif.validation(diagnostics))["runs"][0]["results"]
    assert [result["suppressions"] for result in results] == [
        [],
        [{"kind": "inSource", "justification": "the board wants it"}],
    ]
    suite = ElementTree.fromstring(junit.validation([KEY], diagnostics))
    assert suite.get("failures") == "0"
    assert "(suppressed because the board wants it)" in (suite.findtext(".//system-out") or "")
    assert "suppressed `RC702` `drops.yaml:12:3` because the board wants it" in markdown.validation(3, diagnostics)
    assert "Suppressed because the board wants it" in html.validation(3, diagnostics, {})
    [first, second] = json.loads(as_json.validation(3, diagnostics))["diagnostics"]
    assert (first["suppressed"], second["suppressed"]) == ("the board wants it", None)


def test_a_project_with_nothing_but_suppressed_findings_passes() -> None:
    shown = render(text_diagnostics.validation(3, [finding("error", suppressed="agreed")], {}), color=False)
    assert shown.splitlines()[-1] == "All checks passed: 3 documents, 0 problems."


def test_several_suppressed_findings_have_a_line_each() -> None:
    two = [finding("warning", suppressed="one"), finding("error", suppressed="two")]
    assert facts.describe_suppressed(two) == [
        "2 findings suppressed:",
        "  RC702 drops.yaml:12 because two",
        "  RC702 drops.yaml:12 because one",
    ]


def test_a_plan_file_keeps_severities_and_reasons() -> None:
    findings = [finding(severity, suppressed=reason) for severity in SEVERITIES for reason in ("", "agreed")]
    for chosen in combinations(findings, 2):
        diagnostics = tuple(one._replace(key=None) for one in chosen)
        plan = reports.association_plan()._replace(changes=(), summary=Summary(), diagnostics=diagnostics)
        assert planning.load(planning.dump(plan)).diagnostics == diagnostics
