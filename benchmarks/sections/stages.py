"""The CPU time of a cold plan by stage, compared with CSafeLoader on the same files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from statistics import median

from benchmarks.bench import PROGRAMS, Bench, edited, say
from benchmarks.figures import Figure
from benchmarks.measure import PYTHON, Command, run

OF = "CSafeLoader"
NAMES = {
    "load": "YAML",
    "resolve": "validation and references",
    "pair": "identity",
    "compare": "diff and patches",
    "build": "order, guards",
}


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure each stage, and the sum of validation, diff and patches."""
    size = bench.most
    say(f"stages of a plan of {size:,}")
    out = bench.scratch / "stages.json"
    found: dict[str, list[float]] = {}
    with bench.served(size) as (folder, environ):
        words = (*PYTHON, str(PROGRAMS / "observed.py"), str(out), "plan", "-q")
        edit = edited(folder, size // 100)
        for _ in range(bench.rounds):
            bench.forget()
            run(Command(words, folder, environ, before=edit))
            for name, seconds in json.loads(out.read_text())["cpu"].items():
                found.setdefault(name, []).append(seconds)
            found.setdefault(OF, []).append(run(bench.program("load_and_keep.py", folder / "config")).cpu)
    cpu = {name: median(values) for name, values in found.items()}
    for name, words_ in NAMES.items():
        yield Figure("stages", words_, cpu[name], "s CPU", cpu[OF], OF)
    together = cpu["resolve"] + cpu["compare"]
    yield Figure("stages", "validation, references, diff and patches", together, "s CPU", cpu[OF], OF, 0.09)
