"""`rhythmconf list`: show documents and records of a tenant side by side."""

from __future__ import annotations

import click

from rhythmconf.cli.console import console
from rhythmconf.cli.options import Options, shared_options
from rhythmconf.cli.output import emit
from rhythmconf.cli.trust import confirm_access
from rhythmconf.errors import UsageError
from rhythmconf.flows.listing import list_side_by_side
from rhythmconf.report.subjects import listing as report
from rhythmconf.source.project.opening import open_project, open_settings, use_kinds

EPILOG = """\b
Examples:
  rhythmconf list --env sandbox
  rhythmconf list program notice --env sandbox
  rhythmconf list --format json"""


@click.command(epilog=EPILOG)
@click.argument("kinds", metavar="[KIND]...", nargs=-1)
@shared_options()
def command(options: Options, kinds: tuple[str, ...]) -> int:
    """Show the documents of an environment and the records of its tenant side by side, of all kinds or some.

    For each key: whether it is in both, only in the files, or only in the tenant, and the id of its record. Records
    without a key, and those of other projects, are listed too. Nothing is written.
    """
    terminal = console(options.color, quiet=options.quiet)
    settings = open_settings(options.directory, options.env)
    environment = settings.environment(options.env)
    project = use_kinds(open_project(settings, [environment.name]), kinds)
    chosen = [project.catalog.kind(name) for name in kinds]
    for kind in chosen:
        if not kind.is_managed:
            raise UsageError(f"{kind.name} has records about single members, which are not listed", help="leave it out")
    confirm_access(terminal, settings, environment)
    listing = terminal.run(list_side_by_side(project, environment, {kind.name for kind in chosen}), project.texts)
    names = project.catalog.names
    emit(
        options,
        terminal,
        {"text": lambda: report.text(listing, names), "json": lambda: report.json(environment.name, listing)},
    )
    return 0
