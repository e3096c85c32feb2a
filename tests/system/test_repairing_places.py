"""Each message names the place where the mistake is, and what people want to do there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.process import (
    PROGRAMS,
    TENANT,
    Completed,
    edit_file,
    make_project,
    run_in_process,
    run_ok,
    serve_emulator,
    write_files,
)

ADDRESS = "http://127.0.0.1:9/{module}"
TEMPLATE = """\
kind: billingTemplate
key: reminders
spec:
  name: Reminders
  is_active: true
  send_renewal_reminders: true
  renewal_reminder_options:
    reminders:
      - name: 30 days
        reminder_notice_id: mail
        expiration_date_range_start:
          {position: after, number: 30, unit_of_time: days, relative_to: the reference date}
        expiration_date_range_end:
          {position: after, number: 36, unit_of_time: days, relative_to: the reference date}
    program_restriction: include
    program_ids: [cmsi]
"""
NOTICE = """\
kind: notice
key: mail
spec:
  name: Mail
  email: {from: a@b.example, subject: Renew, body: Renew}
"""


@pytest.mark.parametrize("programs", [PROGRAMS, {}], ids=["with others", "alone"])
def test_a_reference_to_a_bound_record_that_is_gone_leads_to_the_line_of_the_binding(
    tmp_path: Path, programs: dict[str, str]
) -> None:
    folder = make_project(tmp_path, {"config/a.yaml": TEMPLATE, "config/b.yaml": NOTICE, **programs})
    write_files(folder, {"bindings/local.yaml": "# by hand\nprogram:\n  cmsi: p-77\n"})
    result = run_in_process(folder, "plan", "--env", "local")
    assert result.code == 1
    assert "error[RC321]: program/cmsi is bound to record 'p-77'" in result.stderr
    assert " --> bindings/local.yaml:3:3" in result.stderr
    assert "billingTemplate/reminders refers to it (/renewal_reminder_options/program_ids/0)" in result.stderr
    assert "write a document for program/cmsi" in result.stderr
    assert "rhythmconf plan --env local" in result.stderr


def test_a_bound_record_without_a_document_is_looked_for_only_where_a_document_refers_to_it(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {"config/a.yaml": TEMPLATE, "config/b.yaml": NOTICE})
    with serve_emulator(tmp_path, tenant=f"{TENANT}-remote") as tenant:
        made = tenant.call("POST", "programs", body={"name": "CMSI", "is_active": True})
        write_files(folder, {"bindings/remote.yaml": f"program:\n  cmsi: {made['id']}\nstatusReason:\n  x: gone\n"})
        begin = len(tenant.log())
        assert "2 to add" in run_ok(folder, "plan", "--env", "remote", env=tenant.env).stdout
        asked = [path.removesuffix("-remote") for _, path, _ in tenant.since(begin)]
        assert sorted(set(asked)) == ["billingTemplates", "notices", "programs"]
        tenant.call("DELETE", "programs", f"/{made['id']}")
        gone = run_in_process(folder, "plan", "--env", "remote", env=tenant.env)
        assert (gone.code, "error[RC321]: program/cmsi is bound to record " in gone.stderr) == (1, True), gone
        begin = len(tenant.log())
        run_ok(folder, "plan", "--env", "remote", "--only", "notice/mail", env=tenant.env)
        assert {path for _, path, _ in tenant.since(begin)} == {"notices-remote"}


def test_adopt_names_the_binding_of_a_record_that_no_document_describes(tmp_path: Path) -> None:
    folder = make_project(tmp_path)
    write_files(folder, {"bindings/local.yaml": "statusReason:\n  other: gone\n"})
    error = run_in_process(folder, "adopt", "--rebind", "--env", "local", "-o", "x.plan").stderr
    assert "warning[RC340]" in error
    assert " --> bindings/local.yaml:2:3" in error
    assert "no document describes it" in error


def test_a_document_for_the_bound_key_repairs_the_reference(tmp_path: Path) -> None:
    folder = make_project(tmp_path, {"config/a.yaml": TEMPLATE, "config/b.yaml": NOTICE})
    write_files(folder, {"bindings/local.yaml": "program:\n  cmsi: p-77\n"})
    write_files(folder, {"config/c.yaml": "kind: program\nkey: cmsi\nspec: {name: CMSI, is_active: true}\n"})
    assert "Plan: 3 to add" in run_ok(folder, "plan", "--env", "local").stdout


def test_a_plan_shows_the_bindings_that_it_writes(tmp_path: Path) -> None:
    folder = make_project(tmp_path)
    run_ok(folder, "apply", "--env", "local", "--auto-approve")
    write_files(folder, {"bindings/local.yaml": "statusReason:\n  lapsed: gone\n"})
    shown = run_ok(folder, "plan", "--env", "local").stdout
    assert "bind statusReason/lapsed to record " in shown
    assert "in bindings/local.yaml" in shown


def doctor(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> dict[str, tuple[str, str]]:
    """Return value and origin of each setting that `doctor` shows."""
    report = run_in_process(folder, "doctor", *arguments, "--format", "json", env=env).json()
    return {row["name"]: (row["value"], row["origin"]) for row in report["settings"]}


@pytest.mark.parametrize(
    ("arguments", "env", "default", "expected"),
    [
        (("--env", "local"), {}, "", "flag --env"),
        ((), {"RHYTHMCONF_ENV": "local"}, "", "variable RHYTHMCONF_ENV"),
        (("--env", "local"), {"RHYTHMCONF_ENV": "remote"}, "", "flag --env"),
        ((), {}, "default_environment: local\n", "rhythmconf.yaml:8"),
    ],
)
def test_doctor_says_what_named_the_environment(
    tmp_path: Path, arguments: tuple[str, ...], env: dict[str, str], default: str, expected: str
) -> None:
    folder = make_project(tmp_path)
    file = folder / "rhythmconf.yaml"
    file.write_text(file.read_text() + default)
    assert doctor(folder, *arguments, env=env)["environment"] == ("local", expected)


def test_doctor_says_that_there_is_only_one_environment(tmp_path: Path) -> None:
    settings = "version: 1\nproject: p\nsources: [config]\nenvironments:\n  one: {tenant: t, embedded: t.db}\n"
    assert doctor(make_project(tmp_path, settings=settings))["environment"] == ("one", "the only one")


def test_doctor_shows_lengths_of_time_with_their_unit(tmp_path: Path) -> None:
    shown = doctor(make_project(tmp_path), "--env", "local")
    assert shown["max_plan_age"] == ("7 days", "default")
    assert shown["dialect.list_lag_s"][0] == "0 seconds"


def ask_elsewhere(folder: Path, variables: dict[str, str]) -> Completed:
    return run_in_process(folder, "plan", "--env", "remote", env={"RHYTHMCONF_TOKEN": "token-token", **variables})


def test_an_address_from_a_variable_is_blamed_on_the_variable(tmp_path: Path) -> None:
    folder = make_project(tmp_path)
    error = ask_elsewhere(folder, {"RHYTHMCONF_BASE_URL": ADDRESS}).stderr
    assert "Check the variable RHYTHMCONF_BASE_URL" in error
    assert "base_url of the environment" not in error
    edit_file(folder / "rhythmconf.yaml", "tenant: hisp-system-remote,", f'tenant: r, base_url: "{ADDRESS}",')
    assert "Check base_url of the environment" in ask_elsewhere(folder, {}).stderr


def test_access_settings_that_are_merely_new_are_not_called_other_ones(tmp_path: Path) -> None:
    folder = make_project(
        tmp_path,
        settings="""\
