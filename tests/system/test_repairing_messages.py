"""Each message names what repairs the mistake."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from rhythmconf.cli import crash
from tests.support.process import (
    PROGRAMS,
    REASON,
    SETTINGS,
    make_project,
    run_in_process,
    run_ok,
    serve_emulator,
    write_files,
)


def test_without_an_environment_the_three_ways_to_name_one_are_said(tmp_path: Path) -> None:
    result = run_in_process(make_project(tmp_path), "plan")
    assert result.code == 1
    for word in ("--env NAME", "RHYTHMCONF_ENV", "`default_environment`", "environments: local, remote, guarded"):
        assert word in result.stderr


def test_a_misspelt_environment_is_answered_with_the_nearest(tmp_path: Path) -> None:
    result = run_in_process(make_project(tmp_path), "plan", "--env", "locl")
    assert "did you mean 'local'?" in result.stderr


@pytest.mark.parametrize("text", [REASON, "", "[]", "{}", '{"a": 1}', "\x00\x01"])
@pytest.mark.parametrize("command", [("apply",), ("show", "plan")])
def test_a_file_that_is_no_plan_is_called_so(tmp_path: Path, command: tuple[str, ...], text: str) -> None:
    folder = make_project(tmp_path)
    write_files(folder, {"other.yaml": text})
    result = run_in_process(folder, *command, "other.yaml")
    assert result.code == 3
    assert "this is no plan file" in result.stderr
    assert "rhythmconf plan -o FILE" in result.stderr
    assert "damaged" not in result.stderr


@pytest.mark.parametrize("command", [("apply",), ("show", "plan")])
def test_a_missing_plan_file_is_named_with_those_that_exist(tmp_path: Path, command: tuple[str, ...]) -> None:
    folder = make_project(tmp_path)
    result = run_in_process(folder, *command, "nope.plan")
    assert "the plan file 'nope.plan' can't be read: there is no such file" in result.stderr
    assert "save one with `rhythmconf plan -o FILE`" in result.stderr
    write_files(folder, {"b.plan": "", "a.plan": ""})
    assert "plan files here: a.plan, b.plan" in run_in_process(folder, *command, "nope.plan").stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("plan",), "rhythmconf show plan FILE; plan files here: x.plan"),
        (("run",), "`rhythmconf history` lists the runs"),
        (("x.plan",), "rhythmconf show plan x.plan"),
        (("y.plan",), "rhythmconf show plan y.plan"),
        (("program",), "for example program/cmsi"),
        (("statusReason",), "for example statusReason/cmsi"),
        (("statusReason/expired",), "statusReason has lapsed"),
        (("notice/expired",), "no document is of the kind notice"),
    ],
)
def test_show_says_what_to_type(tmp_path: Path, arguments: tuple[str, ...], expected: str) -> None:
    folder = make_project(tmp_path)
    write_files(folder, {"x.plan": ""})
    assert expected in run_in_process(folder, "show", *arguments, "--env", "local").stderr


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("statusReason", "name each resource, for example statusReason/cmsi; kinds, patterns and files are not read"),
        ("certifications/statusReason", "name each resource, for example statusReason/cmsi"),
        ("config/x.yaml", "there is no kind 'config'"),
        ("statusReason/*", "kinds, patterns and files are not read"),
        ("statusReason/l?psed", "kinds, patterns and files are not read"),
    ],
)
@pytest.mark.parametrize("flag", ["--allow", "--prune", "--ours"])
def test_what_a_key_is_is_said(tmp_path: Path, flag: str, key: str, expected: str) -> None:
    assert expected in run_in_process(make_project(tmp_path), "plan", "--env", "local", flag, key).stderr


def test_requires_says_how_to_update(tmp_path: Path) -> None:
    folder = make_project(tmp_path)
    file = folder / "rhythmconf.yaml"
    file.write_text(file.read_text() + "requires: '>=99'\n")
    error = run_in_process(folder, "validate").stderr
    assert "pip install --upgrade" in error
    assert "pipx upgrade" in error


def test_a_protected_environment_without_a_terminal_offers_no_option_that_is_refused(tmp_path: Path) -> None:
    result = run_in_process(make_project(tmp_path), "apply", "--env", "guarded")
    assert result.code == 3
    assert "rhythmconf plan --env guarded -o FILE" in result.stderr
    assert "--auto-approve" not in result.stderr


@pytest.mark.parametrize(
    ("urls", "where"),
    [
        (None, "to the people from whom you have rhythmconf"),
        (["Documentation, https://example.org"], "to the people from whom you have rhythmconf"),
        (["Issues, https://example.org/issues"], "at https://example.org/issues"),
    ],
)
def test_an_internal_error_says_where_to_report_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, urls: list[str] | None, where: str
) -> None:
    class Metadata:
        def get_all(self, name: str) -> Any:
            return urls if name == "Project-URL" else None

    monkeypatch.setattr("importlib.metadata.metadata", lambda _: Metadata())
    assert crash.report(ZeroDivisionError()) == 1
    error = capsys.readouterr().err
    assert f"please report it {where}, with " in error
    log = re.search(r"with (\S+\.log)", error)
    assert log is not None
    Path(log[1]).unlink()


def test_a_binding_of_a_record_that_is_gone_has_its_line(tmp_path: Path) -> None:
    folder = make_project(tmp_path)
    write_files(folder, {"bindings/local.yaml": "# by hand\nstatusReason:\n  lapsed: aaaa\n"})
    error = run_in_process(folder, "plan", "--env", "local").stderr
    assert "warning[RC307]" in error
    assert " --> bindings/local.yaml:3:3" in error
    assert "the bound record 'aaaa' is gone" in error


NOTICE = """\
kind: notice
key: weekly
spec:
  name: Weekly
  is_active: false
  email: {{from: a@b.example, subject: Renew, body: Renew}}
  restrict_to_certain_programs: true
  restricted_program_ids: [{program}]
