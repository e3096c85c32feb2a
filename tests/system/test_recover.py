"""The commands for recovery: resume, history, show run, rollback, unlock, logout, doctor."""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rhythmconf.engine import journal
from rhythmconf.flows import run_records
from rhythmconf.flows.clock import CLOCK
from tests.support.process import (
    make_project,
    run,
    run_in_process,
    run_ok,
    run_process_ok,
    serve_emulator,
    start_command,
    write_files,
)

COUNT = 12
SETTINGS = """\
version: 1
project: hisp
sources: [config]
default_environment: here
environments:
  here: {tenant: hisp-system, embedded: .rhythmconf/local.db, dialect: {list_lag_s: 0}}
  guarded: {tenant: hisp-guarded, embedded: .rhythmconf/guarded.db, protected: true}
"""
REMOTE = SETTINGS.replace(", embedded: .rhythmconf/local.db", "")


def files(prefix: str = "Reason") -> dict[str, str]:
    documents = [f"kind: statusReason\nkey: r{n}\nspec: {{name: {prefix} {n}}}\n" for n in range(COUNT)]
    return {"config/all.yaml": "---\n".join(documents)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project", files(), SETTINGS)


def last_run(folder: Path, env: dict[str, str] | None = None) -> dict[str, Any]:
    return run_process_ok(folder, "history", "--format", "json", env=env).json()["runs"][0]  # type: ignore[no-any-return]


def test_a_run_that_was_cut_short_is_resumed(folder: Path) -> None:
    cut = run(folder, "apply", "--auto-approve", "--max-requests", "5")
    assert cut.code == 5, cut
    before = last_run(folder)
    assert (before["ending"], before["planned"]) == ("incomplete", COUNT)
    assert 0 < before["applied"] < COUNT
    resumed = run(folder, "resume", "--format", "json")
    assert resumed.code == 0, resumed
    assert (resumed.json()["run"], resumed.json()["applied"]) == (before["run"], COUNT)
    assert last_run(folder)["ending"] == "complete"
    assert run_process_ok(folder, "plan").last == "No changes."
    again = run(folder, "resume")
    assert (again.code, again.stdout) == (0, "")
    assert "no unfinished run of here" in again.stderr
    named = run(folder, "resume", before["run"])
    assert (named.code, "is complete" in named.stderr) == (1, True)


def test_show_run_explains_every_change(folder: Path) -> None:
    run(folder, "apply", "--auto-approve", "--max-requests", "5")
    id = last_run(folder)["run"]
    report = run_process_ok(folder, "show", "run", id, "--format", "json").json()
    assert len(report["changes"]) == COUNT
    done = [one for one in report["changes"] if one["outcome"] == "applied"]
    assert all(one["id"] and one["requests"][0]["outcome"] == "applied" for one in done)
    assert {one["outcome"] for one in report["changes"]} == {"applied", "not_attempted"}
    text = run_process_ok(folder, "show", "run", id[:17]).stdout
    assert f"{len(done)} of {COUNT} changes applied." in text
    assert f"finish it with `rhythmconf resume {id}`" in text
    assert run(folder, "show", "run", "2031").code == 1


def test_an_apply_closes_an_unfinished_run(folder: Path) -> None:
    run(folder, "apply", "--auto-approve", "--max-requests", "5")
    first = last_run(folder)["run"]
    run_process_ok(folder, "apply", "--auto-approve")
    second = last_run(folder)["run"]
    run_records = run_process_ok(folder, "history", "--format", "json").json()["runs"]
    assert [(one["run"], one["ending"]) for one in run_records] == [(second, "complete"), (first, "superseded")]
    latest = run_process_ok(folder, "history", "--limit", "1").stdout.splitlines()
    assert [line.split()[0] for line in latest] == [second]
    assert f"by run {second}" in run(folder, "resume", first).stderr


def test_the_last_run_is_found_after_the_clock_was_set_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise `resume` would undo a complete run that followed the unfinished one."""
    really = time.time
    with monkeypatch.context() as patch:
        patch.setattr(run_records, "CLOCK", CLOCK._replace(now=lambda: really() + 7200))
        cut = run_in_process(folder, "apply", "--auto-approve", "--max-requests", "5")
    assert cut.code == 5, cut
    first = last_run(folder)["run"]
    write_files(folder, files("Other"))
    run_ok(folder, "apply", "--auto-approve", "--allow-updates", "statusReason=100%")
    second = last_run(folder)["run"]
    assert second > first
    assert "no unfinished run" in run_ok(folder, "resume").stderr
    assert run_ok(folder, "plan").last == "No changes."
    assert f"by run {second}" in run_in_process(folder, "resume", first).stderr


def test_a_pipeline_keeps_its_run_records(folder: Path) -> None:
    (folder / "kept").mkdir()
    cut = run(folder, "apply", "--auto-approve", "--max-requests", "5", "--journal", "kept/run.jsonl")
    assert cut.code == 5
    assert run_process_ok(folder, "history").stdout == "No runs.\n"
    kept = run_process_ok(folder, "history", "--from", "kept").stdout
    assert "incomplete" in kept
    assert run(folder, "resume", "kept/run.jsonl").code == 0
    assert "complete" in run_process_ok(folder, "history", "--from", "kept", "--env", "here").stdout
    assert run_process_ok(folder, "history", "--from", "kept", "--env", "guarded").stdout == "No runs.\n"
    assert run(folder, "history", "--from", "nowhere").code == 1


def test_run_records_of_equal_tenant_names_are_kept_apart(folder: Path, tmp_path: Path) -> None:
    other = make_project(tmp_path / "other", files(), SETTINGS)
    state = {"RHYTHMCONF_STATE_DIR": str(tmp_path / "state")}
    run(folder, "apply", "--auto-approve", "--max-requests", "5", env=state)
    assert "no unfinished run" in run(other, "resume", env=state).stderr
    run_process_ok(other, "apply", "--auto-approve", env=state)
    assert run(folder, "resume", env=state).code == 0


def test_ctrl_c_leaves_a_closed_record_and_resume_finishes(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project", files(), REMOTE)
    with serve_emulator(tmp_path, "--latency-ms", "80") as tenant:
        with start_command(folder, ("apply", "--auto-approve", "--format", "json"), tenant.env) as process:
            while len([one for one in tenant.log() if one["writes"]]) < 2 and process.poll() is None:
                time.sleep(0.005)
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=30)
        assert process.returncode == 130, (stdout, stderr)
        assert json.loads(stdout)["applied"] + json.loads(stdout)["not_attempted"] == COUNT
        assert "was interrupted" in stderr
        assert last_run(folder, tenant.env)["ending"] == "interrupted"
        assert run(folder, "resume", env=tenant.env).code == 0
        assert run_process_ok(folder, "plan", env=tenant.env).last == "No changes."
        names = [one["name"] for one in tenant.records("statusReasons")]
        assert len(names) == len(set(names)) == COUNT


def test_a_token_refused_during_a_resume_stops_it(tmp_path: Path) -> None:
    """The exit code is 5 after a first write, not 4; with the right token the run continues."""
    folder = make_project(tmp_path / "project", files(), REMOTE)
    with serve_emulator(tmp_path) as tenant:
        wrong = {**tenant.env, "RHYTHMCONF_TOKEN": "wrong"}
        assert run(folder, "apply", "--auto-approve", env=wrong).code == 4
        run(folder, "apply", "--auto-approve", "--max-requests", "5", env=tenant.env)
        assert run(folder, "resume", env=wrong).code == 4
        assert run(folder, "resume", env=tenant.env).code == 0


def test_a_run_is_rolled_back_and_later_plans_warn(folder: Path) -> None:
    run_process_ok(folder, "apply", "--auto-approve")
    write_files(folder, files("Other"))
    refused = run(folder, "apply", "--auto-approve")
    assert refused.code == 3, refused
    run_process_ok(folder, "apply", "--auto-approve", "--allow-updates", "statusReason=100%")
    id = last_run(folder)["run"]
    guarded = run(folder, "rollback", id, "--auto-approve")
    assert guarded.code == 3, guarded
    assert "--allow-updates statusReason=100%" in guarded.stderr
    back = run(folder, "rollback", id, "--auto-approve", "--allow-updates", "statusReason=100%")
    assert back.code == 0, back
    assert f"rolls back run {id}" in back.stderr
    assert back.last == f"Apply complete! Resources: 0 added, {COUNT} changed, 0 destroyed."
    assert "RC528" in run(folder, "plan").stderr
    write_files(folder, files())
    result = run(folder, "plan")
    assert result.last == "No changes."
    assert "RC528" not in result.stderr


def test_a_rolled_back_rollback_causes_no_warning(folder: Path) -> None:
    lifting = ("--auto-approve", "--allow-updates", "statusReason=100%")
    run_ok(folder, "apply", "--auto-approve")
    write_files(folder, files("Other"))
    run_ok(folder, "apply", *lifting)
    for _ in range(2):
        run_ok(folder, "rollback", last_run(folder)["run"], *lifting)
    assert run_ok(folder, "plan").last == "No changes."
    drift(folder, files("Drifted"), lifting)
    result = run_ok(folder, "plan", "--allow-updates", "statusReason=100%")
    assert (result.last, "RC528" in result.stderr) == (f"Plan: 0 to add, {COUNT} to change, 0 to destroy.", False)


def drift(folder: Path, wanted: dict[str, str], options: Sequence[str]) -> None:
    """Change the tenant as somebody else does, from a copy of the project with its own run records."""
    other = shutil.copytree(folder, folder.parent / "other")
    write_files(other, wanted)
    run_ok(other, "apply", *options)
    shutil.copy(other / ".rhythmconf/local.db", folder / ".rhythmconf/local.db")


def test_a_saved_plan_is_rolled_back_by_a_saved_plan(folder: Path) -> None:
    run_process_ok(folder, "plan", "-o", "there.plan")
    run_process_ok(folder, "apply", "there.plan")
    lifting = ("--allow-deletes", "statusReason=100%")
    saved = run_process_ok(folder, "rollback", "--plan", "there.plan", "-o", "back.plan", *lifting)
    assert saved.last == f"Plan: 0 to add, 0 to change, {COUNT} to destroy."
    assert (folder / "back.plan").stat().st_mode & 0o777 == 0o600
    applied = run_process_ok(folder, "apply", "back.plan")
    assert applied.last == f"Apply complete! Resources: 0 added, 0 changed, {COUNT} destroyed."
    assert run(folder, "rollback").code == 1
    assert run(folder, "rollback", "x", "--plan", "there.plan").code == 1
    nobody = run(folder, "rollback", "--plan", "there.plan")
    assert (nobody.code, "no terminal" in nobody.stderr) == (1, True)


def test_a_protected_environment_needs_a_saved_plan_for_a_rollback(folder: Path) -> None:
    run_process_ok(folder, "plan", "--env", "guarded", "-o", "there.plan")
    run_process_ok(folder, "apply", "there.plan")
    refused = run(folder, "rollback", "--plan", "there.plan", "--auto-approve")
    assert (refused.code, "only saved plans" in refused.stderr) == (3, True)


def test_unlock_removes_only_locks_of_dead_processes(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project", files(), REMOTE)
    with serve_emulator(tmp_path, "--latency-ms", "3000") as tenant:
        with start_command(folder, ("apply", "--auto-approve"), tenant.env) as process:
            while not tenant.log() and process.poll() is None:
                time.sleep(0.005)
            held = run(folder, "unlock", env=tenant.env)
            assert held.code == 3, held
            assert f"process {process.pid}" in held.stderr
            process.kill()
        gone = run_process_ok(folder, "unlock", env=tenant.env)
        assert f"process {process.pid}" in gone.stdout
        assert run_process_ok(folder, "unlock", env=tenant.env).stdout == "Nobody holds the lock.\n"


def test_a_run_record_with_a_replaced_plan_is_not_resumed(folder: Path) -> None:
    run(folder, "apply", "--auto-approve", "--max-requests", "5", "--journal", "run.jsonl")
    text = (folder / "run.jsonl").read_text().replace("Reason 11", "Riches 11")
    (folder / "run.jsonl").write_text(text)
    refused = run(folder, "resume", "run.jsonl", "--format", "json")
    account = refused.json()
    assert account["applied"] > 0
    assert account["applied"] + account["failed"] + account["not_attempted"] == COUNT
    assert (refused.code, "damaged or was edited" in refused.stderr) == (3, True)
    assert journal.read(folder / "run.jsonl").unfinished


def test_doctor_checks_settings_token_and_lists(tmp_path: Path, folder: Path) -> None:
    fine = run_process_ok(folder, "doctor", "--format", "json").json()
    rows = {row["name"]: (row["value"], row["origin"]) for row in fine["settings"]}
    assert rows["tenant"] == ("hisp-system", "rhythmconf.yaml:6")
    assert rows["dialect.guard"] == ("values", "default")
    assert all(look["ok"] for look in fine["checks"])
    remote = make_project(tmp_path / "remote", files(), REMOTE)
    with serve_emulator(tmp_path) as tenant:
        seen = run_process_ok(remote, "doctor", env=tenant.env).stdout
        assert "set  (variable RHYTHMCONF_TOKEN)" in seen
        assert "the-token" not in seen
        wrong = run(remote, "doctor", env={**tenant.env, "RHYTHMCONF_TOKEN": "wrong"})
        assert wrong.code == 4, wrong
    gone = run(remote, "doctor", "--format", "json", env=tenant.env)
    assert gone.code == 1, gone
    assert [look["ok"] for look in gone.json()["checks"]] == [True, False]


def test_doctor_shows_the_settings_and_a_failed_check_without_a_token(tmp_path: Path) -> None:
    remote = make_project(tmp_path / "remote", files(), REMOTE)
    without = run(remote, "doctor", "--format", "json")
    assert without.code == 4, without
    assert "base_url" in {row["name"] for row in without.json()["settings"]}
    assert [(look["name"], look["ok"]) for look in without.json()["checks"]] == [("token", False)]
    assert "RHYTHMCONF_TOKEN" in without.json()["checks"][0]["help"]


def test_doctor_probes_an_unprotected_environment_only(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project", files(), REMOTE)
    with serve_emulator(tmp_path, "--dialect", "guard=read", "--dialect", "patch_values=string") as tenant:
        output = run_process_ok(folder, "doctor", "--probe", env=tenant.env).stdout
        assert "      guard: read\n" in output
        assert "      patch_values: string\n" in output
        settled = run_process_ok(folder, "doctor", "--probe", "--format", "json", env=tenant.env).json()["dialect"]
        assert (settled["off_options"], settled["patch_ops"]) == ("omit", "all")
        kinds = ("statusReasons", "appStatusReasons", "programs")
        assert [tenant.records(segment) for segment in kinds] == [[], [], []]
    assert run(folder, "doctor", "--probe", "--env", "guarded").code == 3


def test_logout_without_tokens_succeeds(folder: Path) -> None:
    assert (
        run_process_ok(folder, "logout", env={"XDG_CACHE_HOME": str(folder / "cache")}).stdout == "Forgot 0 tokens.\n"
    )


def test_logout_of_one_environment(tmp_path: Path) -> None:
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "RHYTHMCONF_ENV": ""}
    with serve_emulator(tmp_path) as tenant:
        auth = f"auth: {{domain: '{tenant.url}', client_id: c, client_secret: s}}"
        lines = [f"  {name}: {{tenant: {name}, base_url: '{tenant.url}/{{module}}', {auth}}}\n" for name in "abc"]
        text = f"version: 1\nproject: hisp\nsources: [config]\nenvironments:\n{''.join(lines)}"
        folder = make_project(tmp_path / "project", files(), text)
        for name in "abc":
            run(folder, "doctor", "--env", name, env=cache)
        unknown = run(folder, "logout", "--env", "aa", env=cache)
        assert (unknown.code, unknown.stdout) == (1, "")
        assert "There is no environment aa." in unknown.stderr
        assert "did you mean 'a'?" in unknown.stderr
        assert run_process_ok(folder, "logout", "--env", "a", env=cache).stdout == "Forgot 1 token of a.\n"
        assert run_process_ok(folder, "logout", "--env", "a", env=cache).stdout == "Forgot 0 tokens of a.\n"
        chosen = run_process_ok(folder, "logout", env={**cache, "RHYTHMCONF_ENV": "b"})
        assert chosen.stdout == "Forgot 1 token of b.\n"
        assert run_process_ok(folder, "logout", env=cache).stdout == "Forgot 1 token.\n"
