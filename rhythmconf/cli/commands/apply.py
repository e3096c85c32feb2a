"""`rhythmconf apply`: a saved plan exactly, or plan, ask, apply."""

from __future__ import annotations

import click

from rhythmconf.cli.approving import approval
from rhythmconf.cli.choices import SHAPING, MakeChoices, shaping
from rhythmconf.cli.console import Console, console
from rhythmconf.cli.options import Options, shared
from rhythmconf.cli.outcome import reported
from rhythmconf.errors import UsageError
from rhythmconf.flows import apply
from rhythmconf.model import Run

EPILOG = """\b
Examples:
  rhythmconf apply --env sandbox
  rhythmconf plan --env production -o production.plan
  rhythmconf apply production.plan"""


@click.command(epilog=EPILOG)
@click.argument("plan_file", metavar="[FILE]", required=False)
@click.option("--auto-approve", is_flag=True, help="Don't ask. Without a terminal, this or FILE is required.")
@click.option(
    "--max-requests",
    type=click.IntRange(1),
    help="Stop before more than this number of requests, reads included.",
)
@click.option(
    "--lock-timeout",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="How many seconds to wait for the lock of the tenant.",
)
@click.option("--journal", metavar="FILE", help="Write the run record to FILE, for a pipeline to keep.")
@shaping
@shared()
def command(
    options: Options,
    choose: MakeChoices,
    plan_file: str | None,
    auto_approve: bool,
    max_requests: int | None,
    lock_timeout: float,
    journal: str | None,
) -> int:
    """Apply a saved plan, or plan now, ask for approval and apply.

    A saved plan is applied exactly as it was reviewed, so the options that change a plan can't be used with FILE.
    """
    screen = console(options.color, quiet=options.quiet)
    terms = apply.Terms(max_requests, lock_timeout, options.directory / journal if journal else None)
    return reported(options, screen, lambda: _run(options, screen, choose, plan_file, terms, auto_approve))


def _run(
    options: Options, screen: Console, choose: MakeChoices, plan_file: str | None, terms: apply.Terms, approved: bool
) -> Run:
    if plan_file is not None:
        _refuse_shaping()
        return apply.saved(options, screen, options.directory / plan_file, terms)
    return apply.fresh(options, screen, choose, terms, approval(options, screen, "plan", given=approved))


def _refuse_shaping() -> None:
    """A saved plan takes no overrides: they are given to `plan` and stored in it."""
    context = click.get_current_context()
    given = [name for name in SHAPING if context.params.get(name)]
    if given:
        flag = "--" + given[0].replace("_", "-")
        raise UsageError(f"{flag} can't change a saved plan", help=f"give it to `rhythmconf plan {flag} ... -o FILE`")