version: 1
project: hisp
sources: [config]
environments:
  one:
    tenant: t
    base_url: "https://api.example/{module}"
    auth: {token_command: "echo token-token"}
""",
    )
    state = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    # The first use goes by the variable, so the address of the file is not among what was used.
    run_in_process(folder, "plan", env={**state, "RHYTHMCONF_BASE_URL": ADDRESS})
    refused = run_in_process(folder, "plan", env=state)
    assert refused.code == 3
    assert "the base_url of one is new on this computer: so far RHYTHMCONF_BASE_URL replaced it" in refused.stderr
    assert " --> rhythmconf.yaml:7:15" in refused.stderr


def test_a_variable_that_decides_about_an_access_setting_is_named(tmp_path: Path) -> None:
    folder = make_project(
        tmp_path,
        settings="""\
version: 1
project: hisp
sources: [config]
environments:
  one:
    tenant: t
    base_url: "http://127.0.0.1:9/{module}"
    auth: {domain: "${ISSUER}", client_id: a, client_secret: b}
""",
    )
    state = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    run_in_process(folder, "plan", env={**state, "ISSUER": "http://127.0.0.1:9"})
    refused = run_in_process(folder, "plan", env={**state, "ISSUER": "issuer.example"})
    assert refused.code == 3
    assert 'auth.domain: "${ISSUER}" (the variable ISSUER has another value than before)' in refused.stderr


@pytest.mark.parametrize("arguments", [(), (".",), ("--empty",), ("--project", "other")])
def test_init_in_a_project_says_how_to_go_on_with_it(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    folder = make_project(tmp_path)
    before = sorted(path.name for path in folder.rglob("*"))
    result = run_in_process(folder, "init", *arguments)
    assert result.code == 1
    assert "rhythmconf.yaml is already there: this folder is a project" in result.stderr
    for words in ("rhythmconf doctor", "rhythmconf pull", "rhythmconf plan", "rhythmconf init --github, --gitlab"):
        assert words in result.stderr
    assert "move" not in result.stderr
    assert sorted(path.name for path in folder.rglob("*")) == before


@pytest.mark.parametrize("command", [("apply",), ("show", "plan")])
def test_a_file_that_is_no_plan_is_named(tmp_path: Path, command: tuple[str, ...]) -> None:
    result = run_in_process(make_project(tmp_path), *command, "config/reasons.yaml")
    assert result.code == 3
    assert " --> config/reasons.yaml" in result.stderr
    assert "name no file: `rhythmconf apply` reads them all" in result.stderr


@pytest.mark.parametrize("command", [("apply",), ("show", "plan")])
def test_a_folder_in_place_of_a_plan_is_called_so(tmp_path: Path, command: tuple[str, ...]) -> None:
    error = run_in_process(make_project(tmp_path), *command, "config").stderr
    assert "'config' is a folder, not a plan file" in error


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("apply", "statusReason/lapsed"), "rhythmconf apply --only statusReason/lapsed"),
        (("show", "config/reasons.yaml"), "is a file, not KIND/KEY"),
        (("plan", "config/reasons.yaml"), "`--only KIND/KEY` takes one of them"),
        (("drift", "config"), "name no file and no key here"),
        (("plan", "local"), "`--env NAME` chooses the environment"),
        (("apply", "-y"), "apply shows a plan and asks"),
        (("validate", "config/reasons.yaml"), "all documents below `sources` in rhythmconf.yaml are read"),
    ],
)
def test_a_file_or_a_key_where_none_is_expected_gets_the_command_that_is_meant(
    tmp_path: Path, arguments: tuple[str, ...], expected: str
) -> None:
    assert expected in run_in_process(make_project(tmp_path), *arguments).stderr


@pytest.mark.parametrize("name", ["overlay", "Overlay", "bindngs", "overlais"])
def test_a_misspelt_folder_is_renamed_and_never_made_a_source(tmp_path: Path, name: str) -> None:
    folder = make_project(tmp_path)
    write_files(folder, {f"{name}/local/a.yaml": "kind: statusReason\nkey: lapsed\nspec: {is_active: false}\n"})
    report = run_ok(folder, "validate").stdout
    right = "bindings" if name.startswith("b") else "overlays"
    assert f"rename it: mv {name} {right}" in report
    assert "sources" not in report
    (folder / right).mkdir()
    assert f"move its files into '{right}'" in run_ok(folder, "validate").stdout


def test_the_folder_of_a_misspelt_environment_gets_its_name(tmp_path: Path) -> None:
    folder = make_project(tmp_path)
    write_files(folder, {"overlays/locl/a.yaml": "kind: statusReason\nkey: lapsed\nspec: {}\n"})
    write_files(folder, {"bindings/remot.yaml": "statusReason: {lapsed: a}\n"})
    report = run_in_process(folder, "validate").stdout
    assert "rename the folder to overlays/local" in report
    assert "rename the file to bindings/remote.yaml" in report


def test_an_empty_source_says_that_without_it_its_records_are_deleted(tmp_path: Path) -> None:
    folder = make_project(tmp_path)
    edit_file(folder / "rhythmconf.yaml", "sources: [config]", "sources: [config, more]")
    (folder / "more").mkdir()
    report = run_ok(folder, "validate").stdout
    assert "warning[RC132]" in report
    assert "the next plan then deletes the records that they declared" in report
