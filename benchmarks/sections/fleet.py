"""A fleet of tenants of 100 records: `fleet plan` against the same plans in one process, and against command starts."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks import tenants
from benchmarks.bench import PROGRAMS, Bench, rhythmconf, say
from benchmarks.figures import Figure
from benchmarks.measure import PYTHON, Command, clean, interleaved
from benchmarks.projects import SETTINGS
from benchmarks.sections.latency import KINDS

FEW = 100
EACH = 10
"""Records of each of the ten kinds."""
MEMBER = """\
version: 1
project: bench
sources: [config]
environments: {{served: {{tenant: tenant-{n}, dialect: {{list_lag_s: 0}}}}}}
"""
FLEET = "version: 1\nmembers:\n  - project: tenants/*\n  - {project: tenants/0*, labels: {size: few}}\n"


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure 1,000 tenants, or a tenth of the largest number of templates, and 100 of them."""
    many = max(2 * FEW, min(1_000, bench.most // 10))
    say(f"{many:,} tenants of 100 records")
    folder = make_fleet(bench, many)
    one = folder / "tenants" / f"{0:04}"
    with serve_tenants(bench, folder) as environ:
        used = interleaved(
            {
                "fleet": rhythmconf(folder, environ, "fleet", "plan", "--jobs", "2", "-q"),
                "few": rhythmconf(folder, environ, "fleet", "plan", "--jobs", "2", "-q", "--select", "size=few"),
                "warm": Command((*PYTHON, str(PROGRAMS / "warm_plans.py"), "tenants", str(many)), folder, environ),
                "start": rhythmconf(one, environ, "plan", "-q"),
            },
            bench.rounds,
        )
    cpu, what = used["fleet"].cpu, f"fleet plan, {many:,} tenants, two processes"
    yield Figure("fleet", what, cpu, "s CPU", used["warm"].cpu, "one warm process", 1.15)
    yield Figure("fleet", what, cpu, "s CPU", used["start"].cpu * many, f"{many:,} command starts", 1 / 3)
    yield Figure("fleet", "its largest process", used["fleet"].peak, "MiB", used["few"].peak, f"{FEW} tenants", 1.2)


def make_fleet(bench: Bench, many: int) -> Path:
    """Write the projects, and fill the one tenant that answers for all of them."""
    folder = bench.scratch / f"fleet-{many}"
    if (folder / "full.db").exists():
        return folder
    _write_documents(folder, 0)
    (folder / "rhythmconf.yaml").write_text(SETTINGS)
    for n in range(many):
        # The numbers of the first hundred begin with 0.
        member = folder / "tenants" / f"{n:04}" if n < FEW else folder / "tenants" / f"1{n:04}"
        _write_documents(member, n)
        (member / "rhythmconf.yaml").write_text(MEMBER.format(n=n))
    (folder / "fleet.yaml").write_text(FLEET)
    tenants.fill(folder, bench.scratch)
    return folder


def _write_documents(folder: Path, n: int) -> None:
    (folder / "config").mkdir(parents=True)
    for kind, rest in KINDS.items():
        texts = [f"kind: {kind}\nkey: item-{m:02}\nspec: {{name: item-{m:02}{rest}}}\n" for m in range(EACH)]
        # No two tenants have the same file, so that none finds what was parsed for another.
        (folder / "config" / f"{kind}.yaml").write_text(f"# tenant {n}\n" + "---\n".join(texts))


@contextmanager
def serve_tenants(bench: Bench, folder: Path) -> Iterator[Mapping[str, str]]:
    """Serve the tenants for the block; yield the variables that select them."""
    program = [*PYTHON, str(PROGRAMS / "many_tenants.py"), "tenant.db"]
    process = subprocess.Popen(program, cwd=folder, env=clean(bench.scratch), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        yield clean(bench.scratch, {"RHYTHMCONF_BASE_URL": f"{address}/{{module}}", "RHYTHMCONF_TOKEN": "a-token"})
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
