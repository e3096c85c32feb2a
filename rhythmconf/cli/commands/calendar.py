"""`rhythmconf calendar`: show when billing runs happen and which expiration dates they take."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import click

from rhythmconf.cli import complete
from rhythmconf.cli.choices import parse_keys
from rhythmconf.cli.console import console
from rhythmconf.cli.extras import explain_missing
from rhythmconf.cli.options import TEXT_JSON, Options, shared_options
from rhythmconf.cli.output import Parts, emit
from rhythmconf.errors import UsageError
from rhythmconf.flows.calendar import MOST_DAYS, calendar
from rhythmconf.insight.windows.outlook import Outlook
from rhythmconf.report.subjects.calendar.json import json
from rhythmconf.report.subjects.calendar.markdown import markdown
from rhythmconf.report.subjects.calendar.text import text
from rhythmconf.source.project.opening import open_project, open_settings

EPILOG = """\b
Examples:
  rhythmconf calendar --env production
  rhythmconf calendar billingTemplate/drops-weekly --days 365
  rhythmconf calendar --format html --output-file calendar.html
  rhythmconf calendar --format ics --output-file runs.ics"""


def parse_date(_context: click.Context, _parameter: click.Parameter, value: str | None) -> date | None:
    """Read a date such as 2026-12-01. Raises UsageError for anything else."""
    from rhythmconf.model.written_dates import advise_date

    try:
        return date.fromisoformat(value) if value is not None else None
    except ValueError:
        raise UsageError(f"--from: {value!r} is not a date", help=advise_date(str(value))) from None


@click.command(epilog=EPILOG)
@click.argument("names", metavar="[KIND/KEY...]", nargs=-1, shell_complete=complete.keys)
@click.option(
    "--days", type=click.IntRange(1, MOST_DAYS), default=90, show_default=True, help="How many days of runs to show."
)
@click.option(
    "--from", "first", metavar="DATE", callback=parse_date, help="The first day. Default: today in the tenant's zone."
)
@click.option(
    "--readings",
    type=click.Choice(("some", "all")),
    default="some",
    show_default=True,
    help="In text: with `all`, show for each step what `bounds` and `reference` would move, too.",
)
@shared_options((*TEXT_JSON, "markdown", "html", "ics"))
def command(options: Options, names: tuple[str, ...], days: int, first: date | None, readings: str) -> int:
    """Show when billing runs happen, which expiration dates each step takes, and which dates no run takes.

    Shows everything, or the templates and schedules that you name. Reads only files, with the overlays of --env. Sends
    no request.
    """
    settings = open_settings(options.directory, options.env)
    environment = settings.unexpanded(options.env)
    project = open_project(settings, [environment.name])
    keys = parse_keys(names, project.catalog)
    outlook = calendar(project, environment, keys, first=first, days=days)
    emit(
        options,
        console(options.color, quiet=options.quiet),
        {
            "text": lambda: text(outlook, all_readings=readings == "all"),
            "json": lambda: Parts(json(outlook)),
            "markdown": lambda: markdown(outlook),
            "html": lambda: _page(outlook),
            "ics": lambda: Parts(_events(outlook)),
        },
    )
    return 0


def _page(outlook: Outlook) -> str:
    # Imported here, like the other writer below: its library serves no other report.
    from rhythmconf.report.subjects.calendar.page import html

    return html(outlook)


def _events(outlook: Outlook) -> Iterator[str]:
    try:
        from rhythmconf.report.subjects.calendar.events import ics
    except ModuleNotFoundError as error:
        otherwise = "choose another format"
        raise explain_missing(error, "ics", ("icalendar",), subject="the format ics", otherwise=otherwise) from None
    return ics(outlook)