"""
INSPECTOR = "kind: program\nkey: safety-inspector\nspec: {name: 'Safety Inspector, level 1', is_active: true}\n"


@pytest.mark.parametrize("written", ["'Safety Inspector, level 1'", "'safety inspector,  Level 1'"])
def test_a_name_in_place_of_a_key_is_answered_with_the_key(tmp_path: Path, written: str) -> None:
    folder = make_project(
        tmp_path, {"config/p.yaml": INSPECTOR, "config/t.yaml": NOTICE.format(program=written)}, SETTINGS
    )
    result = run_in_process(folder, "validate")
    text = written.strip("'")
    assert f"there is no program '{text}'; that is the name of program/safety-inspector\n" in result.stdout
    assert "--> config/t.yaml:8:28\n" in result.stdout
    assert "help: write safety-inspector\n" in result.stdout
    run_ok(folder, "validate", "--fix", "--unsafe-fixes")
    assert "restricted_program_ids: ['safety-inspector']\n" in (folder / "config/t.yaml").read_text()


def test_a_name_that_could_be_a_key_is_answered_with_the_key(tmp_path: Path) -> None:
    program = INSPECTOR.replace("'Safety Inspector, level 1'", "Inspector")
    folder = make_project(
        tmp_path, {"config/p.yaml": program, "config/t.yaml": NOTICE.format(program="inspector")}, SETTINGS
    )
    result = run_in_process(folder, "validate")
    assert "there is no program 'inspector'; that is the name of program/safety-inspector" in result.stdout


@pytest.mark.parametrize("other", ["program", "statusReason"])
def test_a_name_of_two_documents_or_of_another_kind_names_no_key(tmp_path: Path, other: str) -> None:
    twin = INSPECTOR.replace("safety-inspector", "twin").replace("kind: program", f"kind: {other}")
    files = {"config/p.yaml": INSPECTOR if other == "program" else "", "config/q.yaml": twin}
    template = {"config/t.yaml": NOTICE.format(program="'Safety Inspector, level 1'")}
    result = run_in_process(make_project(tmp_path, {**files, **template}, SETTINGS), "validate")
    assert "'Safety Inspector, level 1' is not a key" in result.stdout
    assert "that is the name of" not in result.stdout


def test_a_plan_for_a_missing_folder_names_the_folder(tmp_path: Path) -> None:
    result = run_in_process(make_project(tmp_path, PROGRAMS, SETTINGS), "plan", "-o", "plans/today.plan")
    assert "help: its folder does not exist: make plans first\n" in result.stderr


def test_a_misspelt_tenant_is_named_first(tmp_path: Path) -> None:
    folder = make_project(tmp_path)
    with serve_emulator(tmp_path) as tenant:
        result = run_in_process(folder, "plan", "--env", "remote", env=tenant.env)
    assert result.code == 4
    assert "check the tenant (hisp-system-remote) and the variable RHYTHMCONF_BASE_URL (" in result.stderr
    assert "`rhythmconf doctor` asks for every kind" in result.stderr


def test_without_a_token_the_ways_to_give_one_are_said(tmp_path: Path) -> None:
    result = run_in_process(make_project(tmp_path), "plan", "--env", "remote")
    assert "export RHYTHMCONF_TOKEN=" in result.stderr
    assert "auth: {domain: ..., client_id: ..., client_secret: " in result.stderr
