"""The site builds without a warning, and its search works on pages that were opened from a folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.chromium import Event, open_browser
from tests.support.heavy import heavy, with_browser, with_tools
from tests.support.process import ROOT

pytestmark = [heavy, with_browser, with_tools]

RESULTS = """
new Promise(done => {
    const read = left => {
        const shown = [...document.activeElement.shadowRoot.querySelectorAll("a")].map(link => link.href);
        if (shown.length || !left) done(shown); else setTimeout(read, 100, left - 1);
    };
    read(600);
})
"""


@pytest.fixture(scope="module")
def site() -> Path:
    """Build and check the site: navigation, links, requests to elsewhere, commands, settings, kinds and codes."""
    done = subprocess.run(["scripts/site"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return ROOT / "build/site/html"


def test_the_search_works_without_a_server(site: Path, tmp_path: Path) -> None:
    with open_browser(tmp_path) as page:
        page.set_display(width=1280)
        page.open(site / "index.html")
        page.run("document.querySelector('.md-search__button').click()")
        page.call("Input.insertText", text="freeze_hours")
        results = page.run(RESULTS)
        assert any("settings.html" in link for link in results), results
        assert [event for event in page.problems() if not _is_inline(event)] == []


def _is_inline(event: Event) -> bool:
    """Tell whether the browser asked for something that the page itself holds, such as a picture in its styles."""
    return bool(event["params"].get("request", {}).get("url", "").startswith("data:"))
