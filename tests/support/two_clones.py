"""Two people with a clone each of one repository, and one tenant for both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.git import git
from tests.support.process import (
    TENANT,
    Completed,
    ServedTenant,
    make_project,
    run_in_process,
    run_ok,
    serve_emulator,
    write_files,
)

REF = "refs/rhythmconf/applied/s"
REFSPEC = "+refs/rhythmconf/*:refs/rhythmconf/*"
SETTINGS = f"""\
version: 1
project: hisp
sources: [config]
environments:
  s: {{tenant: {TENANT}, dialect: {{list_lag_s: 0}}}}
  t: {{tenant: {TENANT}-other, dialect: {{list_lag_s: 0}}}}
default_environment: s
"""


def program(key: str, customers: str = "contact", more: str = "") -> str:
    return f"kind: program\nkey: {key}\nspec:\n  name: Program {key}\n  customer_type: {customers}\n{more}"


NOTICE = "kind: notice\nkey: hi\nspec: {name: Hi, is_active: true}\nfiles: {/email/body: body.html}\n"
FILES = {
    "config/a.yaml": program("a"),
    "config/b.yaml": program("b"),
    "config/hi.yaml": NOTICE,
    "config/body.html": "<p>Hi</p>\n",
    "overlays/s/a.yaml": "kind: program\nkey: a\nspec: {description: One}\n",
    "bindings/s.yaml": "platform/360Screen: {standard: i1}\n",
    ".gitignore": ".rhythmconf/\n*.plan\n",
}


class Person(NamedTuple):
    """Somebody with a clone and a computer of their own; `state` is the folder of its run records."""

    folder: Path
    tenant: ServedTenant
    name: str
    state: str = ".rhythmconf/state"

    @property
    def env(self) -> dict[str, str]:
        """Return the variables for rhythmconf."""
        return {**self.tenant.env, "RHYTHMCONF_STATE_DIR": str(self.folder / self.state)}

    def run(self, *arguments: str) -> Completed:
        return run_in_process(self.folder, *arguments, env=self.env)

    def ok(self, *arguments: str) -> Completed:
        return run_ok(self.folder, *arguments, env=self.env)

    def apply(self, *options: str) -> Completed:
        return self.ok("apply", "--auto-approve", *options)

    def plan(self, *options: str) -> Any:
        return self.run("plan", "--format", "json", *options).json()

    def commit(self) -> str:
        git(self.folder, "add", "-A")
        git(
            self.folder,
            "-c",
            f"user.name={self.name}",
            "commit",
            "-q",
            "-m",
            "a change",
            "--author",
            f"{self.name} <x@y>",
        )
        return git(self.folder, "rev-parse", "HEAD")

    def write(self, name: str, text: str) -> None:
        write_files(self.folder, {name: text})

    def base(self) -> str:
        return git(self.folder, "rev-parse", REF)

    def fetch(self) -> None:
        git(self.folder, "fetch", "-q", "origin", REFSPEC)


class Pair(NamedTuple):
    """Two people; Ben's clone is of Ana's."""

    ana: Person
    ben: Person


@contextmanager
def two_clones(folder: Path) -> Iterator[Pair]:
    """Make Ana and Ben, who share one tenant; Ana's first commit is applied, and Ben has its base."""
    with serve_emulator(folder) as tenant:
        first = make_project(folder / "ana", FILES, SETTINGS)
        git(first, "init", "-q", "-b", "main")
        ana = Person(first, tenant, "Ana")
        ana.commit()
        ana.apply()
        git(folder, "clone", "-q", str(first), "ben")
        ben = Person(folder / "ben", tenant, "Ben")
        ben.fetch()
        yield Pair(ana, ben)


def applied_by_ana(two: Pair, files: dict[str, str], removed: tuple[str, ...] = ()) -> str:
    """Let Ana commit and apply a change, which Ben fetches without its branch."""
    write_files(two.ana.folder, files)
    for name in removed:
        (two.ana.folder / name).unlink()
    commit = two.ana.commit()
    two.ana.apply()
    two.ben.fetch()
    return commit


def pull(person: Person) -> None:
    """Merge the branch of the remote."""
    git(person.folder, "pull", "-q", "--no-rebase", "--no-edit", "origin", "main")


def sides(plan: Any) -> dict[str, str]:
    """Return the side of each field of a plan by key and path."""
    return {f"{one['key']}{field['path']}": field["class"] for one in plan["changes"] for field in one["fields"]}


def snapshot(person: Person) -> Any:
    kinds = ("programs", "notices", "billingTemplates")
    return {kind: sorted(person.tenant.records(kind), key=lambda record: str(record["id"])) for kind in kinds}
