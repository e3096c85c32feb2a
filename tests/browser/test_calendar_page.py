"""The page of a calendar in Chromium: accessible, narrow and wide, light and dark, and quick with many templates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rhythmconf.report.subjects.calendar.page import html
from tests.support.calendars import bound, outlook, reminders, schedule, template, weekly
from tests.support.chromium import Page, open_browser
from tests.support.heavy import TOOLS, heavy, with_browser, with_tools
from tests.support.payloads import PAYLOADS

pytestmark = [heavy, with_browser]

WIDE, NARROW = 1280, 380


def everything() -> str:
    """Return a page with every kind of step and every problem."""
    quarter = {
        "program_restriction": "none",
        "expiration_date_range_start": bound("on", anchor="the beginning of the quarter"),
        "expiration_date_range_end": bound("on", anchor="the end of the quarter"),
    }
    return html(
        outlook(
            reminders("renewals", ("90 days", 90, 96), ("60 days", 61, 66), ("30 days", 30, 38), ("wrong", 66, 60)),
            schedule("renewals"),
            template("forecast", forecast_renewals=True, renewal_forecasting_options=quarter),
            schedule("forecast", "every month on the 31st at 05:00"),
            template("activation", activate_applications=True, application_activation_options={}),
            schedule("activation", "every day at 02:00"),
            reminders("moon", ("60 days", 60, 66)),
            schedule("moon", "at full moon"),
            reminders("alone", ("60 days", 60, 66)),
        )
    )


def many() -> str:
    """Return a page of 1,000 templates."""
    steps = [("60 days", 60, 66), ("30 days", 30, 35)]
    documents = [each for n in range(1000) for each in (reminders(f"r{n}", *steps), schedule(f"r{n}"))]
    return html(outlook(*documents))


PAGES: dict[str, Callable[[], str]] = {
    "everything": everything,
    "sound": lambda: html(weekly()),
    "nothing": lambda: html(outlook()),
    "hostile": lambda: html(outlook(reminders("r", ('"><b>x</b>', 61, 66)), schedule("r", '"><b>x</b>'))),
}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Return a tab for all tests of this file."""
    with open_browser(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


def show(page: Page, path: Path, text: str, *, width: int = WIDE, scheme: str = "light", media: str = "screen") -> None:
    """Open a page with this text, which must cause no errors or requests."""
    path.write_text(text, encoding="utf-8")
    page.set_display(width=width, scheme=scheme, media=media)
    page.open(path)
    assert not page.problems()


@with_tools
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(page: Page, tmp_path: Path, name: str, width: int, scheme: str) -> None:
    show(page, tmp_path / "page.html", PAGES[name](), width=width, scheme=scheme)
    page.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    page.run((TOOLS / "axe-core" / "axe.min.js").read_text(encoding="utf-8") + ";0")
    violations = "all.violations.map(one => [one.id, one.nodes.map(node => node.html)])"
    assert page.run(f"axe.run().then(all => {violations})") == []


@pytest.mark.parametrize("width", [WIDE, NARROW, 320])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_the_page(page: Page, tmp_path: Path, name: str, width: int) -> None:
    show(page, tmp_path / "page.html", PAGES[name](), width=width)
    page.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.run("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_no_two_texts_of_a_picture_overlap(page: Page, tmp_path: Path, width: int) -> None:
    show(page, tmp_path / "page.html", everything(), width=width)
    page.run("document.querySelectorAll('article').forEach(each => each.style.contentVisibility = 'visible')")
    overlapping = """[...document.querySelectorAll('article svg')].flatMap(svg => {
        const texts = [...svg.querySelectorAll('text.month, text.run')].filter(one => one.checkVisibility());
        const boxes = texts.map(one => [one.textContent, one.getBoundingClientRect()]);
        return boxes.flatMap(([a, p], n) => boxes.slice(n + 1)
            .filter(([_, q]) => p.left < q.right && q.left < p.right && p.top < q.bottom - 4 && q.top < p.bottom - 4)
            .map(([b]) => [a, b]));
    })"""
    assert page.run(overlapping) == []


def test_the_keyboard_reaches_the_details_and_the_links(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path / "page.html", everything())
    focusable = "[...document.querySelectorAll('a, summary')].filter(each => each.tabIndex !== 0).length"
    assert page.run(focusable) == 0
    page.run("document.querySelector('.problems a').click()")
    target = "document.querySelector(location.hash).matches('article.step')"
    assert page.run(target) is True


def test_a_printed_page_has_all_tables(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path / "page.html", everything(), media="print")
    hidden = "each => !each.checkVisibility({contentVisibilityAuto: true})"
    assert page.run(f"[...document.querySelectorAll('table')].filter({hidden}).length") == 0
    assert page.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_no_text_of_a_file_runs_a_script(page: Page, tmp_path: Path) -> None:
    foreign = "document.querySelectorAll('script, img, iframe, object, embed, link, base, video, audio, math').length"
    for number, payload in enumerate(PAYLOADS):
        value = outlook(reminders("r", (payload, 61, 66), name=payload), schedule("r", payload, name=payload))
        show(page, tmp_path / f"{number}.html", html(value))
        assert page.run(foreign) == 0, payload


def test_a_thousand_templates_are_shown_quickly(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path / "page.html", many(), width=NARROW)
    page.call("Performance.enable")
    page.run("document.documentElement.outerHTML.length")
    metrics = {one["name"]: one["value"] for one in page.call("Performance.getMetrics")["metrics"]}
    # The bound leaves room for a slow and busy machine.
    assert metrics["LayoutDuration"] < 2
    assert page.run("document.querySelectorAll('article').length") == 40
    assert page.run("document.documentElement.scrollHeight") < 40_000
