"""`rhythmconf validate`: every finding of all files in one run, offline."""

from __future__ import annotations

import click

from rhythmconf import walk
from rhythmconf.cli import excerpts
from rhythmconf.cli.console import console
from rhythmconf.cli.options import REPORTS, Options, shared
from rhythmconf.cli.output import diagnose, emit
from rhythmconf.cli.project import open_project
from rhythmconf.cli.reports import of_verdict, report_failure
from rhythmconf.errors import RhythmconfError
from rhythmconf.model import Diagnostic, Key
from rhythmconf.walk import Project


@click.command(epilog="\b\nrhythmconf validate\nrhythmconf validate --env sandbox --format json")
@shared(REPORTS)
def command(options: Options) -> int:
    """Check every file against the catalogue: types, enums, references, overlays.

    Checks every environment, or the one that --env names. Sends nothing.
    """
    screen = console(options.color, quiet=options.quiet)
    try:
        project = open_project(options)
        known = project.settings
        found = findings(project, [known.known(options.env).name] if options.env else list(known.environments))
    except RhythmconfError as error:
        report_failure(options, screen, of_verdict(0, [], diagnose(error), {}, options.directory))
        raise
    emit(
        options,
        screen,
        of_verdict(
            len(project.base.documents),
            declared(project),
            found,
            excerpts.of(found, project.texts),
            project.settings.root,
        ),
    )
    return int(any(value.severity == "error" for value in found))


def declared(project: Project) -> list[Key]:
    """The keys of the base documents."""
    return [Key(project.catalog.qualify(each.kind), each.key) for each in project.base.documents]


def findings(project: Project, environments: list[str]) -> list[Diagnostic]:
    """The findings in these environments, each once (its help is for the first of them), by place."""
    every = [found for name in reversed(environments) for found in walk.check(project, name).diagnostics]
    once = {(found.location or ("", 0, 0), found.code, found.message): found for found in every}
    return [once[place] for place in sorted(once)]
