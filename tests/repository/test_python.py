"""The Python interface: the program of docs/python.md runs, and all public names exist with types."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import rhythmconf
from rhythmconf.model import Guard

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")


def programs() -> list[str]:
    return re.findall(r"(?ms)^```python\n(.*?)^```$", PAGE)


def copy_example(folder: Path) -> None:
    shutil.copytree(ROOT / "examples/minimal", folder, ignore=shutil.ignore_patterns(".rhythmconf"))


def ran(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", program]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_program_of_the_page_plans_and_applies(tmp_path: Path) -> None:
    shutil.copytree(
        ROOT / "examples/minimal", tmp_path / "examples/minimal", ignore=shutil.ignore_patterns(".rhythmconf")
    )
    [program] = programs()
    done = ran(program, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    *_, last = lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == ["create"] * 3
    assert last == "3 of 3 changes applied"
    assert ran(program, tmp_path).stdout == "0 of 0 changes applied\n"


def test_a_flow_sends_nothing_before_it_runs_and_yields_its_events(tmp_path: Path) -> None:
    copy_example(tmp_path / "m")
    project = rhythmconf.open_project(tmp_path / "m")
    environment = project.settings.environment("local")
    flow = rhythmconf.plan(project, environment)
    assert not (tmp_path / "m/.rhythmconf").exists()
    events: list[object] = []
    planned = rhythmconf.run(flow, events.append)
    assert {type(event) for event in events} == {rhythmconf.Progress, rhythmconf.Notice}
    assert planned.plan.summary.create == 3


def test_a_plan_that_a_guard_refuses_is_not_saved(tmp_path: Path) -> None:
    copy_example(tmp_path / "m")
    project = rhythmconf.open_project(tmp_path / "m")
    environment = project.settings.environment("local")
    first = rhythmconf.run(rhythmconf.plan(project, environment)).plan
    saved = tmp_path / "first.plan"
    rhythmconf.save_plan(project, first, saved)
    run = rhythmconf.run(rhythmconf.apply(project, environment, rhythmconf.load_plan(project, saved)))
    assert run.complete
    bad = first._replace(guards=(Guard("deletes", "program", ok=False, message="too many"),))
    with pytest.raises(rhythmconf.Refused):
        rhythmconf.save_plan(project, bad, tmp_path / "bad.plan")
    assert not (tmp_path / "bad.plan").exists()


def test_every_public_name_is_there_and_typed() -> None:
    stub = ast.parse((ROOT / "rhythmconf/__init__.pyi").read_text(encoding="utf-8"))
    typed = {name.name for node in stub.body if isinstance(node, ast.ImportFrom) for name in node.names}
    assert typed == set(rhythmconf.__all__) - {"__version__"}
    for name in typed:
        value = getattr(rhythmconf, name)
        assert value.__doc__, name
        assert value.__module__.startswith("rhythmconf."), name
    assert set(rhythmconf.__all__) <= set(dir(rhythmconf))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        rhythmconf.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_the_page_names_every_flow() -> None:
    names = {name for name in rhythmconf.__all__ if name.islower() and not name.startswith("_")}
    assert {name for name in names if f"`{name}(" not in PAGE} == set()
