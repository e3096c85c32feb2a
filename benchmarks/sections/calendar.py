"""The calendar: 800 days of a thousand templates with a schedule each, and what it adds to `validate` and `plan`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks import projects, tenants
from benchmarks.bench import PROGRAMS, Bench, edited, in_order, rhythmconf, say
from benchmarks.figures import Figure
from benchmarks.measure import PYTHON, Command, interleaved

SIZE = 1_000
WORDS = ("calendar", "--days", "800", "--from", "2026-12-01", "--readings", "all")
SECONDS, MEMORY = 10, 300
"""The most CPU (s) and memory (MiB) of a calendar."""
MORE = 1.05
"""The most CPU of a command with the calendar, as a multiple of the same command without it."""
OF = "CSafeLoader"


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure the calendar itself, then `validate` and `plan` with it and without."""
    say(f"a calendar of {SIZE:,} templates with schedules")
    folder = bench.scratch / f"scheduled-{SIZE}"
    if not (folder / "full.db").exists():
        tenants.fill(projects.schedule(projects.write(folder, SIZE), SIZE), bench.scratch)
    tenants.refill(folder)
    with tenants.served(folder, bench.scratch) as environ:
        yield from _calendar(bench, folder, environ)
        yield from _additions(bench, folder, environ)


def _calendar(bench: Bench, folder: Path, environ: Mapping[str, str]) -> Iterator[Figure]:
    used = interleaved(
        {
            OF: bench.program("load_and_keep.py", folder / "config"),
            "text": rhythmconf(folder, environ, *WORDS),
            "json": rhythmconf(folder, environ, *WORDS, "--format", "json"),
        },
        bench.rounds,
    )
    section = f"calendar of {SIZE:,}"
    for name in ("text", "json"):
        limits = (SECONDS, MEMORY) if name == "text" else (None, None)
        of = "the most allowed" if name == "text" else ""
        target = 1.0 if name == "text" else None
        yield Figure(section, f"800 days, all readings, {name}", used[name].cpu, "s CPU", limits[0], of, target)
        yield Figure(section, f"peak memory, {name}", used[name].peak, "MiB", limits[1], of, target)
    yield Figure(section, "800 days, all readings, text", used["text"].cpu, "s CPU", used[OF].cpu, OF)


def _additions(bench: Bench, folder: Path, environ: Mapping[str, str]) -> Iterator[Figure]:
    """Measure what the calendar adds to commands.

    "Without" is the same program without windows, schedules, effects in dates, and the rules RC700 to RC730. The other
    rules stay, and so does the survey of bodies as far as RC731 needs it (see `programs/without_calendar.py`). Both
    have a cache of findings each time: cold without one, warm with that of the run before.
    """

    def command(program: str, *words: str) -> Command:
        return Command((*PYTHON, str(PROGRAMS / program), *words), folder, environ)

    changed = SIZE // 100
    cold = in_order(bench.forget, edited(folder, changed))
    for name, words, before in (
        ("validate, cold", ("validate", "-q"), cold),
        ("validate, warm", ("validate", "-q"), lambda: None),
        ("plan, cold", ("plan", "-q"), cold),
        ("plan, warm", ("plan", "-q"), lambda: None),
    ):
        used = interleaved(
            {
                "with": replace(command("with_calendar.py", *words), before=before),
                "without": replace(command("without_calendar.py", *words), before=before),
            },
            max(7, bench.rounds),
        )
        yield Figure("calendar", name, used["with"].cpu, "s CPU", used["without"].cpu, "without", MORE)
