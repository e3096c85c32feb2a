"""The HTML page in Chromium: it is silent, loads nothing, is accessible, and is fast with a thousand changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rhythmconf.report import graph
from rhythmconf.report.facts import DRIFT
from rhythmconf.report.formats import html
from tests.support import reports
from tests.support.chromium import Page, open_browser
from tests.support.heavy import TOOLS, heavy, with_browser, with_tools
from tests.support.payloads import PAYLOADS

pytestmark = [heavy, with_browser]

WIDE, NARROW = 1320, 420
VISIBLE = "[...document.querySelectorAll('.change')].filter(each => each.checkVisibility()).length"
# Elements and attributes that only data could have added: the page itself has none of them.
FOREIGN = """[...document.querySelectorAll('*')].filter(each =>
    each.matches('script, img, iframe, object, embed, link, base, video, audio, math, textarea')
    || [...each.attributes].some(one => one.name.startsWith('on') || one.name === 'style' || one.name === 'action')
    || (each.getAttribute('href') ?? '#').slice(0, 1) !== '#'
    || each.getAttribute('http-equiv') === 'refresh').map(each => each.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Return a tab for all tests of this file."""
    with open_browser(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


def show(page: Page, path: Path, text: str, *, width: int = WIDE, scheme: str = "light") -> None:
    """Open a page with this text, which must cause no errors or requests."""
    path.write_text(text, encoding="utf-8")
    page.set_display(width=width, scheme=scheme)
    page.open(path)
    assert not page.problems()


def association() -> str:
    """Return the page of a plan that contains everything."""
    plan = reports.association_plan()
    return html.plan(plan, context=reports.graph_context(plan))


def findings() -> str:
    """Return the page of findings."""
    diagnostics = reports.diagnostics()
    return html.validation(57, diagnostics, {diagnostics[0]: "    nmae: x"})


PAGES: dict[str, Callable[[], str]] = {
    "plan": association,
    "findings": findings,
    "hostile": lambda: html.plan(reports.plan_with_text('"><b>x</b>')[0], DRIFT),
    "nothing": lambda: html.plan(reports.plan()),
}


def test_no_payload_runs_a_script_or_loads_anything(page: Page, tmp_path: Path) -> None:
    assert len(PAYLOADS) >= 60
    for number, payload in enumerate(PAYLOADS):
        plan, diagnostics = reports.plan_with_text(payload)
        show(page, tmp_path / f"plan-{number}.html", html.plan(plan, context=reports.graph_context(plan)))
        assert page.run(FOREIGN) == [], payload
        show(page, tmp_path / f"verdict-{number}.html", html.validation(3, diagnostics, {diagnostics[0]: payload}))
        assert page.run(FOREIGN) == [], payload


def test_no_payload_runs_a_script_in_an_svg_file(page: Page, tmp_path: Path) -> None:
    for number, payload in enumerate(PAYLOADS):
        show(page, tmp_path / f"graph-{number}.svg", graph.standalone_svg(reports.hostile_graph(payload)))
        assert page.run("document.querySelectorAll('svg script, svg image, svg a, svg foreignObject').length") == 0
        assert page.run("document.documentElement.nodeName") == "svg", payload


@with_tools
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(page: Page, tmp_path: Path, name: str, width: int, scheme: str) -> None:
    show(page, tmp_path / "page.html", PAGES[name](), width=width, scheme=scheme)
    page.run((TOOLS / "axe-core" / "axe.min.js").read_text(encoding="utf-8") + ";0")
    violations = "all.violations.map(one => [one.id, one.nodes.map(node => node.html)])"
    assert page.run(f"axe.run().then(all => {violations})") == []


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_nothing_is_wider_than_the_page(page: Page, tmp_path: Path, width: int) -> None:
    for name, make in PAGES.items():
        show(page, tmp_path / f"{name}.html", make(), width=width)
        assert page.run("document.documentElement.scrollWidth") <= width, name


def test_filters_show_the_selected_changes(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path / "page.html", association())
    assert page.run(VISIBLE) == 10
    page.run("document.getElementById('action-update').click()")
    assert page.run(VISIBLE) == 6
    assert page.run("getComputedStyle(document.querySelector('.shown')).display") == "block"
    page.run("document.getElementById('risk-inbox').click()")
    assert page.run(VISIBLE) == 1
    page.run("document.querySelector('.filters button').click()")
    assert page.run(VISIBLE) == 10
    page.run("document.getElementById('risk-none').click()")
    assert page.run(VISIBLE) == 6
    page.run("document.getElementById('kind-0').click()")
    assert page.run(VISIBLE) == 5
    page.run("document.querySelector('.filters button').click()")
    page.run("document.getElementById('side-conflict').click()")
    assert page.run(VISIBLE) == 1
    assert page.run("getComputedStyle(document.querySelector('.shown')).display") == "block"


def test_the_keyboard_reaches_the_content_the_filters_and_the_picture(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path / "page.html", association())
    reached = [press(page, "Tab") for _ in range(18)]
    assert reached[0] == "a.skip"
    assert "input.#action-delete" in reached
    assert "div.picture" in reached
    press(page, "Tab")
    show(page, tmp_path / "page.html", association())
    press(page, "Tab")
    assert press(page, "Enter") == "main.#main"


def press(page: Page, key: str) -> str:
    """Press a key and return the element that has the focus then."""
    code = {"Tab": 9, "Enter": 13}[key]
    text = {"text": "\r"} if key == "Enter" else {}
    page.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, windowsVirtualKeyCode=code, **text)
    page.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=code)
    focus = "(e => e.localName + '.' + (e.id ? '#' + e.id : e.getAttribute('class') ?? ''))(document.activeElement)"
    return str(page.run(focus))


def test_a_printed_page_has_all_details_and_no_controls(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path / "page.html", association())
    page.set_display(width=WIDE, media="print")
    assert page.run("document.querySelector('.filters').checkVisibility()") is False
    hidden = "each => !each.checkVisibility({contentVisibilityAuto: true})"
    assert page.run(f"[...document.querySelectorAll('pre')].filter({hidden}).length") == 0
    assert page.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_thousand_changes_filter_quickly(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path / "large.html", html.plan(reports.large_plan(1000)))
    clicks = ["action-update", "action-update", "risk-money", "kind-3", "risk-all", "kind-3"]
    durations = [busy(page, f"document.getElementById('{name}').click()") for name in clicks]
    # A reader notices some 0.1 s; the bound leaves room for a slow and busy machine.
    assert sorted(durations)[len(durations) // 2] < 1
    assert page.run(VISIBLE) == 1000


def busy(page: Page, script: str) -> float:
    """Return the seconds that the page was busy with a script and its layout."""
    page.call("Performance.enable")
    before = seconds(page)
    drawn = "new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
    page.run(f"{script}; document.body.offsetHeight; {drawn}")
    return seconds(page) - before


def seconds(page: Page) -> float:
    """Return the seconds that the tab has been busy since it was opened."""
    metrics = page.call("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_page_follows_the_colour_scheme(page: Page, tmp_path: Path, width: int, scheme: str) -> None:
    show(page, tmp_path / "page.html", association(), width=width, scheme=scheme)
    background = re.findall(r"\d+", page.run("getComputedStyle(document.body).backgroundColor"))
    assert (int(background[0]) < 128) == (scheme == "dark")
    page.take_screenshot(tmp_path / "page.png")
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
