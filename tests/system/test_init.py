"""`init`: which files it writes, which it keeps, and which templates the wheel contains."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from rhythmconf import __version__
from tests.support.process import PROGRAMS, ROOT, make_project, run, run_process_ok, write_files

STEPS = ("install", "review", "no_plan", "apply", "snapshot", "drift", "publish", "prove")
GITHUB = {".github/workflows/rhythmconf.yml"} | {
    f".github/rhythmconf/{name}.sh" for name in (*STEPS, "github", "comment", "label", "propose")
}
GITLAB = {".gitlab-ci.yml"} | {f".gitlab/rhythmconf/{name}.sh" for name in STEPS}
EDITOR_SCHEMAS = {"rhythmconf.schema.json", "rhythmconf.overlay.schema.json"}
VSCODE = {".vscode/settings.json", ".vscode/extensions.json", *EDITOR_SCHEMAS}
SCHEMAS = {"rhythmconf.schema.json", "rhythmconf.project.schema.json"}
MINIMAL = {".gitignore", "rhythmconf.yaml", *SCHEMAS, "config/program.yaml", "config/reminder.yaml"}


def files(folder: Path) -> set[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {name for name in found if not name.startswith(".rhythmconf/")}


def test_a_new_project_with_everything_is_valid(tmp_path: Path) -> None:
    result = run_process_ok(tmp_path, "init", "demo", "--github", "--gitlab", "--vscode")
    folder = tmp_path / "demo"
    assert files(folder) == MINIMAL | GITHUB | GITLAB | VSCODE
    assert {line.strip().removeprefix("demo/") for line in result.stdout.splitlines()} == files(folder)
    assert result.stderr.endswith("Next: cd demo && rhythmconf validate, then rhythmconf plan\n")
    assert "Add the environment production to rhythmconf.yaml" in result.stderr
    assert run_process_ok(folder, "validate").last == "All checks passed: 3 documents, 0 problems."
    assert "project: demo" in (folder / "rhythmconf.yaml").read_text()


@pytest.mark.parametrize("empty", [(), ("--empty",)])
@pytest.mark.parametrize("sign", ["#", "# ?"])
def test_the_sandbox_of_the_project_file_can_be_switched_on(tmp_path: Path, sign: str, empty: tuple[str, ...]) -> None:
    run_process_ok(tmp_path, "init", "demo", *empty)
    file = tmp_path / "demo/rhythmconf.yaml"
    head, first, rest = re.split(r"(?m)(^ *# ?sandbox:\n)", file.read_text())
    file.write_text(head + re.sub(rf"(?m)^( *)(?:{sign})", r"\1", first + rest))
    assert run(tmp_path / "demo", "validate", "--env", "sandbox").code == 0
    assert "variable SANDBOX_CLIENT_ID" in run(tmp_path / "demo", "doctor", "--env", "sandbox").stderr


def test_the_project_file_says_when_to_change_the_default_environment(tmp_path: Path) -> None:
    run_process_ok(tmp_path, "init", "demo")
    before, _, _ = (tmp_path / "demo/rhythmconf.yaml").read_text().partition("default_environment: local\n")
    assert "without --env. Change it to sandbox" in before.splitlines()[-1]


def test_the_project_file_names_its_schema_for_editors(tmp_path: Path) -> None:
    run_process_ok(tmp_path, "init", "demo")
    modeline = (tmp_path / "demo/rhythmconf.yaml").read_text().splitlines()[0]
    marker, _, name = modeline.partition("$schema=")
    assert marker == "# yaml-language-server: "
    written = json.loads((tmp_path / "demo" / name).read_text())
    assert written == run_process_ok(tmp_path, "schema", "--project").json()
    assert list(Draft7Validator(written).iter_errors({"version": 1, "project": "p", "sources": ["config"]})) == []
    assert [error.validator for error in Draft7Validator(written).iter_errors({"version": 1})] == ["required"] * 2


def test_init_lists_the_written_files_as_json(tmp_path: Path) -> None:
    report = run_process_ok(tmp_path, "init", "-C", str(tmp_path), "demo", "--format", "json").json()
    assert report == {"written": sorted(str(tmp_path / "demo" / name) for name in MINIMAL), "differing": []}
    assert files(tmp_path / "demo") == MINIMAL


@pytest.mark.parametrize(("flag", "added"), [("--github", GITHUB), ("--gitlab", GITLAB), ("--vscode", VSCODE)])
def test_an_existing_project_gets_only_the_requested_files(tmp_path: Path, flag: str, added: set[str]) -> None:
    before = files(make_project(tmp_path))
    run_process_ok(tmp_path, "init", flag)
    assert files(tmp_path) - before == added


def test_the_pipelines_name_the_version_that_wrote_them(tmp_path: Path) -> None:
    run_process_ok(make_project(tmp_path), "init", "--github", "--gitlab")
    for name in (".github/workflows/rhythmconf.yml", ".gitlab-ci.yml"):
        text = (tmp_path / name).read_text()
        assert f"written by {__version__}" in text
        assert "@VERSION@" not in text


def test_the_editor_settings_match_the_sources_of_the_project(tmp_path: Path) -> None:
    settings = "version: 1\nproject: hisp\nsources: [billing, mails]\nenvironments: {local: {tenant: t}}\n"
    run_process_ok(make_project(tmp_path, {}, settings), "init", "--vscode")
    schemas = json.loads((tmp_path / ".vscode/settings.json").read_text())["yaml.schemas"]
    assert schemas["./rhythmconf.schema.json"][::2] == ["/billing/**/*.yaml", "/mails/**/*.yaml"]
    assert "/overlays/**/*.yaml" in schemas["./rhythmconf.overlay.schema.json"]


def test_the_editor_settings_name_schemas_with_the_keys_of_the_project(tmp_path: Path) -> None:
    written = run_process_ok(make_project(tmp_path, PROGRAMS), "init", "--vscode")
    schemas = json.loads((tmp_path / ".vscode/settings.json").read_text())["yaml.schemas"]
    assert {name.removeprefix("./") for name in schemas} == EDITOR_SCHEMAS
    for name in EDITOR_SCHEMAS:
        schema = json.loads((tmp_path / name).read_text())
        assert schema["$defs"]["keys/certifications/program"] == {"enum": ["lapsed", "moved"]}
    assert written.stderr.startswith("Next: commit them.")


def test_the_editor_settings_use_the_schemas_that_exist(tmp_path: Path) -> None:
    make_project(tmp_path, dict.fromkeys(EDITOR_SCHEMAS, "mine"))  # and no folder of documents yet
    assert run_process_ok(tmp_path, "init", "--vscode").stdout.split() == sorted(VSCODE - EDITOR_SCHEMAS)
    assert {(tmp_path / name).read_text() for name in EDITOR_SCHEMAS} == {"mine"}


@pytest.mark.parametrize(
    ("flags", "there"),
    [
        (("--vscode",), ".vscode/settings.json"),
        ((), "rhythmconf.yaml"),
    ],
)
def test_init_writes_nothing_if_a_file_exists(tmp_path: Path, flags: tuple[str, ...], there: str) -> None:
    before = files(make_project(tmp_path)) | {there}
    if there != "rhythmconf.yaml":
        write_files(tmp_path, {there: "mine\n"})
    refused = run(tmp_path, "init", *flags)
    assert (refused.code, refused.stdout) == (1, "")
    assert f"{there} is already there" in refused.stderr
    assert files(tmp_path) == before
    assert there == "rhythmconf.yaml" or (tmp_path / there).read_text() == "mine\n"


def test_the_wheel_carries_what_init_writes(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    folder = ROOT / "rhythmconf" / "templates" / "pipelines"
    packed = [path.name for path in folder.iterdir() if path.suffix in (".sh", ".yml")]
    assert {f"rhythmconf/templates/pipelines/{name}" for name in packed} <= names
    assert "rhythmconf/examples/minimal/rhythmconf.yaml" in names


def test_an_existing_gitignore_is_kept_and_missing_lines_are_named(tmp_path: Path) -> None:
    write_files(tmp_path / "a b", {".gitignore": "*.plan\n.rhythmconf/\n"})
    result = run_process_ok(tmp_path, "init", "a b")
    assert files(tmp_path / "a b") == MINIMAL
    assert (tmp_path / "a b/.gitignore").read_text() == "*.plan\n.rhythmconf/\n"
    assert result.stderr.splitlines() == [
        "Add to your .gitignore: rhythmconf-reports/",
        "Next: cd 'a b' && rhythmconf validate, then rhythmconf plan",
    ]


def test_an_empty_project_has_no_documents_and_takes_those_of_its_tenant(tmp_path: Path) -> None:
    result = run_process_ok(tmp_path, "init", "--empty", "demo")
    folder = tmp_path / "demo"
    assert files(folder) == MINIMAL - {"config/program.yaml", "config/reminder.yaml"} | {"config/.gitkeep"}
    next_step = "write your tenant into rhythmconf.yaml, then rhythmconf doctor --env sandbox"
    assert result.stderr == f"Next: cd demo && {next_step}\n"
    assert "`rhythmconf pull`" in run_process_ok(folder, "validate").stdout
    assert run_process_ok(folder, "plan").last == "No changes."
    run_process_ok(tmp_path, "init", "other", "--project", "demo")
    run_process_ok(tmp_path / "other", "apply", "--auto-approve")
    (folder / ".rhythmconf").mkdir(exist_ok=True)
    (folder / ".rhythmconf/local.db").write_bytes((tmp_path / "other/.rhythmconf/local.db").read_bytes())
    assert run_process_ok(folder, "pull").last == "Pull: 3 documents added, 0 changed."


def test_an_empty_project_can_have_pipelines_at_once_or_later(tmp_path: Path) -> None:
    run_process_ok(tmp_path, "init", "--empty", "demo", "--github")
    assert set(GITHUB) <= files(tmp_path / "demo")
    run_process_ok(tmp_path, "init", "--empty", "demo", "--gitlab")
    assert files(tmp_path / "demo") == MINIMAL - {"config/program.yaml", "config/reminder.yaml"} | {
        "config/.gitkeep",
        *GITHUB,
        *GITLAB,
    }


def test_a_quiet_init_prints_nothing(tmp_path: Path) -> None:
    result = run_process_ok(tmp_path, "init", "-q", "demo", "--github")
    assert (result.stdout, result.stderr) == ("", "")
    assert files(tmp_path / "demo") == MINIMAL | GITHUB


@pytest.mark.parametrize("name", ["f", "f/b"])
def test_a_file_with_the_name_of_the_folder_is_reported(tmp_path: Path, name: str) -> None:
    write_files(tmp_path, {"f": ""})
    refused = run(tmp_path, "init", name)
    assert (refused.code, refused.stdout) == (1, "")
    assert "error[RC003]: the folder can't be made" in refused.stderr
