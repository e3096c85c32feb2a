"""`fleet apply --resume` on another computer: with `state: git`, the shared run records say what is done."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.fleets import REASONS, fleet, members, write_member
from tests.support.git import commit_all, git
from tests.support.process import ServedTenant, run_in_process, serve_emulator, start_command, write_files

FLEET = "version: 1\nmembers: [{project: tenants/*, environment: live}]\n"
TOKEN = {"RHYTHMCONF_TOKEN": "the-token"}
HOOK = """\
#!/bin/sh
# Hold the push that would say of the second run what it has written, until a file lets it go on.
case "$1" in refs/rhythmconf/runs/*)
  if [ "$(git for-each-ref refs/rhythmconf/runs | wc -l)" -ge 2 ] && [ "$(git rev-list --count "$3")" -ge 3 ]; then
    touch "{folder}/paused"
    while [ ! -e "{folder}/go" ]; do sleep 0.1; done
  fi
esac
"""


@pytest.fixture
def tenants(tmp_path: Path) -> Iterator[dict[str, ServedTenant]]:
    """Ana's folder of three tenants with a bundle of their plans, and Ben's clone with a copy of the bundle."""
    with ExitStack() as stack:
        ana = tmp_path / "ana"
        served = {}
        for name in ("a1", "a2", "a3"):
            (tmp_path / name).mkdir()
            served[name] = stack.enter_context(serve_emulator(tmp_path / name, tenant=name))
            settings = (
                f"{{tenant: {name}, base_url: '{served[name].url}/{{module}}', state: git, dialect: {{list_lag_s: 0}}}}"
            )
            write_member(ana, name, settings)
        write_files(ana, {"fleet.yaml": FLEET, ".gitignore": ".rhythmconf/\nplans/\n"})
        git(ana, "init", "-q", "-b", "main")
        git(tmp_path, "init", "-q", "--bare", "-b", "main", "origin.git")
        git(ana, "remote", "add", "origin", "../origin.git")
        commit_all(ana)
        git(ana, "push", "-q", "-u", "origin", "main")
        git(tmp_path, "clone", "-q", str(tmp_path / "origin.git"), "ben")
        assert fleet(ana, "plan", "-o", "plans", env=TOKEN).code == 0
        shutil.copytree(ana / "plans", tmp_path / "ben/plans")
        hook = tmp_path / "origin.git/hooks/update"
        hook.write_text(HOOK.format(folder=tmp_path))
        hook.chmod(0o755)
        yield served
        (tmp_path / "go").touch()


def test_another_computer_skips_finishes_and_goes_on(tmp_path: Path, tenants: dict[str, ServedTenant]) -> None:
    ana, ben = tmp_path / "ana", tmp_path / "ben"
    with start_command(ana, ("fleet", "apply", "plans", "--jobs", "1"), env=TOKEN) as process:
        while not (tmp_path / "paused").exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
    (tmp_path / "go").touch()
    counts = [len(tenant.records("statusReasons")) for tenant in tenants.values()]
    assert (counts[0], counts[2]) == (REASONS, 0)  # no record says what came of the writes to the second
    assert not (ben / "plans/applied.jsonl").exists()

    # Ana's computer still holds the lock of the tenant in which it died, and only a person may say that it is gone.
    refused = members(ben, "apply", "plans", "--resume", env=TOKEN)
    assert {name: one["state"] for name, one in refused.items()} == {"a1": "applied", "a2": "refused", "a3": "stopped"}
    assert "live is locked by" in refused["a2"]["reason"]
    unlock = run_in_process(ben, "unlock", "-C", "tenants/a2", env=TOKEN)
    [id] = re.findall(r"--lock (\w+)", unlock.stderr)
    assert run_in_process(ben, "unlock", "-C", "tenants/a2", "--lock", id, env=TOKEN).code == 0

    done = members(ben, "apply", "plans", "--resume", env=TOKEN)
    assert {name: one["state"] for name, one in done.items()} == dict.fromkeys(tenants, "applied")
    assert [len(tenant.records("statusReasons")) for tenant in tenants.values()] == [REASONS] * 3
    creates = [
        sum(request["method"] == "POST" and "statusReasons" in request["path"] for request in tenant.log())
        for tenant in tenants.values()
    ]
    assert creates == [REASONS] * 3  # nothing was sent twice

    # Ana's own computer finds the rest done.
    again = members(ana, "apply", "plans", "--resume", env=TOKEN)
    assert {name: one["state"] for name, one in again.items()} == dict.fromkeys(tenants, "applied")
    assert sum(len(tenant.records("statusReasons")) for tenant in tenants.values()) == 3 * REASONS
