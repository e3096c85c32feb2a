"""`rhythmconf validate`: every finding of all files in one run, offline."""

from __future__ import annotations

import click

from rhythmconf import walk
from rhythmconf.cli import excerpts
from rhythmconf.cli.console import console
from rhythmconf.cli.options import Options, shared
from rhythmconf.cli.output import diagnose, emit
from rhythmconf.cli.project import open_project
from rhythmconf.errors import RhythmconfError
from rhythmconf.model import Diagnostic
from rhythmconf.report import as_json, text
from rhythmconf.walk import Project


@click.command(epilog="\b\nrhythmconf validate\nrhythmconf validate --env sandbox --format json")
@shared()
def command(options: Options) -> int:
    """Check every file against the catalogue: types, enums, references, overlays.

    Checks every environment, or the one that --env names. Sends nothing.
    """
    screen = console(options.color, quiet=options.quiet)
    try:
        project = open_project(options)
        found = findings(project, [options.env] if options.env else list(project.settings.environments))
    except RhythmconfError as error:
        if options.wants("json"):
            report = as_json.verdict(0, diagnose(error))
            emit(options, screen, {"json": lambda: report, "text": tuple})
        raise
    count = len(project.base.documents)
    emit(
        options,
        screen,
        {
            "text": lambda: text.verdict(count, found, excerpts.of(found, project.texts)),
            "json": lambda: as_json.verdict(count, found),
        },
    )
    return int(any(value.severity == "error" for value in found))


def findings(project: Project, environments: list[str]) -> list[Diagnostic]:
    """The findings in these environments, each once, by place."""
    every = [found for name in environments for found in walk.check(project, name).diagnostics]
    return sorted(dict.fromkeys(every), key=lambda found: (found.location or ("", 0, 0), found.code, found.message))
