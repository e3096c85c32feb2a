"""`rhythmconf forecast`: count the people and the money that billing runs touch, before and after a plan."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

import click

from rhythmconf.cli import complete
from rhythmconf.cli.choices import parse_keys
from rhythmconf.cli.console import Console, console
from rhythmconf.cli.options import TEXT_JSON, Options, forecast_budget, from_option, refuse_unused, shared_options
from rhythmconf.cli.output import emit
from rhythmconf.cli.plan_files import naming_plan_file, read_plan_file
from rhythmconf.cli.thresholds import Threshold, check_thresholds, parse_thresholds
from rhythmconf.cli.trust import confirm_access
from rhythmconf.engine import plan as planning
from rhythmconf.errors import AuthError, UsageError
from rhythmconf.flows.effects import DAYS, MOST_DAYS, CalendarRange
from rhythmconf.flows.forecast import forecast_saved, is_refused
from rhythmconf.flows.past_runs import check_readings
from rhythmconf.flows.plan import plan, signing_key
from rhythmconf.flows.values import Reading
from rhythmconf.model import Plan, dump
from rhythmconf.model.forecast import Forecast
from rhythmconf.report.subjects.forecast import checking
from rhythmconf.report.subjects.forecast.markdown import markdown
from rhythmconf.report.subjects.forecast.text import text
from rhythmconf.settings import Environment, Settings
from rhythmconf.source.project.forecast_cache import ForecastCache, open_cache
from rhythmconf.source.project.opening import open_project, open_settings
from rhythmconf.source.project.values import Project

EPILOG = """\b
Examples:
  rhythmconf forecast --env production
  rhythmconf forecast billingTemplate/drops-weekly --days 30
  rhythmconf forecast --plan production.plan --fail-on 'gap,drops>100'
  rhythmconf forecast --format html --output-file forecast.html
  rhythmconf forecast --check"""


@click.command(epilog=EPILOG)
@click.argument("names", metavar="[KIND/KEY...]", nargs=-1, shell_complete=complete.keys)
@click.option(
    "--days", type=click.IntRange(1, MOST_DAYS), default=DAYS, show_default=True, help="How many days of runs to count."
)
@from_option
@click.option("--plan", "saved", metavar="FILE", help="Forecast this saved plan. Default: plan now.")
@forecast_budget
@click.option(
    "--no-cache", is_flag=True, help="Read the members, also if they were read for the same question within a day."
)
@click.option(
    "--fail-on",
    "thresholds",
    metavar="LIST",
    callback=parse_thresholds,
    help="Exit with 3 if the plan makes a `gap` or a `repeat`, or `drops>N`. Separate several with commas.",
)
@click.option(
    "--sample",
    "names_shown",
    type=click.IntRange(1, 100),
    metavar="N",
    help="On a terminal, also print the names of N people whom runs take. They are kept nowhere.",
)
@click.option(
    "--readings",
    type=click.Choice(("some", "all")),
    default="some",
    show_default=True,
    help="With `all`, also count for each other reading of the dates that the project leaves open.",
)
@click.option(
    "--check",
    is_flag=True,
    help="Instead, compare the last runs of each template with the guesses about dates, and print the settings that "
    "the runs prove.",
)
@shared_options((*TEXT_JSON, "markdown", "html"))
def command(
    options: Options,
    names: tuple[str, ...],
    days: int,
    first: date | None,
    saved: str | None,
    max_requests: int,
    no_cache: bool,
    thresholds: tuple[Threshold, ...],
    names_shown: int | None,
    readings: str,
    check: bool,
) -> int:
    """Count the people and the money that each run touches, before and after the plan.

    Reads members of the tenant, without their names, and changes nothing. Shows everything, or the templates and
    schedules that you name.
    """
    terminal = console(options.color, quiet=options.quiet)
    settings = open_settings(options.directory, options.env)
    if check:
        refuse_unused(
            "with --check", "names", "days", "first", "saved", "no_cache", "thresholds", "names_shown", "readings"
        )
        return _check(options, terminal, settings, max_requests)
    if names_shown:
        _check_terminal(options)
    file = _read_plan(options, settings, Path(saved)) if saved else None
    environment = settings.environment(file.fingerprint.environment if file else options.env)
    confirm_access(terminal, settings, environment)
    project = open_project(settings, [environment.name])
    keys = parse_keys(names, project.catalog)
    reading = Reading(max_requests, keys, names_shown or 0, readings == "all")
    cache = None if no_cache or names_shown else open_cache(settings)
    judged, found = _forecast(terminal, project, environment, file, CalendarRange(first, days), reading, cache)
    emit(
        options,
        terminal,
        {
            "text": lambda: text(found, environment.name),
            "json": lambda: dump(found.to_json()),
            "markdown": lambda: markdown(found, environment.name),
            "html": lambda: _page(found, environment.name),
        },
    )
    if is_refused(found):
        detail = next((each.detail for each in found.unknown if each.detail), "")
        raise AuthError("The tenant does not let members be read.", where=environment.name, help=detail or None)
    check_thresholds(thresholds, judged, found)
    return 0


def _check_terminal(options: Options) -> None:
    """Raise UsageError unless all that is printed is only seen on a terminal: names are for nobody else."""
    seen = options.outputs == (("text", None),) and sys.stdout.isatty() and sys.stderr.isatty()
    if not seen or os.environ.get("CI"):
        raise UsageError(
            "--sample prints the names of people, so it needs a terminal: no file, no pipe, no other format, no CI",
            help="leave out --sample, or run it on a terminal",
        )


def _check(options: Options, terminal: Console, settings: Settings, max_requests: int) -> int:
    """Compare past runs with the guesses, and print what they prove."""
    if others := [name for name, _ in options.outputs if name not in TEXT_JSON]:
        raise UsageError(f"--check has no format {others[0]}", help="write --format text or --format json")
    environment = settings.environment(options.env)
    confirm_access(terminal, settings, environment)
    project = open_project(settings, [environment.name])
    found = terminal.run(check_readings(project, environment, max_requests), project.texts)
    emit(
        options,
        terminal,
        {
            "text": lambda: checking.text(found, environment.name),
            "json": lambda: dump(checking.json(found)),
        },
    )
    return 0


def _read_plan(options: Options, settings: Settings, name: Path) -> Plan:
    data = read_plan_file(options.directory, name)
    with naming_plan_file(options.directory, name):
        plan = planning.read(data)
        planning.check_signature(plan, signing_key(settings))
    if options.env not in (None, plan.fingerprint.environment):
        raise UsageError(
            f"the plan is for {plan.fingerprint.environment}, not for {options.env}",
            where=str(options.directory / name),
            help=f"leave out --env, or plan again: rhythmconf plan --env {options.env} -o FILE",
        )
    return plan


def _forecast(
    terminal: Console,
    project: Project,
    environment: Environment,
    file: Plan | None,
    dates: CalendarRange,
    reading: Reading,
    cache: ForecastCache | None,
) -> tuple[Plan, Forecast]:
    """Return the plan and its forecast."""
    if file is not None:
        flow = forecast_saved(project, environment, file, dates, reading, cache)
        return file, terminal.run(flow, project.texts)
    planned = terminal.run(plan(project, environment, dates=dates, reading=reading, cache=cache), project.texts)
    if planned.plan.forecast is None:
        raise AssertionError("a plan with a reading has a forecast")
    return planned.plan, planned.plan.forecast


def _page(found: Forecast, environment: str) -> str:
    # Imported here: its template engine serves no other report.
    from rhythmconf.report.subjects.forecast.page import html

    return html(found, environment)
