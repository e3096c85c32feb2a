"""A branch that changes who gets the token: nothing is run or sent before a person has confirmed it."""

from __future__ import annotations

import json
import re
import socket
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import pytest

from rhythmconf.cli.main import COMMANDS
from rhythmconf.errors import Refused
from rhythmconf.flows import trust
from rhythmconf.source.project.opening import open_settings
from tests.support.contracts import contract
from tests.support.git import commit_all, git
from tests.support.process import (
    PROGRAMS,
    ROOT,
    TENANT,
    Completed,
    ServedTenant,
    edit_file,
    make_environ,
    make_project,
    run_at_terminal,
    run_in_process,
    run_ok,
    serve_emulator,
    set_environ,
    start_command,
    write_files,
)

PROJECT = """\
version: 1
project: hisp
sources: [config]
default_environment: sandbox
environments:
  sandbox:
    tenant: {tenant}
    dialect: {{list_lag_s: 0}}
    base_url: "{url}/{{module}}"
    auth: {{domain: "{url}", client_id: c, client_secret: s}}
  local: {{tenant: l, embedded: .rhythmconf/local.db}}
"""
PLANTED = '{token_command: "touch stolen; echo token"}'


class Listener(NamedTuple):
    """A server that notes what is sent to it and answers nothing."""

    url: str
    seen: list[bytes]


@contextmanager
def listen() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        listener = Listener(f"http://127.0.0.1:{server.getsockname()[1]}", [])

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    listener.seen.append(connection.recv(65536))

        thread = Thread(target=serve)
        thread.start()
        yield listener
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


class Checkout(NamedTuple):
    """A project that was used with a served tenant, and what a stranger's server gets."""

    folder: Path
    tenant: ServedTenant
    evil: Listener

    @property
    def env(self) -> Mapping[str, str]:
        return {"XDG_CACHE_HOME": str(self.folder / ".rhythmconf" / "cache"), "NO_COLOR": "1"}

    def run(self, *words: str, env: Mapping[str, str] | None = None) -> Completed:
        return run_in_process(self.folder, *words, env={**self.env, **(env or {})})

    def edit(self, old: str, new: str) -> None:
        edit_file(self.folder / "rhythmconf.yaml", old, new)

    @property
    def auth(self) -> str:
        return f'{{domain: "{self.tenant.url}", client_id: c, client_secret: s}}'

    @property
    def stolen(self) -> bool:
        return (self.folder / "stolen").exists() or bool(self.evil.seen)


@pytest.fixture
def used(tmp_path: Path) -> Iterator[Checkout]:
    """Return a project whose environment `sandbox` was used once."""
    with serve_emulator(tmp_path) as tenant, listen() as evil:
        text = PROJECT.format(tenant=TENANT, url=tenant.url)
        folder = make_project(tmp_path / "project", PROGRAMS, text)
        checkout = Checkout(folder, tenant, evil)
        assert checkout.run("plan").code == 0
        yield checkout


def assert_refused(result: Completed, *shown: str) -> None:
    assert result.code == 3, result
    assert "error[RC505]: " in result.stderr
    for text in shown:
        assert text in result.stderr


def plant_all(used: Checkout) -> None:
    """Change what a stranger would change: the command, and where the token goes."""
    used.edit(f"auth: {used.auth}", f"auth: {PLANTED}")
    used.edit(f'base_url: "{used.tenant.url}', f'base_url: "{used.evil.url}')


