"""Measure the mutation score: the share of small faults in the code that the tests notice.

Cosmic Ray knows how to put faults (mutants) into Python code: another operator, number, condition, loop or exception.
This script picks some of them by chance, puts one at a time into a copy of the repository, and runs tests there: of the
package, then of the engine without its long sweeps of faults. A mutant is killed if a test fails or the run takes too
long; otherwise it survives. The sweeps and the system tests would kill some more, so the score is a lower bound.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
COSMIC_RAY = ROOT / ".venv-mutants/bin/cosmic-ray"
SWEEPS = ("test_execute_faults.py", "test_execute_machine.py", "test_execute_resume.py", "test_rollback.py")
ENGINE_TESTS = tuple(
    f"tests/engine/{path.name}" for path in sorted((ROOT / "tests/engine").glob("test_*.py")) if path.name not in SWEEPS
)
PACKAGES = {
    "patch": ("tests/patch/test_make_patch.py", "tests/patch"),
    "engine/identity": ("tests/engine/test_identity.py",),
    "engine/diff": ("tests/engine/test_diff.py", "tests/engine/test_threeway.py"),
    "engine/plan": (
        "tests/engine/test_plan.py",
        "tests/engine/test_plan_order.py",
        "tests/engine/test_plan_guards.py",
        "tests/engine/test_plan_file.py",
    ),
    "engine/execute": ("tests/engine/test_execute.py", "tests/engine/test_execute_outcomes.py"),
    "engine/journal": ("tests/engine/test_journal.py", "tests/engine/test_lock.py"),
    "engine/pull": ("tests/engine/test_pull.py", "tests/engine/test_pull_generated.py"),
}
"""The packages that are measured, each with the tests that run first because they are likely to notice a fault."""
SLOW_S = 300
"""A run of the tests that takes longer hangs because of the mutant."""


class Mutant(NamedTuple):
    """One fault: what Cosmic Ray needs to put it into a file."""

    package: str
    file: str
    line: int
    column: int
    operator: str
    arguments: str
    occurrence: int


class Outcome(NamedTuple):
    """What became of a mutant, and the line that it changed."""

    mutant: Mutant
    killed: bool
    change: str


def main() -> int:
    """Pick mutants, run the tests on each, and print the score of each package."""
    options = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies = [copy_repository(Path(folder) / str(number)) for number in range(options.workers)]
        mutants = [
            mutant
            for package in options.packages
            for mutant in sample(list_mutants(copies[0], package), options.count, f"{options.seed}/{package}")
        ]
        if run_tests(copies[0], tuple(sorted({test for name in options.packages for test in tests_of(name)}))):
            print("The tests fail without any mutant; mend that first.", file=sys.stderr)
            return 1
        free: SimpleQueue[Path] = SimpleQueue()
        for copy in copies:
            free.put(copy)
        with ThreadPoolExecutor(options.workers) as pool:
            end = time.monotonic() + 60 * options.minutes
            # In turn from each package, so that a run that ends early has seen all of them.
            order = sorted(
                mutants,
                key=lambda mutant: [other for other in mutants if other.package == mutant.package].index(mutant),
            )
            tried = pool.map(lambda mutant: try_mutant(mutant, free) if time.monotonic() < end else None, order)
            outcomes = [outcome for outcome in tried if outcome]
    print_scores(outcomes, options)
    return 0


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/mutants", description=__doc__, epilog=f"Packages: {', '.join(PACKAGES)}."
    )
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help="measure only these packages")
    parser.add_argument("--count", type=int, default=20, help="mutants of each package (%(default)s); 0 means all")
    parser.add_argument("--seed", default="1", help="another seed picks other mutants (%(default)s)")
    parser.add_argument("--minutes", type=float, default=30, help="start no mutant after that time (%(default)s)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="runs at the same time (%(default)s)")
    options = parser.parse_args()
    options.packages = options.packages or list(PACKAGES)
    if unknown := [package for package in options.packages if package not in PACKAGES]:
        parser.error(f"no package {unknown[0]}; choose from {', '.join(PACKAGES)}")
    return options


def copy_repository(folder: Path) -> Path:
    """Copy the files that git tracks, as they are in the work tree."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def list_mutants(copy: Path, package: str) -> list[Mutant]:
    """Return every mutant of a package, in a fixed order."""
    config, session = copy / "mutants.toml", copy / "mutants.sqlite"
    session.unlink(missing_ok=True)
    config.write_text(
        f'[cosmic-ray]\nmodule-path = "rhythmconf/{package}"\ntimeout = 1.0\nexcluded-modules = []\n'
        'test-command = "true"\n[cosmic-ray.distributor]\nname = "local"\n',
        encoding="utf-8",
    )
    subprocess.run([COSMIC_RAY, "init", config, session], cwd=copy, check=True, capture_output=True)
    columns = "module_path, start_pos_row, start_pos_col, operator_name, operator_args, occurrence"
    with sqlite3.connect(session) as database:
        rows = sorted(database.execute(f"SELECT {columns} FROM mutation_specs"))
    database.close()
    mutants = [Mutant(package, str(Path(row[0])), *row[1:]) for row in rows]
    without_effect = {
        (file, *position)
        for file in {mutant.file for mutant in mutants}
        for position in positions_in_annotations(copy / file)
    }
    return [mutant for mutant in mutants if (mutant.file, mutant.line, mutant.column) not in without_effect]


