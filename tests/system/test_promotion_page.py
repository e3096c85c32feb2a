"""docs/promotion.md is a session on the example: what it shows is what its commands print."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.support.git import git
from tests.support.process import EXAMPLES, ROOT, well
from tests.support.sessions import retold

PAGE = ROOT / "docs" / "promotion.md"
BY_HAND = "dialect: {external_id: read-only}"
"""Records that are created without marks look like those that people made."""


@pytest.fixture
def association(tmp_path: Path) -> Path:
    """The example in git, and its two tenants as people have set them up, without a mark."""
    folder = tmp_path / "association"
    shutil.copytree(EXAMPLES / "association", folder, ignore=shutil.ignore_patterns(".rhythmconf"))
    settings = (folder / "rhythmconf.yaml").read_text()
    made_by_hand = re.sub(r"(?m)^(    )(tenant: .*)$", rf"\1\2\n\1{BY_HAND}", settings)
    bindings = {file: file.read_text() for file in (folder / "bindings").iterdir()}
    (folder / "rhythmconf.yaml").write_text(made_by_hand)
    well(folder, "apply", "--env", "sandbox", "--auto-approve")
    well(folder, "plan", "--env", "production", "-o", "first.plan")
    well(folder, "apply", "first.plan")
    (folder / "first.plan").unlink()
    shutil.rmtree(folder / ".rhythmconf" / "state")
    (folder / "rhythmconf.yaml").write_text(settings)
    for file, text in bindings.items():
        file.write_text(text)
    (folder / ".gitignore").write_text(".rhythmconf/\n*.plan\nreview.md\n")
    git(folder, "init", "-q", "-b", "main")
    return folder


def test_the_page_shows_what_its_commands_print(association: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert retold(page, association) == page