def rows_of_the_page() -> list[tuple[str, str]]:
    """Return the commands of the table in docs/security.md, and its verdict on each."""
    page = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| (`.*?) \| (safe|asks)\b", page)
    return [(command.strip("`"), verdict) for commands, verdict in rows for command in commands.split(", ")]


def test_the_page_says_what_each_command_does_on_a_branch(used: Checkout) -> None:
    run_id = used.run("apply", "--auto-approve", "--format", "json").json()["run"]
    assert used.run("pull", "--snapshot", "snapshot.json").code == 0
    write_files(used.folder, {"config/more.yaml": "kind: program\nkey: more\nspec: {name: More, is_active: true}\n"})
    assert used.run("plan", "-o", "saved.plan").code == 0
    record = {"type": "object", "properties": {"name": {"type": "string"}}}
    write_files(used.folder, {"contract.json": json.dumps(contract({"Badge": ("badges", record)}))})
    (used.folder / "fleet.yaml").write_text("version: 1\nmembers: [{project: ., environment: sandbox}]\n")
    assert used.run("fleet", "plan", "-o", "bundle").code == 0
    plant_all(used)
    given = {
        "CODE": "RC210", "KIND/KEY": "program/lapsed", "SNAPSHOT": "snapshot.json", "FILE": "saved.plan",
        "CONTRACT": "contract.json", "MODULE": "certifications",
        "RUN": run_id, "DIR": "bundle", "--from A --to B": "--from sandbox --to local", "SHELL": "bash",
    }  # fmt: skip
    for words, verdict in rows_of_the_page():
        typed = words + {"apply": " --auto-approve", "adopt": " --auto-approve", "init": " --github"}.get(words, "")
        for name, value in given.items():
            typed = typed.replace(name, value)
        run_row(used, typed, verdict)
        assert not used.stolen, words


def run_row(used: Checkout, typed: str, verdict: str) -> None:
    """Run a command of the table without a terminal; it must do what the table says."""
    if typed == "emulator":
        with start_command(used.folder, ("emulator",), used.env) as process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("rhythmconf emulator ready")
        return
    result = used.run(*typed.split())
    if typed.startswith("fleet") and verdict == "asks":
        assert (result.code, "sandbox has other access settings" in result.stdout) == (3, True), (typed, result)
    elif verdict == "asks" and not typed.startswith(("show", "doctor")):
        assert_refused(result, "touch stolen; echo token", used.evil.url)
    elif verdict == "asks":
        assert "sandbox has other access settings" in result.stdout, (typed, result)
    elif typed.startswith("plan --live"):
        # The snapshot is of the tenant's own address, and the branch has another one.
        assert (result.code, result.stderr[:34]) == (3, "error[RC500]: the snapshot is of t"), result
        text = (used.folder / "rhythmconf.yaml").read_text()
        used.edit(f'base_url: "{used.evil.url}', f'base_url: "{used.tenant.url}')
        assert used.run(*typed.split()).code == 0
        (used.folder / "rhythmconf.yaml").write_text(text)
    else:
        assert result.code == 0, (typed, result)


def test_the_page_lists_every_command() -> None:
    assert {words.split()[0] for words, _ in rows_of_the_page()} == set(COMMANDS)


def test_another_server_does_not_get_the_cached_token(used: Checkout) -> None:
    used.edit(f'base_url: "{used.tenant.url}', f'base_url: "{used.evil.url}')
    assert_refused(used.run("plan"), f'base_url: "{used.evil.url}/{{module}}"', f'(before: "{used.tenant.url}')
    assert " --> rhythmconf.yaml:9:15\n" in used.run("plan").stderr
    assert not used.stolen
    allowed = used.run("plan", env={"RHYTHMCONF_TRUST": "1"})
    assert (allowed.code, bool(used.evil.seen)) == (1, True)


def test_another_issuer_does_not_get_the_client_secret(used: Checkout) -> None:
    used.edit(f'domain: "{used.tenant.url}', f'domain: "{used.evil.url}')
    used.run("logout")
    assert_refused(used.run("drift"), f'auth.domain: "{used.evil.url}"')
    assert not used.stolen


def test_another_server_does_not_get_a_given_token(used: Checkout) -> None:
    given = {"RHYTHMCONF_TOKEN": used.tenant.token}
    assert used.run("plan", env=given).code == 0
    used.edit(f'base_url: "{used.tenant.url}', f'base_url: "{used.evil.url}')
    assert_refused(used.run("pull", env=given), f'base_url: "{used.evil.url}')
    assert not used.stolen
    # What the user says in a variable needs no question.
    assert used.run("plan", env={**given, "RHYTHMCONF_BASE_URL": f"{used.tenant.url}/{{module}}"}).code == 0


def test_a_command_needs_a_question_wherever_its_token_goes(used: Checkout) -> None:
    used.edit(f"auth: {used.auth}", f"auth: {PLANTED}")
    assert_refused(used.run("plan"), 'token_command: "touch stolen; echo token"')
    assert not used.stolen


def test_another_name_does_not_make_a_command_safe(used: Checkout) -> None:
    used.edit(f"auth: {used.auth}", f"auth: {PLANTED}")
    used.edit("  local:", f"  evil: {{tenant: e, auth: {PLANTED}}}\n  local:")
    for old, new in (
        ("sources: [config]", "sources: [config]  # the same project"),
        ("project: hisp", "project: hisp2"),
        ("default_environment: sandbox", "default_environment: evil"),
    ):
        used.edit(old, new)
        assert_refused(used.run("plan"))
        assert not used.stolen


SCRIPTS = ("sh tools/token.sh", "./tools/token.sh", "cd tools && sh ./token.sh", "sh<tools/token.sh")


def test_a_changed_script_of_the_project_is_asked_for_again(used: Checkout) -> None:
    text = (used.folder / "rhythmconf.yaml").read_text()
    for command in (*SCRIPTS, "sh -c '. tools/token.sh'"):
        if command == SCRIPTS[2]:  # so far git could not say which files a branch can change
            git(used.folder, "init", "-q", "-b", "main")
            write_files(used.folder, {".gitignore": ".rhythmconf/\n"})
        write_files(used.folder, {"tools/token.sh": f"#!/bin/sh\necho {used.tenant.token}\n"})
        (used.folder / "tools/token.sh").chmod(0o755)
        (used.folder / "rhythmconf.yaml").write_text(text)
        used.edit(f"auth: {used.auth}", f'auth: {{token_command: "{command}"}}')
        if (used.folder / ".git").exists():
            commit_all(used.folder, "script")
        confirmed = run_at_terminal(used.folder, "plan", answer="yes\n", env=used.env)
        assert confirmed.code == 0, confirmed
        assert used.run("plan").code == 0
        write_files(used.folder, {"tools/token.sh": "#!/bin/sh\ntouch stolen; echo token\n"})
        assert_refused(used.run("plan"), "token.sh: ", "(before: ")
        assert not used.stolen


def test_a_file_that_the_command_writes_is_not_asked_for(used: Checkout) -> None:
    git(used.folder, "init", "-q", "-b", "main")
    used.edit(
        f"auth: {used.auth}", f'auth: {{token_command: "date +%N > .t; echo {used.tenant.token}; cat < /dev/null"}}'
    )
    confirmed = run_at_terminal(used.folder, "plan", answer="yes\n", env=used.env)
    assert confirmed.code == 0, confirmed
    assert (used.folder / ".t").exists()
    assert used.run("plan").code == used.run("plan").code == 0


def test_a_confirmed_command_is_used_from_then_on(used: Checkout, tmp_path: Path) -> None:
    before = (used.folder / "rhythmconf.yaml").read_text()
    used.edit(f"auth: {used.auth}", f'auth: {{token_command: "touch {tmp_path}/ran; echo {used.tenant.token}"}}')
    answered = run_at_terminal(used.folder, "plan", answer="yes\n", env=used.env)
    assert answered.code == 0, answered
    assert "sandbox has other access settings than were used on this computer before" in answered.stderr
    assert "Only 'yes' uses them" in answered.stderr
    assert (tmp_path / "ran").exists()
    after = (used.folder / "rhythmconf.yaml").read_text()
    for text in (after, before, after):
        (used.folder / "rhythmconf.yaml").write_text(text)
        assert used.run("plan").code == 0


def test_another_answer_than_yes_runs_nothing(used: Checkout) -> None:
    plant_all(used)
    for answer in ("\n", "y\n", "no\n", "YES\n"):
        refused = run_at_terminal(used.folder, "plan", answer=answer, env=used.env)
        assert refused.code == 3, refused
        assert "error[RC505]: not confirmed" in refused.stderr
        assert not used.stolen
    assert_refused(used.run("plan"))


def test_each_command_asks_once_at_a_terminal(used: Checkout) -> None:
    run_id = used.run("apply", "--auto-approve", "--format", "json").json()["run"]
    plant_all(used)
    for command in (
        "plan",
        "drift",
        "pull",
        "doctor --probe",
        "apply",
        "adopt",
        f"resume {run_id}",
        f"rollback {run_id}",
    ):
        refused = run_at_terminal(used.folder, *command.split(), answer="no\n", env=used.env)
        assert (refused.code, refused.stderr.count("Only 'yes' uses them")) == (3, 1), refused
        assert not used.stolen, command


NEVER_USED = """\
version: 1
project: hisp
sources: [config]
default_environment: sandbox
environments:
  sandbox: {{tenant: one, base_url: "{url}/{{module}}", auth: {auth}, dialect: {{list_lag_s: 0}}}}
  second: {{tenant: two, base_url: "{url}/{{module}}", auth: {auth}, dialect: {{list_lag_s: 0}}}}
  plain: {{tenant: three, embedded: .rhythmconf/plain.db}}
"""
"""No environment was used before. One asks no tenant: that it may be used says nothing of the others."""


@pytest.fixture
def unused(tmp_path: Path) -> Iterator[Checkout]:
    """Return a project that was never used on this computer; all that it sends goes to a stranger's server."""
    with listen() as evil:
        folder = make_project(tmp_path / "project", PROGRAMS, NEVER_USED.format(url=evil.url, auth=PLANTED))
        yield Checkout(folder, ServedTenant("", "", "", folder), evil)


def assert_nothing_remembered(checkout: Checkout) -> None:
    below = checkout.folder / ".rhythmconf"
    assert [path for path in below.rglob("access/*") if path.is_file()] == []
    assert_refused(checkout.run("plan", env={"RHYTHMCONF_TRUST": "0"}), "were never used on this computer")


ASKING = (
    "plan", "drift", "list", "pull", "pull --snapshot s.json", "apply", "apply --auto-approve", "adopt",
    "adopt --review a.md",
    "promote program/lapsed --from sandbox --to plain", "promote program/lapsed --from plain --to sandbox",
    "diff --from sandbox --to plain", "diff --from plain --to sandbox", "diff --from sandbox --to files",
    "doctor --probe",
)  # fmt: skip
"""Commands that need a tenant: the answer `no` ends them."""


@pytest.mark.parametrize("command", ASKING)
def test_no_at_the_first_use_ends_the_command(unused: Checkout, command: str) -> None:
    refused = run_at_terminal(unused.folder, *command.split(), answer="no\n", env=unused.env)
    assert (refused.code, refused.stderr.count("Only 'yes' uses them")) == (3, 1), refused
    assert "error[RC505]: not confirmed" in refused.stderr
    assert not unused.stolen
    assert_nothing_remembered(unused)


@pytest.mark.parametrize("answer", ["no", "", "y"])
def test_no_at_the_first_use_leaves_a_check_up_without_a_token(unused: Checkout, answer: str) -> None:
    checked = run_at_terminal(unused.folder, "doctor", answer=f"{answer}\n", env=unused.env)
    assert checked.code == 3, checked
    assert "not confirmed" in checked.stdout
    assert "program" not in checked.stdout
    assert not unused.stolen
    assert_nothing_remembered(unused)


@pytest.mark.parametrize(("answers", "asked"), [("no\nno\n", 2), ("no\nyes\n", 2)])
def test_no_at_the_first_use_leaves_a_record_unknown(unused: Checkout, answers: str, asked: int) -> None:
    unused.edit(
        f"auth: {PLANTED}, dialect: {{list_lag_s: 0}}}}\n  second", "auth: {token_command: touch mine}}\n  second"
    )
    unused.edit(PLANTED, '{token_command: "touch second; false"}')
    shown = run_at_terminal(unused.folder, "show", "program/lapsed", "--live", answer=answers, env=unused.env)
    assert (shown.code, shown.stderr.count("Only 'yes' uses them")) == (0, asked), shown
    assert "not known: not confirmed" in shown.stdout
    assert "the tenant has no record of it" in shown.stdout  # the environment without a token is asked all the same
    assert not (unused.folder / "mine").exists()
    assert (unused.folder / "second").exists() is ("yes" in answers)
    assert not unused.evil.seen
    assert_refused(unused.run("plan", env={"RHYTHMCONF_TRUST": "0"}), "were never used on this computer")


def test_a_command_that_needs_no_tenant_asks_nothing_at_the_first_use(unused: Checkout) -> None:
    for command in ("graph", "history", "validate", "calendar", "show program/lapsed", "unlock", "logout"):
        result = run_at_terminal(unused.folder, *command.split(), answer="", env=unused.env)
        assert "Only 'yes'" not in result.stderr, (command, result)
        assert not unused.stolen
    assert_nothing_remembered(unused)


def test_a_variable_allows_it_for_one_run(used: Checkout) -> None:
    used.edit(f"auth: {used.auth}", f'auth: {{token_command: "echo {used.tenant.token}"}}')
    for value, code in (("1", 0), ("yes", 0), ("TRUE", 0), ("0", 3), ("", 3), ("maybe", 1)):
        assert used.run("plan", env={"RHYTHMCONF_TRUST": value}).code == code, value
        assert_refused(used.run("plan"))


def test_a_record_that_came_with_the_branch_does_not_count(used: Checkout) -> None:
    """The state folder of these tests is inside the project, where a branch can bring a file along."""
    mark, record = sorted((used.folder / ".rhythmconf/state/access").iterdir(), key=lambda file: file.stat().st_size)
    mine = record.read_text()
    used.edit(f"auth: {used.auth}", f"auth: {PLANTED}")
    with set_environ(make_environ(used.folder, used.env)):
        settings = open_settings(used.folder)
        question = trust.find_question(settings, settings.environment())
    assert question is not None
    forged = json.loads(mine)
    forged["used"] = [[list(fact) for fact in question.facts]]
    for text in (json.dumps(forged), json.dumps({**forged, "signature": ""}), "{", "[]", json.dumps({"used": []})):
        record.write_text(text)
        assert_refused(used.run("plan"))
    record.write_text(mine)
    record.chmod(0o644)
    assert_refused(used.run("plan"))
    for text in ("", "{}", mark.read_text().replace("used", "fused")):
        mark.write_text(text)
        assert_refused(used.run("plan"))
    assert not used.stolen


def test_the_record_is_private(used: Checkout) -> None:
    for folder in (used.folder / ".rhythmconf/state/access", used.folder / ".rhythmconf/cache/rhythmconf/access"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_an_answer_that_cannot_be_remembered_is_an_error(used: Checkout) -> None:
    used.edit(f"auth: {used.auth}", f"auth: {PLANTED}")
    (used.folder / ".rhythmconf/state/access").chmod(0o755)
    answered = run_at_terminal(used.folder, "plan", answer="yes\n", env=used.env)
    assert answered.code == 4, answered
    assert "The answer can't be remembered" in answered.stderr
    assert "RHYTHMCONF_TRUST=1" in answered.stderr
    assert not used.stolen


def test_hidden_characters_of_a_command_are_shown(used: Checkout) -> None:
    used.edit(f"auth: {used.auth}", r'auth: {token_command: "true #\e[2K\r\u202e\n touch stolen"}')
    for result in (used.run("plan"), run_at_terminal(used.folder, "plan", answer="no\n", env=used.env)):
        assert r'"true #\u001b[2K\r\u202e\n touch stolen"' in result.stderr
        assert "\u202e" not in result.stderr
    assert not used.stolen


def test_doctor_shows_the_settings_and_asks_for_no_token(used: Checkout) -> None:
    plant_all(used)
    checked = used.run("doctor", "--format", "json")
    assert checked.code == 3
    assert [(check["name"], check["ok"]) for check in checked.json()["checks"]] == [("token", False)]
    assert "RHYTHMCONF_TRUST" in checked.json()["checks"][0]["help"]
    assert not used.stolen


def test_a_refusal_is_in_the_report_of_a_plan(used: Checkout) -> None:
    plant_all(used)
    (diagnostic,) = used.run("plan", "--format", "json").json()["diagnostics"]
    assert (diagnostic["code"], diagnostic["line"]) == ("RC505", 10)


def test_a_program_is_refused_too(used: Checkout) -> None:
    import rhythmconf

    plant_all(used)
    with set_environ(make_environ(used.folder, used.env)):
        project = rhythmconf.open_project(used.folder)
        with pytest.raises(Refused, match="other access settings"):
            rhythmconf.run(rhythmconf.plan(project, project.settings.environment()))
    assert not used.stolen


@pytest.mark.parametrize("value", ["0", "no", "FALSE"])
def test_a_variable_refuses_the_first_use_too(tmp_path: Path, value: str) -> None:
    """So a job for pull requests never uses what its branch says, whatever mistake its pipeline has."""
    import rhythmconf

    with serve_emulator(tmp_path) as tenant:
        text = PROJECT.format(tenant=TENANT, url=tenant.url)
        folder = make_project(tmp_path / "project", PROGRAMS, text)
        checkout = Checkout(folder, tenant, Listener("", []))
        checkout.edit(f"auth: {checkout.auth}", f'auth: {{token_command: "touch stolen; echo {tenant.token}"}}')
        for command in ("plan", "drift", "apply --auto-approve"):
            assert_refused(checkout.run(*command.split(), env={"RHYTHMCONF_TRUST": value}), "touch stolen")
        with set_environ(make_environ(folder, {**checkout.env, "RHYTHMCONF_TRUST": value})):
            project = rhythmconf.open_project(folder)
            with pytest.raises(Refused):
                rhythmconf.run(rhythmconf.plan(project, project.settings.environment()))
        assert not checkout.stolen
        assert tenant.log() == []
        assert checkout.run("plan").code == 0
        assert (folder / "stolen").exists()


def test_the_first_use_of_a_project_without_a_terminal_needs_no_answer(tmp_path: Path) -> None:
    """A pipeline starts on a fresh computer: there is nothing to compare with. What differs later is refused."""
    with serve_emulator(tmp_path) as tenant:
        command = f'{{token_command: "touch ran; echo {tenant.token}"}}'
        other = f'{{token_command: "echo {tenant.token}"}}'
        text = (
            "version: 1\nproject: hisp\nsources: [config]\ndefault_environment: one\nenvironments:\n"
            f"  one: {{tenant: {TENANT}, base_url: '{tenant.url}/{{module}}', auth: {command}}}\n"
            f"  two: {{tenant: other, base_url: '{tenant.url}/{{module}}', auth: {other}}}\n"
            "  far: {tenant: t, auth: {domain: d.example, client_id: '${NOT_SET_HERE}', client_secret: s}}\n"
        )
        folder = make_project(tmp_path / "project", PROGRAMS, text)
        checkout = Checkout(folder, tenant, Listener("", []))
        assert checkout.run("plan").code == 0
        assert (folder / "ran").exists()
        # The other environments that the file had at the first use are known, and each can be used.
        assert "RC505" not in checkout.run("plan", "--env", "two").stderr
        checkout.edit("  far:", f"  new: {{tenant: n, auth: {PLANTED}}}\n  far:")
        assert_refused(checkout.run("plan", "--env", "new"))
        checkout.edit("touch ran", "touch stolen")
        assert_refused(checkout.run("plan"), "touch stolen")
        checkout.edit("project: hisp", "project: another")
        assert_refused(checkout.run("plan"), "touch stolen")
        assert not checkout.stolen


@pytest.mark.parametrize("below", ["", "infra/rhythm"])
def test_a_linked_work_tree_of_a_project_that_was_used_is_no_first_use(tmp_path: Path, below: str) -> None:
    """A reviewer puts a stranger's branch into a work tree of its own."""
    with serve_emulator(tmp_path) as tenant, listen() as evil:
        text = PROJECT.format(tenant=TENANT, url=tenant.url)
        folder = make_project(tmp_path / "main" / below, PROGRAMS, text)
        git(tmp_path / "main", "init", "-q", "-b", "main")
        commit_all(tmp_path / "main")
        state = {"RHYTHMCONF_STATE_DIR": str(tmp_path / "state"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
        assert run_in_process(folder, "plan", env=state).code == 0
        for name, branch in (("same", "mine"), ("other", "stranger")):
            git(folder, "worktree", "add", "-q", "-b", branch, str(tmp_path / name))
        assert run_in_process(tmp_path / "same" / below, "plan", env=state).code == 0
        review = Checkout(tmp_path / "other" / below, tenant, evil)
        plant_all(review)
        assert_refused(review.run("plan", env=state), "token_command")
        assert not review.stolen


def test_a_project_that_was_used_at_a_terminal_is_no_first_use(tmp_path: Path) -> None:
    with serve_emulator(tmp_path) as tenant:
        text = PROJECT.format(tenant=TENANT, url=tenant.url).replace(
            f'{{domain: "{tenant.url}", client_id: c, client_secret: s}}', f'{{token_command: "echo {tenant.token}"}}'
        )
        folder = make_project(tmp_path / "project", PROGRAMS, text)
        checkout = Checkout(folder, tenant, Listener("", []))
        answered = run_at_terminal(folder, "plan", answer="yes\n", env=checkout.env)
        assert answered.code == 0, answered
        assert "were never used on this computer" in answered.stderr
        checkout.edit("echo", "touch stolen; echo")
        assert_refused(checkout.run("plan"))
        assert not checkout.stolen


CLIENT = "auth: {domain: hisp.us.auth0.com, client_id: c, client_secret: s}"
FIRST_USES = [
    ("embedded: x.db", {}, []),
    (f"embedded: x.db, auth: {PLANTED}", {}, []),
    ("base_url: 'http://127.0.0.1:9/{module}'", {}, []),
    ("base_url: 'http://127.0.0.1:9/{module}'", {"RHYTHMCONF_TOKEN": "t"}, []),
    ("base_url: 'http://[::1]:9', auth: {domain: 'http://localhost:9', client_id: c, client_secret: s}", {}, []),
    ("protected: true", {"RHYTHMCONF_TOKEN": "t"}, []),
    ("base_url: 'https://proxy.example/{module}'", {"RHYTHMCONF_TOKEN": "t"}, ["base_url"]),
    ("base_url: 'https://api.rhythmsoftware.com.evil.example'", {"RHYTHMCONF_TOKEN": "t"}, ["base_url"]),
    ("base_url: 'https://proxy.example/{module}'",
     {"RHYTHMCONF_TOKEN": "t", "RHYTHMCONF_BASE_URL": "https://proxy.example"}, []),
    ("base_url: 'https://proxy.example/{module}'", {}, []),
    (CLIENT, {}, ["auth.domain", "base_url"]),
    (CLIENT, {"RHYTHMCONF_TOKEN": "t"}, []),
    (CLIENT, {"RHYTHMCONF_BASE_URL": "https://proxy.example"}, ["auth.domain"]),
    (f"base_url: 'http://127.0.0.1:9', {CLIENT}", {}, ["auth.domain", "base_url"]),
    (f"base_url: 'http://127.0.0.1:9', auth: {PLANTED}", {}, ["token_command", "base_url"]),
    ("ca_file: ca.pem", {"RHYTHMCONF_TOKEN": "t"}, ["base_url", "ca_file"]),
    ("ca_file: ca.pem, base_url: 'https://localhost:9'", {"RHYTHMCONF_TOKEN": "t"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("members", "env", "asked"), FIRST_USES)
def test_the_first_use_of_a_project(tmp_path: Path, members: str, env: Mapping[str, str], asked: list[str]) -> None:
    text = f"version: 1\nproject: p\nsources: [config]\nenvironments:\n  a: {{tenant: x, {members}}}\n"
    folder = make_project(tmp_path, {}, text)
    with set_environ(make_environ(folder, {"XDG_CACHE_HOME": str(folder / "cache"), **env})):
        settings = open_settings(folder)
        question = trust.find_question(settings, settings.environment())
    assert ([fact.name for fact in question.new] if question else []) == asked


CHANGES = [
    ("", "base_url: 'https://evil.example'", ["base_url"]),
    ("", "base_url: 'http://127.0.0.1:9'", ["base_url"]),
    ("", "tenant: other", []),
    ("", "protected: true", []),
    ("", "base_url: 'https://{module}.API.rhythmsoftware.com:443/'", []),
    ("", "ca_file: ca.pem", ["ca_file"]),
    ("ca_file: ca.pem", "ca_file: other.pem", ["ca_file"]),
    ("ca_file: ca.pem", "", []),
    ("base_url: 'https://gate.example/a'", "base_url: 'https://gate.example/b'", ["base_url"]),
    ("base_url: 'http://127.0.0.1:9/a'", "base_url: 'http://127.0.0.1:9/b'", []),
    ("base_url: 'http://127.0.0.1:9'", "base_url: 'http://127.0.0.1:10'", ["base_url"]),
    ("base_url: 'http://127.0.0.1:9'", "", ["base_url"]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "asked"), CHANGES)
def test_a_change_is_asked_for_if_another_gets_the_token(
    tmp_path: Path, before: str, after: str, asked: list[str]
) -> None:
    folder = make_project(tmp_path, {}, "")
    write_files(folder, {"ca.pem": "one", "other.pem": "other"})
    tenants: Iterator[str] = iter(("tenant: x, ", "" if after.startswith("tenant") else "tenant: x, "))
    questions = []
    env = {"XDG_CACHE_HOME": str(folder / "cache"), "RHYTHMCONF_TOKEN": "t"}
    for members in (before, after):
        text = f"version: 1\nproject: p\nsources: [config]\nenvironments:\n  a: {{{next(tenants)}{members}}}\n"
        (folder / "rhythmconf.yaml").write_text(text)
        with set_environ(make_environ(folder, env)):
            settings = open_settings(folder)
            questions.append(trust.find_question(settings, settings.environment()))
            if not questions[1:]:
                if questions[0]:
                    trust.confirm(settings, questions[0])
                trust.check_confirmed(settings, settings.environment())
    assert ([fact.name for fact in questions[1].new] if questions[1] else []) == asked


def test_a_variable_in_the_domain_is_shown_as_it_is_written(tmp_path: Path) -> None:
    auth = "auth: {domain: '${AWS_SECRET}.evil.example', client_id: c, client_secret: s}"
    text = f"version: 1\nproject: p\nsources: [config]\nenvironments:\n  a: {{tenant: x, {auth}}}\n"
    folder = make_project(tmp_path, {}, text)
    (folder / "config").mkdir()
    env = {"XDG_CACHE_HOME": str(folder / "cache"), "AWS_SECRET": "hush-hush", "NO_COLOR": "1"}
    result = run_at_terminal(folder, "plan", answer="no\n", env=env)
    assert_refused(result, 'auth.domain: "${AWS_SECRET}.evil.example"')
    assert "hush" not in result.stdout + result.stderr


def test_the_first_commands_of_a_newcomer_need_no_answer(tmp_path: Path) -> None:
    env = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "XDG_STATE_HOME": str(tmp_path / "state")}
    run_ok(tmp_path, "init", "demo", env=env)
    for command in ("plan", "apply --auto-approve", "drift", "doctor", "pull"):
        run_ok(tmp_path / "demo", *command.split(), env=env)
