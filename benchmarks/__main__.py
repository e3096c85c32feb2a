"""`python -m benchmarks`: measure, print a table, and write the figures as JSON."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.bench import Bench, Section
from benchmarks.figures import Figure, machine, report, table
from benchmarks.sections import calendar, cluster, fleet, forecast, latency, octodns, planning, stages, startup, writes

SECTIONS: dict[str, Section] = {
    "startup": startup.measure,
    "planning": planning.measure,
    "stages": stages.measure,
    "latency": latency.measure,
    "octodns": octodns.measure,
    "calendar": calendar.measure,
    "forecast": forecast.measure,
    "fleet": fleet.measure,
    "cluster": cluster.measure,
    "writes": writes.measure,
}


def main() -> int:
    """Run the chosen sections. The exit code does not depend on targets, because noise can make a machine miss them."""
    chosen = _arguments()
    scratch = chosen.scratch or Path(tempfile.mkdtemp(prefix="rhythmconf-bench-"))
    scratch.mkdir(parents=True, exist_ok=True)
    bench = Bench(scratch.resolve(), chosen.rounds, chosen.templates)
    figures: list[Figure] = []
    try:
        for name in chosen.sections or SECTIONS:
            figures += SECTIONS[name](bench)
    finally:
        if chosen.scratch is None:
            shutil.rmtree(scratch, ignore_errors=True)
    sys.stdout.write(f"{machine()}; medians of {bench.rounds} rounds\n\n{table(figures)}")
    if chosen.json is not None:
        chosen.json.write_text(report(figures, bench.rounds) + "\n")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], help="what to measure (default: everything)")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each command (default: 3)")
    parser.add_argument("--templates", type=int, default=10_000, help="the largest project (default: 10,000)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE")
    parser.add_argument("--scratch", type=Path, metavar="DIR", help="work in DIR and leave everything there")
    return parser.parse_args()


sys.exit(main())
