"""Start-up: the cost of a command before it does anything, compared with `import click`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from benchmarks.bench import Bench, rhythmconf, say
from benchmarks.figures import Figure
from benchmarks.measure import PYTHON, Command, clean, interleaved

PROJECT = """\
version: 1
project: one
sources: [config]
environments: {local: {tenant: one, embedded: ":memory:"}}
"""
DOCUMENT = """\
kind: program
key: cmsi
spec: {name: Certified marine safety inspector}
"""


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure `--help`, `--version`, and `validate` of one file."""
    say("start-up")
    folder, environ = bench.scratch / "one", clean(bench.scratch)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "config").mkdir(parents=True)
    (folder / "rhythmconf.yaml").write_text(PROJECT)
    (folder / "config" / "program.yaml").write_text(DOCUMENT)
    commands = {
        "click": Command((*PYTHON, "-c", "import click"), folder, environ),
        "--help": rhythmconf(folder, environ, "--help"),
        "--version": rhythmconf(folder, environ, "--version"),
        "validate, one file": rhythmconf(folder, environ, "validate"),
    }
    used = interleaved(commands, max(15, bench.rounds))
    floor = used.pop("click").cpu * 1000
    targets = {"--help": 1.4, "validate, one file": 2.3}
    for name, usage in used.items():
        yield Figure("start-up", name, usage.cpu * 1000, "ms CPU", floor, "import click", targets.get(name))
