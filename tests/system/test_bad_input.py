"""Invalid input causes an exit code and a message with location, reason and help; nothing is written."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rhythmconf.tenant.client import Clock
from tests.support.process import (
    PROJECT,
    REASON,
    Completed,
    ServedTenant,
    edit_file,
    make_project,
    run_in_process,
    run_ok,
    serve_emulator,
)
from tests.support.wire import Action, make_answer, serve_script

SETTINGS = PROJECT + "default_environment: local\n"
NOWHERE = "http://127.0.0.1:9/{module}"
TEMPLATE = """\
kind: recurringBillingRun
key: weekly
spec:
  name: Weekly
  template_id: fortnightly
  schedule: every week
  pre_processing_lead_time: 3
"""
REMINDER = """\
kind: billingTemplate
key: weekly
spec:
  name: Weekly
  drop_options: {program_restriction: excluded}
"""


@dataclass(frozen=True)
class Expected:
    """What must be said: `place` is file:line:column, `why` and `help` are parts of the words."""

    place: str
    why: str
    help: str


FILES: dict[str, tuple[str, Expected]] = {
    "unknown kind": (
        REASON.replace("statusReason", "statusReasn"),
        Expected("config/a.yaml:1:7", "no kind 'statusReasn'", "did you mean 'statusReason'?"),
    ),
    "unknown member": (
        REASON + "protekt: true\n",
        Expected("config/a.yaml:6:1", "no member 'protekt'", "did you mean 'protect'?"),
    ),
    "unknown field": (
        REASON.replace("is_active", "is_activ"),
        Expected("config/a.yaml:5:3", "no field 'is_activ'", "did you mean 'is_active'?"),
    ),
    "unknown enum value": (
        REMINDER,
        Expected("config/a.yaml:5:39", "'excluded'", "did you mean 'exclude'?"),
    ),
    "unknown reference": (
        TEMPLATE,
        Expected("config/a.yaml:5:16", "no billingTemplate has the key 'fortnightly'", "bindings/local.yaml"),
    ),
    "wrong type": (
        REASON.replace("is_active: true", 'is_active: "true"'),
        Expected("config/a.yaml:5:14", "'true' is not true or false", "without quotes"),
    ),
    "duplicate key": (
        f"{REASON}---\n{REASON}",
        Expected("config/a.yaml:8:6", "also declared at config/a.yaml:2:6", "another key"),
    ),
    "missing text file": (
        REASON + "files: {/description: gone.txt}\n",
        Expected("config/a.yaml:6:23", "no file 'config/gone.txt'", "correct the path"),
    ),
    "broken YAML": ("kind: [statusReason\nkey: x\n", Expected("config/a.yaml:1:7", "in line 2", "close it")),
    "a quote that is never closed": (
        REASON.replace("Lapsed", '"Lapsed'),
        Expected("config/a.yaml:4:9", "the quote that begins here is never closed", "close it"),
    ),
    "two documents without a line between them": (
        REASON + REASON.replace("lapsed", "left"),
        Expected("config/a.yaml:6:1", "'kind' is twice", "put a line '---' above it"),
    ),
    "a template": (
        REASON.replace("Lapsed", "{{ name }}"),
        Expected("config/a.yaml:4:10", "a name must be a string", "'{{ }}' is not a template here"),
    ),
    "a backslash": (
        REASON.replace("Lapsed", '"a\\d"'),
        Expected("config/a.yaml:4:11", "unknown escape", "use single quotes"),
    ),
    "a no-break space that is an error": (
        REASON.replace("  name", "\xa0 name"),
        Expected("config/a.yaml:4:1", "a no-break space (U+00A0)", "write common spaces"),
    ),
    "a no-break space that makes a name": (
        REASON.replace("  is_active", " \xa0is_active"),
        Expected("config/a.yaml:5:2", "a no-break space (U+00A0)", "write common spaces"),
    ),
    "an ideographic space": (
        REASON.replace("  is_active", "\u3000is_active"),
        Expected("config/a.yaml:5:1", "an ideographic space (U+3000)", "write common spaces"),
    ),
    "a zero width space": (
        REASON.replace("  is_active", "  \u200bis_active"),
        Expected("config/a.yaml:5:3", "is_active'", "did you mean 'is_active'?"),
    ),
    "a mail with no-break spaces below a mistake": (
        REASON + "note: |\n  Dear\n  \xa0\xa0Ada\nkeey: [\n",
        Expected("config/a.yaml:10:1", "a value is missing", "write it"),
    ),
    "an id that the tenant gives": (
        REASON.replace("spec:", "spec:\n  id: abc"),
        Expected("config/a.yaml:4:3", "id", ""),
    ),
}
COMMANDS = (("validate",), ("plan",), ("apply", "--auto-approve"), ("drift",))


def check_no_crash(ran: Completed) -> None:
    """Check that the command ended without a traceback and without a crash."""
    assert "Traceback" not in ran.stdout + ran.stderr, ran
    assert "RC000" not in ran.stderr, ran


@pytest.mark.parametrize("space", ["\xa0", "\u3000", "\u2003", "\u202f"])
def test_one_wide_space_is_one_error(tmp_path: Path, space: str) -> None:
    text = REASON.replace("  is_active", f"{space}is_active")
    result = run_in_process(make_project(tmp_path, {"config/a.yaml": text}, SETTINGS), "validate", "--format", "json")
    [error] = result.json()["diagnostics"]
    assert error["message"].endswith(f"space (U+{ord(space):04X}) is in the indentation")


@pytest.mark.parametrize("name", FILES)
def test_a_mistake_in_a_file_is_reported_with_its_location(tmp_path: Path, name: str) -> None:
    text, expected = FILES[name]
    result = run_in_process(make_project(tmp_path, {"config/a.yaml": text}, SETTINGS), "validate", "--env", "local")
    check_no_crash(result)
    assert result.code == 1
    for part in (f" --> {expected.place}\n", expected.why, expected.help):
        assert part in result.stdout, result.stdout
    assert result.last.startswith("Found ")


@pytest.mark.parametrize("command", COMMANDS, ids=[command[0] for command in COMMANDS])
def test_no_command_sends_a_request_if_files_have_mistakes(
    tmp_path: Path, tenant: ServedTenant, command: tuple[str, ...]
) -> None:
    files = {f"config/{n}.yaml": text for n, (text, _) in enumerate(FILES.values())}
    folder = make_project(tmp_path / "project", files, SETTINGS)
    result = run_in_process(folder, *command, "--format", "json", env=tenant.env)
    assert tenant.log() == []
    check_no_crash(result)
    assert result.code == 1
    diagnostics = result.json()["diagnostics"]
    assert {one["file"] for one in diagnostics} == set(files)
    assert all(one["message"] and one["line"] and one["column"] and one["code"] for one in diagnostics)


@pytest.mark.parametrize(
    "command", [*COMMANDS, ("show", "statusReason/x"), ("schema",)], ids=lambda command: str(command[0])
)
def test_a_missing_project_file_names_the_searched_folders(tmp_path: Path, command: tuple[str, ...]) -> None:
    result = run_in_process(tmp_path, *command)
    check_no_crash(result)
    if command == ("schema",):
        assert result.code == 0
        return
    assert (result.code, result.stdout) == (1, "")
    assert "no rhythmconf.yaml" in result.stderr
    assert str(tmp_path) in result.stderr
    assert "rhythmconf init" in result.stderr


def test_an_empty_folder_deletes_nothing(tmp_path: Path) -> None:
    folder = make_project(tmp_path, settings=SETTINGS)
    run_ok(folder, "apply", "--auto-approve")
    (folder / "config/reasons.yaml").unlink()
    checked = run_ok(folder, "validate")
    assert "warning[RC230]: there is no document below config" in checked.stdout
    for arguments in (("plan",), ("apply", "--auto-approve"), ("drift",)):
        result = run_ok(folder, *arguments)
        assert "warning[RC230]: there is no document below config" in result.stderr
        assert "destroyed" not in result.stdout.replace("0 destroyed", "")
    for command in ("plan -o empty.plan", "apply --auto-approve"):
        result = run_in_process(folder, *command.split(), "--prune", "statusReason/lapsed")
        check_refusal(result, 3, "the sources have no document")
        assert "(1 deletion refused): restore the documents, or delete all" in result.stderr
        assert result.last == "Plan: 0 to add, 0 to change, 1 to destroy."
    assert not (folder / "empty.plan").exists()
    write_back(folder)
    assert run_ok(folder, "plan").last == "No changes."
    shutil.rmtree(folder / "config")
    missing = run_in_process(folder, "plan")
    assert missing.code == 1
    assert "'config' does not exist" in missing.stderr


def write_back(folder: Path) -> None:
    (folder / "config/reasons.yaml").write_text(REASON)


def test_two_environments_with_one_tenant_are_named(tmp_path: Path) -> None:
    twin = "  twin: {tenant: hisp-system, embedded: .rhythmconf/local.db}\n"
    settings = SETTINGS.replace("default_environment", f"{twin}default_environment")
    result = run_in_process(make_project(tmp_path, settings=settings), "plan")
    check_no_crash(result)
    assert (result.code, result.stdout) == (1, "")
    assert "local and twin are the same tenant" in result.stderr
    assert " --> rhythmconf.yaml:8:" in result.stderr


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedTenant]:
    with serve_emulator(tmp_path_factory.mktemp("server")) as one:
        yield one


@pytest.fixture
def tenant(server: ServedTenant) -> ServedTenant:
    return server.without_records("statusReasons")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project", settings=SETTINGS)


def check_refusal(ran: Completed, code: int, *words: str) -> None:
    """Check the exit code, that stderr contains all these texts, and that it has help."""
    check_no_crash(ran)
    assert ran.code == code, ran
    for word in (*words, "  help: "):
        assert word in ran.stderr, (word, ran.stderr)


def check_nothing_written(tenant: ServedTenant, since: int = 0) -> None:
    assert [one for one in tenant.since(since) if one[2]] == []


def test_two_matching_records_are_refused(folder: Path, tenant: ServedTenant) -> None:
    ids = [tenant.call("POST", "statusReasons", body={"name": "Lapsed"})["id"] for _ in range(2)]
    before = len(tenant.log())
    check_refusal(
        run_in_process(folder, "apply", "--auto-approve", env=tenant.env),
        1,
        "statusReason/lapsed",
        *ids,
        "bindings file",
    )
    check_nothing_written(tenant, before)


def test_a_record_of_another_project_is_refused(folder: Path, tenant: ServedTenant) -> None:
    body = {"name": "Lapsed", "sys_external_id": "rhythmconf/other/lapsed"}
    id = tenant.call("POST", "statusReasons", body=body)["id"]
    before = len(tenant.log())
    check_refusal(
        run_in_process(folder, "apply", "--auto-approve", env=tenant.env),
        1,
        "statusReason/lapsed",
        id,
        "project 'other'",
    )
    check_nothing_written(tenant, before)


@pytest.mark.parametrize(
    "command", [("plan",), ("apply", "--auto-approve"), ("drift",)], ids=lambda command: str(command[0])
)
def test_a_wrong_token_is_reported(folder: Path, tenant: ServedTenant, command: tuple[str, ...]) -> None:
    env = {**tenant.env, "RHYTHMCONF_TOKEN": "expired"}
    result = run_in_process(folder, *command, env=env)
    check_refusal(result, 4, "token", "401", "RHYTHMCONF_TOKEN")
    assert "expired" not in result.stdout + result.stderr.replace("wrong or expired", "")
    check_nothing_written(tenant)


def test_a_missing_token_is_reported(folder: Path, tenant: ServedTenant) -> None:
    env = {"RHYTHMCONF_BASE_URL": tenant.env["RHYTHMCONF_BASE_URL"]}
    check_refusal(run_in_process(folder, "plan", "--env", "remote", env=env), 4, "no token", "RHYTHMCONF_TOKEN")
    assert tenant.log() == []


@pytest.fixture
def retry_without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the pauses between retries."""
    clock = Clock(now=time.time, sleep=lambda _: None, random=lambda: 0.5)
    monkeypatch.setattr("rhythmconf.flows.connect.CLOCK", clock)


