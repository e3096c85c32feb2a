"""Validate, plan and pull at growing sizes: CPU and memory compared with CSafeLoader, and their growth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.bench import Bench, edited, in_order, restored, rhythmconf, say
from benchmarks.figures import Figure
from benchmarks.measure import Command, Usage, interleaved, run

SIZES = (100, 1_000, 10_000)
TARGETS = {"validate": None, "cold": 0.30, "warm": 0.19, "nothing changed, warm": 0.17, "pull, nothing to bring": None}
STYLES = {"example": 0.32, "worst": 0.38}
OF = "CSafeLoader"


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure validate, plan and pull at each size, cold plans of other styles, and the growth of plans."""
    for size in [size for size in SIZES if size <= bench.most]:
        used = _plans(bench, size)
        yield from _figures(size, used, largest=size == 10_000)
    yield from _styles(bench)
    half = bench.most // 2
    if half >= 50:
        yield from _growth(bench, half)


def _plans(bench: Bench, size: int) -> Mapping[str, Usage]:
    say(f"plans of {size:,} templates")
    changed = max(1, size // 100)
    with bench.served(size) as (folder, environ):
        return interleaved(
            {
                OF: replace(bench.program("load_and_keep.py", folder / "config"), before=edited(folder, changed)),
                "validate": rhythmconf(folder, environ, "validate", "-q", before=bench.forget),
                "cold": rhythmconf(
                    folder, environ, "plan", "-q", before=in_order(bench.forget, edited(folder, changed))
                ),
                "warm": _warm(folder, environ, changed, edited(folder, changed)),
                "nothing changed, warm": _warm(folder, environ, changed, lambda: None),
                "pull, nothing to bring": rhythmconf(folder, environ, "pull", "-q", before=restored(folder, changed)),
            },
            bench.rounds,
        )


def _warm(folder: Path, environ: Mapping[str, str], changed: int, edit: Callable[[], None]) -> Command:
    """Return a plan that follows a plan of the unedited files; `edit` runs between the two."""
    first = rhythmconf(folder, environ, "plan", "-q", before=restored(folder, changed))
    return rhythmconf(folder, environ, "plan", "-q", before=in_order(lambda: run(first), edit))


def _figures(size: int, used: Mapping[str, Usage], *, largest: bool) -> Iterator[Figure]:
    section, floor = f"plan of {size:,}", used[OF]
    for name, target in TARGETS.items():
        yield Figure(section, name, used[name].cpu, "s CPU", floor.cpu, OF, target if largest else None)
    yield Figure(section, "peak memory, cold", used["cold"].peak, "MiB", floor.peak, OF, 1.3 if largest else None)
    yield Figure(section, "peak memory, warm", used["warm"].peak, "MiB", floor.peak, OF)


def _styles(bench: Bench) -> Iterator[Figure]:
    """Measure a cold plan of the same values written in other styles of YAML."""
    changed = max(1, bench.most // 100)
    for style, target in STYLES.items():
        say(f"plan of {bench.most:,} templates in the {style} style")
        with bench.served(bench.most, style=style) as (folder, environ):
            edit = edited(folder, changed, style)
            used = interleaved(
                {
                    OF: replace(bench.program("load_and_keep.py", folder / "config"), before=edit),
                    "cold": rhythmconf(folder, environ, "plan", "-q", before=in_order(bench.forget, edit)),
                },
                bench.rounds,
            )
        aim = target if bench.most == 10_000 else None
        yield Figure(
            f"plan of {bench.most:,}", f"cold, {style} style", used["cold"].cpu, "s CPU", used[OF].cpu, OF, aim
        )


def _growth(bench: Bench, half: int) -> Iterator[Figure]:
    say(f"growth from {half:,} to {2 * half:,} templates")
    found: dict[int, Mapping[str, Usage]] = {}
    for size in (half, 2 * half):
        with bench.served(size) as (folder, environ):
            plan = in_order(bench.forget, edited(folder, size // 100))
            warm = _warm(folder, environ, size // 100, edited(folder, size // 100))
            commands = {"cold": rhythmconf(folder, environ, "plan", "-q", before=plan), "warm": warm}
            found[size] = interleaved(commands, bench.rounds)
    for name in ("cold", "warm"):
        small, large = found[half][name].cpu, found[2 * half][name].cpu
        yield Figure("growth", f"{name}, {half:,} to {2 * half:,}", large, "s CPU", small, f"{half:,}", 2.2)
