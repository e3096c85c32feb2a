"""A command opens each file of the project once and starts git rarely."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.git import commit_all
from tests.support.process import edit_file

RECORDER = """
import os, sys

root, log = os.environ["RECORDED_ROOT"], os.environ["RECORDED_LOG"]
writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT

def record(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        path = os.path.abspath(os.fsdecode(arguments[0]))
        if (path.startswith(root) or "/schemas/" in path) and path.endswith((".yaml", ".json")):
            lines.append("open " + path)
    elif event == "subprocess.Popen":
        lines.append("start " + os.path.basename(os.fsdecode(arguments[0])))

def write():
    with open(log, "w") as file:
        file.write("".join(line + "\\n" for line in list(lines)))

lines = []
sys.addaudithook(record)
exit, os._exit = os._exit, lambda code: (write(), exit(code))
"""
"""A sitecustomize that records what the interpreter opens and starts."""


class Recorded(NamedTuple):
    """Return how often each file was opened, by its path below the project, and how often git was started."""

    opened: Counter[str]
    git: int


def recorded(folder: Path, tmp_path: Path, *arguments: str) -> Recorded:
    hook = tmp_path / "hook"
    hook.mkdir(exist_ok=True)
    (hook / "sitecustomize.py").write_text(RECORDER)
    log = tmp_path / "opened.log"
    path = os.pathsep.join([str(hook), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    environ = {**os.environ, "PYTHONPATH": path, "RECORDED_ROOT": str(folder), "RECORDED_LOG": str(log)}
    command = [sys.executable, "-m", "rhythmconf", *arguments]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [line.partition(" ") for line in log.read_text().splitlines()]
    opened = Counter(
        Path(path).relative_to(folder).as_posix() if path.startswith(str(folder)) else "/".join(Path(path).parts[-2:])
        for event, _, path in lines
        if event == "open"
    )
    return Recorded(opened, sum(event == "start" and path == "git" for event, _, path in lines))


@pytest.fixture
def bound(work: Path) -> Path:
    """Return a project with a bindings file, applied at its first commit, and a second commit that is not applied."""
    (work / "bindings").mkdir()
    (work / "bindings/local.yaml").write_text("invoiceTemplate: {standard: i1}\n")
    edit_file(work / "config/lapsed.yaml", "in time", "at all")
    commit_all(work)
    return work


def check_once(seen: Recorded) -> None:
    once = (
        "rhythmconf.yaml",
        "bindings/local.yaml",
        "config/lapsed.yaml",
        "config/moved.yaml",
        "certifications/program.json",
    )
    assert {name: seen.opened[name] for name in once} == dict.fromkeys(once, 1)
    assert max(seen.opened.values()) == 1, seen.opened


def test_a_plan_opens_everything_once_and_starts_git_twice(
    bound: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    seen = recorded(bound, tmp_path_factory.mktemp("log"), "plan")
    check_once(seen)
    assert seen.git <= 2


def test_an_apply_opens_everything_once_and_starts_git_three_times(
    bound: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    seen = recorded(bound, tmp_path_factory.mktemp("log"), "apply", "--auto-approve")
    check_once(seen)
    assert seen.git <= 3


def test_an_apply_of_a_saved_plan_opens_settings_kinds_and_bindings_once(
    bound: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    logs = tmp_path_factory.mktemp("log")
    recorded(bound, logs, "plan", "-o", "saved.plan")
    seen = recorded(bound, logs, "apply", "saved.plan")
    assert (
        seen.opened["rhythmconf.yaml"],
        seen.opened["bindings/local.yaml"],
        seen.opened["certifications/program.json"],
    ) == (
        1,
        1,
        1,
    )
    assert max(seen.opened.values()) == 1, seen.opened
    assert seen.git <= 3
