"""What a worker makes of one member: the state of its last run, and whatever goes wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from rhythmconf.flows.fleet import member
from rhythmconf.flows.fleet.values import FleetAction, Order
from tests.support.fleets import apply_member, write_member
from tests.support.process import make_environ


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in make_environ(tmp_path, {"RHYTHMCONF_STATE_DIR": str(tmp_path / "state")}).items():
        monkeypatch.setenv(name, value)
    return write_member(tmp_path, "north")


def order(project: Path, action: FleetAction) -> Order:
    return Order(action, "north", "tenants/north", str(project), "tenants/north", "live")


def test_the_state_of_the_last_run(project: Path, tmp_path: Path) -> None:
    assert member.work(order(project, "status")).state == "no run"
    apply_member(project, tmp_path / "state")
    done = member.work(order(project, "status"))
    assert (done.state, done.command) == ("applied", "")
    record = next((tmp_path / "state/runs").glob("*.jsonl"))
    record.write_bytes(b"".join(record.read_bytes().splitlines(keepends=True)[:-1]))
    stopped = member.work(order(project, "status"))
    assert stopped.state == "unfinished"
    assert stopped.command == f"rhythmconf resume {record.stem} -C tenants/north"


def test_a_folder_without_a_project_is_named(project: Path) -> None:
    (project / "rhythmconf.yaml").unlink()
    missing = member.work(order(project, "plan"))
    assert (missing.state, missing.code) == ("failed", 1)
    assert "there is no rhythmconf.yaml in this folder" in missing.reason


def test_a_bug_that_one_member_shows_is_its_failure(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(settings: object, name: object) -> None:
        raise ValueError("secret words")

    monkeypatch.setattr(member, "open_project", fail)
    failed = member.work(order(project, "validate"))
    assert failed.state == "failed"
    assert "internal error of rhythmconf: ValueError" in failed.reason
    assert "secret words" not in failed.reason
    assert failed.command == "rhythmconf validate -C tenants/north --env live"
