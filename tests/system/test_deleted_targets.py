"""A reference to a document that was deleted says where the document was, and how to restore it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.git import commit_all, fake_git, git
from tests.support.process import edit_file, make_project, run_in_process, run_ok, write_files

PROGRAM = "kind: program\nkey: cmsi\nspec: {name: CMSI, is_active: true}\n"
NOTICE = """\
kind: applicationNotice
key: welcome
spec:
  name: Welcome
  is_active: true
  restrict_to_certain_programs: true
  restricted_program_ids: [cmsi]
  email: {from: a@b.example, subject: Hello, body: Hello}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with a commit of a program and a notice that refers to it."""
    folder = make_project(tmp_path, {"config/cmsi.yaml": PROGRAM, "config/welcome.yaml": NOTICE})
    write_files(folder, {".gitignore": ".rhythmconf/\n"})
    git(folder, "init", "-q")
    commit_all(folder)
    return folder


def errors(folder: Path, *command: str, env: dict[str, str] | None = None) -> str:
    result = run_in_process(folder, *command, env=env)
    assert result.code == 1
    return result.stdout + result.stderr


@pytest.mark.parametrize("command", [("validate",), ("plan", "--env", "local"), ("adopt", "--env", "local", "-o", "x")])
@pytest.mark.parametrize("committed", [False, True])
def test_the_commit_and_the_command_that_restores_it_are_named(
    folder: Path, command: tuple[str, ...], committed: bool
) -> None:
    commit = git(folder, "rev-parse", "HEAD")[:7]
    (folder / "config/cmsi.yaml").unlink()
    if committed:
        commit_all(folder, "delete it")
    shown = errors(folder, *command)
    assert "no program has the key 'cmsi': its document was deleted" in shown
    assert shown.count("[RC210]") == 1
    assert f"git checkout {commit} -- config/cmsi.yaml" in shown
    assert "remove the reference at config/welcome.yaml:7:" in shown
    git(folder, "checkout", "-q", commit, "--", "config/cmsi.yaml")
    run_ok(folder, "validate")


@pytest.mark.parametrize("place", ["at the top", "below the top"])
def test_the_base_comes_first(folder: Path, place: str) -> None:
    ref = "refs/rhythmconf/applied/local"
    if place == "below the top":
        folder = make_project(folder / "below", {"config/cmsi.yaml": PROGRAM, "config/welcome.yaml": NOTICE})
        commit_all(folder)
        ref = "refs/rhythmconf/projects/hisp/applied/local"
    run_ok(folder, "apply", "--env", "local", "--auto-approve")
    base = git(folder, "rev-parse", ref)[:7]
    (folder / "config/cmsi.yaml").unlink()
    for message in ("delete it", "something else"):
        (folder / "note.txt").write_text(message)
        commit_all(folder, message)
    assert f"{base} (the base of local) still has it in config/cmsi.yaml" in errors(
        folder, "validate", "--env", "local"
    )


def test_a_document_of_a_file_with_others_is_shown(folder: Path) -> None:
    commit = git(folder, "rev-parse", "HEAD")[:7]
    write_files(folder, {"config/cmsi.yaml": PROGRAM.replace("cmsi", "other").replace("CMSI", "Other")})
    shown = errors(folder, "validate")
    assert f"To see it: git show {commit}:./config/cmsi.yaml" in shown
    assert "write its new key there if it was renamed" in shown
    assert "did you mean" not in shown


def test_a_key_that_never_existed_is_not_called_deleted(folder: Path) -> None:
    edit_file(folder / "config/welcome.yaml", "[cmsi]", "[cmsj]")
    shown = errors(folder, "validate")
    assert "did you mean 'cmsi'?" in shown
    assert "deleted" not in shown


def test_nothing_counts_as_deleted_while_errors_may_hide_it(folder: Path) -> None:
    edit_file(folder / "config/cmsi.yaml", "kind: program", "kind: progam")
    shown = errors(folder, "validate")
    assert "correct the other errors first" in shown
    assert "its document was deleted" not in shown


@pytest.mark.parametrize("script", ["exit 128", "echo no >&2; exit 1"])
def test_where_git_fails_the_reference_is_still_reported(folder: Path, tmp_path: Path, script: str) -> None:
    (folder / "config/cmsi.yaml").unlink()
    shown = errors(folder, "validate", env={"PATH": fake_git(tmp_path / "fake", script)})
    assert "no program has the key 'cmsi'" in shown


def test_without_a_repository_git_is_not_asked(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {"config/welcome.yaml": NOTICE})
    env = {"PATH": fake_git(tmp_path / "fake", f"touch {tmp_path}/asked")}
    assert "no program has the key 'cmsi'" in errors(folder, "validate", env=env)
    assert not (tmp_path / "asked").exists()


def test_an_id_in_place_of_a_key_is_recognised(folder: Path) -> None:
    edit_file(folder / "config/welcome.yaml", "[cmsi]", "[60537353e3e2f227f095]")
    assert "write `id:60537353e3e2f227f095` in an overlay" in errors(folder, "validate")


SURVEY = PROGRAM.replace("CMSI", "Marine Survey")
"""A program whose name says nothing about its key."""


@pytest.fixture
def survey(folder: Path) -> Path:
    """The repository with another name of the program."""
    write_files(folder, {"config/cmsi.yaml": SURVEY})
    commit_all(folder, "another name")
    return folder


@pytest.mark.parametrize("file", ["config/cmsi.yaml", "config/inspector.yaml"])
@pytest.mark.parametrize("committed", [False, True])
def test_a_key_that_was_renamed_is_suggested_with_moved(survey: Path, file: str, committed: bool) -> None:
    (survey / "config/cmsi.yaml").unlink()
    write_files(survey, {file: SURVEY.replace("cmsi", "inspector")})
    if committed:
        commit_all(survey, "rename it")
    shown = errors(survey, "validate")
    assert "no program has the key 'cmsi': its document has the key 'inspector' now" in shown
    assert f"{file}:2 declares the same record as program/inspector" in shown
    assert "Write 'inspector' here" in shown
    assert "Add `moved: [cmsi]` to that document" in shown
    assert "git checkout" not in shown
    # What the message says keeps the record.
    edit_file(survey / "config/welcome.yaml", "[cmsi]", "[inspector]")
    edit_file(survey / file, "key: inspector", "key: inspector\nmoved: [cmsi]")
    run_ok(survey, "validate")


def test_a_renamed_document_with_moved_needs_only_the_reference(survey: Path) -> None:
    write_files(survey, {"config/cmsi.yaml": SURVEY.replace("key: cmsi", "key: inspector\nmoved: [cmsi]")})
    shown = errors(survey, "validate")
    assert "inspector" in shown
    assert "Add `moved" not in shown


@pytest.mark.parametrize(
    "others",
    [
        # Another record.
        {"config/new.yaml": SURVEY.replace("cmsi", "new").replace("Marine Survey", "New")},
        # Two that may be it.
        {"config/a.yaml": SURVEY.replace("cmsi", "a"), "config/b.yaml": SURVEY.replace("cmsi", "b")},
    ],
)
def test_what_may_be_another_record_is_not_suggested(survey: Path, others: dict[str, str]) -> None:
    (survey / "config/cmsi.yaml").unlink()
    write_files(survey, others)
    shown = errors(survey, "validate")
    assert "its document was deleted" in shown
    assert "moved:" not in shown


def test_a_key_that_was_there_before_is_not_suggested(survey: Path) -> None:
    write_files(survey, {"config/twin.yaml": SURVEY.replace("cmsi", "twin")})
    commit_all(survey, "a twin")
    (survey / "config/cmsi.yaml").unlink()
    assert "its document was deleted" in errors(survey, "validate")
