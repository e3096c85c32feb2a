"""With `state: git`, two computers share one lock and see each other's runs."""

from __future__ import annotations

import fcntl
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.git import git
from tests.support.process import COMMAND, TENANT, make_environ, make_project, serve_emulator
from tests.support.two_clones import Pair, Person

SETTINGS = f"""\
version: 1
project: hisp
sources: [config]
environments:
  s: {{tenant: {TENANT}, state: git, dialect: {{list_lag_s: 0}}}}
default_environment: s
"""
COUNT = 25


def groups(prefix: str) -> str:
    return "---\n".join(f"kind: programGroup\nkey: {prefix}{n}\nspec: {{name: {prefix} {n}}}\n" for n in range(COUNT))


HOOK = """\
#!/bin/sh
# Hold the push of Ana's part of a run record that follows $PAUSE others until a file lets it go on.
case "$1:$PAUSE" in refs/rhythmconf/runs/*:[0-9])
  if [ "$(git rev-list --count "$3")" = "$((PAUSE + 1))" ]; then
    touch "{folder}/paused"
    while [ ! -e "{folder}/go" ]; do sleep 0.1; done
  fi
esac
# Refuse to release the lock.
case "$1:$3" in refs/rhythmconf/lock/*:0000000*) [ ! -e "{folder}/keep" ] ;; esac
"""


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Pair]:
    """Ana and Ben have a clone each of a bare repository. Its tenant has nothing yet."""
    with serve_emulator(tmp_path) as tenant:
        files = {"config/all.yaml": groups("a"), ".gitignore": ".rhythmconf/\n"}
        first = make_project(tmp_path / "ana", files, SETTINGS)
        git(first, "init", "-q", "-b", "main")
        git(tmp_path, "init", "-q", "--bare", "-b", "main", "origin.git")
        git(first, "remote", "add", "origin", "../origin.git")
        ana = Person(first, tenant, "Ana")
        ana.commit()
        git(first, "push", "-q", "-u", "origin", "main")
        git(tmp_path, "clone", "-q", str(tmp_path / "origin.git"), "ben")
        hook = tmp_path / "origin.git/hooks/update"
        hook.write_text(HOOK.format(folder=tmp_path))
        hook.chmod(0o755)
        yield Pair(ana, Person(tmp_path / "ben", tenant, "Ben"))
        (tmp_path / "go").touch()