HTML = make_answer(body=b"<html><body>Please log in</body></html>", Content_Type="text/html")
NONSENSE: dict[str, tuple[Action, str]] = {
    "HTML": (HTML, "JSON"),
    "truncated JSON": (make_answer(body=b'[{"id": "1", "name": "La'), "JSON"),
    "no list": (make_answer(value={"records": []}), "list"),
}


@pytest.mark.usefixtures("retry_without_pauses")
@pytest.mark.parametrize("name", NONSENSE)
def test_an_invalid_answer_of_the_tenant_is_reported(folder: Path, name: str) -> None:
    act, word = NONSENSE[name]
    with serve_script(act) as wire:
        env = {"RHYTHMCONF_BASE_URL": f"{wire.url}/{{module}}", "RHYTHMCONF_TOKEN": "t"}
        check_refusal(run_in_process(folder, "apply", "--auto-approve", env=env), 1, word, wire.url)
        assert {seen.method for seen in wire.seen} == {"GET"}


@pytest.mark.usefixtures("retry_without_pauses")
def test_a_server_that_is_down_is_reported(folder: Path) -> None:
    env = {"RHYTHMCONF_BASE_URL": NOWHERE, "RHYTHMCONF_TOKEN": "t"}
    check_refusal(run_in_process(folder, "plan", env=env), 1, "can't be reached", "127.0.0.1:9")


