"""`rhythmconf resume`: finish an interrupted run."""

from __future__ import annotations

import click

from rhythmconf.cli.console import Console, console
from rhythmconf.cli.options import Options, shared_options
from rhythmconf.cli.running import report_run
from rhythmconf.cli.shared_runs import fetch_runs
from rhythmconf.cli.trust import confirm_access
from rhythmconf.flows.resume import find_environment, find_log, resume
from rhythmconf.flows.values import RunLimits
from rhythmconf.model import Run
from rhythmconf.source.project.opening import open_settings

EPILOG = """\b
Examples:
  rhythmconf resume
  rhythmconf resume 20260131-235959-123-0f3a9c
  rhythmconf resume production-run.jsonl"""


@click.command(epilog=EPILOG)
@click.argument("run", metavar="[RUN]", required=False)
@click.option("--max-requests", type=click.IntRange(1), help="Send at most this number of requests, reads included.")
@click.option(
    "--lock-timeout",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="How many seconds to wait for the lock of the tenant.",
)
@shared_options()
def command(options: Options, run: str | None, max_requests: int | None, lock_timeout: float) -> int:
    """Finish an interrupted run. RUN is a run id or a run record file. [default: the last run of the environment]

    Applies only what was approved. First reads the records whose requests were not answered. Then compares the rest
    with the tenant, and stops if somebody changed it in the meantime.
    """
    terminal = console(options.color, quiet=options.quiet)
    limits = RunLimits(max_requests, lock_timeout)
    return report_run(options, terminal, lambda: _resume(options, terminal, run, limits))


def _resume(options: Options, terminal: Console, name: str | None, limits: RunLimits) -> Run:
    settings = open_settings(options.directory, options.env)
    fetch_runs(terminal, settings, options.env)
    log = find_log(settings, options.directory, name)
    environment = find_environment(settings, log, options.env)
    confirm_access(terminal, settings, environment)
    run = terminal.run(resume(settings, environment, log, limits))
    if run is None:
        terminal.warn([("plain", f"There is no unfinished run of {environment.name}: nothing to resume.")])
    return run or Run("", ())