def positions_in_annotations(path: Path) -> Iterator[tuple[int, int]]:
    """Yield each position inside an annotation: Python does not evaluate those, so a mutant there changes nothing."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        annotations = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        for annotation in filter(None, annotations):
            for line in range(annotation.lineno, annotation.end_lineno + 1):
                begin = annotation.col_offset if line == annotation.lineno else 0
                end = annotation.end_col_offset if line == annotation.end_lineno else len(lines[line - 1])
                yield from ((line, column) for column in range(begin, end + 1))


def sample(mutants: list[Mutant], count: int, seed: str) -> list[Mutant]:
    """Pick mutants at different places. At most places many operators are possible; each place has the same chance."""
    if not count:
        return mutants
    generator = random.Random(seed)
    places = sorted({(mutant.file, mutant.line, mutant.column) for mutant in mutants})
    chosen = generator.sample(places, min(count, len(places)))
    return [
        generator.choice([mutant for mutant in mutants if (mutant.file, mutant.line, mutant.column) == place])
        for place in chosen
    ]


def tests_of(package: str) -> tuple[str, ...]:
    """Return the tests that run on the mutants of a package, those first that are likely to notice."""
    return (*PACKAGES[package], *ENGINE_TESTS) if package != "patch" else PACKAGES[package]


def try_mutant(mutant: Mutant, free: SimpleQueue[Path]) -> Outcome:
    """Put one mutant into a copy that is free, run the tests, and take the mutant out again."""
    copy = free.get()
    file = copy / mutant.file
    before = file.read_bytes()
    arguments = json.loads(mutant.arguments)
    arguments = json.loads(arguments) if isinstance(arguments, str) else arguments
    options = [f"{name}={value}" for name, value in arguments.items()]
    try:
        command = [COSMIC_RAY, "apply", mutant.file, mutant.operator, str(mutant.occurrence), *options]
        subprocess.run(command, cwd=copy, check=True, capture_output=True)
        old, new = before.decode().splitlines(), file.read_text(encoding="utf-8").splitlines()
        change = next((line for line, other in zip(new, old, strict=False) if line != other), "(a line less)").strip()
        killed = run_tests(copy, tests_of(mutant.package))
    finally:
        file.write_bytes(before)
        free.put(copy)
    print(f"{'killed  ' if killed else 'SURVIVED'} {mutant.file}:{mutant.line} {change}", flush=True)
    return Outcome(mutant, killed, change)


def run_tests(copy: Path, tests: tuple[str, ...]) -> bool:
    """Return whether a test fails or the tests take too long. The seed is fixed, so that a survivor survives again."""
    python = ROOT / ".venv/bin/python"
    options = ["-x", "-q", "-p", "no:cacheprovider", "--randomly-seed=1", "--randomly-dont-reorganize"]
    command = [python, "-B", "-m", "pytest", *options, *tests]
    try:
        done = subprocess.run(
            command, cwd=copy, check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=SLOW_S
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def print_scores(outcomes: list[Outcome], options: argparse.Namespace) -> None:
    """Print how many mutants were killed in each package and in all."""
    print(f"\n{'package':20}{'mutants':>9}{'killed':>9}{'survived':>10}{'score':>8}   (seed {options.seed})")
    for package in [*options.packages, "all"]:
        kills = [outcome.killed for outcome in outcomes if package in (outcome.mutant.package, "all")]
        if kills:
            score = 100 * sum(kills) / len(kills)
            print(f"{package:20}{len(kills):9}{sum(kills):9}{len(kills) - sum(kills):10}{score:7.0f} %")


if __name__ == "__main__":
    sys.exit(main())
