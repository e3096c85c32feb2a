"""One project has one lock and one history, from whatever folder a command is started."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.process import SETTINGS, make_project, run_ok, run_process_ok

OTHER_FOLDERS = {
    "a folder of the project": lambda project: (project / "config", ()),
    "the folder above, with -C": lambda project: (project.parent, ("-C", project.name)),
    "a link to the project": lambda project: (_link(project), ()),
}
STATE_FOLDERS = {
    "relative": {"RHYTHMCONF_STATE_DIR": "state"},
    "below the home folder": {"RHYTHMCONF_STATE_DIR": "~/state"},
    "relative by XDG": {"RHYTHMCONF_STATE_DIR": "", "XDG_STATE_HOME": "state"},
    "below the home folder by XDG": {"RHYTHMCONF_STATE_DIR": "", "XDG_STATE_HOME": "~/state"},
}


def _link(project: Path) -> Path:
    link = project.parent / "link"
    link.symlink_to(project)
    return link


@pytest.mark.parametrize("folder", OTHER_FOLDERS)
@pytest.mark.parametrize("state", STATE_FOLDERS)
def test_a_run_is_known_in_other_folders(tmp_path: Path, state: str, folder: str) -> None:
    env = {**STATE_FOLDERS[state], "HOME": str(tmp_path / "home")}
    project = make_project(tmp_path / "project", settings=SETTINGS)
    run = run_ok(project, "apply", "--auto-approve", "--format", "json", env=env).json()["run"]
    elsewhere: Callable[[Path], tuple[Path, tuple[str, ...]]] = OTHER_FOLDERS[folder]
    start, arguments = elsewhere(project)
    history = run_process_ok(start, "history", *arguments, "--format", "json", env=env).json()
    assert [one["run"] for one in history["runs"]] == [run]
