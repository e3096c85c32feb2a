"""The HTML page in Chromium: it names what to stop for, is silent, loads nothing, is accessible, and is fast."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rhythmconf.model.fleet import FleetReport, MemberSummary
from rhythmconf.report import graph
from rhythmconf.report.facts import DRIFT
from rhythmconf.report.formats import html
from rhythmconf.report.formats.html import mails
from rhythmconf.report.subjects import fleet_page
from tests.support import reports
from tests.support.chromium import Page, open_browser
from tests.support.heavy import TOOLS, heavy, with_browser, with_tools
from tests.support.payloads import PAYLOADS
from tests.support.process import run_in_process
from tests.support.sixty import make_sixty

pytestmark = [heavy, with_browser]

WIDE, NARROW = 1320, 420
VISIBLE = "[...document.querySelectorAll('.change')].filter(each => each.checkVisibility()).length"
# Elements and attributes that only data could have added: the page itself has one script, which is its last element,
# and frames of mails, which may do nothing and have no link that leads anywhere.
FOREIGN = (
    """(() => {
    const bad = (each) => each.matches('script, img[src], object, embed, link, base, video, audio, math, textarea')
        || [...each.attributes].some(one => one.name.startsWith('on') || one.name === 'style' || one.name === 'action')
        || each.getAttribute('http-equiv') === 'refresh';
    const own = document.querySelector('body > script:last-child:not([src])');
    const frames = [...document.querySelectorAll('iframe')];
    const foreign = [...document.querySelectorAll('*')].filter(each => each !== own
        && (bad(each) || each.localName === 'img' || (each.getAttribute('href') ?? '#').slice(0, 1) !== '#'));
    const free = frames.filter(each => each.getAttribute('sandbox') !== '' || each.hasAttribute('src')
        || each.hasAttribute('allow') || !each.srcdoc.startsWith(HEAD));
    const inside = frames.flatMap(each => [...new DOMParser().parseFromString(each.srcdoc, 'text/html').all])
        .filter(each => bad(each) || each.localName === 'iframe' || each.hasAttribute('href'));
    return [...foreign, ...free, ...inside].map(each => each.outerHTML.slice(0, 200));
})()"""
).replace("HEAD", json.dumps(mails.HEAD))
UNFOLD = """document.querySelectorAll('details').forEach(each => { each.open = true; });
    new Promise(done => requestAnimationFrame(() => setTimeout(done)))"""


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


def letters() -> str:
    """Return the page of a plan with a hostile mail beside an ordinary one."""
    ordinary = reports.change("notice/a", "update", reports.field("/email/body", reports.OLD_MAIL, reports.NEW_MAIL))
    hostile = reports.change("notice/b", "update", *reports.hostile_mail(PAYLOADS[0]))
    plan = reports.plan(ordinary, hostile)
    return html.plan(plan, context=reports.graph_context(plan))


def index() -> str:
    """Return the index of a fleet, of which a tenant failed for a hostile reason."""
    done = MemberSummary("north", "tenants/north", "live", "changes", update=1, equal="1", page="north.html")
    failed = MemberSummary("east", "tenants/east", "live", "failed", 1, reason=PAYLOADS[0], command="rhythmconf plan")
    return fleet_page.html(FleetReport("plan", (done, done._replace(name="south"), failed)))


PAGES: dict[str, Callable[[], str]] = {
    "index": index,
    "plan": association,
    "letters": letters,
    "findings": findings,
    "hostile": lambda: html.plan(reports.plan_with_text('"><b>x</b>')[0], DRIFT),
    "nothing": lambda: html.plan(reports.plan()),
}


def test_no_payload_runs_a_script_or_loads_anything(page: Page, tmp_path: Path) -> None:
    assert len(PAYLOADS) >= 60
    for number, payload in enumerate(PAYLOADS):
        plan, diagnostics = reports.plan_with_text(payload)
        mail = reports.change("notice/a", "update", *reports.hostile_mail(payload))
        value = plan._replace(changes=(*plan.changes, mail))
        show(page, tmp_path / f"plan-{number}.html", html.plan(value, context=reports.graph_context(value)))
        page.run(UNFOLD)
        assert page.run("document.querySelectorAll('.engineers dl').length") == 5
        assert page.run("document.querySelectorAll('iframe').length") == 2
        assert page.run(FOREIGN) == [], payload
        assert not page.problems(), payload
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
    page.run(UNFOLD)
    page.run((TOOLS / "axe-core" / "axe.min.js").read_text(encoding="utf-8") + ";0")
    violations = "all.violations.map(one => [one.id, one.nodes.map(node => node.html)])"
    assert page.run(f"axe.run().then(all => {violations})") == []


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_nothing_is_wider_than_the_page(page: Page, tmp_path: Path, width: int) -> None:
    for name, make in PAGES.items():
        show(page, tmp_path / f"{name}.html", make(), width=width)
        page.run(UNFOLD)
        assert page.run("document.documentElement.scrollWidth") <= width, name


def test_filters_show_the_selected_changes(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path / "page.html", association())
    assert page.run(VISIBLE) == 10
    click(page, "[value=update]")
    assert page.run(VISIBLE) == 6
    assert page.run(SHOWN) == "6 of 10 shown"
    click(page, "[value=inbox]")
    assert page.run(VISIBLE) == 1
    click(page, "[type=reset]")
    assert page.run(VISIBLE) == 10
    assert page.run(SHOWN) == ""
    click(page, "[value=none]")
    assert page.run(VISIBLE) == 6
    click(page, "[value=kind-0]")
    assert page.run(VISIBLE) == 5
    click(page, "[type=reset]")
    click(page, "[value=side-conflict]")
    assert page.run(VISIBLE) == 1
    assert page.run("[...document.querySelectorAll('.group')].filter(each => each.checkVisibility()).length") == 1


SHOWN = "document.querySelector('.shown').textContent"


def click(page: Page, selector: str) -> None:
    """Click a control of the filters, and wait until the page has reacted."""
    page.run(f"document.querySelector('.filters {selector}').click(); new Promise(done => setTimeout(done))")


def search(page: Page, words: str) -> None:
    """Type words into the search."""
    typed = f"field.value = {json.dumps(words)}; field.dispatchEvent(new Event('input', {{bubbles: true}}))"
    page.run(f"{{ const field = document.querySelector('[type=search]'); {typed} }}")


@pytest.mark.parametrize(
    ("words", "count"),
    [("higher YEAR", 1), ("renewal-60", 1), ("drops.yaml:31", 1), ("id-old-safety", 1), ("no such words", 0)],
)
def test_a_search_finds_words_keys_and_what_is_folded(page: Page, tmp_path: Path, words: str, count: int) -> None:
    show(page, tmp_path / "page.html", association())
    search(page, words)
    assert page.run(VISIBLE) == count
    assert page.run(SHOWN) == f"{count} of 10 shown"


def test_a_link_to_a_record_shows_it_whatever_is_hidden(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path / "page.html", association())
    target = "document.getElementById('certifications/statusReason/lapsed')"
    seen = f"{target}.checkVisibility() && {target}.getBoundingClientRect().top < innerHeight"
    click(page, "[value=adopt]")
    assert page.run(seen) is False
    page.run("location.hash = '#certifications/statusReason/lapsed'; new Promise(done => setTimeout(done, 900))")
    assert page.run(seen) is True


def test_the_page_is_readable_without_its_script(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(association(), encoding="utf-8")
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        page.load(path)
        assert not page.problems()
        assert page.run(VISIBLE) == 10
        assert page.run("document.querySelector('.filters').checkVisibility()") is False
        assert page.run("document.querySelectorAll('.engineers dl').length") == 10
        assert page.run("document.querySelector('iframe').checkVisibility()") is True
    finally:
        page.call("Emulation.setScriptExecutionDisabled", value=False)


def test_the_keyboard_reaches_the_content_the_filters_and_the_folds(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path / "page.html", association())
    reached = [press(page, "Tab") for _ in range(40)]
    assert reached[0] == "a.skip"
    assert reached[1] == "input.search"
    assert "input.checkbox" in reached
    assert "summary." in reached
    show(page, tmp_path / "page.html", association())
    press(page, "Tab")
    assert press(page, "Enter") == "main.#main"


def press(page: Page, key: str) -> str:
    """Press a key and return the element that has the focus then."""
    code = {"Tab": 9, "Enter": 13}[key]
    text = {"text": "\r"} if key == "Enter" else {}
    page.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, windowsVirtualKeyCode=code, **text)
    page.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=code)
    name = "e.id ? '#' + e.id : e.getAttribute('class') ?? e.getAttribute('type') ?? ''"
    focus = f"(e => e.localName + '.' + ({name}))(document.activeElement)"
    return str(page.run(focus))


@pytest.fixture(scope="module")
def sixty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of the plan with sixty changes."""
    folder = tmp_path_factory.mktemp("sixty")
    make_sixty(folder / "project")
    planned = run_in_process(folder / "project", "plan", "--format", "html", "--output-file", "../sixty.html")
    assert planned.code == 3, planned.stderr
    return folder / "sixty.html"


