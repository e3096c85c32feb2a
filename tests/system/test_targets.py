"""A plan, a snapshot or a report is never written over a file of the project, nor where it would be read as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.process import PROGRAMS, SETTINGS, make_project, run_in_process, run_ok, write_files

FILES = {
    "overlays/local/lapsed.yaml": "kind: program\nkey: lapsed\nspec: {description: here}\n",
    "bindings/local.yaml": "{}\n",
    "overrides/local.txt": "",
    "schemas/own.json": "",
    "texts/long.html": "<p>Long</p>\n",
    "config/worded.yaml": """\
        kind: program
        key: worded
        spec: {name: Worded, is_active: true}
        files: {/description: ../texts/long.html}
        """,
}
OF_THE_PROJECT = (
    "config/lapsed.yaml",
    "config/deeper/new.json",
    "config/../config/new.yml",
    "overlays/local/lapsed.yaml",
    "bindings/local.yaml",
    "overrides/local.txt",
    "rhythmconf.yaml",
    "texts/long.html",
)
WRITING = (
    "plan -o {}",
    "plan --format json --output-file {}",
    "validate --format html --output-file {}",
    "drift --format markdown --output-file {}",
    "pull --snapshot {}",
    "graph --format svg --output-file {}",
    "calendar --format ics --output-file {}",
    "promote program/lapsed --from local --to guarded -o {}",
    "adopt -o {}",
    "adopt --review {}",
    "schema -o {}",
    "show program/lapsed --output-file {}",
    "history --output-file {}",
    "apply --auto-approve --output-file {}",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_project(tmp_path, {**PROGRAMS, **FILES}, SETTINGS)


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and ".rhythmconf" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("command", WRITING)
def test_no_command_writes_over_a_file_of_the_project(folder: Path, command: str) -> None:
    before = contents(folder)
    for name in OF_THE_PROJECT:
        result = run_in_process(folder, *command.format(name).split())
        assert (result.code, f"{name} is not written: " in result.stderr) == (1, True), (name, result)
    assert contents(folder) == before
    assert not (folder / ".rhythmconf/local.db").exists()  # nothing was asked of the tenant


def test_a_file_is_left_alone_where_the_project_file_is_broken(folder: Path) -> None:
    (folder / "rhythmconf.yaml").write_text("version: [\n", encoding="utf-8")
    before = contents(folder)
    for name in ("rhythmconf.yaml", "config/lapsed.yaml"):
        for command in ("plan --format json --output-file", "plan -o", "validate --format json --output-file"):
            assert run_in_process(folder, *command.split(), name).code == 1
    assert contents(folder) == before
    assert run_in_process(folder, "plan", "--format", "json", "--output-file", "report.json").code == 1
    assert (folder / "report.json").read_text(encoding="utf-8").startswith("{")


@pytest.mark.parametrize("command", ["plan -o", "adopt -o", "promote program/lapsed --from local --to guarded -o"])
def test_a_plan_is_not_written_over_another_file(folder: Path, command: str) -> None:
    run_ok(folder, "pull", "--snapshot", "snapshot.json")
    write_files(folder, {"README.md": "# Read me\n", "data.json": '{"format_version": 1}\n'})
    before = contents(folder)
    for name in ("README.md", "data.json", "snapshot.json"):
        result = run_in_process(folder, *command.split(), name)
        assert (result.code, "it is not a saved plan" in result.stderr) == (1, True), result
    assert contents(folder) == before


def test_a_plan_and_a_report_replace_their_own_kind(folder: Path) -> None:
    write_files(folder, {"empty": ""})  # as `mktemp` makes it
    for _ in range(2):
        run_ok(folder, "plan", "-o", "saved.plan")
        run_ok(folder, "plan", "-o", "empty")
        run_ok(folder, "plan", "--format", "json", "--output-file", "texts/report.json")
        run_ok(folder, "graph", "--output-file", "config/notes.md")
        run_ok(folder, "pull", "--snapshot", "snapshot.json")
        run_ok(folder, "plan", "-o", "/dev/null")


def test_a_refused_plan_says_that_it_is_not_saved(tmp_path: Path) -> None:
    folder = make_project(tmp_path, PROGRAMS, SETTINGS)
    run_ok(folder, "apply", "--auto-approve")
    run_ok(folder, "plan", "-o", "older.plan")
    older = (folder / "older.plan").read_bytes()
    for name in ("lapsed", "moved"):
        (folder / f"config/{name}.yaml").unlink()
    for name, words in (("new.plan", "not saved: new.plan\n"), ("older.plan", "not saved: older.plan: this file")):
        result = run_in_process(folder, "plan", "--prune", "program/lapsed", "--prune", "program/moved", "-o", name)
        assert (result.code, words in result.stderr) == (3, True), result
    assert not (folder / "new.plan").exists()
    assert (folder / "older.plan").read_bytes() == older
