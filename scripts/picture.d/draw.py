"""Draw the pictures of README.md and of the start page: a plan of the example association, in a terminal and as a page.

The day, the members and the ids are fixed, so the pictures change only if the program or the example does.
"""

from __future__ import annotations

import hashlib
import shutil
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from rich.console import Console
from rich.text import Text

from rhythmconf.flows import clock
from rhythmconf.model.clock import Clock
from tests.support.chromium import open_browser
from tests.support.process import EXAMPLES, ROOT, edit_file, run_ok
from tests.support.sessions import mask_changing_values

TERMINAL, PAGE = ROOT / "docs/plan.svg", ROOT / "docs/page.png"
DAY = datetime(2026, 11, 27, 9, tzinfo=UTC)
COMMAND = "rhythmconf plan --env production --forecast --summary"
SIZE = (1280, 860)
MOST_BYTES = 200_000
KEYWORD = b"Digest of the text"
FORMAT = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="The output of a plan">
<style>
.{unique_id}-matrix {{
    font: {char_height}px/{line_height}px ui-monospace, Menlo, Consolas, monospace;
}}
{styles}
</style>
<defs>{lines}</defs>
<rect fill="#1d2129" width="{width}" height="{height}" rx="8"/>
<g transform="translate(12, 12)">{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


class Plan(NamedTuple):
    """The plan of the pictures, as a terminal shows it and as HTML."""

    text: str
    html: str


def make_plan() -> Plan:
    """Plan a change of the example association on the fixed day."""
    with tempfile.TemporaryDirectory() as name, _day(DAY):
        folder = Path(shutil.copytree(EXAMPLES / "association", Path(name) / "association", ignore=_without_tenants))
        people = "embedded: {file: .rhythmconf/production.db, people: 4000, seed: 7}"
        edit_file(folder / "rhythmconf.yaml", "embedded: .rhythmconf/production.db", people)
        environ = {"COLUMNS": "110", "XDG_CACHE_HOME": f"{name}/cache"}
        run_ok(folder, "plan", "--env", "production", "--quiet", "-o", "first.plan", env=environ)
        run_ok(folder, "apply", "first.plan", "--quiet", env=environ)
        forecast = ("plan", "--env", "production", "--forecast", "--quiet")
        run_ok(folder, *forecast, env=environ)  # makes the members, before the edit
        edit_file(folder / "config/billing/drops.yaml", "number: 61", "number: 31")
        text = run_ok(folder, *forecast, "--summary", "--color", "always", env=environ).stdout
        html = run_ok(folder, *forecast, "--format", "html", env=environ).stdout
    return Plan(_steady(text), _steady(html))


def _steady(text: str) -> str:
    """Return a text in which what depends on the ids of records is always the same."""
    return "".join(f"{mask_changing_values(line)}\n" for line in text.splitlines())


def _without_tenants(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name == ".rhythmconf"]


@contextmanager
def _day(start: datetime) -> Iterator[None]:
    """Let the clock of the program begin at a time."""
    ahead = start.timestamp() - time.time()

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.fromtimestamp(time.time() + ahead, tz)

    usual = clock.CLOCK
    shifted = usual._replace(now=lambda: time.time() + ahead)
    _replace_clock(usual, shifted)
    try:
        with patch.object(clock, "datetime", Shifted):
            yield
    finally:
        _replace_clock(shifted, usual)


def _replace_clock(before: Clock, after: Clock) -> None:
    """Give another clock to every module that has imported one."""
    for name, module in list(sys.modules.items()):
        if name.startswith("rhythmconf.flows") and getattr(module, "CLOCK", None) is before:
            module.CLOCK = after  # type: ignore[attr-defined]


def draw_terminal(text: str) -> str:
    """Return the SVG of a terminal."""
    console = Console(record=True, width=112, file=StringIO(), force_terminal=True)
    console.print(f"$ {COMMAND}", style="bold")
    console.print(Text.from_ansi(text.rstrip("\n")))
    return console.export_svg(code_format=FORMAT, unique_id="plan")


def draw_page(html: str) -> bytes:
    """Return the PNG of the top of a page. The digest of its text is in the metadata."""
    with tempfile.TemporaryDirectory() as name, open_browser(Path(name) / "profile") as browser:
        path = Path(name) / "plan.html"
        path.write_text(html, encoding="utf-8")
        browser.set_display(width=SIZE[0], height=SIZE[1])
        browser.open(path)
        browser.take_screenshot(Path(name) / "page.png", whole=False)
        png = (Path(name) / "page.png").read_bytes()
    end = png.rindex(b"IEND") - 4
    return png[:end] + _chunk(b"tEXt", KEYWORD + b"\0" + digest(html).encode()) + png[end:]


def _chunk(type: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + type + data + struct.pack(">I", zlib.crc32(type + data))


def read_digest(png: bytes) -> str:
    """Return the digest of the text that a picture was made from; empty if it has none."""
    _, found, after = png.partition(KEYWORD + b"\0")
    return after[:64].decode() if found else ""


def digest(html: str) -> str:
    """Return the digest of the text of a page, without its styles and scripts."""
    reader = _Text()
    reader.feed(html)
    return hashlib.sha256(" ".join("".join(reader.texts).split()).encode()).hexdigest()


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.hidden = tag in {"script", "style"}

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self.hidden = False

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.texts.append(data)


def main() -> int:
    """Write the pictures."""
    plan = make_plan()
    TERMINAL.write_text(draw_terminal(plan.text), encoding="utf-8")
    PAGE.write_bytes(draw_page(plan.html))
    print(f"wrote {TERMINAL} and {PAGE}: {PAGE.stat().st_size} bytes")
    return int(PAGE.stat().st_size > MOST_BYTES)


if __name__ == "__main__":
    sys.exit(main())
