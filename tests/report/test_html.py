"""The HTML page: complete, without a script, and safe from data; tests/browser opens it in a browser."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from html.parser import HTMLParser

import pytest
from hypothesis import given

from rhythmconf.model import MISSING, Diagnostic, Guard, Plan
from rhythmconf.report import facts
from rhythmconf.report.facts import DRIFT
from rhythmconf.report.formats import html
from tests.support import reports
from tests.support.payloads import NUMBERS, PAYLOADS


class Reader(HTMLParser):
    """Collect the elements of a page with the names of their attributes, its links, its ids and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.shapes: set[tuple[str, ...]] = set()
        self.links: set[str] = set()
        self.ids: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.text += "" if tag == "wbr" else " "
        self.shapes.add((tag, *sorted(name for name, _ in attrs)))
        given = dict(attrs)
        self.links |= {str(given[name]) for name in ("href", "src", "action") if name in given}
        self.ids += [str(given["id"])] if "id" in given else []

    def handle_data(self, data: str) -> None:
        self.text += data


def page(plan: Plan) -> Reader:
    """Return the page of a plan."""
    return Reader(html.plan(plan, context=reports.graph_context(plan)))


def test_the_page_has_no_script_and_allows_only_its_own_styles() -> None:
    text = html.plan(reports.association_plan())
    (style,) = re.findall(r"(?s)<style>(.*?)</style>", text)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src &#39;none&#39;; style-src &#39;sha256-{digest}&#39;; base-uri &#39;none&#39;; form-action"
    assert policy in text
    assert "<script" not in text
    assert " style=" not in text
    assert "url(" not in style
    assert "@import" not in style


def test_links_lead_to_elements_of_the_page() -> None:
    html = page(reports.association_plan())
    assert html.links <= {f"#{id}" for id in html.ids}
    assert len(html.ids) == len(set(html.ids))


def test_each_record_shows_values_location_requests_and_references() -> None:
    text = " ".join(page(reports.association_plan()).text.split())
    assert "pre_processing_lead_time money 3 5 config/billing/drops.yaml:31" in text
    assert "Sent in wave 2; request 1 of 10: patch, with 1 other" in text
    assert "Referenced by billingTemplate/renewals" in text
    assert "Current values of the record" in text
    assert '{"op": "replace", "path": "/pre_processing_lead_time", "value": 5}' in text
    assert "At the base: 2" in text


def test_conflicts_come_first_and_their_guard_links_to_them() -> None:
    plan = reports.association_plan()
    (disputed,) = [change for change in plan.changes if facts.has_conflict(change)]
    deleted = disputed._replace(key=reports.key("notice/disputed"), action="delete")
    guard = Guard("conflict", str(disputed.key), False, "quarrel")
    text = html.plan(plan._replace(changes=(*plan.changes, deleted), guards=(*plan.guards, guard)))
    heads = re.findall(r'(?s)<h2 id="group-\d">(.*?) <span class="count">(\d+)<', text)
    assert heads[:2] == [("Changed to different values in the files and in the tenant", "2"), ("To destroy", "2")]
    match = re.search(r'quarrel <span class="subject">Record: \s*<a href="#(change-\d+)">', text)
    assert match is not None
    assert f'<article id="{match[1]}" aria-labelledby="{match[1]}-name">\n<h3' in text
    anchored = text.partition(f'<article id="{match[1]}"')[2].partition("</article>")[0]
    assert plan.names.key(disputed.key) in anchored
    assert text.count("At the base: <code>2</code>") == 2
    assert 'id="side-conflict"' in text


def test_without_a_base_there_is_no_filter_by_cause() -> None:
    assert 'name="side"' not in html.plan(reports.large_plan(3))


def test_a_long_text_is_compared_word_by_word() -> None:
    text = html.plan(reports.association_plan())
    assert "<del>the same as </del><ins>$ 20 higher than </ins>last year." in text
    assert "unchanged lines</span>" in text


def test_the_picture_links_to_changes_only() -> None:
    text = html.plan(reports.association_plan(), context=reports.graph_context(reports.association_plan()))
    (svg,) = re.findall(r"(?s)<svg.*?</svg>", text)
    assert 'href="#change-3"' in svg
    assert 'class="still"' in svg
    assert "in a cycle" in svg


def test_a_deletion_waits_for_the_records_that_refer_to_it() -> None:
    program, group = reports.key("program/a"), reports.key("programGroup/people")
    gone = [reports.change("program/a", "delete"), reports.change("programGroup/people", "delete")]
    text = html.plan(reports.plan(gone[0], gone[1]._replace(depends_on=(program,))))
    assert f"<title>{program} refers to {group} at ?</title>" in text


def test_a_large_plan_is_pictured_by_kind() -> None:
    plan = reports.large_plan(400)
    after = {change.key: (plan.changes[number - 1].key,) for number, change in enumerate(plan.changes) if number}
    linked = reports.plan(*(each._replace(depends_on=after.get(each.key, ())) for each in plan.changes))
    (svg,) = re.findall(r"(?s)<svg.*?</svg>", html.plan(linked))
    assert svg.count("<rect") == 8
    assert "kind3/50 changes" in svg


