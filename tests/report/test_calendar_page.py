"""The page of a calendar: a picture and a table with the same dates for each step, in words that everybody knows."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser

import pytest

from rhythmconf.report.dates import full_date
from rhythmconf.report.subjects.calendar.page import html
from rhythmconf.report.subjects.calendar.picture import Bar, Picture, bounds, draw
from rhythmconf.report.subjects.calendar.steps import list_steps
from tests.support.calendars import drops, outlook, reminders, schedule, template, weekly
from tests.support.payloads import PAYLOADS

VOID = {"meta", "link", "br", "hr", "img", "input", "wbr"}


class Nesting(HTMLParser):
    """Checks that every element is closed, and collects ids and links."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.labels: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [values["id"] or ""] if "id" in values else []
        self.links += [values["href"] or ""] if tag == "a" else []
        for name in ("aria-labelledby", "aria-describedby"):
            self.labels += [values[name] or ""] if name in values else []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parse(text: str) -> Nesting:
    """Return what a page contains; its elements must be closed."""
    nesting = Nesting()
    nesting.feed(text)
    nesting.close()
    assert nesting.open == []
    return nesting


def visible(text: str) -> str:
    """Return the words of a page."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL).split())


def test_every_step_has_a_picture_and_a_table_with_the_same_dates() -> None:
    value = weekly()
    page = html(value)
    articles = re.findall(r"<article.*?</article>", page, re.DOTALL)
    steps = list_steps(value)
    assert len(articles) == len(steps) == 4
    for one, article in zip(steps, articles, strict=True):
        assert article.count('<svg class="calendar" role="img"') == 1
        assert article.count("<circle") == article.count('class="bar"') == article.count("<tr>") - 1 == len(one.runs)
        for each in one.runs:
            assert each.window is not None
            assert f'<td data-name="First date">{full_date(each.window.start)}</td>' in article
            assert f'<td data-name="Last date">{full_date(each.window.end)}</td>' in article


def test_ids_are_unique_and_labels_and_links_find_them() -> None:
    nesting = parse(html(weekly()))
    assert len({*nesting.ids}) == len(nesting.ids)
    assert {*nesting.labels} <= {*nesting.ids}
    assert {link.removeprefix("#") for link in nesting.links} <= {*nesting.ids}


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (weekly(), "people whose certification expires on those dates; they get this mail on the run at its left"),
        (weekly(), "people whose certification expires on those dates; they are dropped on the run at its right"),
        (outlook(reminders("r", ("x", -3, 3)), schedule("r")), "they get this mail on the run in the same row"),
        (
            outlook(reminders("r", ("x", 6, 1)), schedule("r")),
            "Each window ends before it begins, so no bar holds anybody",
        ),
    ],
)
def test_the_sentence_above_a_picture_says_what_it_shows(value: object, sentence: str) -> None:
    assert sentence in visible(html(value))  # type: ignore[arg-type]


def test_gaps_and_repeats_have_a_second_sign_than_their_colour() -> None:
    gap, repeat = re.findall(r'<article [^>]*class="step bad".*?</article>', html(weekly()), re.DOTALL)
    assert 'class="never"' in gap
    assert gap.count('class="cross"') >= 10
    heights = {float(one) for one in re.findall(r'class="once"[^>]*height="(\d+)"', repeat)}
    higher = {float(one) for one in re.findall(r'class="more"[^>]*height="(\d+)"', repeat)}
    assert max(heights) < min(higher)
    assert '<span class="tag error">gap</span>' in gap
    assert '<span class="tag error">repeat</span>' in repeat


def test_the_page_says_in_words_what_has_no_picture() -> None:
    said = visible(html(outlook()))
    assert "Nothing runs in production: it has no schedule" in said
    opaque = html(outlook(reminders("r", ("x", 60, 66)), schedule("r", "at full moon")))
    assert "the schedule &#39;at full moon&#39; is not understood" in opaque
    assert "<code>calendar: {schedules: {r: every week on Monday at 06:00}}</code>" in opaque
    assert "Window: 60 to 66 days after the run." in opaque
    rare = html(outlook(reminders("r", ("x", 60, 66)), schedule("r", "every year on June 1 at 06:00")))
    assert "There is no run in these days." in rare
    options = {"program_restriction": "none"}
    activation = template("a", activate_applications=True, application_activation_options=options)
    without = html(outlook(activation, schedule("a", "every day at 02:00")))
    assert "Activation of every application that is complete, whatever its dates." in without
    assert "And 77 more until 28 Feb 2027." in without


def test_many_templates_have_few_pictures_and_those_with_a_problem_first() -> None:
    sound = [each for n in range(500) for each in (reminders(f"r{n}", ("x", 60, 66)), schedule(f"r{n}"))]
    page = html(outlook(*sound, reminders("z", ("gap", 61, 66)), schedule("z"), drops("d", -88, -61), schedule("d")))
    parse(page)
    assert page.count('role="img"') == 40
    assert "billingTemplate/z, gap" in re.sub("<[^>]+>", "", page)
    assert page.count('class="step bad"') == 1
    assert "462 more steps" in page
    assert len(page) < 1_000_000


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_of_a_file_becomes_an_element(payload: str) -> None:
    value = outlook(
        reminders("r", (payload, 61, 66), name=payload),
        schedule("r", name=payload),
        schedule("s", payload, runs="r", name=payload),
    )
    page = html(value)
    nesting = parse(page)
    assert {link[:1] for link in nesting.links} == {"#"}
    assert "<script" not in page
    assert "onerror" not in re.sub(r">[^<]*<", "><", page)


def test_a_picture_of_a_hundred_years_names_few_months() -> None:
    bars = [Bar(date(2026, 12, 7), date(2026, 12, 7), date(2126, 12, 7))]
    first, last = bounds(bars)
    drawn = draw(Picture("x", "title", "description", bars, first, last, ()))
    assert drawn.count('<text class="month') <= 11
    assert drawn.count('<line class="month"') <= 200
