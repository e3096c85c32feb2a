"""Write the list of recorded runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rhythmconf.engine.journal import Runner, RunSummary
from rhythmconf.model import dump
from rhythmconf.report.subjects.run_record import ENDING_STYLES, advice, ending, summary
from rhythmconf.report.terminal import Line

NO_RUNNERS: Mapping[str, Runner] = {}


def text(runs: Sequence[RunSummary], runners: Mapping[str, Runner] = NO_RUNNERS) -> Iterator[Line]:
    """Yield a line for each run. `runners` says, by its id, where a run is going on now."""
    for run in runs:
        header = run.header
        commit = f"  commit {header.commit[:12]}" if header.commit else ""
        applied = f"{run.totals.applied} of {run.totals.planned} applied  " if run.totals else ""
        yield [
            ("bold", header.run),
            ("plain", f"  {header.environment}  {header.command}  "),
            ("yellow", str(runners[header.run]))
            if header.run in runners
            else (ENDING_STYLES.get(ending(run), "alarm"), ending(run)),
            ("dim", f"  {applied}by {header.actor}{commit}"),
        ]
    if not runs:
        yield [("plain", "No runs.")]
    yield from _unfinished(runs, runners)


def _unfinished(runs: Sequence[RunSummary], runners: Mapping[str, Runner]) -> Iterator[Line]:
    """Yield how to finish the last run of each environment, where it is unfinished."""
    last = {run.header.environment: run for run in runs if run.ending not in ("refused", "superseded")}
    for run in last.values():
        if run.unfinished:
            yield [("cyan", "  help: "), ("plain", advice(run.header, runners.get(run.header.run)))]


def json(runs: Sequence[RunSummary], runners: Mapping[str, Runner] = NO_RUNNERS) -> str:
    """Return the list as JSON."""
    return dump({"runs": [summary(run, runners.get(run.header.run)) for run in runs]})