def start_paused(person: Person, after: int = 3) -> subprocess.Popen[str]:
    """Start an apply, and wait until it hangs in the push that follows so many parts of its run record.

    The first part has the plan; the others have the intents of its writes.
    """
    going = subprocess.Popen(
        [*COMMAND, "apply", "--auto-approve"],
        cwd=person.folder,
        env={**make_environ(person.folder, person.env), "PAUSE": str(after)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (person.folder.parent / "paused").exists():
        assert going.poll() is None, going.communicate()
        time.sleep(0.02)
    return going


def lock_id(person: Person) -> str:
    """Return the id of the lock's holder, as the refusal names it."""
    refused = person.run("unlock")
    assert refused.code == 3
    return refused.stderr.partition("--lock ")[2].split()[0]


def names(person: Person) -> list[str]:
    return sorted(str(one["name"]) for one in person.tenant.records("programGroups"))


def refs(person: Person) -> str:
    return git(person.folder, "ls-remote", "origin", "refs/rhythmconf/lock/*")


def test_the_other_computer_sees_a_run_and_can_roll_it_back(two: Pair) -> None:
    two.ana.apply()
    assert refs(two.ana) == ""
    runs = json.loads(two.ben.ok("history", "--format", "json").stdout)["runs"]
    assert [run["ending"] for run in runs] == ["complete"]
    run = runs[0]["run"]
    assert json.loads(two.ben.ok("show", "run", run, "--format", "json").stdout)["ending"] == "complete"
    two.ben.ok("rollback", run, "--auto-approve", "--allow-deletes", "programGroup=100%")
    assert names(two.ana) == []
    assert len(json.loads(two.ana.ok("history", "--format", "json").stdout)["runs"]) == 2


def test_a_plan_fetches_the_base_that_another_computer_has_pushed(two: Pair) -> None:
    (two.ana.folder / "config/more.yaml").write_text("kind: programGroup\nkey: more\nspec: {name: More}\n")
    applied = two.ana.commit()  # which is not pushed to a branch
    two.ana.apply()
    assert two.ben.plan("--allow-behind")["base"]["commit"] == applied


def endings(person: Person) -> list[str]:
    return [run["ending"] for run in json.loads(person.ok("history", "--format", "json").stdout)["runs"]]


def test_a_paused_holder_writes_nothing_after_the_lock_was_taken_over(two: Pair) -> None:
    going = start_paused(two.ana)
    refused = two.ben.run("apply", "--auto-approve")
    assert refused.code == 3
    assert "RC511" in refused.stderr
    running = f"running on {socket.gethostname()} ("
    (run,) = json.loads(two.ben.ok("history", "--format", "json").stdout)["runs"]
    assert run["running_on"]["host"] == socket.gethostname()
    assert running in two.ben.ok("history").stdout
    assert running in two.ben.ok("show", "run", run["run"]).stdout
    assert running in two.ben.run("plan").stderr
    assert "is locked by" in two.ben.ok("doctor").stdout
    id = lock_id(two.ben)
    assert two.ben.run("unlock", "--lock", "00000000").code == 3
    assert "rhythmconf resume" in two.ben.ok("unlock", "--lock", id).stdout
    assert 0 < len(names(two.ben)) < COUNT
    two.ben.ok("resume")
    assert names(two.ben) == sorted(f"a {n}" for n in range(COUNT))
    (two.ana.folder.parent / "go").touch()
    _, words = going.communicate(timeout=60)
    assert going.returncode == 5, words
    assert "RC514" in words
    assert "the lock was taken over by" in words
    assert names(two.ben) == sorted(f"a {n}" for n in range(COUNT))
    assert two.ana.ok("plan").last == "No changes."
    assert endings(two.ana) == ["complete"]


def test_a_run_that_was_closed_before_its_first_part_has_written_nothing_and_is_nowhere(two: Pair) -> None:
    going = start_paused(two.ana, after=0)
    two.ben.ok("unlock", "--lock", lock_id(two.ben))
    (two.ana.folder.parent / "go").touch()
    _, words = going.communicate(timeout=60)
    assert (going.returncode, "RC514" in words) == (3, True)
    assert names(two.ben) == []
    for person in (two.ana, two.ben):
        assert "nothing to resume" in person.run("resume").stderr
    two.ana.apply()
    assert endings(two.ana) == endings(two.ben) == ["complete"]


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_killed_run_is_resumed_elsewhere_with_the_id_of_its_lock_and_here_without(two: Pair, elsewhere: bool) -> None:
    going = start_paused(two.ana)
    going.kill()
    going.communicate()
    if elsewhere:
        two.ben.ok("unlock", "--lock", lock_id(two.ben))
    (two.ben if elsewhere else two.ana).ok("resume")
    assert names(two.ben) == sorted(f"a {n}" for n in range(COUNT))
    assert refs(two.ana) == ""
    assert endings(two.ana) == endings(two.ben) == ["complete"]
    assert two.ana.run("resume").code == 0  # there is nothing to resume


def test_a_lock_that_cannot_be_released_is_named_with_the_command_that_releases_it(two: Pair) -> None:
    assert "the lock can be taken, and released" in two.ana.ok("doctor").stdout
    assert refs(two.ana) == ""
    keep = two.ana.folder.parent / "keep"
    keep.touch()
    applied = two.ana.apply()
    assert "warning[RC513]" in applied.stderr
    assert "rhythmconf unlock --env s" in applied.stderr
    assert two.ben.run("apply", "--auto-approve").code == 3
    assert two.ana.run("doctor").code != 0
    keep.unlink()
    two.ana.ok("unlock")
    assert refs(two.ana) == ""
    two.ben.apply()


def test_a_record_is_not_replaced_while_a_process_here_may_write_to_it(two: Pair) -> None:
    two.ana.apply()
    two.ben.ok("history")
    (record,) = (two.ben.folder / ".rhythmconf/state/runs").glob("*.jsonl")
    whole = record.read_bytes()
    (lock,) = (two.ana.folder / ".rhythmconf/state/locks").glob("*.lock")
    lock = two.ben.folder / ".rhythmconf/state/locks" / lock.name
    lock.with_suffix(".seen").unlink()
    record.write_bytes(whole[:-1])
    with lock.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        two.ben.ok("history")
        assert record.read_bytes() == whole[:-1]
    two.ben.ok("history")
    assert record.read_bytes() == whole


def test_a_project_in_a_subfolder_of_a_linked_work_tree_of_a_shallow_clone_shares_its_state(two: Pair) -> None:
    place = two.ana.folder.parent
    git(place, "clone", "-q", "--depth", "1", (place / "origin.git").as_uri(), "cleo")
    git(place / "cleo", "worktree", "add", "-q", "-b", "linked", "../linked")
    (place / "linked/sub").mkdir()
    git(place / "linked", "mv", "config", "rhythmconf.yaml", "sub")
    cleo = Person(place / "linked/sub", two.ana.tenant, "Cleo")
    commit = cleo.commit()
    git(place / "linked", "push", "-q", "origin", "linked:main")
    git(two.ben.folder, "pull", "-q", "origin", "main")
    ben = Person(two.ben.folder / "sub", two.ben.tenant, "Ben")
    cleo.apply()
    assert refs(ben) == ""
    assert endings(ben) == ["complete"]
    assert ben.plan()["base"]["commit"] == commit


def test_without_the_remote_nothing_is_applied_and_a_plan_warns(two: Pair) -> None:
    git(two.ana.folder, "remote", "set-url", "origin", "../gone.git")
    refused = two.ana.run("apply", "--auto-approve")
    assert "RC513" in refused.stderr
    assert refused.code != 0
    assert names(two.ana) == []
    checked = two.ana.run("doctor")
    assert checked.code != 0
    assert "can't be reached" in checked.stdout
    planned = two.ana.run("plan")
    assert planned.code == 0
    assert "warning[RC513]" in planned.stderr
