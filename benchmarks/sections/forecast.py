"""A forecast of 10,000 people: seconds and requests, with a tenant that lists 50 people on a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from benchmarks import projects, tenants
from benchmarks.bench import Bench, edited, in_order, restored, rhythmconf, say
from benchmarks.figures import Figure
from benchmarks.measure import interleaved

PEOPLE, TEMPLATES, DAYS, PAGE = 10_000, 12, 90, 50
SECONDS, REQUESTS = 10, 210
"""The most time on the clock (s) and the most requests for members."""
FILE = "forecast.json"


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure a forecast, and a plan without one."""
    say(f"a forecast of {PEOPLE:,} people")
    folder = bench.scratch / f"people-{TEMPLATES}"
    if not (folder / "full.db").exists():
        tenants.fill(projects.schedule(projects.write(folder, TEMPLATES), TEMPLATES), bench.scratch)
    tenants.refill(folder)
    with tenants.served(folder, bench.scratch, "--people", str(PEOPLE), "--page-size", str(PAGE)) as environ:
        words = ("forecast", "--days", str(DAYS), "--no-cache", "-q", "--format", "json", "--output-file", FILE)
        changed = in_order(restored(folder, 3), edited(folder, 3))
        used = interleaved(
            {
                "forecast": replace(rhythmconf(folder, environ, *words), before=changed),
                "plan": replace(rhythmconf(folder, environ, "plan", "-q"), before=changed),
            },
            bench.rounds,
        )
    requests = json.loads((folder / FILE).read_text())["requests"]["made"]
    name = f"forecast, {TEMPLATES} templates"
    yield Figure(name, "time", used["forecast"].wall, "s", SECONDS, "the most allowed", 1.0)
    yield Figure(name, "requests for members", requests, "requests", REQUESTS, "the most allowed", 1.0)
    yield Figure(name, "CPU", used["forecast"].cpu, "s CPU", used["plan"].cpu, "a plan without a forecast")
