"""The Markdown comment: it fits, shows what matters without a click, and contains no markup from data."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from markdown_it.token import Token

from rhythmconf.model import Diagnostic, FieldTitles, Guard, KindNames, Plan
from rhythmconf.report.comment import LIMIT
from rhythmconf.report.facts import DRIFT
from rhythmconf.report.formats import markdown, proposal
from tests.support import reports
from tests.support.payloads import NUMBERS, PAYLOADS

RENDERER = MarkdownIt("gfm-like")
FOLD = r"<details><summary>[A-Za-z ,()]*</summary>|</details>"
OURS = re.compile(rf"\s*({FOLD}|<!-- rhythmconf:[a-z]+(:[\w.%~-]*)? -->)\s*")
HARMFUL = ("image", "link_open", "html_inline")
# GitHub makes links of user names, issue numbers and commits, which CommonMark doesn't know.
MENTION = re.compile(r"@\w|\B#\d|\bGH-\d|\b[0-9a-f]{7,40}\b|\w/\w+#\d")


def tokens(report: str) -> Iterator[Token]:
    """Yield every token of the rendered report, nested tokens too."""
    for token in RENDERER.parse(report):
        yield token
        yield from token.children or ()


def injected(report: str) -> list[str]:
    """Return the tokens that a report never writes itself."""
    foreign = []
    for token in tokens(report):
        foreign_html = token.type == "html_block" and not all(
            OURS.fullmatch(line) for line in token.content.splitlines() if line.strip()
        )
        if token.type in HARMFUL or foreign_html or (token.type == "text" and MENTION.search(token.content)):
            foreign.append(f"{token.type}: {token.content}")
    return foreign


def unfolded(report: str) -> str:
    """Return what a reader sees without a click."""
    return re.sub(r"(?s)<details>.*?</details>", "", report)


def test_the_marker_is_the_first_line_and_names_the_environment() -> None:
    assert markdown.plan(reports.association_plan()).startswith("<!-- rhythmconf:plan:production -->\n")
    assert markdown.plan(reports.association_plan(), DRIFT).startswith("<!-- rhythmconf:drift:production -->\n")
    assert markdown.validation(3, []).startswith("<!-- rhythmconf:validate -->\n")


def test_counts_deletions_risks_conflicts_and_refusals_are_never_folded() -> None:
    seen = unfolded(markdown.plan(reports.association_plan()))
    assert "2 to destroy" in seen
    assert "`notice/renewal-7`" in seen
    assert "`program/old-safety` would be deleted" in seen
    assert "`pre_processing_lead_time`: `3` → `5` **money** `config/billing/drops.yaml:31`" in seen
    assert (
        "`notice/dropped`: This notice is new: members can get mail by it. **inbox** `is_active`, `email.body`" in seen
    )
    assert "**conflict** at the base `2`" in seen
    assert "`config/billing/drops.yaml:28`" not in seen


def test_details_are_folded_with_text_changes_as_a_diff_and_the_exact_patch() -> None:
    report = markdown.plan(reports.association_plan())
    assert "    -<p>It takes ten minutes." in report
    assert '{"op": "replace", "path": "/pre_processing_lead_time", "value": 5}' in report
    assert '{"$ref": "certifications/notice/dropped"}' in report


def test_findings_have_location_and_help() -> None:
    report = markdown.validation(57, reports.diagnostics())
    assert "3 errors and 1 warning in 57 documents" in report
    assert "- **error** `RC203` `config/notices.yaml:12:9` unknown field `'nmae'`. did you mean `'name'?`" in report


def test_a_command_in_a_message_is_one_span() -> None:
    diagnostic = Diagnostic("RC303", "x", help="Take it over with `rhythmconf adopt notice/a` (or `b c`).")
    assert "Take it over with `rhythmconf adopt notice/a` (or `b c`)." in markdown.validation(1, [diagnostic])
    joined = markdown.validation(1, [diagnostic._replace(help="a`b @c`d `@e``f @g`")])
    assert not injected(joined)


@pytest.mark.parametrize("count", [10, 100, 300, 1000, 2000, 5000, 20_000])
def test_a_longer_plan_has_less_detail_and_always_fits(count: int) -> None:
    report = markdown.plan(reports.large_plan(count))
    assert len(report) <= LIMIT
    assert report.count("<details>") == report.count("</details>")
    assert not injected(report)
    deletions = re.findall(r"(?m)^\| `kind\d` \| \*\*([\d,]+)\*\*", report)
    assert sum(int(number.replace(",", "")) for number in deletions) == count // 10
    assert "20000 to" not in report


def test_each_shorter_version_says_where_the_details_are() -> None:
    lengths = {name: markdown.plan(reports.large_plan(count)) for name, count in (("a", 300), ("b", 600), ("c", 5000))}
    assert "with its patch" not in lengths["b"]
    assert "see the HTML page" in lengths["b"]
    assert "The details of 5,000 changes do not fit here: `--format html`" in lengths["c"]


def test_the_worst_three_are_above_the_table_and_equal_changes_are_one() -> None:
    off = reports.field("/is_active", True, False, "inbox")
    alike = [reports.change(f"notice/n{n}", "update", off)._replace(name=f"Letter {n}") for n in range(18)]
    gone = reports.change("reason/old", "delete")._replace(name="Old reason")
    fees = [reports.change(f"fee/f{n}", "update", reports.field("/price", 1, n + 2, "money")) for n in range(2)]
    report = markdown.plan(reports.plan(*alike, *fees, gone))
    head = report.partition("| kind |")[0].splitlines()
    assert [line for line in head if line.startswith("- ")] == [
        "- **Old reason** `reason/old`: This reason is deleted.",
        "- `fee/f0`: This changes what members are billed: Price 1 → 2.",
        "- `fee/f1`: This changes what members are billed: Price 1 → 3.",
        "- and 18 more changes with a risk or a deletion, below",
    ]
    assert report.count("This changes what members are sent: Is active yes → no.") == 1
    assert report.count("  - the same in 17 other notices: ") == 2  # what is never folded, and every change
    assert all(report.count(f"`notice/n{n}`") == 2 for n in range(18))
    cards = [reports.change(f"idCard/n{n}", "update", off) for n in range(2)]
    names = KindNames("certifications", titles={"certifications/idCard": FieldTitles("ID card")})
    assert " The same in 1 other ID card." in markdown.plan(reports.plan(*cards, names=names))
    assert "This reason is deleted" not in markdown.plan(reports.plan(gone), DRIFT)  # it says what an apply would do


LONG = "a long name of a record that nobody types " * 4
HARMLESS = [reports.change(f"reason/r{n}", "update", reports.field("/name", LONG, f"{n}{LONG}")) for n in range(2_000)]
CONFLICT_FIELD = reports.field("/name", "theirs", "ours")._replace(side="conflict", base="before")
CONFLICT_CHANGE = reports.change("program/both", "update", CONFLICT_FIELD)


def test_serious_changes_are_shown_if_the_others_do_not_fit() -> None:
    fee = reports.change("run/fee", "update", reports.field("/fee", 1, 2, "money"))
    seen = unfolded(
        markdown.plan(reports.plan(*HARMLESS, fee, CONFLICT_CHANGE, reports.change("notice/gone", "delete")))
    )
    assert "- `-` `notice/gone`" in seen
    assert "- `run/fee`: This changes what members are billed: Fee 1 → 2.\n  - `fee`: `1` → `2` **money**" in seen
    assert '- `program/both` `name`: `"theirs"` → `"ours"` **conflict**' in seen
    assert "The details of 2,003 changes do not fit here: `--format html`" in seen


@pytest.mark.parametrize("gone", [1, 2_000])
def test_too_many_serious_changes_are_one_line_for_each_kind(gone: int) -> None:
    fees = [reports.change(f"run/fee-{n}", "update", reports.field("/fee", n, n + 1, "money")) for n in range(2_000)]
    deleted = [reports.change(f"notice/gone-{n}", "delete") for n in range(gone)]
    seen = unfolded(markdown.plan(reports.plan(*fees, CONFLICT_CHANGE, *deleted)))
    assert "- program: `program/both`\n" in seen
    assert "- run **money**: `run/fee-0`, `run/fee-1`" in seen
    assert seen.count("and 1,970 more\n") == (1 if gone == 1 else 2)
    assert ("- `-` `notice/gone-0`" in seen) == (gone == 1)


def test_refusals_beyond_the_limit_are_counted() -> None:
    guards = tuple(Guard("deletes", f"kind{number}", False, f"kind {number} loses records") for number in range(13))
    report = markdown.plan(reports.plan(reports.change("notice/a", "delete"), guards=guards))
    assert "- kind 9 loses records\n- and 3 more refusals\n" in report
    assert "kind 10" not in report


def test_many_kinds_and_many_findings_fit() -> None:
    many = reports.plan(*(reports.change(f"k{number}{'`' * 80}/a", "delete") for number in range(5000)))
    report = markdown.plan(many)
    assert len(report) <= LIMIT
    assert "and 4,850 more kinds" in report
    diagnostics = [Diagnostic(f"RC{number}", "x" * 900) for number in range(5000)]
    assert len(markdown.validation(1, diagnostics)) <= LIMIT
    assert "and 4,850 more codes" in markdown.validation(1, diagnostics)


@pytest.mark.parametrize("payload", PAYLOADS, ids=NUMBERS)
def test_no_payload_becomes_an_image_a_link_markup_or_a_mention(payload: str) -> None:
    plan, diagnostics = reports.plan_with_text(payload)
    assert not injected(markdown.plan(plan))
    assert not injected(proposal.markdown(plan))
    assert not injected(markdown.validation(3, diagnostics))


@reports.FEW
@given(reports.hostile_plans())
def test_no_generated_text_becomes_markup(case: tuple[Plan, list[Diagnostic]]) -> None:
    plan, diagnostics = case
    assert not injected(markdown.plan(plan, DRIFT))
    assert not injected(proposal.markdown(plan))
    assert not injected(markdown.validation(3, diagnostics))
    assert len(markdown.plan(plan)) <= LIMIT
