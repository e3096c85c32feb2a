"""`rhythmconf drift`: what the tenant has differently, of what the files manage."""

from __future__ import annotations

import click

from rhythmconf.cli.choices import MakeChoices, shaping
from rhythmconf.cli.console import console
from rhythmconf.cli.options import REPORTS, Options, shared
from rhythmconf.cli.output import emit
from rhythmconf.cli.planning import make, signing_key
from rhythmconf.cli.reports import of_plan, reporting_failure
from rhythmconf.report.facts import DRIFT


@click.command(epilog="\b\nrhythmconf drift --env production")
@shaping
@shared(REPORTS)
def command(options: Options, choose: MakeChoices) -> int:
    """Show what the tenant has differently from the files. Exits with 2 when there is any difference."""
    screen = console(options.color, quiet=options.quiet)
    with reporting_failure(options, screen, DRIFT):
        made = make(options, choose, screen)
    emit(options, screen, of_plan(made, DRIFT, signing_key(made.project.settings)))
    return 2 if made.planned.plan.changes else 0
