"""`rhythmconf plan`: show what apply would change, and save the plan."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rhythmconf.cli import browser
from rhythmconf.cli.choices import MakeChoices, plan_options
from rhythmconf.cli.console import console, keep
from rhythmconf.cli.drift_hint import hint_at_drift
from rhythmconf.cli.formats import plan_writers, reporting_failure
from rhythmconf.cli.options import (
    REPORTS,
    Options,
    check_out,
    forecast_option,
    from_option,
    refuse_unused,
    shared_options,
)
from rhythmconf.cli.origin import origin_options
from rhythmconf.cli.output import emit, plan_text
from rhythmconf.cli.plan_files import save_plan_file
from rhythmconf.cli.targets import check_plan_target
from rhythmconf.cli.trust import confirm_access
from rhythmconf.engine import plan as planning
from rhythmconf.flows.effects import DAYS, MOST_DAYS, CalendarRange
from rhythmconf.report.facts import PLAN
from rhythmconf.report.formats import text
from rhythmconf.report.origin import Origin

if TYPE_CHECKING:
    from rhythmconf.settings import Environment

EPILOG = """\b
Examples:
  rhythmconf plan --env sandbox
  rhythmconf plan --env production -o production.plan
  rhythmconf plan --open
  rhythmconf plan --only program/cmsi --only 'notice/renewal-*'
  rhythmconf plan --changed --detailed-exitcode"""


@click.command(epilog=EPILOG)
@click.option("-o", "--out", metavar="FILE", callback=check_out, help="Save the plan to FILE, for `apply FILE`.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes.")
@click.option("--summary", is_flag=True, help="Show one line for each change, without its fields.")
@click.option("--open", "open_page", is_flag=True, help="Show the plan as a page in the browser, too.")
@click.option("--live", metavar="FILE", help="Plan offline against a snapshot, made by `pull --snapshot FILE`.")
@click.option(
    "--empty-tenant", is_flag=True, help="Plan offline as if the tenant were empty. `apply` refuses such a plan."
)
@from_option
@click.option(
    "--days",
    type=click.IntRange(1, MOST_DAYS),
    default=DAYS,
    show_default=True,
    help="How many days of runs to look at.",
)
@forecast_option
@plan_options()
@origin_options
@shared_options(REPORTS)
def command(
    options: Options,
    choose: MakeChoices,
    first: date | None,
    days: int,
    out: str | None,
    detailed_exitcode: bool,
    summary: bool,
    open_page: bool,
    live: str | None,
    empty_tenant: bool,
    counts: bool,
    origin: Origin,
) -> int:
    """Show what apply would change in the tenant. Changes nothing."""
    # Imported here: a completion and the help need the options alone.
    from rhythmconf.flows.next_base import next_base
    from rhythmconf.flows.plan import open_environment, plan, signing_key
    from rhythmconf.flows.values import Reading
    from rhythmconf.source.project.opening import open_project, open_settings
    from rhythmconf.tenant.live import EmptyTenant

    if live:
        refuse_unused("with --live, which asks no tenant", "counts", "empty_tenant")
    if empty_tenant:
        refuse_unused("with --empty-tenant, which asks no tenant", "counts", "base", "no_base", "changed")
    terminal = console(options.color, quiet=options.quiet)
    check_plan_target(options.directory, out)
    snapshot = EmptyTenant() if empty_tenant else options.directory / live if live else None
    with reporting_failure(options, terminal, PLAN, origin):
        settings = open_settings(options.directory, options.env)
        environment = open_environment(settings, options.env, snapshot=snapshot)
        if snapshot is None:
            confirm_access(terminal, settings, environment)
        project = open_project(settings, [environment.name])
        choices = choose(project.catalog)
        dates = CalendarRange(first, days)
        reading = Reading() if snapshot is None and (counts or environment.forecast) else None
        flow = plan(project, environment, choices, snapshot=snapshot, dates=dates, reading=reading)
        planned = terminal.run(flow, project.texts)
    keep(project, planned)
    key = signing_key(settings)
    writers = plan_writers(planned, project, environment, PLAN, key, origin)
    writers["text"] = lambda: text.summary(planned.plan) if summary else plan_text(options, planned.plan)
    emit(options, terminal, writers)
    if open_page:
        browser.show_page(str(writers["html"]()), "plan.html", terminal)
    hint_at_drift(terminal, planned.plan)
    if planned.plan.both and not planned.plan.changes and next_base(planned.plan, settings).advances:
        terminal.hint([("dim", f"this commit is not the base yet: {_next_command(environment, choose.as_typed)}")])
    if out is not None:
        save_plan_file(options.directory, out, planned.plan, key, terminal)
        shown = _shown(options.directory / out)
        use = "look at it with: rhythmconf show plan" if empty_tenant else "apply exactly this with: rhythmconf apply"
        terminal.hint([("dim", f"saved; {use} {shown}")])
    else:
        planning.check_guards(planned.plan)
        if planned.plan.changes and not empty_tenant:
            terminal.hint([("dim", _next_command(environment, choose.as_typed))])
    return 2 if detailed_exitcode and planned.plan.changes else 0


def _next_command(environment: Environment, choices: str) -> str:
    """Return the command that does just what was shown. `choices` are the options as they are typed."""
    if environment.protected:
        return f"{environment.name} takes saved plans: rhythmconf plan --env {environment.name}{choices} -o FILE"
    return f"apply with: rhythmconf apply --env {environment.name}{choices}"


def _shown(path: Path) -> str:
    return str(path).removeprefix("./")
