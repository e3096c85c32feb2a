"""`rhythmconf validate`: check all files in one run, offline."""

from __future__ import annotations

import click

from rhythmconf.cli import diagnostic_text
from rhythmconf.cli.console import console
from rhythmconf.cli.formats import failure_writers, validation_writers
from rhythmconf.cli.options import REPORTS, Options, shared_options
from rhythmconf.cli.output import emit
from rhythmconf.errors import RhythmconfError
from rhythmconf.flows.validate import repair, validate
from rhythmconf.model import Diagnostic, Key
from rhythmconf.source.project.opening import open_project, open_settings
from rhythmconf.source.project.values import Project

EPILOG = """\b
Examples:
  rhythmconf validate
  rhythmconf validate --fix
  rhythmconf validate --env sandbox --format json"""


@click.command(epilog=EPILOG)
@click.option("--fix", is_flag=True, help="Correct misspelt names that have only one possible correction.")
@shared_options(REPORTS)
def command(options: Options, fix: bool) -> int:
    """Check all files: syntax, fields, types, values, references and overlays.

    Checks every environment, or only the one of --env. Sends no request.
    """
    terminal = console(options.color, quiet=options.quiet)
    try:
        project, diagnostics = _validate(options)
        while fix and (repaired := repair(project, diagnostics)):
            for fixed in repaired:
                word = fixed.fix.text if fixed.fix else ""
                terminal.hint([("dim", f"fixed {fixed.location}: {fixed.message}; now it is '{word}'")])
            project, diagnostics = _validate(options)
    except RhythmconfError as error:
        emit(options, terminal, failure_writers(error, options.directory))
        raise
    excerpts = diagnostic_text.excerpts(diagnostics, project.texts)
    documents, keys = project.base.documents, _declared(project)
    emit(options, terminal, validation_writers(len(documents), keys, diagnostics, excerpts, project.settings.root))
    return int(any(diagnostic.severity == "error" for diagnostic in diagnostics))


def _validate(options: Options) -> tuple[Project, list[Diagnostic]]:
    """Read the project from the disk and validate the environments that --env names, by default all."""
    settings = open_settings(options.directory, options.env)
    project = open_project(settings)
    named = [settings.unexpanded(options.env).name] if options.env else list(settings.environments)
    return project, validate(project, named)


def _declared(project: Project) -> list[Key]:
    return [Key(project.catalog.qualify(document.kind), document.key) for document in project.base.documents]
