"""The findings of each case: rule, document and pointer, as an independent computation has them."""

from __future__ import annotations

from datetime import date

import pytest

from rhythmconf.insight.lint import Bodies, Finding, judge, judge_change
from rhythmconf.model import pointer
from rhythmconf.settings import CalendarSettings
from tests.support.members import CASES, CATALOG, make_bodies

CODES = {
    "schedule-unknown": "RC700",
    "window-inverted": "RC701",
    "window-sometimes-inverted": "RC701",
    "gap": "RC702",
    "repeat": "RC703",
    "steps-overlap": "RC704",
    "drop-before-reminder": "RC705",
    "not-yet-expired": "RC706",
    "reading": "RC707",
    "number-unclear": "RC708",
    "notice-programs": "RC720",
    "inactive-reference": "RC721",
    "empty-restriction": "RC722",
    "ids-without-effect": "RC723",
    "active-undeclared": "RC724",
    "armed-but-off": "RC725",
    "nothing-switched-on": "RC725",
    "duplicate-step": "RC726",
    "same-notice-twice": "RC726",
    "fixed-date-past": "RC727",
    "merge-field-broken": "RC728",
    "program-joins": "RC729",
}
Place = tuple[str, str, str]


def place(finding: Finding) -> Place:
    """Return code, kind and key, and pointer; of a program that joins, the step that its message names."""
    where = pointer(finding.path)
    if finding.rule == CODES["program-joins"]:
        where = "/".join(finding.message.partition("new, and ")[2].split()[:2])
    return str(finding.rule), str(finding.key).removeprefix("certifications/"), where


@pytest.mark.parametrize("name", CASES)
def test_the_findings_of_each_case_are_those_of_an_independent_computation(name: str) -> None:
    case = CASES[name]
    settings, first = CalendarSettings(zone=case["zone"]), date.fromisoformat(case["as_of"])
    after = Bodies(make_bodies(case["documents"]), CATALOG, first, settings)
    findings = judge(after)
    if "before" in case:
        findings += judge_change(after, make_bodies(case["before"]).keys(), after.bodies.keys(), [])
    found = sorted(map(place, findings))
    assert found == sorted((CODES[rule], key, where) for rule, key, where in case["expect"]["lint"])
    assert {CODES[rule] for rule in case["must"]} <= {code for code, _, _ in found}
    assert {CODES[rule] for rule in case["never"]}.isdisjoint(code for code, _, _ in found)
    numbers = [finding for finding in findings if finding.rule == CODES["gap"]]
    assert all("of 800 expiry dates" in finding.message for finding in numbers)
