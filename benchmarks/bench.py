"""What the sections share: where things lie, how often to measure, and projects with tenants, made once."""

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
    """One run of the benchmark: its scratch folder, how many rounds, and how many templates at most."""

    scratch: Path
    rounds: int
    most: int

    def project(self, count: int) -> Path:
        """A project of `count` templates whose tenant is just as its files want it; one that is there is used again."""
        folder = self.scratch / f"project-{count}"
        if not (folder / "full.db").exists():
            say(f"making a project and a tenant of {count:,} templates")
            shutil.rmtree(folder, ignore_errors=True)
            tenants.fill(projects.write(folder, count), self.scratch)
        return folder

    @contextmanager
    def served(self, count: int, *options: str) -> Iterator[tuple[Path, Mapping[str, str]]]:
        """The project, and the environment in which its tenant answers on a socket."""
        folder = self.project(count)
        tenants.refill(folder)
        with tenants.served(folder, self.scratch, *options) as environ:
            yield folder, environ

    def program(self, name: str, *arguments: object) -> Command:
        """One of the programs beside this file."""
        words = (*PYTHON, str(PROGRAMS / name), *map(str, arguments))
        return Command(words, self.scratch, clean(self.scratch))

    def forget(self) -> None:
        """Throw the parsed documents away: the next command is a cold one."""
        shutil.rmtree(self.scratch / "xdg" / "cache", ignore_errors=True)


Section = Callable[[Bench], Iterator[Figure]]


def rhythmconf(
    folder: Path, environ: Mapping[str, str], *words: str, before: Callable[[], None] = lambda: None
) -> Command:
    """A command line to measure."""
    return Command((*RHYTHMCONF, *words), folder, environ, before)


def edited(folder: Path, count: int) -> Callable[[], None]:
    """Edits `count` templates anew each time it is called, so that no cache has seen them."""
    rounds = iter(range(1_000_000))
    return lambda: projects.edit(folder, range(count), f"(round {next(rounds)})")


def restored(folder: Path, count: int) -> Callable[[], None]:
    """Takes the edits back."""
    return partial(_restore, folder, count)


def _restore(folder: Path, count: int) -> None:
    for n in range(count):
        projects.path(folder, n).write_text(projects.template(n))


def in_order(*steps: Callable[[], object]) -> Callable[[], None]:
    """All steps, one after another."""

    def every() -> None:
        for step in steps:
            step()

    return every


def say(words: str) -> None:
    """Tell on stderr what goes on."""
    sys.stderr.write(f"- {words}\n")
    sys.stderr.flush()
