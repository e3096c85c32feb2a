"""`--only` narrows a plan to keys, kinds and patterns, says what it did, and what was meant where nothing matches."""

from __future__ import annotations

import json
import shlex
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.support.process import SETTINGS, make_project, run_in_process, run_ok

NAMES = ("renewal-15", "renewal-30", "renewal-60", "welcome", "a.b_c", "x", "y")
FILES = {
    "config/notices.yaml": "---\n".join(
        f"kind: notice\nkey: {name}\nspec: {{name: {name}, email: {{subject: s}}}}\n" for name in NAMES
    ),
    "config/groups.yaml": "kind: programGroup\nkey: diving\nspec: {name: Diving}\n",
    "config/programs.yaml": "kind: program\nkey: diver\nspec: {name: Diver, group_id: diving}\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path, FILES, SETTINGS)


def planned(folder: Path, *only: str) -> set[str]:
    flags = [word for one in only for word in ("--only", one)]
    changes = run_ok(folder, "plan", "--format", "json", *flags).json()["changes"]
    return {f"{change['kind'].partition('/')[2]}/{change['key']}" for change in changes}


@pytest.mark.parametrize("pattern", ["renewal-*", "*-?0", "*", "[xy]", "[!r]*", "a.b_?", "welcome", "*e*l*"])
@pytest.mark.parametrize("kind", ["notice", "certifications/notice"])
def test_a_pattern_chooses_the_keys_that_match(project: Path, kind: str, pattern: str) -> None:
    assert planned(project, f"{kind}/{pattern}") == {f"notice/{name}" for name in NAMES if fnmatchcase(name, pattern)}


@pytest.mark.parametrize("written", ["program", "program/", "certifications/program", "program/*"])
def test_a_kind_chooses_all_of_it_and_what_it_depends_on(project: Path, written: str) -> None:
    assert planned(project, written) == {"program/diver", "programGroup/diving"}


def test_several_are_added_up(project: Path) -> None:
    assert planned(project, "programGroup", "notice/w*", "notice/x") == {
        "programGroup/diving",
        "notice/welcome",
        "notice/x",
    }


@pytest.mark.parametrize(
    ("only", "message", "help"),
    [
        ("notice/renwal-*", "no document matches 'notice/renwal-*'", "did you mean 'notice/renewal-*'?"),
        ("notice/*-welcom?x", "no document matches", "notice has a.b_c, renewal-15, renewal-30, renewal-60, welcome"),
        ("notice/nothing", "no document declares notice/nothing", "notice has a.b_c, renewal-15"),
        ("notice/welcom", "no document declares", "did you mean 'welcome'?"),
        ("statusReason", "no document matches 'statusReason'", "kinds with documents: notice, program, programGroup"),
        ("statusReason/x", "no document declares", "kinds with documents: notice, program, programGroup"),
        ("notise", "there is no kind 'notise'", "did you mean 'notice'?"),
        ("notise/a-*", "there is no kind 'notise'", "did you mean 'notice'?"),
        ("diver", "there is no kind 'diver'", "a key is written with its kind: program/diver"),
        ("*", "there is no kind '*'", "kinds: "),
    ],
)
@pytest.mark.parametrize("command", ["plan", "apply --auto-approve", "drift"])
def test_what_matches_nothing_is_an_error_with_a_suggestion(
    project: Path, command: str, only: str, message: str, help: str
) -> None:
    ran = run_in_process(project, *command.split(), "--only", only)
    assert ran.code == 1
    assert message in ran.stderr
    assert help in ran.stderr
    assert not list(project.rglob("*.jsonl"))


def test_a_project_without_documents_says_how_to_get_some(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {"config/a.yaml": ""}, SETTINGS)
    assert "`rhythmconf pull` writes some" in run_in_process(folder, "plan", "--only", "program").stderr


def test_a_plan_says_what_it_was_narrowed_to(project: Path) -> None:
    only = ("--only", "notice/renewal-*", "--only", "program", "--only", "notice/x")
    shown = run_ok(project, "plan", *only, "-o", "some.plan")
    words = "only notice/renewal-*, notice/x, program, with what they depend on"
    assert words in shown.stdout
    assert json.loads((project / "some.plan").read_text())["only"] == ["notice/renewal-*", "notice/x", "program"]
    assert words in run_ok(project, "show", "plan", "some.plan").stdout
    for format in ("markdown", "html"):
        report = run_ok(project, "plan", *only, "--format", format).stdout
        assert "with what they depend on" in report
    assert run_ok(project, "apply", "some.plan", "--auto-approve").last.endswith("6 added, 0 changed, 0 destroyed.")
    assert "only" not in run_ok(project, "plan", "--format", "json").json()


def test_the_suggested_command_repeats_the_pattern(project: Path) -> None:
    hint = run_ok(project, "plan", "--only", "notice/renewal-*").stderr
    assert "--only 'notice/renewal-*'" in hint
    words = shlex.split(hint.strip())[3:]
    assert run_ok(project, *words, "--auto-approve").last.endswith("3 added, 0 changed, 0 destroyed.")


@pytest.mark.parametrize("flag", ["--destroy", "--prune-duplicates"])
def test_a_pattern_cannot_be_combined_with_what_deletes_everything(project: Path, flag: str) -> None:
    ran = run_in_process(project, "plan", flag, "--only", "notice/*")
    assert ran.code == 1
    assert "can't be combined with --only" in ran.stderr


def test_a_pattern_may_name_what_is_pruned(project: Path) -> None:
    run_ok(project, "apply", "--auto-approve")
    (project / "config/programs.yaml").unlink()
    ran = run_ok(project, "plan", "--only", "program/d*", "--prune", "program/diver")
    assert ran.last == "Plan: 0 to add, 0 to change, 1 to destroy."
