"""What an apply did, as Markdown: every outcome is told, and no text of the tenant becomes markup."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from rhythmconf.model import Diagnostic, Outcome, Result, Run
from rhythmconf.report.comment import LIMIT
from rhythmconf.report.origin import NO_ORIGIN, Link, Origin
from rhythmconf.report.subjects.run_markdown import markdown
from tests.support import reports
from tests.support.payloads import PAYLOADS

STALE = Diagnostic("RC520", "Changed since the plan.", help="Make a new plan.")


def run(*outcomes: Outcome, id: str = "r-1", **more: object) -> Run:
    """Return a run with an update for each outcome."""
    results = tuple(Result(reports.key(f"program/p{n}"), "update", each) for n, each in enumerate(outcomes))
    return Run(id, results, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "headline", "listed"),
    [
        (run("applied", "applied"), "applied. 0 added, 2 changed, 0 destroyed.", ""),
        (run("not_attempted", id="", diagnostics=(STALE,)), "not applied. Nothing was written.", "RC520"),
        (run("rejected", "not_attempted"), "not applied. Nothing was written.", "**Failed: 1**"),
        (run("applied", "not_attempted"), "stopped half-way. 1 of 2 changes are applied.", "**Not applied: 1**"),
        (run("unknown", "not_attempted"), "stopped half-way. 0 of 2 changes are applied.", "**Not known: 1**"),
    ],
)
def test_the_headline_says_what_was_written(value: Run, headline: str, listed: str) -> None:
    text = markdown(value, "production", Origin(links=(Link("Run 3", "https://host.test/3"),)))
    assert text.startswith(f"<!-- rhythmconf:apply:production -->\n### Apply for `production`: {headline}\n")
    assert "[Run 3](https://host.test/3)" in text
    assert listed in text


def test_the_outcome_of_many_records_fits_into_a_comment() -> None:
    left: list[Outcome] = ["not_attempted"] * 5_000
    value = run("applied", *left)
    text = markdown(value, "production", NO_ORIGIN)
    assert "- and 4,950 more" in text
    assert len(text) < 20_000
    wordy = tuple(
        Result(reports.key(f"program/{PAYLOADS[n % 50]}{n}"), "update", outcome, message=PAYLOADS[n % 50] * 50)
        for n in range(400)
        for outcome in ("rejected", "unknown", "not_attempted")
    )
    many = tuple(Diagnostic(f"RC{n:03}", "wrong\n" * 900, help="Repair it.") for n in range(400))
    for results, diagnostics in ((wordy, ()), ((), many), (wordy, many)):
        text = markdown(Run("r", results, diagnostics=diagnostics), "production", NO_ORIGIN)
        assert len(text) <= LIMIT
        assert ("**Failed: 400**" in text) is bool(results)
        assert ("`RC001`" in text) is bool(diagnostics)


def test_no_text_of_a_tenant_becomes_markup() -> None:
    results = tuple(
        Result(reports.key(f"program/{each}"), "update", "rejected", message=each) for each in PAYLOADS[:50]
    )
    diagnostics = tuple(Diagnostic("RC500", each, help=each) for each in PAYLOADS)
    for environment in ("production", "a -->\n<b>"):
        text = markdown(Run("r", results, diagnostics=diagnostics), environment, NO_ORIGIN)
        parts = [part for token in MarkdownIt("gfm-like").parse(text) for part in (token, *(token.children or ()))]
        assert not [each.content for each in parts if each.type in ("image", "link_open", "html_inline")]
        assert [each.content.count("<!--") for each in parts if each.type == "html_block"] == [1]
