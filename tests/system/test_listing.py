"""A saved plan shows each operation once, and the list of runs says which of them were rollbacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.process import SETTINGS, edit_file, make_project, run_in_process, run_ok

PROGRAM = "kind: program\nkey: {0}\nspec: {{name: {0}, description: {1}, display_order: {2}}}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = make_project(tmp_path, {"config/p.yaml": PROGRAM.format("p", "old", 1)}, SETTINGS)
    run_ok(folder, "apply", "--auto-approve")
    return folder


@pytest.mark.parametrize(
    ("edits", "operations"),
    [
        ((("old", "new"),), ['{"op": "replace", "path": "/description", "value": "new"}']),
        (
            (("old", "new"), (": 1", ": 2")),
            [
                '{"op": "replace", "path": "/description", "value": "new"}',
                '{"op": "replace", "path": "/display_order", "value": 2}',
            ],
        ),
        ((("old", f"'{'long ' * 200}'"),), [f'"path": "/description", "value": "{"long " * 200}"']),
    ],
)
def test_a_saved_plan_shows_each_operation_once(
    project: Path, edits: tuple[tuple[str, str], ...], operations: list[str]
) -> None:
    for old, new in edits:
        edit_file(project / "config/p.yaml", old, new)
    run_ok(project, "plan", "-o", "a.plan")
    shown = run_ok(project, "show", "plan", "a.plan").stdout
    for operation in operations:
        assert shown.count(operation) == 1
    assert shown.replace(": ", ":").replace(", ", ",").count('"op":') == len(operations)
    assert f"patch of {len(operations)} operation" in shown


@pytest.mark.parametrize(
    "way", ["rollback RUN --auto-approve", "rollback RUN -o b.plan", "rollback --plan a.plan -o b.plan"]
)
def test_a_rollback_is_listed_as_one(project: Path, way: str) -> None:
    edit_file(project / "config/p.yaml", "old", "new")
    run_ok(project, "plan", "-o", "a.plan")
    run = run_ok(project, "apply", "a.plan", "--auto-approve", "--format", "json").json()["run"]
    run_ok(project, *way.replace("RUN", run).split())
    if "-o" in way:
        run_ok(project, "apply", "b.plan", "--auto-approve")
    runs = run_ok(project, "history", "--format", "json").json()["runs"]
    assert [one["command"] for one in runs] == ["rollback", "apply", "apply"]
    listed = run_ok(project, "history").stdout.splitlines()
    assert ["  rollback  " in line for line in listed[:3]] == [True, False, False]
    assert "rollback, local" in run_ok(project, "show", "run", runs[0]["run"]).stdout


def test_a_rollback_of_a_rollback_is_listed_as_one(project: Path) -> None:
    edit_file(project / "config/p.yaml", "old", "new")
    for number in range(3):
        run = run_ok(project, "history", "--format", "json").json()["runs"][0]["run"]
        if number:
            run_ok(project, "rollback", run, "-o", f"{number}.plan")
            run_ok(project, "apply", f"{number}.plan", "--auto-approve")
        else:
            run_ok(project, "apply", "--auto-approve")
    runs = run_ok(project, "history", "--format", "json").json()["runs"]
    assert [one["command"] for one in runs] == ["rollback", "rollback", "apply", "apply"]
    assert run_in_process(project, "plan").code == 0
