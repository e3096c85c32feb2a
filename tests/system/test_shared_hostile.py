"""What somebody else put where computers share the lock and the run records: one error at most, in bounded time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from rhythmconf.engine.journal import Header, Store, decode_claim
from rhythmconf.errors import Refused
from rhythmconf.flows import run_records, tenant_lock
from rhythmconf.flows.shared_state import open_shared
from rhythmconf.settings import Environment, Settings
from rhythmconf.source.project.git_store import GitStore
from rhythmconf.source.project.opening import open_settings
from rhythmconf.source.project.shared_store import StoreFailed
from tests.support.git import clone_twice, git
from tests.support.process import make_environ, run_in_process

SETTINGS = """\
version: 1
project: hisp
sources: [config]
environments:
  s: {tenant: t, base_url: "http://127.0.0.1:9", state: git}
default_environment: s
"""
RUN = "20260131-235959-123-0f3a9c"


class Shared(NamedTuple):
    """A project whose lock and run records are in git, and the store that has them."""

    folder: Path
    settings: Settings
    environment: Environment
    store: Store

    def record(self, run: str, *records: object) -> bytes:
        """Return a run record with a valid header."""
        tenant = run_records.tenant_id(self.settings, self.environment)
        url, at = "http://127.0.0.1:9", "2026-01-31T23:59:59.123Z"
        header = Header(run, "apply", at, "s", "t", url, (), "mallory", None, "d", place=tenant, project="hisp")
        lines = [{"record": "run", "format_version": 1, **header._asdict()}, *records]
        return b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shared:
    folder, _ = clone_twice(tmp_path)
    (folder / "rhythmconf.yaml").write_text(SETTINGS)
    for name, value in make_environ(folder).items():
        monkeypatch.setenv(name, value)
    settings = open_settings(folder, None)
    environment = settings.unexpanded("s")
    opened = open_shared(settings, environment)
    assert opened is not None
    return Shared(folder, settings, environment, opened.store)


@pytest.mark.parametrize("run", ["zzz", "99991231-235959-999-ffffff", "20260231-000000-000-000000"])
def test_a_run_that_no_other_can_follow_is_passed_over(shared: Shared, run: str) -> None:
    shared.store.append(run, None, shared.record(run))
    assert tenant_lock.check_lock(shared.settings, shared.environment) == ""
    assert shared.store.read_claim() is None


def test_a_record_with_the_header_of_another_run_lets_the_next_run_follow(shared: Shared) -> None:
    shared.store.append("20990131-235959-123-0f3a9c", None, shared.record("zzz"))
    (shared.folder / ".rhythmconf/state").mkdir(parents=True)
    assert tenant_lock.check_lock(shared.settings, shared.environment) == ""


def test_the_lock_is_released_where_the_run_records_can_not_be_read(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(store: GitStore, run: str) -> bytes:
        raise StoreFailed(f"{run} is damaged")

    shared.store.append(RUN, None, shared.record(RUN))
    monkeypatch.setattr(GitStore, "read", fail)
    with pytest.raises(StoreFailed, match=f"{RUN} is damaged"):
        tenant_lock.check_lock(shared.settings, shared.environment)
    assert shared.store.read_claim() is None


@pytest.mark.parametrize(("id", "run"), [("0f3a9c00", "a/b"), ("$(touch x)", RUN), ("0f3a9c00", "../../heads/main")])
def test_a_claim_of_another_form_is_taken_over_by_an_id_of_letters_and_digits(
    shared: Shared, id: str, run: str
) -> None:
    shared.store.append("a/b", None, b"{}\n")
    names = {"host": "h", "user": "u", "started": "s", "command": "c"}
    claims = [json.dumps({"id": id, "run": run, **names, "n": n}).encode() + b"\n" for n in range(2)]
    ids = [decode_claim(claim).id for claim in claims]
    assert all(one.isalnum() for one in ids)
    assert ids[0] != ids[1]
    assert shared.store.take(claims[0]) is None
    shared_tenant = open_shared(shared.settings, shared.environment)
    assert shared_tenant is not None
    with pytest.raises(Refused, match="is not the id of its lock"):
        tenant_lock.take_over(shared_tenant, ids[1])
    assert tenant_lock.take_over(shared_tenant, ids[0])
    assert shared.store.read_claim() is None


def test_a_ref_whose_name_is_no_text_is_passed_over(shared: Shared) -> None:
    names = vars(shared.store)
    head = git(shared.folder, "rev-parse", "HEAD").encode()
    with (shared.folder.parent / "origin.git/packed-refs").open("ab") as file:
        file.write(head + b" refs/heads/\xff/" + names["_lock"].encode() + b"\n")
        file.write(head + b" " + names["_runs"].encode() + b"/\xff\n")
    assert tenant_lock.check_lock(shared.settings, shared.environment) == ""


CHANGE = {"kind": "program", "key": "a", "action": "create", "id": None}


@pytest.mark.parametrize("plan", [{}, {"changes": None}, {"changes": [1]}, {"changes": [{**CHANGE, "key": []}]}])
def test_a_plan_on_record_that_is_none_is_one_error(shared: Shared, plan: object) -> None:
    check_damaged(shared, {"record": "plan", "plan": plan})


@pytest.mark.parametrize("row", [{"id": 5}, {"message": []}])
def test_a_result_on_record_that_is_none_is_one_error(shared: Shared, row: dict[str, object]) -> None:
    result = {**CHANGE, "outcome": "rejected", "message": "", **row}
    check_damaged(shared, {"record": "plan", "plan": {"changes": [CHANGE]}}, {"record": "results", "results": [result]})


def check_damaged(shared: Shared, *records: object) -> None:
    shared.store.append(RUN, None, shared.record(RUN, *records))
    for command in (["history"], ["show", "run", RUN], ["resume", RUN], ["rollback", RUN]):
        result = run_in_process(shared.folder, *command)
        assert (result.code, result.stderr.count("error[RC510]: the run record has a missing or damaged member")) == (
            1,
            1,
        ), (command, result)
