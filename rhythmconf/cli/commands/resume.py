"""`rhythmconf resume`: what an interrupted run left, done."""

from __future__ import annotations

import click

from rhythmconf.cli.console import Console, console
from rhythmconf.cli.options import Options, shared
from rhythmconf.cli.outcome import reported
from rhythmconf.flows import apply
from rhythmconf.model import Run
from rhythmconf.source.project.opening import open_settings

EPILOG = """\b
rhythmconf resume
rhythmconf resume 20260131-235959-123-0f3a9c
rhythmconf resume production-run.jsonl"""


@click.command(epilog=EPILOG)
@click.argument("run", metavar="[RUN]", required=False)
@click.option(
    "--max-requests", type=click.IntRange(1), help="Stop before a request beyond this number, reads included."
)
@click.option("--lock-timeout", type=click.FloatRange(0), default=0.0, show_default=True, help="Seconds to wait.")
@shared()
def command(options: Options, run: str | None, max_requests: int | None, lock_timeout: float) -> int:
    """Finish a run that was interrupted: an id, or the file of its record. Default: the environment's last one.

    What was approved is done, and nothing else: what was sent and never answered is looked at first, what is left is
    compared with the tenant, and refused where somebody changed it since.
    """
    screen = console(options.color, quiet=options.quiet)
    terms = apply.Terms(max_requests, lock_timeout)
    return reported(options, screen, lambda: _run(options, screen, run, terms))


def _run(options: Options, screen: Console, name: str | None, terms: apply.Terms) -> Run:
    run = apply.resumed(options, screen, name, terms)
    if run is None:
        environment = open_settings(options.directory, options.env).environment(options.env)
        screen.warn([("plain", f"There is no unfinished run of {environment.name}: nothing to resume.")])
    return run or Run("", ())