def test_the_first_screen_names_what_to_stop_for(page: Page, sixty: Path) -> None:
    page.set_display(width=1280, height=800)
    page.open(sixty)
    assert not page.problems()
    lines = page.run(
        "[...document.querySelectorAll('header, .attention li')]"
        ".filter(each => each.getBoundingClientRect().bottom < 800)"
        ".map(each => each.innerText.replace(/\\s+/g, ' '))"
    )
    for words in (
        (
            "60 records would change",
            "5 to delete, 44 to change, 9 to add, 2 to manage from now on",
            "points are decided",
        ),
        ("Conflict", "Printed copy of a certificate", "38", "40"),
        ("Deletion", "Extension granted", "Still used by", "Forecast of the board"),
        ("Switched off", "Drops, every Monday", "no longer happens", "every week on Monday at 08:00"),
        ("Letter to Aberdeen", "The same in 17 other notices"),
        ("Link in a mail", "Renewal reminder, 60 days", "another site", "harborsafty.example"),
    ):
        assert any(all(word in line for word in words) for line in lines), (words, lines)
    links = "[...document.querySelectorAll('.attention a')].every(each => document.getElementById(each.hash.slice(1)))"
    assert page.run(links) is True


def test_sixty_changes_are_printed_on_a_few_pages(page: Page, sixty: Path) -> None:
    page.set_display(width=1280, height=800)
    page.open(sixty)
    page.run(UNFOLD)
    printed = b64decode(page.call("Page.printToPDF", preferCSSPageSize=True)["data"])
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= 10
    page.set_display(width=1280, media="print")
    for hidden in (".filters", ".engineers", ".machinery", "iframe"):
        assert page.run(f"document.querySelector('{hidden}').checkVisibility()") is False, hidden
    assert page.run("document.querySelector('.attention').checkVisibility()") is True
    assert page.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_five_thousand_changes_load_and_filter_quickly(page: Page, tmp_path: Path) -> None:
    text = html.plan(reports.large_plan(5000))
    assert len(text) < 7_000_000
    # The time that the tab has worked, whatever else this computer does. A reader waits for 2 s and for 0.2 s on a
    # quiet one; the bounds leave room for a slow one.
    page.call("Performance.enable", timeDomain="threadTicks")
    before = seconds(page)
    show(page, tmp_path / "large.html", text)
    assert seconds(page) - before < 6
    assert page.run("document.querySelectorAll('*').length") < 120_000
    clicks = ["[value=update]", "[value=update]", "[value=money]", "[value=kind-3]", "[type=reset]", "[value=kind-3]"]
    durations = [busy(page, f"document.querySelector('.filters {name}').click()") for name in clicks]
    durations.append(busy(page, "document.querySelector('[type=search]').value = 'record 12'"))
    assert sorted(durations)[len(durations) // 2] < 0.6
    click(page, "[type=reset]")
    assert page.run(VISIBLE) == 5000


def busy(page: Page, script: str) -> float:
    """Return the seconds that the page was busy with a script and its layout."""
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
