"""One project has one lock and one history, from whatever folder a command is started."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.process import SETTINGS, make_project, run_in_process, run_ok, run_process_ok

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


BLOCKED = {
    "the folder is a file": ({"RHYTHMCONF_STATE_DIR": "{0}/file"}, "file"),
    "it is below a file": ({"RHYTHMCONF_STATE_DIR": "{0}/file/state"}, "file"),
    "the folder by XDG is a file": ({"RHYTHMCONF_STATE_DIR": "", "XDG_STATE_HOME": "{0}/file"}, "file"),
    "the folder of run records is a file": ({"RHYTHMCONF_STATE_DIR": "{0}/state"}, "state/runs"),
}


@pytest.mark.parametrize("case", BLOCKED)
@pytest.mark.parametrize("command", ["history", "show run 2026", "resume", "plan", "apply --auto-approve"])
def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path: Path, case: str, command: str) -> None:
    variables, file = BLOCKED[case]
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("")
    project = make_project(tmp_path / "project", settings=SETTINGS)
    env = {name: value.format(tmp_path) for name, value in variables.items()}
    ran = run_in_process(project, *command.split(), env=env)
    assert ran.code == 1
    assert "No runs." not in ran.stdout
    assert "Not a directory" in ran.stderr or "is a file" in ran.stderr or "File exists" in ran.stderr
    assert str(tmp_path) in ran.stderr
