"""`rhythmconf drift`: what the tenant has differently, of what the files manage."""

from __future__ import annotations

from dataclasses import replace

import click

from rhythmconf.cli.choices import MakeChoices, shaping
from rhythmconf.cli.console import console
from rhythmconf.cli.options import REPORTS, Options, shared
from rhythmconf.cli.output import emit
from rhythmconf.cli.reports import of_plan, reporting_failure
from rhythmconf.engine import plan as planning
from rhythmconf.flows.plan import Made, make, signing_key
from rhythmconf.report.facts import DRIFT

EPILOG = """\b
Examples:
  rhythmconf drift --env production
  rhythmconf drift --only program/cmsi --format markdown"""


@click.command(epilog=EPILOG)
@shaping
@shared(REPORTS)
def command(options: Options, choose: MakeChoices) -> int:
    """Show changes that were made in the tenant and not in the files.

    Exits with 2 if there are any. If the last applied commit is known, changes in the files that are not applied
    yet don't count.
    """
    screen = console(options.color, quiet=options.quiet)
    with reporting_failure(options, screen, DRIFT):
        made = _without_yours(make(options, choose, screen))
    emit(options, screen, of_plan(made, DRIFT, signing_key(made.project.settings)))
    return 2 if made.planned.plan.changes else 0


def _without_yours(made: Made) -> Made:
    """Leave out the changes that only the files have made."""
    plan = made.planned.plan
    changes = tuple(change for change in plan.changes if change.side != "yours")
    kept = {change.key for change in changes}
    guards = tuple(guard for guard in plan.guards if guard.ok or any(str(key) == guard.subject for key in kept))
    less = plan._replace(changes=changes, guards=guards, summary=planning.summarise(changes, plan.summary.unchanged))
    return replace(made, planned=made.planned._replace(plan=less))
