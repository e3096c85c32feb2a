"""All formats report the same facts, and the facts are right."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given

from rhythmconf.model import MISSING, Diagnostic, Location, MissingCommit, Plan
from rhythmconf.report import display, facts
from rhythmconf.report.facts import DRIFT, PLAN
from rhythmconf.report.formats import github, html, junit, markdown, sarif, text
from rhythmconf.report.terminal import render
from tests.support import reports

FORMATS: dict[str, Callable[[Plan], str]] = {
    "text": lambda plan: render(text.plan(plan), color=False),
    "markdown": markdown.plan,
    "html": html.plan,
    "sarif": sarif.plan,
    "junit": junit.plan,
}
PAGES = {name: FORMATS[name] for name in ("text", "markdown", "html")}


@pytest.mark.parametrize("name", FORMATS)
def test_every_record_and_refusal_is_named_in_every_format(name: str) -> None:
    plan = reports.association_plan()
    report = FORMATS[name](plan)
    assert all(change.key.name in report for change in plan.changes)
    assert "would be deleted" in report
    assert "RC213" in report or name == "text"  # text prints its diagnostics to stderr


@pytest.mark.parametrize("name", PAGES)
def test_counts_risks_locations_and_sides_are_in_every_readable_format(name: str) -> None:
    report = PAGES[name](reports.association_plan()).replace("<wbr>", "")  # an optional line break
    assert "3 to add, 4 to change, 2 to destroy, 1 to adopt." in report
    assert "config/billing/drops.yaml:31" in report
    assert all(risk in report for risk in ("money", "inbox", "access"))
    assert ("Changed in Rhythm, will be put back" if name == "html" else "drift, the next apply puts it back") in report
    assert "conflict" in report
    assert "89abcdef0123" in report
    assert "--allow program/old-safety" in report


def test_changes_are_sorted_worst_first() -> None:
    ranked = facts.sort_worst_first(reports.association_plan().changes)
    assert [change.key.name for change in ranked] == [
        "renewal-7",
        "old-safety",
        "drops-weekly",
        "renewal-60",
        "dropped",
        "amsi",
        "drops",
        "clp",
        "people",
        "lapsed",
    ]


def test_kinds_with_the_most_deletions_come_first() -> None:
    tallies = facts.tally_by_kind(reports.association_plan().changes)
    assert [reports.NAMES.kind(tally.kind) for tally in tallies[:2]] == ["notice", "program"]
    assert tallies[0].text == "1 to destroy, 1 to change, 1 to add"


def test_risks_are_counted_by_field() -> None:
    assert list(facts.count_risks(reports.association_plan().changes).items()) == [
        ("money", 1),
        ("inbox", 4),
        ("access", 1),
    ]


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (reports.plan(), "No changes. The tenant matches the files."),
        (reports.plan(reports.change("program/a", "delete")), "0 to add, 0 to change, 1 to destroy."),
        (reports.association_plan(), "3 to add, 4 to change, 2 to destroy, 1 to adopt. Refused by 1 guard."),
        (reports.plan(diagnostics=(Diagnostic("RC400", "no answer"),)), "No plan could be made: 1 error."),
    ],
)
def test_the_headline_summarises_the_plan(plan: Plan, said: str) -> None:
    assert facts.headline(PLAN, plan) == said


def test_the_headline_says_that_there_is_no_drift() -> None:
    assert facts.headline(DRIFT, reports.plan()) == "No drift. The tenant matches the files."


def test_a_long_value_loses_its_middle_and_an_unknown_id_is_marked() -> None:
    assert display.brief(MISSING) == "(none)"
    assert display.brief({"a": [{"$ref": "m/k/n"}]}) == '{"a": [(known after apply)]}'
    assert display.brief("x" * 500).endswith('x" (502 characters)')


def test_the_base_is_described_with_the_changes_of_each_side() -> None:
    plan = reports.association_plan()
    base = "base 89abcdef0123 (refs/rhythmconf/applied/production), changes since: "
    counts = "0 in the files, 1 in the tenant (drift), 1 in both, 1 in conflict"
    assert facts.describe_base(plan) == base + counts
    assert plan.base is not None
    missing = (MissingCommit("f23f583" + "0" * 33, "Ana"), MissingCommit("1a2b3c4" + "0" * 33, "Ben"))
    older = plan._replace(base=plan.base._replace(descends=False, missing=missing, lacks=3))
    described = "conflict; this checkout lacks 3 applied commits, f23f583 by Ana, 1a2b3c4 by Ben and 1 more"
    assert facts.describe_base(older).endswith(described)
    without_base = plan._replace(base=None)
    assert facts.describe_base(without_base).startswith("no base (two-way comparison)")
    assert [facts.shows_base(value._replace(changes=())) for value in (plan, without_base)] == [False, True]


def test_uncommitted_changes_are_mentioned_after_a_commit_only() -> None:
    plan = reports.plan()
    assert facts.describe_uncommitted(plan._replace(clean=False)) == " with uncommitted changes"
    assert facts.describe_uncommitted(plan) == ""
    assert facts.describe_uncommitted(plan._replace(clean=False, commit=None)) == ""


def test_errors_come_before_warnings_and_then_by_location() -> None:
    ordered = facts.sort_diagnostics(
        [
            Diagnostic("RC213", "a", "warning", Location("a.yaml", 1)),
            Diagnostic("RC203", "b", "error", Location("b.yaml", 9)),
            Diagnostic("RC203", "b", "error", Location("b.yaml", 10)),
            Diagnostic("RC003", "c", "error"),
        ]
    )
    assert [(each.code, each.location and each.location.line) for each in ordered] == [
        ("RC003", None),
        ("RC203", 9),
        ("RC203", 10),
        ("RC213", 1),
    ]


@reports.FEW
@given(reports.hostile_plans())
def test_every_format_accepts_any_text(case: tuple[Plan, list[Diagnostic]]) -> None:
    plan, diagnostics = case
    for write in (*FORMATS.values(), github.plan):
        assert write(plan).encode()
    for report in (
        markdown.validation(3, diagnostics),
        html.validation(3, diagnostics, {}),
        sarif.validation(diagnostics),
        junit.validation([plan.changes[0].key], diagnostics),
        github.validation(3, diagnostics),
    ):
        assert report.encode()
