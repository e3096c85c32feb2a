"""Compare with octoDNS: a plan of as many records and changes, from YAML to a provider that stores YAML."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import projects, tenants
from benchmarks.bench import Bench, edited, in_order, restored, rhythmconf, say
from benchmarks.figures import Figure
from benchmarks.measure import Command, clean, interleaved

CONFIG = """\
providers:
  config: {class: octodns.provider.yaml.YamlProvider, directory: ./config, default_ttl: 3600, enforce_order: false}
  tenant: {class: octodns.provider.yaml.YamlProvider, directory: ./tenant, default_ttl: 3600, enforce_order: false}
zones:
  bench.example.:
    sources: [config]
    targets: [tenant]
"""
RECORD = """\
chapter-{n:05}:
  type: A
  ttl: {ttl}
  values: [192.0.2.{first}, 198.51.100.{second}]
"""
REASON = """\
kind: statusReason
key: reason-{n:05}
spec:
  name: Reason {n:05}
  is_active: true
  applicable_statuses: [active, {status}]
"""


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure CPU per record and per byte of YAML, for templates and for records as small as DNS records."""
    say("octoDNS")
    size, changed = bench.most, max(1, bench.most // 100)
    zone, small = bench.scratch / "zone", bench.scratch / "small"
    octodns = _installed(bench.scratch)
    _write_zone(zone, size, changed)
    if not (small / "full.db").exists():
        _write_small(small, size)
        tenants.fill(small, bench.scratch)
    with bench.served(size) as (folder, environ), tenants.served(small, bench.scratch) as there:
        templates = in_order(bench.forget, edited(folder, changed))
        reasons = in_order(bench.forget, lambda: _edit(small, size, changed))
        used = interleaved(
            {
                "octodns": Command((str(octodns), "--config-file=config.yaml"), zone, clean(bench.scratch)),
                "templates": rhythmconf(folder, environ, "plan", "-q", before=templates),
                "small": rhythmconf(small, there, "plan", "-q", before=reasons),
            },
            bench.rounds,
        )
        bytes_ = {"octodns": _bytes(zone), "templates": _bytes(folder / "config"), "small": _bytes(small / "config")}
        restored(folder, changed)()
    cpu = {name: usage.cpu for name, usage in used.items()}
    a_record, a_byte = cpu["octodns"] / size * 1000, cpu["octodns"] / bytes_["octodns"] * 1e6
    for name, words in (("small", "small records"), ("templates", "templates")):
        target = 0.5 if name == "small" else None
        yield Figure(
            "octoDNS", f"a record, {words}", cpu[name] / size * 1000, "ms CPU", a_record, "octodns-sync", target
        )
    value = cpu["templates"] / bytes_["templates"] * 1e6
    yield Figure("octoDNS", "a byte of YAML, templates", value, "us CPU", a_byte, "octodns-sync", 0.1)


def _installed(scratch: Path) -> Path:
    """Install octodns-sync in a separate virtual environment."""
    home = scratch / "octodns"
    command = home / "bin" / "octodns-sync"
    if not command.exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        subprocess.run([home / "bin" / "pip", "install", "--quiet", "octodns"], check=True)
    return command


def _write_zone(folder: Path, size: int, changed: int) -> None:
    """Write `size` records, of which `changed` differ in the provider."""
    for name, ttl in (("config", 300), ("tenant", 600)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "bench.example.yaml").write_text(
            "---\n"
            + "".join(
                RECORD.format(n=n, ttl=ttl if n < changed else 300, first=n % 250 + 1, second=n * 7 % 250 + 1)
                for n in range(size)
            )
        )
    (folder / "config.yaml").write_text(CONFIG)


def _write_small(folder: Path, size: int) -> None:
    (folder / "config").mkdir(parents=True)
    (folder / "rhythmconf.yaml").write_text(projects.SETTINGS)
    _edit(folder, size, 0)


def _edit(folder: Path, size: int, changed: int) -> None:
    """Write all records to one file, as octoDNS stores a zone."""
    texts = [REASON.format(n=n, status="expired" if n < changed else "suspended") for n in range(size)]
    (folder / "config" / "reasons.yaml").write_text("---\n".join(texts))


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.yaml"))
