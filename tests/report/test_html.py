"""The HTML page: complete, in a manager's words, and safe from data; tests/browser opens it in a browser."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from markupsafe import escape

from rhythmconf.model import MISSING, Diagnostic, Guard, Key, Plan
from rhythmconf.report import facts
from rhythmconf.report.facts import DRIFT
from rhythmconf.report.formats import html
from rhythmconf.report.formats.html import mails
from rhythmconf.report.page import hash_source
from tests.support import reports
from tests.support.payloads import NUMBERS, PAYLOADS


class Reader(HTMLParser):
    """Collect the elements of a page with the names of their attributes, its links, its ids, its text and its mails."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.shapes: set[tuple[str, ...]] = set()
        self.links: set[str] = set()
        self.ids: list[str] = []
        self.frames: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.text += "" if tag == "wbr" else " "
        self.shapes.add((tag, *sorted(name for name, _ in attrs)))
        given = dict(attrs)
        self.links |= {str(given[name]) for name in ("href", "src", "action") if name in given}
        self.ids += [str(given["id"])] if "id" in given else []
        self.frames += [str(given["srcdoc"])] if "srcdoc" in given else []

    def handle_data(self, data: str) -> None:
        self.text += data


def page(plan: Plan) -> Reader:
    """Return the page of a plan."""
    return Reader(html.plan(plan, context=reports.graph_context(plan)))


def test_the_page_allows_only_its_own_styles_and_its_own_script() -> None:
    text = html.plan(reports.association_plan())
    (style,) = re.findall(r"(?s)<style>(.*?)</style>", text)
    (script,) = re.findall(r"(?s)<script>(.*?)</script>", text)
    assert text.count("<script") == 1
    policy = (
        f"default-src 'none'; style-src {hash_source(style)} {hash_source(mails.STYLE)}; "
        f"script-src {hash_source(script)}; base-uri 'none'; form-action 'none'"
    )
    assert f'content="{escape(policy)}"' in text
    assert " style=" not in text
    assert "url(" not in style
    assert "@import" not in style
    for word in ("fetch", "XMLHttpRequest", "import(", "eval", "localStorage", "cookie"):
        assert word not in script


def test_a_page_without_filters_has_no_script() -> None:
    text = html.validation(57, reports.diagnostics(), {})
    assert "script" not in text
    assert "default-src &#39;none&#39;; style-src &#39;sha256-" in text


def test_links_lead_to_elements_of_the_page() -> None:
    html = page(reports.association_plan())
    assert html.links <= {f"#{id}" for id in html.ids}
    assert len(html.ids) == len(set(html.ids))


def test_each_record_has_its_name_its_fields_and_a_fold_for_engineers() -> None:
    text = " ".join(page(reports.association_plan()).text.split())
    assert "Change drops-weekly Recurring billing run · drops-weekly" in text
    assert "Field Now After" in text
    assert "lead time 3 5" in text.lower()
    assert "For engineers Key recurringBillingRun/drops-weekly Record id-drops-weekly" in text
    assert "Sent in wave 2; request 1 of 10: patch, with 1 other" in text
    assert "pre_processing_lead_time config/billing/drops.yaml:31" in text
    assert "Referenced by billingTemplate/renewals" in text
    assert '{"op": "replace", "path": "/pre_processing_lead_time", "value": 5}' in text
    assert "When last applied Now After" in text
    assert "Rhythm already has this record" in text


def test_the_page_begins_with_what_to_look_at_first() -> None:
    plan = reports.association_plan()
    off = reports.change("recurringBillingRun/drops", "update", reports.field("/is_active", True, False, "money"))
    used = Guard("referenced", f"{reports.MODULE}/notice/renewal-7", False, "used", users=(("x/a", "The ladder"),))
    text = html.plan(plan._replace(changes=(*plan.changes, off), guards=(*plan.guards, used)))
    first = Reader(text[text.index('<section class="attention"') : text.index("</section>")])
    lines = [" ".join(line.split()) for line in re.findall(r"(?s)<li class.*?</li>", text[: text.index("</section>")])]
    labels = [re.sub(r'.*?class="label">(.*?)<.*', r"\1", line) for line in lines]
    assert labels[:4] == ["Conflict", "Deletion", "Deletion", "Switched off"]
    assert "somebody set 3 in Rhythm, this plan sets 4" in first.text
    assert "Still used by “The ladder”." in first.text
    whole = Reader(text)
    assert first.links <= {f"#{id}" for id in whole.ids}
    assert text.index("What this does") if plan.effects else True
    sections = re.findall(r'<section class="group" aria-labelledby="(\w+)">', text)
    assert sections == ["conflicts", "deletions", "money", "inbox", "others"]