def test_records_of_one_kind_that_refer_to_one_another_are_no_cycle_of_their_kind() -> None:
    chain = [reports.key(f"program/p{number}") for number in range(70)]
    changes = [reports.change(f"program/p{number}", "create") for number in range(70)]
    follow = [each._replace(depends_on=(before,)) for each, before in zip(changes[1:], chain, strict=False)]
    assert "<svg" not in html.plan(reports.plan(changes[0], *follow))
    group = reports.change("programGroup/g", "create")
    first = changes[0]._replace(depends_on=(group.key,))
    (svg,) = re.findall(r"(?s)<svg.*?</svg>", html.plan(reports.plan(group, first, *follow)))
    assert svg.count("<rect") == 2
    assert "cycle" not in svg
    circle = first._replace(depends_on=(chain[-1], group.key))
    assert "cycle" in html.plan(reports.plan(group, circle, *follow)).partition("<svg")[2]


@pytest.mark.parametrize(("count", "opened"), [(30, 30), (31, 1)])
def test_new_records_of_a_large_plan_are_folded_unless_they_have_a_risk(count: int, opened: int) -> None:
    new = [
        reports.change(
            f"program/p{number}", "create", reports.field("/name", MISSING, "a", None if number else "money")
        )
        for number in range(count)
    ]
    text = html.plan(reports.plan(*new))
    assert text.count("<details open><summary>1 field of the new record</summary>") == opened


def test_a_refusal_or_an_error_makes_the_header_red() -> None:
    plan = reports.plan(reports.change("program/a", "delete"))
    refused = plan._replace(guards=(Guard("deletes", "program", False, "too many"),))
    failed = plan._replace(diagnostics=(Diagnostic("RC400", "no answer"),))
    warned = plan._replace(diagnostics=(Diagnostic("RC213", "an id", "warning"),))
    headers = ['<header class="bad">' in html.plan(value) for value in (plan, warned, refused, failed)]
    assert headers == [False, False, True, True]


def test_a_new_record_with_a_risk_is_grouped_with_the_risks() -> None:
    new = [
        reports.change("program/a", "create", reports.field("/name", MISSING, "a")),
        reports.change("program/b", "create", reports.field("/fee", MISSING, 1, "money")),
    ]
    text = html.plan(reports.plan(*new))
    groups = re.findall(r'(?s)<h2 id="group-\d">(.*?) <span.*?<code>program/(.)</code>', text)
    assert groups == [("With a risk for members", "b"), ("Other changes", "a")]


@pytest.mark.parametrize(("length", "by_words"), [(59, False), (60, True)])
def test_texts_of_sixty_characters_are_compared_word_by_word(length: int, by_words: bool) -> None:
    old, new = "old".ljust(length, "x"), "new".ljust(length, "x")
    text = html.plan(reports.plan(reports.change("program/a", "update", reports.field("/name", old, new))))
    assert (f'class="words"><del>{old}</del><ins>{new}</ins></td>' in "".join(text.splitlines())) == by_words
    assert (f"<del>&#34;{old}&#34;</del>" in text) == (not by_words)


def test_risky_fields_come_first_in_a_change() -> None:
    fields = [reports.field("/a", 1, 2), reports.field("/b", 1, 2, "money"), reports.field("/c", 1, 2)]
    text = html.plan(reports.plan(reports.change("program/a", "update", *fields)))
    assert re.findall(r'<th scope="row"><code>(.)</code>', text) == ["b", "a", "c"]


def test_the_page_names_drift_and_failure() -> None:
    assert "Drift for production" in page_text(html.plan(reports.association_plan(), DRIFT))
    failed = html.plan(reports.plan(diagnostics=(Diagnostic("RC400", "no answer", help="Try again."),)))
    assert "No plan could be made: 1 error." in failed
    assert "Try again." in failed


def test_findings_show_their_source_line() -> None:
    diagnostics = reports.diagnostics()
    text = page_text(html.validation(57, diagnostics, {diagnostics[0]: "  nmae: x"}))
    assert "3 errors and 1 warning in 57 documents" in text
    assert "RC203 config/notices.yaml:12:9 unknown field 'nmae' 12 nmae: x did you mean 'name'?" in text
    assert "All documents are valid" in html.validation(57, [], {})


def page_text(text: str) -> str:
    """Return the text of a page."""
    return " ".join(Reader(text).text.split())


@pytest.fixture(scope="module")
def harmless() -> set[tuple[str, ...]]:
    """Return the elements and attributes of pages without hostile texts."""
    plan, diagnostics = reports.plan_with_text("a\nb")
    longer, _ = reports.plan_with_text("a " * 50)
    seen = Reader(html.validation(3, diagnostics, {diagnostics[0]: "a"}))
    pages = [page(plan), page(longer), page(reports.association_plan()), seen]
    return set.union(*(each.shapes for each in pages))


@pytest.mark.parametrize("payload", PAYLOADS, ids=NUMBERS)
def test_no_payload_adds_elements_or_attributes(payload: str, harmless: set[tuple[str, ...]]) -> None:
    plan, diagnostics = reports.plan_with_text(payload)
    for read in (page(plan), Reader(html.validation(3, diagnostics, {diagnostics[0]: payload}))):
        assert read.shapes <= harmless
        assert all(link.startswith("#") for link in read.links)


@reports.FEW
@given(case=reports.hostile_plans())
def test_no_generated_text_adds_elements_or_attributes(
    case: tuple[Plan, list[Diagnostic]], harmless: set[tuple[str, ...]]
) -> None:
    assert page(case[0]).shapes <= harmless
