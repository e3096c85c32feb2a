"""Two clones and one tenant: random interleavings of edit, commit, pull, plan, apply and kill on two computers."""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.git import git
from tests.support.process import (
    COMMAND,
    Completed,
    ServedTenant,
    make_environ,
    make_project,
    run_in_process,
    serve_emulator,
)

SETTINGS = """\
version: 1
project: hisp
sources: [config]
default_environment: here
push_base: true
environments:
  here: {tenant: hisp-system, dialect: {list_lag_s: 0}}
"""
REFS = "+refs/rhythmconf/applied/*:refs/rhythmconf/applied/*"
STEPS = ("edit", "edit", "add", "commit", "pull", "plan", "apply", "apply", "kill", "both", "resume")
KNOWN_CODES = {0, 1, 3, 5}


@dataclass
class World:
    """Two clones, their tenant, and who applied which value of a program at which commit."""

    clones: list[Path]
    tenant: ServedTenant
    chance: random.Random
    log: list[str] = field(default_factory=list)
    applied: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    count: int = 0

    def values(self) -> dict[str, str]:
        """Return the name of each program by its mark."""
        return {str(one["sys_external_id"]).rpartition("/")[2]: one["name"] for one in self.tenant.records("programs")}

    def run(self, number: int, *arguments: str) -> Completed:
        result = run_in_process(self.clones[number], *arguments, env=self.tenant.env)
        self.log.append(f"{number}: {' '.join(arguments)} -> {result.code} {result.stderr[:300]}")
        assert "Traceback" not in result.stderr
        assert "RC000" not in result.stderr, self.log
        return result

    def edit(self, number: int, *, new: bool = False) -> None:
        """Give a program another name, in the file of one clone."""
        self.count += 1
        files = sorted((self.clones[number] / "config").glob("*.yaml"))
        path = self.clones[number] / f"config/n{self.count}.yaml" if new else self.chance.choice(files)
        path.write_text(f"kind: program\nkey: {path.stem}\nspec: {{name: {path.stem} by {number} v{self.count}}}\n")
        self.log.append(f"{number}: edit {path.name}")

    def commit(self, number: int) -> None:
        git(self.clones[number], "add", "-A")
        if git(self.clones[number], "status", "--porcelain").strip():
            git(self.clones[number], "commit", "-qm", f"by {number}")

    def pull(self, number: int) -> None:
        """Commit, take the other's commits, and push; where both changed one line, the other's edit stays."""
        self.commit(number)
        clone = self.clones[number]
        git(clone, "fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*", REFS)
        git(clone, "merge", "-q", "-X", "theirs", "--no-edit", "origin/main")
        git(clone, "push", "-q", "origin", "HEAD:main")

    def head(self, number: int) -> str:
        return str(git(self.clones[number], "rev-parse", "HEAD")).strip()

    def contains(self, number: int, commit: str) -> bool:
        done = subprocess.run(
            ["git", "merge-base", "--is-ancestor", commit, "HEAD"],
            cwd=self.clones[number],
            capture_output=True,
            check=False,
        )
        return done.returncode == 0

    def apply(self, number: int) -> None:
        """Save a plan, apply it, and check that it named every value of the other computer that it undid."""
        saved = self.clones[number].parent / f"{number}.plan"
        saved.unlink(missing_ok=True)
        planned = self.run(number, "plan", "-o", str(saved))
        assert planned.code in KNOWN_CODES, self.log
        if not saved.exists():
            return
        plan, before = json.loads(saved.read_bytes()), self.values()
        assert self.run(number, "apply", str(saved)).code in KNOWN_CODES, self.log
        self.check(number, before, plan)

    def check(self, number: int, before: dict[str, str], plan: dict[str, Any]) -> None:
        classes = {change["key"]: change["class"] for change in plan["changes"]}
        for key, value in self.values().items():
            if before.get(key) == value:
                continue
            theirs = self.applied.get(key)
            if theirs and theirs[0] == before.get(key) and theirs[1] != number and not self.contains(number, theirs[2]):
                named = plan["base"] is None or classes.get(key) in ("drift", "conflict")
                assert named, (key, theirs, value, classes.get(key), self.log)
            self.applied[key] = (value, number, self.head(number))

    def start(self, number: int) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, "apply", "--auto-approve"],
            cwd=self.clones[number],
            env=make_environ(self.clones[number], self.tenant.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def kill(self, number: int) -> None:
        process = self.start(number)
        time.sleep(self.chance.uniform(0.2, 1.2))
        process.kill()
        process.communicate()
        self.log.append(f"{number}: killed")

    def both(self) -> None:
        for process in [self.start(number) for number in (0, 1)]:
            _, stderr = process.communicate(timeout=120)
            self.log.append(f"both -> {process.returncode} {stderr[:300]}")
            assert process.returncode in KNOWN_CODES, self.log
            assert "Traceback" not in stderr

    def step(self) -> None:
        name, number = self.chance.choice(STEPS), self.chance.randrange(2)
        self.log.append(f"{number}: {name}")
        if name in ("edit", "add"):
            self.edit(number, new=name == "add")
        elif name in ("plan", "resume"):
            assert self.run(number, name).code in KNOWN_CODES, self.log
        elif name == "both":
            self.both()
        else:
            getattr(self, name)(number)

    def finish(self) -> None:
        """Let both agree: the one command for duplicates, then the files of the last commit."""
        for number in (0, 1, 0):
            self.pull(number)
        ended = self.run(0, "apply", "--auto-approve", "--no-base", "--prune-duplicates")
        assert ended.code == 0, (ended, self.log)
        for number in (0, 1):
            last = self.run(number, "plan", "--no-base")
            assert last.code == 0, self.log
            assert last.last == "No changes.", (last, self.log)
        marks = Counter(one["sys_external_id"] for one in self.tenant.records("programs"))
        assert set(marks.values()) <= {1}, (marks, self.log)


def make_world(folder: Path, tenant: ServedTenant, seed: int) -> World:
    origin = folder / "origin.git"
    origin.mkdir(parents=True)
    git(origin, "init", "-q", "--bare", "-b", "main")
    files = {f"config/p{n}.yaml": f"kind: program\nkey: p{n}\nspec: {{name: p{n}}}\n" for n in range(3)}
    first = make_project(folder / "ana", {**files, ".gitignore": ".rhythmconf/\n"}, SETTINGS)
    git(first, "init", "-q", "-b", "main")
    git(first, "remote", "add", "origin", str(origin))
    git(first, "add", "-A")
    git(first, "commit", "-qm", "first")
    git(first, "push", "-q", "origin", "main")
    git(folder, "clone", "-q", str(origin), str(folder / "ben"))
    for clone in (first, folder / "ben"):
        git(clone, "config", "user.name", clone.name)
        git(clone, "config", "user.email", f"{clone.name}@example.org")
    return World([first, folder / "ben"], tenant, random.Random(seed))


def test_no_edit_is_undone_unnamed_and_no_record_is_there_twice(tmp_path: Path, full: bool) -> None:
    for turn in range(200 if full else 2):
        seed = random.randrange(10**9)
        with serve_emulator(tmp_path, "--latency-ms", "5") as tenant:
            world = make_world(tmp_path / str(turn), tenant.without_records("programs"), seed)
            try:
                for _ in range(world.chance.randint(6, 14)):
                    world.step()
                world.finish()
            except subprocess.CalledProcessError as error:
                pytest.fail(f"seed {seed}: {error} {error.stderr} {world.log}")
