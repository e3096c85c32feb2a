"""A saved plan is bound to its project, and a file that anybody could have written is not trusted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rhythmconf.engine.plan.file import serialise
from tests.support.process import PROGRAMS, SETTINGS, edit_file, make_project, run_in_process, run_ok, serve_emulator


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return make_project(tmp_path / "one", PROGRAMS, SETTINGS)


def rewrite(path: Path, **members: Any) -> None:
    path.write_bytes(serialise({**json.loads(path.read_bytes()), **members}))


def test_a_plan_is_not_applied_in_another_project(tmp_path: Path, work: Path) -> None:
    other = make_project(tmp_path / "two", PROGRAMS, SETTINGS.replace("project: hisp", "project: other"))
    with serve_emulator(tmp_path) as tenant:
        run_ok(work, "plan", "-o", "one.plan", env=tenant.env)
        result = run_in_process(other, "apply", str(work / "one.plan"), env=tenant.env)
        assert (result.code, "RC318" in result.stderr) == (3, True)
        assert "'hisp'" in result.stderr
        assert "'other'" in result.stderr
        assert tenant.records("programs") == []


def test_a_run_of_another_project_is_not_resumed_nor_superseded(tmp_path: Path, work: Path) -> None:
    """Two projects manage one tenant from one computer; each sees its own runs."""
    names = PROGRAMS["config/moved.yaml"].replace("key: moved", "key: own").replace("Moved away", "Own")
    other = make_project(tmp_path / "two", {"config/own.yaml": names}, SETTINGS.replace("project: hisp", "project: b"))
    with serve_emulator(tmp_path) as tenant:
        env = {**tenant.env, "RHYTHMCONF_STATE_DIR": str(tmp_path / "state")}
        stopped = run_in_process(work, "apply", "--auto-approve", "--max-requests", "2", env=env)
        assert stopped.code == 5, stopped
        assert run_in_process(other, "resume", env=env).code == 0
        run_ok(other, "apply", "--auto-approve", env=env)
        assert len(run_ok(other, "history", "--format", "json", env=env).json()["runs"]) == 1
        assert run_ok(work, "resume", env=env).last.startswith("Apply complete!")


@pytest.mark.parametrize("member", ["digest", "hmac", "key_id"])
@pytest.mark.parametrize("command", [("apply",), ("show", "plan")])
def test_a_digest_that_is_no_digest_is_one_error(work: Path, member: str, command: tuple[str, ...]) -> None:
    run_ok(work, "plan", "-o", "one.plan", env={"RHYTHMCONF_PLAN_KEY": "k"})
    rewrite(work / "one.plan", **{member: "é"})
    result = run_in_process(work, *command, "one.plan", env={"RHYTHMCONF_PLAN_KEY": "k"})
    assert (result.code, result.stderr.count("error[")) == (3, 1)
    assert "RC314" in result.stderr


def test_a_plan_does_not_delete_what_the_files_declare(work: Path) -> None:
    run_ok(work, "apply", "--auto-approve")
    text = (work / "config/moved.yaml").read_text()
    (work / "config/moved.yaml").unlink()
    run_ok(work, "plan", "--prune", "program/moved", "-o", "delete.plan")
    (work / "config/moved.yaml").write_text(text)
    result = run_in_process(work, "apply", "delete.plan")
    assert (result.code, "RC543" in result.stderr) == (3, True)
    assert "config/moved.yaml declares it" in result.stderr
    (work / "config/moved.yaml").unlink()
    assert run_ok(work, "apply", "delete.plan").last.endswith("1 destroyed.")


def test_a_plan_that_destroys_everything_says_so_and_is_applied(work: Path) -> None:
    run_ok(work, "apply", "--auto-approve")
    run_ok(work, "plan", "--destroy", "-o", "destroy.plan")
    assert json.loads((work / "destroy.plan").read_bytes())["allowed"] == ["--destroy"]
    assert run_ok(work, "apply", "destroy.plan").last.endswith("2 destroyed.")


def test_a_rollback_may_delete_what_the_files_declare(work: Path) -> None:
    run = run_ok(work, "apply", "--auto-approve", "--format", "json").json()["run"]
    run_ok(work, "rollback", run, "-o", "back.plan")
    assert run_ok(work, "apply", "back.plan").last.endswith("2 destroyed.")


@pytest.mark.parametrize(("mode", "folder", "warned"), [
    (0o600, 0o700, False), (0o644, 0o755, False), (0o664, 0o775, False), (0o666, 0o755, True), (0o602, 0o700, True),
    (0o600, 0o777, True), (0o600, 0o1777, False),
])  # fmt: skip
def test_a_plan_that_everybody_can_write_is_warned_of(work: Path, mode: int, folder: int, warned: bool) -> None:
    (work / "plans").mkdir()
    run_ok(work, "plan", "-o", "plans/one.plan")
    (work / "plans/one.plan").chmod(mode)
    (work / "plans").chmod(folder)
    result = run_ok(work, "apply", "plans/one.plan")
    assert ("every user of this computer can change it" in result.stderr) is warned


def test_a_signed_plan_needs_no_such_warning(work: Path) -> None:
    env = {"RHYTHMCONF_PLAN_KEY": "k"}
    run_ok(work, "plan", "-o", "one.plan", env=env)
    (work / "one.plan").chmod(0o666)
    assert "every user" not in run_ok(work, "apply", "one.plan", env=env).stderr


def test_other_schemas_make_another_plan(work: Path) -> None:
    run_ok(work, "plan", "-o", "one.plan")
    edit_file(work / "rhythmconf.yaml", "sources: [config]", "sources: [config]\nschemas: [kinds]")
    kind = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "x-resource": {
            "kind": "thing", "module": "certifications", "segment": "things", "natural_key": [], "class": "config",
            "operations": dict.fromkeys(("list", "get", "create", "patch", "delete"), "guess"),
        },
        "type": "object",
        "properties": {"id": {"type": "string", "readOnly": True}, "name": {"type": "string"}},
    }  # fmt: skip
    (work / "kinds/certifications").mkdir(parents=True)
    (work / "kinds/certifications/thing.json").write_text(json.dumps(kind))
    result = run_in_process(work, "apply", "one.plan")
    assert (result.code, "RC319" in result.stderr) == (3, True), result
