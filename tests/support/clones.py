"""People who each have a clone of one project and a computer of their own, and apply to one tenant."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.support.git import git
from tests.support.kills import die_at_moment, start_child, wait_for_child
from tests.support.process import TENANT, Completed, ServedTenant, make_project, run_in_process

REF = "refs/rhythmconf/applied/s"
BASES = "+refs/rhythmconf/*:refs/rhythmconf/*"
SETTINGS = f"""\
version: 1
project: hisp
sources: [config]
push_base: true
environments:
  s: {{tenant: {TENANT}, dialect: {{list_lag_s: 0}}}}
default_environment: s
"""


def document(key: str, name: str) -> str:
    """Return the text of a program."""
    return f"kind: program\nkey: {key}\nspec:\n  name: {name}\n  is_active: true\n"


class Person(NamedTuple):
    """Somebody with a clone of the origin, and with run records of their own."""

    name: str
    folder: Path
    tenant: ServedTenant

    def run(self, *arguments: str) -> Completed:
        """Run a command in the clone."""
        return run_in_process(self.folder, *arguments, env=self.tenant.env)

    def start(self, *arguments: str, moment: int = 0) -> int:
        """Start a command in a process of its own; it kills itself at a moment of this number, if that is not 0."""

        def work() -> None:
            if moment:
                die_at_moment(moment)
            self._result.write_text(json.dumps(self.run(*arguments)))

        self._result.unlink(missing_ok=True)
        return start_child(work)

    def wait(self, process: int) -> Completed | None:
        """Wait for a started command; None if it was killed."""
        status = wait_for_child(process)
        assert status in (0, -9), status
        return Completed(*json.loads(self._result.read_text())) if status == 0 else None

    @property
    def _result(self) -> Path:
        return self.folder.parent / f"{self.name}.result"

    def file(self, key: str) -> Path:
        """Return the path of the document with this key."""
        return self.folder / f"config/{key}.yaml"

    def keys(self) -> list[str]:
        """Return the keys of all documents."""
        return sorted(path.stem for path in (self.folder / "config").glob("*.yaml"))

    def commit(self) -> None:
        """Commit everything that changed."""
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "--allow-empty", "-m", f"by {self.name}")

    def pull(self) -> None:
        """Commit, then merge the origin; a conflict is settled for the origin."""
        if git(self.folder, "status", "--porcelain"):
            self.commit()
        git(self.folder, "fetch", "-q", "origin", "main", BASES)
        theirs = git(self.folder, "rev-parse", "FETCH_HEAD^{commit}")
        if not self._succeeds("merge", "-q", "--no-edit", "-X", "theirs", theirs):
            git(self.folder, "read-tree", "-u", "--reset", theirs)  # one deleted what the other edited
            git(self.folder, "commit", "-q", "-m", "theirs")

    def fetch(self) -> None:
        """Fetch the bases and no commits of the branch."""
        git(self.folder, "fetch", "-q", "origin", BASES)

    def push(self) -> None:
        """Push the branch, if the origin has nothing newer."""
        self._succeeds("push", "-q", "origin", "HEAD:main")

    def head(self) -> str:
        """Return the commit that is checked out."""
        return git(self.folder, "rev-parse", "HEAD")

    def contains(self, commit: str) -> bool:
        """Return whether the checkout has this commit."""
        return self._succeeds("merge-base", "--is-ancestor", commit, "HEAD")

    def has_seen(self, text: str) -> bool:
        """Return whether a commit of this checkout brought the text."""
        return bool(git(self.folder, "log", f"-S{text}", "--format=%h", "HEAD"))

    def _succeeds(self, *arguments: str) -> bool:
        identity = {f"GIT_{role}_{what}": self.name for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(command, check=False, capture_output=True, env={**os.environ, **identity}).returncode == 0


def make_clones(folder: Path, tenant: ServedTenant, documents: dict[str, str]) -> tuple[Person, Person, Path]:
    """Return Ana, who has applied these documents, Ben, who has just cloned them, and the bare origin of both."""
    files = {f"config/{key}.yaml": document(key, name) for key, name in documents.items()}
    first = make_project(folder / "ana", {**files, ".gitignore": ".rhythmconf/\n*.plan\n"}, SETTINGS)
    git(first, "init", "-q", "-b", "main")
    git(first, "add", "-A")
    git(first, "commit", "-q", "-m", "first")
    git(folder, "clone", "-q", "--bare", str(first), "origin")
    git(first, "remote", "add", "origin", str(folder / "origin"))
    ana, ben = Person("Ana", first, tenant), Person("Ben", folder / "ben", tenant)
    applied = ana.run("apply", "--auto-approve")
    assert applied.code == 0, applied
    git(folder, "clone", "-q", str(folder / "origin"), "ben")
    ben.pull()
    return ana, ben, folder / "origin"


def base_of(repository: Path) -> str:
    """Return the base that a repository has, or nothing."""
    return git(repository, "for-each-ref", "--format=%(objectname)", REF)


def contains_files(repository: Path, commit: str, files: str) -> bool:
    """Return whether a commit comes after another one, `files`, or after one with the same files, and loses none."""
    if git(repository, "merge-base", files, commit) == files:
        return True
    return git(repository, "rev-parse", f"{files}^{{tree}}") in git(repository, "log", "--format=%T", commit).split()
