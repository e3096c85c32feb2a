"""Write the list of recorded runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rhythmconf.engine.journal import Log
from rhythmconf.model import dump
from rhythmconf.report.subjects.run_record import ENDING_STYLES, count_applied, ending, planned_changes, summary
from rhythmconf.report.terminal import Line


def text(logs: Sequence[Log]) -> Iterator[Line]:
    """Yield a line for each run."""
    for log in logs:
        header = log.header
        commit = f"  commit {header.commit[:12]}" if header.commit else ""
        applied = f"{count_applied(log)} of {len(planned_changes(log))} applied"
        yield [
            ("bold", header.run),
            ("plain", f"  {header.environment}  {header.command}  "),
            (ENDING_STYLES.get(ending(log), "alarm"), ending(log)),
            ("dim", f"  {applied}  by {header.actor}{commit}"),
        ]
    if not logs:
        yield [("plain", "No runs.")]
    yield from _unfinished(logs)


def _unfinished(logs: Sequence[Log]) -> Iterator[Line]:
    """Yield how to finish the last run of each environment, where it is unfinished."""
    last = {log.header.environment: log for log in logs if log.ending not in ("refused", "superseded")}
    for log in last.values():
        if log.unfinished:
            yield [("cyan", "  help: "), ("plain", f"finish it with `rhythmconf resume {log.header.run}`")]


def json(logs: Sequence[Log]) -> str:
    """Return the list as JSON."""
    return dump({"runs": [summary(log) for log in logs]})
