"""Write what an apply did."""

from __future__ import annotations

from collections.abc import Iterator

from rhythmconf.model import KindNames, Result, Run, dump
from rhythmconf.model.plural import counted
from rhythmconf.model.quoting import shown_name
from rhythmconf.report.facts import COLORS, SYMBOLS, count_applied
from rhythmconf.report.terminal import Line


def text(run: Run) -> Iterator[Line]:
    """Yield a line for each result and binding; the last line counts what was applied."""
    for result in run.results:
        yield _result(result, run.names)
    for binding in run.binds:
        yield [("cyan", f"  bound {run.names.key(binding.key)} to {shown_name(binding.id)}")]
    failed, left = run.count("conflict", "rejected", "unknown"), run.count("not_attempted")
    yield [("dim", f"run {run.id}, {counted(run.requests, 'request')}")]
    if failed or left:
        yield [("alarm", f"{failed} failed, {left} not attempted.")]
    yield [("bold", _last_line(run))]


def _result(result: Result, names: KindNames) -> Line:
    if result.outcome == "applied":
        style, outcome = COLORS[result.action], "done"
    else:
        style, outcome = "alarm", result.outcome.replace("_", " ")
    message = f"  {result.message}" if result.message else ""
    symbol = f"  {SYMBOLS[result.action]} "
    return [(style, symbol), ("plain", names.key(result.key)), ("dim", f"  {outcome}"), ("plain", message)]


def _last_line(run: Run) -> str:
    """Return `Apply complete! Resources: 3 added, 1 changed, 0 destroyed.`, which pipelines rely on."""
    verdict = "Apply complete!" if run.complete else "Apply incomplete!"
    return f"{verdict} Resources: {count_applied(run)}."


def json(run: Run) -> str:
    """Return the run in the shape that pipelines rely on."""
    return dump(
        {
            "run": run.id,
            "applied": run.count("applied"),
            "failed": run.count("conflict", "rejected", "unknown"),
            "not_attempted": run.count("not_attempted"),
            "requests": run.requests,
            "results": [
                {
                    "kind": result.key.kind,
                    "key": result.key.name,
                    "id": result.id,
                    "action": result.action,
                    "outcome": result.outcome,
                    "message": result.message,
                }
                for result in run.results
            ],
            "diagnostics": [diagnostic.to_json() for diagnostic in run.diagnostics],
        }
    )
