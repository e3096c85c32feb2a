"""`rhythmconf plan`: what apply would change, as a value that can be saved."""

from __future__ import annotations

from pathlib import Path

import click

from rhythmconf.cli.choices import MakeChoices, shaping
from rhythmconf.cli.console import console
from rhythmconf.cli.options import REPORTS, Options, shared
from rhythmconf.cli.output import emit
from rhythmconf.cli.reports import of_plan, reporting_failure
from rhythmconf.engine import plan as planning
from rhythmconf.flows.plan import make, signing_key
from rhythmconf.report.facts import PLAN
from rhythmconf.report.formats import text
from rhythmconf.settings import Environment
from rhythmconf.source.project import files

EPILOG = """\b
Examples:
  rhythmconf plan --env sandbox
  rhythmconf plan --env production -o production.plan
  rhythmconf plan --only program/cmsi --detailed-exitcode"""


@click.command(epilog=EPILOG)
@click.option("-o", "--out", metavar="FILE", help="Save the plan to FILE, for `apply FILE`.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes.")
@click.option("--summary", is_flag=True, help="Show one line for each change, without its fields.")
@click.option("--live", metavar="FILE", help="Plan offline against a snapshot, made by `pull --snapshot FILE`.")
@shaping
@shared(REPORTS)
def command(
    options: Options,
    choose: MakeChoices,
    out: str | None,
    detailed_exitcode: bool,
    summary: bool,
    live: str | None,
) -> int:
    """Show what apply would change in the tenant. Changes nothing."""
    screen = console(options.color, quiet=options.quiet)
    with reporting_failure(options, screen, PLAN):
        made = make(options, choose, screen, snapshot=options.directory / live if live else None)
    plan, key = made.planned.plan, signing_key(made.project.settings)
    formats = of_plan(made, PLAN, key)
    emit(options, screen, {**formats, "text": lambda: text.summary(plan)} if summary else formats)
    planning.refuse_guarded(plan)
    if out is not None:
        path = options.directory / out
        files.write(path, planning.dump(plan, key), mode=0o600)
        screen.hint([("dim", f"saved; apply exactly this with: rhythmconf apply {_shown(path)}")])
    elif plan.changes:
        screen.hint([("dim", _next(made.environment, choose.typed))])
    return 2 if detailed_exitcode and plan.changes else 0


def _next(environment: Environment, shaped: str) -> str:
    """The command that does just what was shown."""
    if environment.protected:
        return f"{environment.name} takes saved plans: rhythmconf plan --env {environment.name}{shaped} -o FILE"
    return f"apply with: rhythmconf apply --env {environment.name}{shaped}"


def _shown(path: Path) -> str:
    return str(path).removeprefix("./")
