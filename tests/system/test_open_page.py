"""`plan --open` shows the page in the browser of a person, and never in a pipeline."""

from __future__ import annotations

import os
import pty
import re
import stat
import subprocess
from pathlib import Path
from unittest.mock import patch

import pytest

from rhythmconf.cli.browser import show_page
from rhythmconf.cli.console import Console
from tests.support.process import COMMAND, SETTINGS, make_environ, make_project, read_terminal, run_in_process

PAGE = re.compile(r"the page is (\S+)")


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    """Return a browser that writes the address into the file `opened` beside it."""
    program = tmp_path / "browser"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > {tmp_path / "opened"}\n')
    program.chmod(0o755)
    return program


def test_a_person_gets_the_page_in_the_browser(tmp_path: Path, browser: Path) -> None:
    folder = make_project(tmp_path / "project", settings=SETTINGS)
    ours, theirs = pty.openpty()
    environ = make_environ(folder, {"CI": "", "BROWSER": str(browser)})
    process = subprocess.Popen(
        [*COMMAND, "plan", "--open"], cwd=folder, env=environ, stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs
    )
    os.close(theirs)
    said = read_terminal(ours).decode()
    assert process.wait(60) == 0, said
    os.close(ours)
    path = page_of(said)
    assert (tmp_path / "opened").read_text() == path.as_uri()
    assert "no browser" not in said
    assert "1 record would change" in path.read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("interactive", "variables"),
    [
        (True, {"CI": "true"}),
        (False, {"CI": ""}),
        (True, {"CI": "", "BROWSER": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}),
    ],
)
def test_no_browser_is_opened_elsewhere(
    interactive: bool,
    variables: dict[str, str],
    tmp_path: Path,
    browser: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    with patch.dict(os.environ, {"BROWSER": str(browser), **variables}):
        show_page("<p>", "plan.html", Console(False, False, interactive=interactive))
    said = capsys.readouterr().err
    assert "no browser was opened" in said
    assert page_of(said).read_text() == "<p>"
    assert not (tmp_path / "opened").exists()


def test_a_pipeline_gets_its_plan_and_the_path(tmp_path: Path) -> None:
    done = run_in_process(make_project(tmp_path, settings=SETTINGS), "plan", "--open")
    assert page_of(done.stderr).is_file()
    assert done.stdout.endswith("Plan: 1 to add, 0 to change, 0 to destroy.\n")


def page_of(said: str) -> Path:
    """Return the path that a command has named."""
    match = PAGE.search(said)
    assert match is not None, said
    return Path(match[1])
