"""Without the packages of an extra, one command or format says what to type; nothing else needs them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.process import make_project, run_in_process


def test_a_calendar_for_calendar_programs_says_which_extra_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "rhythmconf.report.subjects.calendar.events", raising=False)
    monkeypatch.setitem(sys.modules, "icalendar", None)
    project = make_project(tmp_path)
    assert run_in_process(project, "calendar", "--env", "local", "--format", "text").code == 0
    missing = run_in_process(project, "calendar", "--env", "local", "--format", "ics")
    assert (missing.code, missing.stdout) == (1, "")
    assert missing.stderr.startswith("error[RC002]: the format ics needs the package icalendar, which is missing\n")
    assert "pipx install --force '.[ics]' in a copy of the repository; or choose another format" in missing.stderr
