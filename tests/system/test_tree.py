"""Every file in the folders of a project is read or reported."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.process import REASON, make_project, run_in_process, run_ok, write_files

SWITCHED_OFF = "kind: statusReason\nkey: lapsed\nspec: {is_active: false}\n"
NOTICE = """\
kind: notice
key: soon
spec: {name: Soon, is_active: true, email: {from: a@example.org, subject: Soon}}
files: {/email/body: bad.txt}
"""
MISSPELT = REASON.replace("is_active", "is_activ").replace("lapsed", "left")


LOOKALIKE_HELP = (
    "Give one of them a name that people can tell apart, or remove one of the two documents. If it was applied, its "
    "record in the tenant is deleted with the next apply: keep the one whose record is in use."
)


def found(folder: Path, *arguments: str) -> list[tuple[Any, ...]]:
    result = run_in_process(folder, "validate", "--format", "json", *arguments)
    assert "RC000" not in result.stderr, result
    return [(one["severity"], one["code"], one["file"], one["help"]) for one in result.json()["diagnostics"]]


@pytest.mark.parametrize(
    ("file", "location", "help"),
    [
        ("overlays/locla/o.yaml", "overlays/locla", "rename the folder to overlays/local"),
        ("overlays/elsewhere/deep/o.json", "overlays/elsewhere", "environments: local, remote, guarded"),
        ("overlays/o.yaml", "overlays/o.yaml", "move it to overlays/<environment>/"),
        ("overlays/local", "overlays/local", "a folder with the name of their environment"),
        ("bindings/lokal.yaml", "bindings/lokal.yaml", "rename the file to bindings/local.yaml"),
        ("bindings/local.yml", "bindings/local.yml", "call it local.yaml"),
        ("bindings/local/b.yaml", "bindings/local", "bindings/<environment>.yaml"),
    ],
)
def test_a_file_that_no_environment_reads_is_an_error(tmp_path: Path, file: str, location: str, help: str) -> None:
    folder = make_project(tmp_path)
    write_files(folder, {file: SWITCHED_OFF})
    ((severity, code, where, said),) = found(folder)
    assert (severity, code, where) == ("error", "RC131", location)
    assert help in said
    assert run_in_process(folder, "plan", "--env", "local").code == 1


def test_other_files_are_allowed_beside_overlays_and_bindings(tmp_path: Path) -> None:
    folder = make_project(tmp_path)
    quiet = ("overlays/README.md", "overlays/texts/mail.html", "overlays/.draft/o.yaml", "bindings/README.md")
    write_files(folder, dict.fromkeys(quiet, "") | {"overlays/local/o.yaml": SWITCHED_OFF, "bindings/remote.yaml": ""})
    assert found(folder) == []


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def circular(path: Path) -> None:
    path.symlink_to(path.name)


def outside(path: Path) -> None:
    path.symlink_to(Path(__file__))


def large(path: Path) -> None:
    path.write_bytes(b"#" * (10 * 1024 * 1024 + 1))


BAD: list[Callable[[Path], Any]] = [dangling, circular, outside, large, os.mkfifo, Path.mkdir]


@pytest.mark.parametrize("make", BAD[:-1])
def test_an_unreadable_file_hides_no_other_error(tmp_path: Path, make: Callable[[Path], Any]) -> None:
    folder = make_project(tmp_path, {"config/a.yaml": REASON, "config/z.yaml": MISSPELT})
    make(folder / "config/bad.yaml")
    assert [one[:3] for one in found(folder)] == [
        ("error", "RC100", "config/bad.yaml"),
        ("error", "RC203", "config/z.yaml"),
    ]
    shaped = run_in_process(folder, "format", "--check", "--format", "json")
    assert (shaped.code, shaped.json()["failed"]) == (1, ["config/bad.yaml"])


@pytest.mark.parametrize("make", BAD)
def test_an_unreadable_text_file_hides_no_other_error(tmp_path: Path, make: Callable[[Path], Any]) -> None:
    folder = make_project(tmp_path, {"config/a.yaml": NOTICE, "config/z.yaml": MISSPELT})
    make(folder / "config/bad.txt")
    assert [one[:3] for one in found(folder)] == [
        ("error", "RC100", "config/bad.txt"),
        ("error", "RC203", "config/z.yaml"),
    ]


@pytest.mark.parametrize("make", BAD)
def test_unreadable_bindings_are_reported_with_their_file(tmp_path: Path, make: Callable[[Path], Any]) -> None:
    folder = make_project(tmp_path)
    (folder / "bindings").mkdir()
    make(folder / "bindings/local.yaml")
    assert [one[:3] for one in found(folder)] == [("error", "RC100", "bindings/local.yaml")]
    assert run_in_process(folder, "plan", "--env", "local").code == 1


def test_a_broken_link_to_overlays_is_an_error(tmp_path: Path) -> None:
    folder = make_project(tmp_path)
    (folder / "overlays").mkdir()
    dangling(folder / "overlays/local")
    assert [one[:3] for one in found(folder)] == [("error", "RC131", "overlays/local")]


def test_a_reference_may_point_into_an_unreadable_file(tmp_path: Path) -> None:
    run = "kind: recurringBillingRun\nkey: r\nspec: {name: R, template_id: t}\n"
    folder = make_project(tmp_path, {"config/a.yaml": run})
    dangling(folder / "config/templates.yaml")
    said = {help for _, code, _, help in found(folder) if code == "RC210"}
    assert all("it may be in config/templates.yaml" in help for help in said)
    assert said


def test_a_folder_that_looks_like_a_source_causes_a_warning(tmp_path: Path) -> None:
    folder = make_project(tmp_path)
    write_files(folder, {"shared/b.yaml": MISSPELT, "config/B.YAML": MISSPELT, "config/notes.TXT": ""})
    (folder / "config/linked").symlink_to("../shared")
    (folder / "config/notes").symlink_to("notes.TXT")
    assert [one[:3] for one in found(folder)] == [
        ("warning", "RC130", "config/B.YAML"),
        ("warning", "RC130", "config/linked"),
    ]
    assert "RC130" in run_ok(folder, "plan", "--env", "local").stderr


BINDINGS = (
    "statusReasn:\n  lapsed: a\nstatusReason:\n  lapzed: b\n  left: c\ncertifications/statusRaeson: {lapsed: d}\n"
)


def test_misspelt_kinds_of_bindings_are_errors_misspelt_keys_warnings(tmp_path: Path) -> None:
    folder = make_project(tmp_path)
    write_files(folder, {"bindings/local.yaml": BINDINGS})
    result = run_in_process(folder, "validate", "--env", "local", "--format", "json")
    assert [(one["severity"], one["code"], one["line"], one["help"]) for one in result.json()["diagnostics"]] == [
        # Errors that hide keys come first: they may be the cause of the others.
        ("error", "RC201", 1, "did you mean 'statusReason'?"),
        ("error", "RC201", 6, "did you mean 'statusReason'?"),
        ("warning", "RC217", 4, "did you mean 'lapsed'?"),
    ]


def test_bindings_of_other_modules_and_removed_documents_are_valid_but_unused(tmp_path: Path) -> None:
    """A record keeps its binding until it is deleted; `notice` has no document."""
    folder = make_project(tmp_path)
    bound = (
        "invoiceTemplate: {standard: a}\nplatform/customField: {x: b}\nstatusReason: {gone: c}\nnotice: {lapsed: d}\n"
    )
    write_files(folder, {"bindings/local.yaml": bound})
    assert [one[:3] for one in found(folder)] == [("warning", "RC226", "bindings/local.yaml")] * 4


@pytest.mark.parametrize(
    ("key", "suggestion"),
    [("lapsde", "did you mean 'lapsed'?"), ("lapsed-2", None), ("expired", None), ("lapsed", None)],
)
@pytest.mark.parametrize("name", ["Lapsed", "Left"])
def test_an_overlay_whose_key_is_nearly_that_of_a_base_document_is_a_warning(
    tmp_path: Path, key: str, suggestion: str | None, name: str
) -> None:
    """With another key and the same name it is another record that looks the same: one warning in each case."""
    folder = make_project(tmp_path)
    overlay = REASON.replace("lapsed", key).replace("Lapsed", name)
    write_files(folder, {"overlays/local/o.yaml": overlay})
    warned = [("warning", "RC224", "overlays/local/o.yaml", suggestion)] if suggestion else []
    if key in ("lapsed-2", "expired") and name == "Lapsed":
        warned = [("warning", "RC232", "overlays/local/o.yaml", LOOKALIKE_HELP)]
    assert found(folder) == warned
    assert found(folder, "--fix") == warned, "a warning may be meant"


@pytest.mark.parametrize(
    ("asked", "help"), [("statusReason/lapse", "did you mean 'lapsed'?"), ("statusReason/w", ""), ("notice/lapse", "")]
)
@pytest.mark.parametrize("command", [("show",), ("plan", "--only"), ("graph",)])
def test_a_suggestion_is_a_similar_key_of_the_same_kind(
    tmp_path: Path, command: tuple[str, ...], asked: str, help: str
) -> None:
    result = run_in_process(make_project(tmp_path), *command, asked, "--env", "local")
    assert result.code == 1
    assert ("did you mean" in result.stderr) == bool(help)
    assert help in result.stderr
