"""With `state: {bucket: URL}`, two computers without git share one lock and see each other's runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.buckets import SECRET, Bucket
from tests.support.process import (
    COMMAND,
    TENANT,
    Completed,
    ServedTenant,
    make_environ,
    make_project,
    run,
    run_in_process,
    serve_emulator,
)

COUNT = 25
GROUPS = "---\n".join(f"kind: programGroup\nkey: g{n}\nspec: {{name: Group {n}}}\n" for n in range(COUNT))
NAMES = sorted(f"Group {n}" for n in range(COUNT))
INTENT = r"^PUT .*/runs/.*/00000003"
"""The third part of a run record has the first intents after those of the first request."""


class Computer(NamedTuple):
    """A copy of the project, with the run records of one computer."""

    folder: Path
    tenant: ServedTenant
    bucket: Bucket

    @property
    def env(self) -> dict[str, str]:
        return {**self.tenant.env, **self.bucket.env}

    def run(self, *arguments: str) -> Completed:
        return run(self.folder, *arguments, env=self.env)

    def ok(self, *arguments: str) -> Completed:
        result = self.run(*arguments)
        assert result.code == 0, result
        return result

    def start_held(self) -> subprocess.Popen[str]:
        """Start an apply, and wait until it hangs while it writes the intents of further requests."""
        self.bucket.hold(INTENT)
        applying = subprocess.Popen(
            [*COMMAND, "apply", "--auto-approve"],
            cwd=self.folder,
            env=make_environ(self.folder, self.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.bucket.await_held(applying)
        return applying

    def lock_id(self) -> str:
        """Return the id of the lock's holder, as the refusal names it."""
        refused = self.run("unlock")
        assert refused.code == 3
        return refused.stderr.partition("--lock ")[2].split()[0]

    def names(self) -> list[str]:
        return sorted(str(one["name"]) for one in self.tenant.records("programGroups"))

    def endings(self) -> list[str]:
        return [run["ending"] for run in json.loads(self.ok("history", "--format", "json").stdout)["runs"]]


@pytest.fixture
def computers(tmp_path: Path, bucket: Bucket) -> Iterator[tuple[Computer, Computer]]:
    settings = f"""\
version: 1
project: hisp
sources: [config]
environments:
  s: {{tenant: {TENANT}, state: {{bucket: "{bucket.url}"}}, dialect: {{list_lag_s: 0}}}}
default_environment: s
"""
    with serve_emulator(tmp_path) as tenant:
        ana, ben = (
            Computer(make_project(tmp_path / name, {"config/all.yaml": GROUPS}, settings), tenant, bucket)
            for name in ("ana", "ben")
        )
        yield ana, ben


def test_a_holder_that_hangs_writes_nothing_after_the_lock_was_taken_over(
    computers: tuple[Computer, Computer],
) -> None:
    ana, ben = computers
    applying = ana.start_held()
    refused = ben.run("apply", "--auto-approve")
    assert refused.code == 3
    assert re.search(r"error\[RC511\]: s is locked by \S+@\S+ \(since .*, run .*: apply --env s\)", refused.stderr)
    assert ben.run("unlock", "--lock", "00000000").code == 3
    assert "rhythmconf resume" in ben.ok("unlock", "--lock", ben.lock_id()).stdout
    written = ben.names()
    assert 0 < len(written) < COUNT
    ana.bucket.go()
    _, words = applying.communicate(timeout=60)
    assert applying.returncode == 5, words
    assert "RC514" in words
    assert "the lock was taken over by" in words
    assert ben.names() == written
    ben.ok("resume")
    assert ben.names() == NAMES
    assert ana.ok("plan").last == "No changes."
    assert ana.endings() == ["complete"]
    check_secret(ana, ben)


def test_a_killed_run_is_resumed_on_its_computer_without_the_id_of_its_lock(
    computers: tuple[Computer, Computer],
) -> None:
    ana, ben = computers
    applying = ana.start_held()
    applying.kill()
    applying.communicate()
    ana.bucket.go()  # the last request of the dead process reaches the bucket only now
    ana.ok("resume")
    assert ana.names() == NAMES
    assert ben.endings() == ["complete"]
    [lock] = [path for path in ana.bucket.objects() if path.startswith("lock/")]
    assert ana.bucket.get(lock) == b""


def test_without_the_bucket_nothing_is_applied_and_a_plan_warns(computers: tuple[Computer, Computer]) -> None:
    ana, _ = computers
    gone = ana._replace(bucket=ana.bucket._replace(address="http://127.0.0.1:1"))
    refused = gone.run("apply", "--auto-approve")
    assert refused.code == 1
    assert "error[RC513]" in refused.stderr
    assert "AWS_ENDPOINT_URL" in refused.stderr
    assert ana.names() == []
    planned = gone.run("plan")
    assert planned.code == 0
    assert "warning[RC513]" in planned.stderr
    assert SECRET not in refused.stderr + planned.stderr


def test_without_obstore_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = 'version: 1\nproject: p\nsources: [config]\nenvironments:\n  s: {tenant: t, state: {bucket: "s3://b"}}\n'
    folder = make_project(tmp_path / "p", {"config/all.yaml": GROUPS}, settings)
    monkeypatch.setitem(sys.modules, "obstore", None)
    result = run_in_process(folder, "unlock", "--env", "s")
    assert result.code == 1
    assert "error[RC002]: the lock and the run records of t are kept in a bucket" in result.stderr
    assert "pipx install --force '.[bucket]'" in result.stderr


def check_secret(*computers: Computer) -> None:
    """Check that the secret of the cloud is in no file and in no object."""
    kept = [path for one in computers for path in one.folder.rglob("*") if path.is_file()]
    assert len(kept) > 4
    bucket = computers[0].bucket
    for data in (*(path.read_bytes() for path in kept), *(bucket.get(path) for path in bucket.objects())):
        assert SECRET.encode() not in data
