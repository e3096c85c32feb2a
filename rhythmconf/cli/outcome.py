"""A run that is on its way -> its report under every ending, and its exit code."""

from __future__ import annotations

from collections.abc import Callable

from rhythmconf.cli.console import Console
from rhythmconf.cli.options import Options
from rhythmconf.cli.output import emit
from rhythmconf.engine.execute import InterruptedRun
from rhythmconf.errors import RhythmconfError
from rhythmconf.flows import apply
from rhythmconf.model import Run
from rhythmconf.report.formats import text
from rhythmconf.report.subjects import run as run_report


def reported(options: Options, screen: Console, work: Callable[[], Run]) -> int:
    """Do the work and report the run, also one that was interrupted or refused; gives the exit code."""
    try:
        run = work()
    except InterruptedRun as error:
        _report(options, screen, error.run)
        raise
    except RhythmconfError as error:
        found = error.findings()
        if options.wants("json"):
            refused = Run("", error.results, diagnostics=found)
            emit(options, screen, {"text": tuple, "json": lambda: run_report.json(refused)})
        raise
    _report(options, screen, run)
    return apply.exit_code(run)


def _report(options: Options, screen: Console, run: Run) -> None:
    emit(
        options, screen, {"text": lambda: run_report.text(run) if run.id else (), "json": lambda: run_report.json(run)}
    )
    screen.warn(*text.diagnostics(run.diagnostics, {}))
