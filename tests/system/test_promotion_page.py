"""Pages that show the output of their commands show exactly that."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pages import PAGES, regenerate_page
from tests.support.process import ROOT


@pytest.mark.parametrize("page", PAGES)
def test_the_page_shows_what_its_commands_print(page: str, tmp_path: Path) -> None:
    today = regenerate_page(page, tmp_path)
    assert today == (ROOT / page).read_text(encoding="utf-8"), f"run: python -m tests.support.pages {page}"