def test_the_anchor_of_a_record_depends_on_its_key_alone() -> None:
    change = reports.change("program/a", "delete")
    hostile = change._replace(key=Key("a/b", '"><b>'))
    one = page(reports.plan(change))
    other = page(reports.plan(hostile, reports.change("program/0", "delete"), change))
    assert "certifications/program/a" in one.ids
    assert set(one.ids) < set(other.ids)
    assert len(other.ids) == len(set(other.ids))
    assert any(re.fullmatch("record/[0-9a-f]{16}", id) for id in other.ids)


def test_equal_changes_are_one_card_that_names_all() -> None:
    letters = [
        reports.change(f"notice/letter-{number}", "update", reports.field("/email/from", "a", "b", "inbox"))
        for number in range(18)
    ]
    read = page(reports.plan(*letters))
    text = " ".join(read.text.split())
    assert "The same in 17 other notices" in text
    assert [f"certifications/notice/letter-{number}" in read.ids for number in range(18)] == [True] * 18
    assert text.count("Field Now After") == 1
    assert "18 records would change" in text


def test_conflicts_come_first_and_their_guard_links_to_them() -> None:
    plan = reports.association_plan()
    (disputed,) = [change for change in plan.changes if facts.has_conflict(change)]
    deleted = disputed._replace(key=reports.key("notice/disputed"), action="delete")
    guard = Guard("conflict", str(disputed.key), False, "quarrel")
    text = html.plan(plan._replace(changes=(*plan.changes, deleted), guards=(*plan.guards, guard)))
    heads = re.findall(r'(?s)<h2 id="(\w+)">[^<]* <span class="count">(\d+)<', text)
    assert heads[:2] == [("conflicts", "2"), ("deletions", "2")]
    link = f'<a href="#{disputed.key}"><code>{plan.names.key(disputed.key)}</code></a>'
    assert re.search(rf'quarrel <span class="subject">Record: \s*{re.escape(link)}', text)
    assert text.count('<td class="base">2</td>') == 2
    assert 'value="side-conflict"' in text


def test_without_a_base_there_is_no_filter_by_cause() -> None:
    assert 'name="side"' not in html.plan(reports.large_plan(3))


def test_a_mail_is_shown_as_its_readers_see_it() -> None:
    new = reports.NEW_MAIL.replace("tell us", '<a href="https://b.example/go">tell us</a><script>1</script>')
    old = reports.OLD_MAIL.replace("tell us", '<a href="https://a.example/go" onclick="x()">tell us</a><img src=x>')
    changed = reports.change("notice/a", "update", reports.field("/email/body", old, new, "inbox"))
    value = reports.plan(changed)
    read = page(value)
    text = " ".join(read.text.split())
    assert "A link leads to another site. “tell us” https://a.example/go https://b.example/go" in text
    assert "https://b.example/go instead of https://a.example/go" in text
    assert "The fee is the same as $ 20 higher than last year." in text
    before, after = read.frames
    assert '<a data-to="https://a.example/go">tell us</a><img>' in before
    assert "Dear {{ first_name }}," in after
    assert "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-" in after
    assert "script" not in after
    assert ("iframe", "height", "loading", "sandbox", "srcdoc", "title") in read.shapes
    # Without the kinds, and in a field that is no mail, HTML stays text.
    assert "<iframe" not in html.plan(value)
    no_mail = reports.change("notice/a", "update", reports.field("/name", old, new))
    assert not page(reports.plan(no_mail)).frames


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ([("a", "https://x/1")], [("b", "https://x/1")], []),
        ([("a", "https://x/1")], [("a", "https://x/2")], [("a", "https://x/1", "https://x/2", False)]),
        ([("a", "https://x/1")], [("a", "http://x/1")], [("a", "https://x/1", "http://x/1", True)]),
        ([("a", "https://x")], [("a", "https://y")], [("a", "https://x", "https://y", True)]),
        ([("a", "https://[")], [], [("a", "https://[", "", False)]),
        ([], [("a", "javascript:x")], [("a", "", "javascript:x", False)]),
        ([("a", "https://x")], [("n", "https://n"), ("a", "https://x")], [("n", "", "https://n", False)]),
    ],
)
def test_links_that_lead_elsewhere_are_named(
    old: list[tuple[str, str]], new: list[tuple[str, str]], changes: list[tuple[str, str, str, bool]]
) -> None:
    assert list(map(tuple, mails.list_changed_links(old, new))) == changes


@pytest.mark.parametrize(
    ("old", "new", "words", "targets"),
    [
        ("<p><a href=u>x</a>", "<p><a href=v>x", "", [("u", "v")]),
        ("<p><a href=u>x</a> <a href=w>y</a>", "<p><a href=v>x <a href=w>y</a>", "", [("u", "v")]),
        ("<html><head><title>t</title><body><p>one", "<html><head><title>t</title><body><p>two", "one two", []),
    ],
    ids=["an open link", "an open link before another", "an open head"],
)
def test_a_mail_with_elements_that_nothing_ends_is_compared_as_well(
    old: str, new: str, words: str, targets: list[tuple[str, str]]
) -> None:
    mail = mails.read_mail(old, new)
    assert " ".join(piece.text.strip() for piece in mail.pieces) == words
    assert [(link.old, link.new) for link in mail.links] == targets


