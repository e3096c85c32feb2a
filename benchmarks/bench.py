"""Shared by all sections: folders, number of rounds, and projects with tenants that are made once."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import projects, tenants
from benchmarks.figures import Figure
from benchmarks.measure import PYTHON, RHYTHMCONF, Command, clean

PROGRAMS = Path(__file__).parent / "programs"


@dataclass(frozen=True, slots=True)
class Bench:
    """One run of the benchmark: its scratch folder, the rounds, and the largest number of templates."""

    scratch: Path
    rounds: int
    most: int

    def project(self, count: int) -> Path:
        """Return a project of `count` templates whose tenant matches its files; an existing project is reused."""
        folder = self.scratch / f"project-{count}"
        if not (folder / "full.db").exists():
            say(f"making a project and a tenant of {count:,} templates")
            shutil.rmtree(folder, ignore_errors=True)
            tenants.fill(projects.write(folder, count), self.scratch)
        return folder

    @contextmanager
    def served(self, count: int, *options: str, style: str = "plain") -> Iterator[tuple[Path, Mapping[str, str]]]:
        """Serve the tenant of a project; yield the project and the environment variables that select the tenant."""
        folder = self.project(count)
        if style != "plain":
            copy = self.scratch / f"project-{count}-{style}"
            folder = copy if copy.exists() else projects.copy(folder, copy, count, style)
        tenants.refill(folder)
        with tenants.served(folder, self.scratch, *options) as environ:
            yield folder, environ

    def program(self, name: str, *arguments: object) -> Command:
        """Return the path of a program in the folder `programs`."""
        words = (*PYTHON, str(PROGRAMS / name), *map(str, arguments))
        return Command(words, self.scratch, clean(self.scratch))

    def forget(self) -> None:
        """Delete the cache of parsed documents, so that the next command runs cold."""
        shutil.rmtree(self.scratch / "xdg" / "cache", ignore_errors=True)


Section = Callable[[Bench], Iterator[Figure]]


def rhythmconf(
    folder: Path, environ: Mapping[str, str], *words: str, before: Callable[[], None] = lambda: None
) -> Command:
    """Return a rhythmconf command to measure."""
    return Command((*RHYTHMCONF, *words), folder, environ, before)


def edited(folder: Path, count: int, style: str = "plain") -> Callable[[], None]:
    """Return a function that edits `count` templates with new values each time, so that no cache contains them."""
    rounds = iter(range(1_000_000))
    return lambda: projects.edit(folder, range(count), f"(round {next(rounds)})", style)


def restored(folder: Path, count: int) -> Callable[[], None]:
    """Return a function that reverts the edits."""
    return partial(_restore, folder, count)


def _restore(folder: Path, count: int) -> None:
    for n in range(count):
        projects.path(folder, n).write_text(projects.template(n))


def in_order(*steps: Callable[[], object]) -> Callable[[], None]:
    """Return a function that runs all steps in order."""

    def every() -> None:
        for step in steps:
            step()

    return every


def say(words: str) -> None:
    """Print progress to stderr."""
    sys.stderr.write(f"- {words}\n")
    sys.stderr.flush()
