"""The pictures of README.md and of the start page show what the program prints today."""

from __future__ import annotations

import re
import runpy

import pytest

from tests.support.process import ROOT

DRAW = runpy.run_path(str(ROOT / "scripts/picture.d/draw.py"))


def test_the_pictures_are_those_of_the_plan_of_today() -> None:
    plan = DRAW["make_plan"]()
    assert DRAW["draw_terminal"](plan.text) == DRAW["TERMINAL"].read_text(encoding="utf-8"), "run scripts/picture"
    assert DRAW["digest"](plan.html) == DRAW["read_digest"](DRAW["PAGE"].read_bytes()), "run scripts/picture"
    assert DRAW["PAGE"].stat().st_size <= DRAW["MOST_BYTES"]


@pytest.mark.parametrize(("page", "folder"), [("README.md", "docs/"), ("docs/index.md", "")])
def test_both_pages_show_both_pictures_and_say_what_is_on_them(page: str, folder: str) -> None:
    pictures = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", (ROOT / page).read_text(encoding="utf-8"))
    assert [name for _, name in pictures] == [f"{folder}plan.svg", f"{folder}page.png"]
    assert all(len(words) > 20 for words, _ in pictures)