def alter(text: str) -> str:
    return text.replace('"name": "Lapsed"', '"name": "Robbed"')


TAMPERED: dict[str, Callable[[str], str]] = {
    "another value": alter,
    "cut off": lambda text: text[: len(text) // 2],
    "laid out anew": lambda text: json.dumps(json.loads(text)),
    "no JSON": lambda _: "kind: statusReason\n",
    "empty": lambda _: "",
    "another version": lambda text: text.replace('"format_version": 1', '"format_version": 99'),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_plan_file_that_was_tampered_with_is_refused(folder: Path, tenant: ServedTenant, name: str) -> None:
    run_ok(folder, "plan", "-o", "a.plan", env=tenant.env)
    path = folder / "a.plan"
    path.write_text(TAMPERED[name](path.read_text()))
    before = len(tenant.log())
    check_refusal(run_in_process(folder, "apply", "a.plan", env=tenant.env), 3, "plan", "lan again")
    assert tenant.since(before) == []


def test_a_signed_plan_with_a_new_digest_is_refused(folder: Path, tenant: ServedTenant) -> None:
    run_ok(folder, "plan", "-o", "a.plan", env={**tenant.env, "RHYTHMCONF_PLAN_KEY": "k1"})
    for env in (tenant.env, {**tenant.env, "RHYTHMCONF_PLAN_KEY": "k2"}):
        check_refusal(run_in_process(folder, "apply", "a.plan", env=env), 3, "signed", "RHYTHMCONF_PLAN_KEY")
    check_nothing_written(tenant)
    run_ok(folder, "apply", "a.plan", env={**tenant.env, "RHYTHMCONF_PLAN_KEY": "k1"})


def test_a_plan_for_another_tenant_is_refused(folder: Path, tenant: ServedTenant) -> None:
    run_ok(folder, "plan", "-o", "a.plan", env=tenant.env)
    check_refusal(
        run_in_process(folder, "apply", "a.plan"), 3, "hisp-system", tenant.url, "embedded:.rhythmconf/local.db"
    )
    check_refusal(run_in_process(folder, "apply", "a.plan", "--env", "guarded", env=tenant.env), 3, "local", "guarded")
    check_nothing_written(tenant)


def test_a_plan_for_another_incarnation_of_the_tenant_is_refused(folder: Path, tenant: ServedTenant) -> None:
    id = tenant.call("POST", "statusReasons", body={"name": "Somebody else's"})["id"]
    run_ok(folder, "plan", "-o", "a.plan", env=tenant.env)
    tenant.call("DELETE", "statusReasons", f"/{id}")
    tenant.call("POST", "statusReasons", body={"name": "Somebody else's"})
    before = len(tenant.log())
    check_refusal(
        run_in_process(folder, "apply", "a.plan", env=tenant.env), 3, "hisp-system is not the one", "new plan"
    )
    check_nothing_written(tenant, before)


def test_a_plan_is_refused_if_its_record_has_changed(folder: Path, tenant: ServedTenant) -> None:
    run_ok(folder, "apply", "--auto-approve", env=tenant.env)
    edit_file(folder / "config/reasons.yaml", "name: Lapsed", "name: Ended")
    run_ok(folder, "plan", "-o", "a.plan", env=tenant.env)
    id = tenant.records("statusReasons")[0]["id"]
    tenant.call("PATCH", "statusReasons", f"/{id}", [{"op": "replace", "path": "/name", "value": "Theirs"}])
    before = len(tenant.log())
    stale = run_in_process(folder, "apply", "a.plan", "--format", "json", env=tenant.env)
    check_refusal(stale, 3, "statusReason/lapsed", "/name", '"Lapsed"', '"Theirs"')
    assert "\\n" not in stale.stderr
    check_nothing_written(tenant, before)
    report = stale.json()
    assert (report["applied"], report["failed"], report["not_attempted"]) == (0, 0, 1)
    assert [one["outcome"] for one in report["results"]] == ["not_attempted"]
    assert '"Theirs"' in report["diagnostics"][0]["message"]


def test_a_plan_that_was_applied_before_is_refused(folder: Path, tenant: ServedTenant) -> None:
    run_ok(folder, "plan", "-o", "a.plan", env=tenant.env)
    run_ok(folder, "apply", "a.plan", env=tenant.env)
    before = len(tenant.log())
    check_refusal(
        run_in_process(folder, "apply", "a.plan", env=tenant.env),
        3,
        "error[RC545]: this plan was applied already: by run 20",
        "rhythmconf plan --env local",
    )
    check_nothing_written(tenant, before)


def test_a_plan_of_a_record_that_somebody_created_meanwhile_is_refused(folder: Path, tenant: ServedTenant) -> None:
    run_ok(folder, "plan", "-o", "a.plan", env=tenant.env)
    # The override makes another plan of it: two plans of one second are the same in every byte.
    run_ok(folder, "apply", "--auto-approve", "--allow-updates", "statusReason=99%", env=tenant.env)
    before = len(tenant.log())
    check_refusal(
        run_in_process(folder, "apply", "a.plan", env=tenant.env),
        3,
        "statusReason/lapsed",
        "no such record when planned",
    )
    check_nothing_written(tenant, before)


def test_a_missing_plan_file_is_reported(folder: Path) -> None:
    check_refusal(run_in_process(folder, "apply", "gone.plan"), 1, "can't be read", "gone.plan")
    check_refusal(run_in_process(folder, "show", "plan", "gone.plan"), 1, "can't be read", "gone.plan")


FAILING: dict[str, tuple[tuple[str, ...], int]] = {
    "changes pending": (("plan", "--detailed-exitcode"), 2),
    "drift": (("drift",), 2),
    "a guard": (("plan", "--env", "guarded", "--destroy"), 3),
    "a protected environment": (("apply", "--env", "guarded", "--auto-approve"), 3),
    "no plan file": (("apply", "gone.plan"), 1),
    "no such environment": (("plan", "--env", "nowhere"), 1),
    "no such environment to apply to": (("apply", "--env", "nowhere", "--auto-approve"), 1),
    "no such environment to check": (("validate", "--env", "nowhere"), 1),
    "no token": (("plan", "--env", "remote"), 4),
    "no token to apply with": (("apply", "--env", "remote", "--auto-approve"), 4),
    "nobody to approve": (("apply",), 1),
    "a key that isn't there": (("plan", "--only", "statusReason/gone"), 1),
    "no such kind": (("drift", "--only", "nothing/gone"), 1),
    "no such folder": (("validate", "-C", "gone"), 1),
}


@pytest.mark.parametrize("name", FAILING)
def test_stdout_is_json_for_every_exit_code(folder: Path, name: str) -> None:
    arguments, code = FAILING[name]
    result = run_in_process(folder, *arguments, "--format", "json")
    check_no_crash(result)
    assert result.code == code, result
    report = result.json()
    if code != 2:
        assert [one["message"] for one in report["diagnostics"]]
        assert "error[" in result.stderr


@pytest.mark.parametrize("before", [1, 1_000, 1_000_000])
def test_a_long_source_line_is_cut_around_the_location(tmp_path: Path, before: int) -> None:
    text = f"kind: statusReason\nkey: x\nspec: {{name: {'x' * before}, is_activ: {'y' * (1_000_000 - before)}}}\n"
    result = run_in_process(make_project(tmp_path, {"config/a.yaml": text}), "validate")
    line, caret = (line.partition(" | ")[2] for line in result.stdout.splitlines()[2:4])
    assert line[caret.index("^") :].startswith("is_activ: ")
    assert max(map(len, result.stdout.splitlines())) < 200
    page = run_in_process(tmp_path, "validate", "--format", "html").stdout
    assert len(page) < 100_000


def test_a_source_cannot_be_the_folder_of_the_project_file(tmp_path: Path) -> None:
    for source in (".", "./", "./."):
        result = run_in_process(make_project(tmp_path, settings=PROJECT.replace("[config]", f"[{source}]")), "validate")
        assert result.code == 1
        assert "sources must name folders below the project's own" in result.stderr


@pytest.mark.parametrize(("member", "wrong"), [("spec", "specs"), ("key", "kye"), ("kind", "knid")])
def test_a_misspelt_member_is_one_error(tmp_path: Path, member: str, wrong: str) -> None:
    text = REASON.replace(f"{member}:", f"{wrong}:")
    (diagnostic,) = run_in_process(
        make_project(tmp_path, {"config/a.yaml": text}), "validate", "--format", "json"
    ).json()["diagnostics"]
    assert (diagnostic["code"], diagnostic["help"]) == ("RC121", f"did you mean '{member}'?")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version: 1\n", "", "help: add `version: 1`"),
        ("tenant: hisp-system-remote", "base_url: 'http://example.org'", "write https://"),
        ("tenant: hisp-system-remote", "protected: false", "help: add `tenant: my-association`"),
    ],
)
def test_an_error_in_the_project_file_says_what_to_write(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in PROJECT
    assert said in run_in_process(make_project(tmp_path, settings=PROJECT.replace(old, new)), "validate").stderr


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_tenant_name_that_cannot_be_in_a_url_is_refused(tmp_path: Path, name: str) -> None:
    check_refusal(run_in_process(tmp_path, "emulator", "--tenant", name), 1, "can't be the name of a tenant", "RC002")
