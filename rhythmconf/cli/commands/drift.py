"""`rhythmconf drift`: what the tenant has differently, of what the files manage."""

from __future__ import annotations

import click

from rhythmconf.cli.choices import MakeChoices, shaping
from rhythmconf.cli.console import console
from rhythmconf.cli.options import Options, shared
from rhythmconf.cli.output import emit
from rhythmconf.cli.planning import make, signing_key, writers


@click.command(epilog="\b\nrhythmconf drift --env production")
@shaping
@shared()
def command(options: Options, choose: MakeChoices) -> int:
    """Show what the tenant has differently from the files. Exits with 2 when there is any difference."""
    screen = console(options.color, quiet=options.quiet)
    made = make(options, choose, screen)
    emit(options, screen, writers(made.planned.plan, signing_key(made.project.settings)))
    return 2 if made.planned.plan.changes else 0
