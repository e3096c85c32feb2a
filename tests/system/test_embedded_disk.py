"""A disk that is full under an embedded tenant, with the command line and real SQLite."""

from __future__ import annotations

from pathlib import Path

import pytest

from rhythmconf.tenant.emulator import store as stores
from rhythmconf.tenant.emulator.store import Store
from tests.support.process import PROGRAMS, SETTINGS, make_project, run_in_process, run_ok
from tests.support.stores import limit_pages

LONG = """\
kind: statusReason
key: long
spec:
  name: "{}"
  is_active: true
"""


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every store that is opened from now on report a full disk once it has grown by a few pages."""
    prepare = stores.Store.__init__

    def limited(self: Store, path: Path | None, tenant: str) -> None:
        prepare(self, path, tenant)
        limit_pages(self)

    monkeypatch.setattr(stores.Store, "__init__", limited)


def test_an_apply_says_that_the_disk_of_this_computer_is_full(
    tmp_path: Path, full: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_project(tmp_path, {**PROGRAMS, "config/long.yaml": LONG.format("x" * 200_000)}, SETTINGS)
    applied = run_in_process(folder, "apply", "--auto-approve")
    assert applied.code in (1, 5)
    text = applied.stdout + applied.stderr
    assert "database or disk is full" in text
    assert "tenant's side" not in text
    assert "tried" not in text
    monkeypatch.undo()
    # There is room again.
    run_ok(folder, "apply", "--auto-approve")
    assert "No changes" in run_ok(folder, "plan").stdout


def test_the_error_names_file_and_remedy(tmp_path: Path, full: None) -> None:
    folder = make_project(tmp_path, {"config/long.yaml": LONG.format("x" * 200_000)}, SETTINGS)
    applied = run_in_process(folder, "apply", "--auto-approve")
    text = applied.stdout + applied.stderr
    assert "RC410" in text
    assert ".rhythmconf/local.db" in text
    assert "Free space on the disk of this computer" in text