def test_a_long_text_is_compared_word_by_word() -> None:
    text = html.plan(reports.association_plan())
    assert "<del>the same as </del><ins>$ 20 higher than </ins>last year." in text
    assert "unchanged lines</span>" in text


def test_the_picture_links_to_changes_only() -> None:
    text = html.plan(reports.association_plan(), context=reports.graph_context(reports.association_plan()))
    (svg,) = re.findall(r"(?s)<svg.*?</svg>", text)
    assert 'href="#certifications/notice/renewal-60"' in svg
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
    assert text.count('<details class="new" open><summary>1 field of the new record</summary>') == opened


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
    groups = re.findall(r'(?s)<section class="group" aria-labelledby="(\w+)">.*?id="certifications/program/(.)"', text)
    assert groups == [("money", "b"), ("others", "a")]


def test_values_are_written_for_people() -> None:
    fields = [
        reports.field("/is_active", True, False),
        reports.field("/description", "a", None),
        reports.field("/number", 1, "1"),
        reports.field("/names", ["a", "c"], ["a", {"$ref": "certifications/program/b"}]),
        reports.field("/window", {"position": "on", "bounds": {"number_of_days": 3}}, MISSING),
    ]
    text = html.plan(
        reports.plan(reports.change("program/a", "update", *fields), reports.change("program/b", "create"))
    )
    cells = re.findall(r'<td class="(\w+)">([^<]*)</td><td class="(\w+)">([^<]*)</td>', text)
    assert cells == [
        ("old", "yes", "new", "no"),
        ("old", "a", "none", "nothing"),
        ("old", "1", "new", "&#34;1&#34;"),
        ("old", "a, c", "new", "a, b"),
        ("old", "position: on\nbounds: \n  number of days: 3", "none", "nothing"),
    ]


@pytest.mark.parametrize(("length", "by_words"), [(59, False), (60, True)])
def test_texts_of_sixty_characters_are_compared_word_by_word(length: int, by_words: bool) -> None:
    old, new = "old".ljust(length, "x"), "new".ljust(length, "x")
    text = html.plan(reports.plan(reports.change("program/a", "update", reports.field("/name", old, new))))
    assert (f'class="words"><del>{old}</del><ins>{new}</ins></td>' in "".join(text.splitlines())) == by_words
    assert (f'<td class="old">{old}</td>' in text) == (not by_words)


def test_risky_fields_come_first_in_a_change() -> None:
    fields = [reports.field("/a", 1, 2), reports.field("/b", 1, 2, "money"), reports.field("/c", 1, 2)]
    text = html.plan(reports.plan(reports.change("program/a", "update", *fields)))
    assert re.findall(r'<th scope="row">(.)</th>', text) == ["B", "A", "C"]


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
    mail = reports.change("notice/a", "update", reports.field("/email/body", "<a href='x'>a</a>", "<a href='y'>b</a>"))
    pages = [page(plan), page(longer), page(reports.association_plan()), page(reports.plan(mail)), seen]
    return set.union(*(each.shapes for each in pages))


MAIL_SHAPES = {
    *((tag,) for tag in ("html", "head", "body", "title", "style", *mails.TAGS)),
    *{("meta", "charset"), ("meta", "content", "http-equiv"), ("a", "data-to"), ("img", "alt")},
    *((tag, name) for tag in ("td", "th") for name in ("colspan", "rowspan")),
}
"""Everything that a rendered mail may consist of."""


@pytest.mark.parametrize("payload", PAYLOADS, ids=NUMBERS)
def test_no_payload_adds_elements_or_attributes(payload: str, harmless: set[tuple[str, ...]]) -> None:
    plan, diagnostics = reports.plan_with_text(payload)
    mail = page(reports.plan(reports.change("notice/a", "update", *reports.hostile_mail(payload))))
    assert mail.shapes <= harmless
    assert len(mail.frames) == 2
    for frame in mail.frames:
        read = Reader(frame)
        assert read.shapes <= MAIL_SHAPES
        assert not read.links
    for read in (page(plan), Reader(html.validation(3, diagnostics, {diagnostics[0]: payload}))):
        assert read.shapes <= harmless
        assert all(link.startswith("#") for link in read.links)


@reports.FEW
@given(case=reports.hostile_plans())
def test_no_generated_text_adds_elements_or_attributes(
    case: tuple[Plan, list[Diagnostic]], harmless: set[tuple[str, ...]]
) -> None:
    assert page(case[0]).shapes <= harmless
