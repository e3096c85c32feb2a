"""Start-up: the cost of a command before it does anything, compared with `import click`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

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
key: cmsi-{number}
spec: {{name: Certified marine safety inspector {number}}}
"""


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure `--help`, `--version`, a completion, `validate` of one file, and `plan` of ten on an embedded tenant."""
    say("start-up")
    environ = clean(bench.scratch)
    ten = _write_project(bench.scratch / "ten", 10)
    folder = _write_project(bench.scratch / "one", 1)
    typed = {"_RHYTHMCONF_COMPLETE": "bash_complete", "COMP_WORDS": "rhythmconf plan --env ", "COMP_CWORD": "3"}
    commands = {
        "click": Command((*PYTHON, "-c", "import click"), folder, environ),
        "--help": rhythmconf(folder, environ, "--help"),
        "--version": rhythmconf(folder, environ, "--version"),
        "complete --env": rhythmconf(folder, {**environ, **typed}),
        "validate, one file": rhythmconf(folder, environ, "validate"),
        "plan, ten documents": rhythmconf(ten, environ, "plan"),
    }
    used = interleaved(commands, max(15, bench.rounds))
    floor = used.pop("click").cpu * 1000
    targets = {"--help": 1.05, "validate, one file": 1.6, "plan, ten documents": 3.0}
    for name, usage in used.items():
        yield Figure("start-up", name, usage.cpu * 1000, "ms CPU", floor, "import click", targets.get(name))


def _write_project(folder: Path, documents: int) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "config").mkdir(parents=True)
    (folder / "rhythmconf.yaml").write_text(PROJECT)
    for number in range(documents):
        (folder / "config" / f"program-{number}.yaml").write_text(DOCUMENT.format(number=number))
    return folder
