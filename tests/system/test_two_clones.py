"""Random work of two people with a clone and a computer each: nobody's applied edit is undone without being named."""

from __future__ import annotations

import itertools
import os
import random
import re
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.git import IDENTITY, git
from tests.support.process import TENANT, ServedTenant, make_project, run_in_process, run_ok, serve_emulator

REF = "refs/rhythmconf/applied/s"
SETTINGS = f"""\
version: 1
project: hisp
sources: [config]
push_base: true
environments:
  s: {{tenant: {TENANT}, dialect: {{list_lag_s: 0}}}}
default_environment: s
"""
KEYS = ("a", "b", "c")
STEPS = 14


def document(key: str, description: str) -> str:
    # Lines in between let git merge edits of different documents in one file.
    return f"kind: program\nkey: {key}\nspec:\n  name: Program {key}\n  description: {description}\n  is_active: true\n"


class Person(NamedTuple):
    """Somebody with a clone of the origin, and run records of their own."""

    name: str
    folder: Path
    tenant: ServedTenant

    def run(self, *arguments: str) -> Any:
        return run_in_process(self.folder, *arguments, env=self.tenant.env)

    def file(self, key: str) -> Path:
        return self.folder / f"config/{key}.yaml"

    def edit(self, key: str, text: str) -> None:
        path = self.file(key)
        path.write_text(re.sub("description: .*", f"description: {text}", path.read_text()))

    def toggle(self, key: str, text: str) -> None:
        """Delete a document, or write it again."""
        path = self.file(key)
        if path.exists():
            path.unlink()
        else:
            path.write_text(document(key, text))

    def commit(self) -> None:
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "--allow-empty", "-m", f"by {self.name}")

    def pull(self) -> None:
        """Merge the origin; a conflict is settled for the origin."""
        git(self.folder, "fetch", "-q", "origin", "main", "+refs/rhythmconf/*:refs/rhythmconf/*")
        theirs = git(self.folder, "rev-parse", "FETCH_HEAD^{commit}")
        command = ["git", "-C", str(self.folder), "merge", "-q", "--no-edit", "-X", "theirs", theirs]
        if subprocess.run(command, check=False, capture_output=True, env={**os.environ, **IDENTITY}).returncode:
            git(self.folder, "read-tree", "-u", "--reset", theirs)  # one deleted what the other edited
            git(self.folder, "commit", "-q", "-m", "theirs")

    def push(self) -> None:
        command = ["git", "-C", str(self.folder), "push", "-q", "origin", "HEAD:main"]
        subprocess.run(command, check=False, capture_output=True)

    def head(self) -> str:
        return git(self.folder, "rev-parse", "HEAD")

    def base(self) -> str:
        return git(self.folder, "for-each-ref", "--format=%(objectname)", REF)

    def contains(self, commit: str) -> bool:
        command = ["git", "-C", str(self.folder), "merge-base", "--is-ancestor", commit, "HEAD"]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0


def apply(person: Person, applied: dict[str, str], *, carefully: bool) -> None:
    """Plan and apply. `applied` has the commit that last applied each document."""
    planned = person.run("plan", "--format", "json")
    plan = planned.json()
    named = False
    for one in plan["changes"]:
        sides = {field["class"] for field in one["fields"]} or {one["class"]}
        named = named or sides != {"yours"}
        if one["key"] in applied and not person.contains(applied[one["key"]]):
            assert "yours" not in sides, (person.name, one["key"], one["action"], planned.stderr)
    if planned.code != 0 or (named and carefully):
        return
    before = person.base()
    done = person.run("apply", "--auto-approve")
    assert done.code == 0, done
    for one in plan["changes"]:
        applied[one["key"]] = person.head()
    after = person.base()
    assert not before or git(person.folder, "merge-base", before, after) == before


@pytest.fixture(scope="module")
def seeds(full: bool) -> int:
    return 200 if full else 4


def test_no_edit_of_one_is_undone_by_the_other_without_being_named(seeds: int, tmp_path: Path) -> None:
    for seed in range(seeds):
        interleave(random.Random(seed), tmp_path / str(seed))


def interleave(chance: random.Random, folder: Path) -> None:
    """Let two people work in a random order, and come to an end."""
    folder.mkdir()
    first = make_project(folder / "ana", {f"config/{key}.yaml": document(key, "first") for key in KEYS}, SETTINGS)
    (first / ".gitignore").write_text(".rhythmconf/\n")
    git(first, "init", "-q", "-b", "main")
    git(first, "add", "-A")
    git(first, "commit", "-q", "-m", "first")
    git(folder, "clone", "-q", "--bare", str(first), "origin")
    git(first, "remote", "add", "origin", str(folder / "origin"))
    with serve_emulator(folder) as tenant:
        ana = Person("Ana", first, tenant)
        run_ok(first, "apply", "--auto-approve", env=tenant.env)
        git(folder, "clone", "-q", str(folder / "origin"), "ben")
        ben = Person("Ben", folder / "ben", tenant)
        ben.pull()
        applied = dict.fromkeys(KEYS, ana.head())
        texts = (f"text {number}" for number in itertools.count())
        for _ in range(STEPS):
            person = chance.choice((ana, ben))
            match chance.choice(("edit", "edit", "toggle", "pull", "push", "apply", "apply", "fetch")):
                case "edit":
                    key = chance.choice([key for key in KEYS if person.file(key).exists()] or ["a"])
                    person.edit(key, next(texts)) if person.file(key).exists() else person.toggle(key, next(texts))
                    person.commit()
                case "toggle":
                    person.toggle(chance.choice(KEYS[1:]), next(texts))
                    person.commit()
                case "pull":
                    person.pull()
                case "push":
                    person.push()
                case "fetch":
                    git(person.folder, "fetch", "-q", "origin", "+refs/rhythmconf/*:refs/rhythmconf/*")
                case _:
                    apply(person, applied, carefully=True)
        finish(ana, ben)
        (live, declared) = (sorted(one["name"] for one in tenant.records("programs")), sorted(KEYS))
        there = sorted(f"Program {key}" for key in declared if ana.file(key).exists())
        assert len(set(live)) == len(live)
        assert live == there


def finish(ana: Person, ben: Person) -> None:
    """Bring both checkouts together and apply the result; a conflict with what was applied is settled for the files."""
    for person in (ana, ben, ana):
        person.pull()
        person.push()
    plan = ana.run("plan", "--format", "json").json()
    keys = [one["key"] for one in plan["changes"] if one["class"] == "conflict"]
    ours = [word for key in keys for word in ("--ours", f"program/{key}")]
    done = ana.run("apply", "--auto-approve", *ours)
    assert done.code == 0, done
    assert ana.run("plan", "--detailed-exitcode").code == 0
