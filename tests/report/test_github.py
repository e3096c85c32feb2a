"""Annotations: within the limits, the worst first, and no other text is a command."""

from __future__ import annotations

import re

from hypothesis import given

from rhythmconf.model import Diagnostic, Location, Plan
from rhythmconf.report.facts import DRIFT
from rhythmconf.report.formats import github
from tests.support import reports

# The commands of GitHub Actions: at the beginning of a line after blanks, in the old form anywhere.
OBEYED = re.compile(r"(?m)^\s*::|##\[")
OURS = re.compile(r"::(error|warning|notice) title=[^\n:,]*(,file=[^\n:,]*,line=\d+,col=\d+)?::[^\n]*")


def commands(report: str) -> list[str]:
    """Return the lines that contain a command."""
    return [line for line in report.splitlines() if OBEYED.search(line)]


def test_a_finding_points_to_its_line() -> None:
    diagnostic = Diagnostic(
        "RC203", "unknown field 'a,b:c'\n100 %", "error", Location("config/a,b.yaml", 4, 9), help="name?"
    )
    report = github.validation(2, [diagnostic])
    assert report.splitlines() == [
        "::error title=RC203,file=config/a%2Cb.yaml,line=4,col=9::unknown field 'a,b:c'\\n100 %25 (name?)",
        "1 error in 2 documents",
    ]


def test_files_are_relative_to_the_repository() -> None:
    report = github.validation(2, reports.diagnostics(), folder="tenants/hisp")
    assert "file=tenants/hisp/config/notices.yaml,line=12,col=9" in report


def test_each_level_has_at_most_ten_and_the_last_counts_the_rest() -> None:
    report = github.plan(reports.large_plan(1000))
    lines = commands(report)
    warnings = [line for line in lines if line.startswith("::warning")]
    assert len(lines) == 20
    assert len(warnings) == 10
    assert "would be destroyed" in warnings[0]
    assert warnings[-1] == "::warning title=rhythmconf::and 291 more warnings"


def test_drift_shows_the_value_of_each_side() -> None:
    assert "the tenant has 3, the files have 5 (money)" in github.plan(reports.association_plan(), DRIFT)


@reports.FEW
@given(reports.hostile_plans())
def test_no_text_of_a_tenant_becomes_a_command(case: tuple[Plan, list[Diagnostic]]) -> None:
    plan, diagnostics = case
    for report in (github.plan(plan), github.validation(1, diagnostics)):
        assert all(OURS.fullmatch(line) for line in commands(report))
        assert len(commands(report)) <= 30
