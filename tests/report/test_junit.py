"""JUnit: each record is a case, as a common parser reads it."""

from __future__ import annotations

from hypothesis import given
from junitparser import Failure, JUnitXml, TestCase, TestSuite

from rhythmconf.model import Diagnostic, Plan
from rhythmconf.report.facts import DRIFT
from rhythmconf.report.formats import junit
from tests.support import reports


def cases(report: str) -> dict[tuple[str, str], TestCase]:
    """Return the cases of a report by class and name, which must be unique."""
    listed = [case for suite in suites(report) for case in suite]
    named = {(case.classname, case.name): case for case in listed}
    assert len(named) == len(listed)
    return named


def suites(report: str) -> list[TestSuite]:
    """Return the suites; their counts must fit their cases."""
    whole = JUnitXml.fromstring(report.encode())
    for suite in whole:
        listed = list(suite)
        assert suite.tests == len(listed)
        assert suite.failures == sum(not case.is_passed for case in listed)
    return list(whole)


def test_each_document_is_a_case_that_fails_by_errors() -> None:
    keys = [reports.key(name) for name in ("notice/a", "notice/b", "program/c")]
    test_cases = cases(junit.validation(keys, reports.diagnostics()))
    assert set(test_cases) == {
        ("certifications/notice", "a"),
        ("certifications/notice", "b"),
        ("certifications/program", "c"),
        ("files", "config/broken.yaml"),
        ("files", "RC003"),
    }
    (failure,) = test_cases["certifications/notice", "a"].result
    assert isinstance(failure, Failure)
    assert failure.message == "unknown field 'nmae'"
    assert failure.text == "error[RC203] config/notices.yaml:12:9: unknown field 'nmae' (did you mean 'name'?)"
    assert test_cases["certifications/notice", "b"].is_passed
    assert "RC213" in test_cases["certifications/notice", "b"].system_out


def test_conflicts_and_guards_make_a_plan_fail() -> None:
    test_cases = cases(junit.plan(reports.association_plan()))
    failed = {name for name, case in test_cases.items() if not case.is_passed}
    assert failed == {
        ("guard-protected-environment", "certifications/program/old-safety"),
        ("certifications/program", "amsi"),
    }
    assert "3 -> 5 (money)" in test_cases["certifications/recurringBillingRun", "drops-weekly"].system_out


def test_every_difference_makes_drift_fail() -> None:
    test_cases = cases(junit.plan(reports.association_plan(), DRIFT))
    assert not any(case.is_passed for (kind, _), case in test_cases.items() if kind.startswith("certifications/"))


def test_no_changes_are_one_case_that_passes() -> None:
    (case,) = cases(junit.plan(reports.plan(), DRIFT)).values()
    assert (case.classname, case.name, case.is_passed) == ("rhythmconf", "drift", True)


@reports.FEW
@given(reports.hostile_plans())
def test_any_text_gives_well_formed_xml(case: tuple[Plan, list[Diagnostic]]) -> None:
    plan, diagnostics = case
    assert len(cases(junit.plan(plan))) >= len(plan.changes)
    assert cases(junit.validation([change.key for change in plan.changes], diagnostics))
