"""A picture of a page is small enough for a repository, and says from which text it was made."""

from __future__ import annotations

import runpy

from tests.support.heavy import heavy, with_browser
from tests.support.process import ROOT

pytestmark = [heavy, with_browser]

DRAW = runpy.run_path(str(ROOT / "scripts/picture.d/draw.py"))


def test_a_picture_has_the_digest_of_its_text() -> None:
    html = "<title>Plan</title><style>p { color: red }</style><p>1 to change</p>"
    png = DRAW["draw_page"](html)
    assert png.startswith(b"\x89PNG")
    assert len(png) < DRAW["MOST_BYTES"]
    assert DRAW["read_digest"](png) == DRAW["digest"](html.replace("red", "blue"))
    assert DRAW["read_digest"](png) != DRAW["digest"](html.replace("1", "2"))
