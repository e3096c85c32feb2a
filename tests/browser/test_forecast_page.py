"""The page of a forecast in Chromium: accessible, narrow and wide, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rhythmconf.model.forecast import Forecast, OtherReading, Pair, Prepared, Unknown
from rhythmconf.report.subjects.forecast.page import html
from tests.support.calendars import FIRST, drops, reminders, schedule
from tests.support.chromium import Page, open_browser
from tests.support.forecasts import certification, forecast, people
from tests.support.heavy import TOOLS, heavy, with_browser, with_tools

pytestmark = [heavy, with_browser]

WIDE, NARROW = 1280, 380


def everything() -> Forecast:
    """Return a forecast with changed, unchanged and unknown steps, prepared runs and other readings."""
    still = (reminders("renewals", ("60 days", 1, 40)), schedule("renewals"), reminders("moon", ("60 days", 60, 66)))
    moon = schedule("moon", "at full moon")
    found = people([certification(f"2026-{month:02}-15") for month in range(1, 13)])
    made = forecast([*still, moon, drops("d", -90, -10), schedule("d")], [*still, moon, drops("d", -90, -60)], found)
    changed = made.rows[0]._replace(people=Pair(1, 2))
    return made._replace(
        prepared=(Prepared("d", "run-1", FIRST, "ready", 3),),
        readings=(OtherReading("G3", "bounds", "end-open", (changed,)),),
        unknown=(*made.unknown, Unknown("billing runs", "permission", "403")),
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Return a tab for all tests of this file."""
    with open_browser(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


def show(page: Page, path: Path, *, width: int, scheme: str) -> None:
    """Open the page, which must cause no errors or requests, with all of its tables unfolded."""
    path.write_text(html(everything(), "production"), encoding="utf-8")
    page.set_display(width=width, scheme=scheme, media="screen")
    page.open(path)
    assert not page.problems()
    page.run("document.querySelectorAll('details').forEach(each => each.open = true)")


@with_tools
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_axe_finds_nothing(page: Page, tmp_path: Path, width: int, scheme: str) -> None:
    show(page, tmp_path / "page.html", width=width, scheme=scheme)
    page.run((TOOLS / "axe-core" / "axe.min.js").read_text(encoding="utf-8") + ";0")
    violations = "all.violations.map(one => [one.id, one.nodes.map(node => node.html)])"
    assert page.run(f"axe.run().then(all => {violations})") == []


@pytest.mark.parametrize("width", [WIDE, NARROW, 320])
def test_nothing_is_wider_than_the_page(page: Page, tmp_path: Path, width: int) -> None:
    show(page, tmp_path / "page.html", width=width, scheme="light")
    assert page.run("document.documentElement.scrollWidth") <= width
