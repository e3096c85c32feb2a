"""Write the list of recorded runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rhythmconf.engine.journal import RunSummary
from rhythmconf.model import dump
from rhythmconf.report.subjects.run_record import ENDING_STYLES, ending, summary
from rhythmconf.report.terminal import Line


def text(runs: Sequence[RunSummary]) -> Iterator[Line]:
    """Yield a line for each run."""
    for run in runs:
        header = run.header
        commit = f"  commit {header.commit[:12]}" if header.commit else ""
        applied = f"{run.totals.applied} of {run.totals.planned} applied  " if run.totals else ""
        yield [
            ("bold", header.run),
            ("plain", f"  {header.environment}  {header.command}  "),
            (ENDING_STYLES.get(ending(run), "alarm"), ending(run)),
            ("dim", f"  {applied}by {header.actor}{commit}"),
        ]
    if not runs:
        yield [("plain", "No runs.")]
    yield from _unfinished(runs)


def _unfinished(runs: Sequence[RunSummary]) -> Iterator[Line]:
    """Yield how to finish the last run of each environment, where it is unfinished."""
    last = {run.header.environment: run for run in runs if run.ending not in ("refused", "superseded")}
    for run in last.values():
        if run.unfinished:
            yield [("cyan", "  help: "), ("plain", f"finish it with `rhythmconf resume {run.header.run}`")]


def json(runs: Sequence[RunSummary]) -> str:
    """Return the list as JSON."""
    return dump({"runs": [summary(run) for run in runs]})
