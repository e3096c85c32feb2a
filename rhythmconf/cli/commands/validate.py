"""`rhythmconf validate`: every finding of all files in one run, offline."""

from __future__ import annotations

import click

from rhythmconf.cli import excerpts
from rhythmconf.cli.console import console
from rhythmconf.cli.options import REPORTS, Options, shared
from rhythmconf.cli.output import emit
from rhythmconf.cli.reports import of_verdict, report_failure
from rhythmconf.errors import RhythmconfError
from rhythmconf.flows import validate
from rhythmconf.model import Diagnostic, Key
from rhythmconf.source.project import files
from rhythmconf.source.project.opening import open_project
from rhythmconf.source.project.values import Project
from rhythmconf.text import scribe
from rhythmconf.text.yaml12 import YamlError

EPILOG = """\b
Examples:
  rhythmconf validate
  rhythmconf validate --fix
  rhythmconf validate --env sandbox --format json"""


@click.command(epilog=EPILOG)
@click.option("--fix", is_flag=True, help="Correct misspelt names that have only one possible correction.")
@shared(REPORTS)
def command(options: Options, fix: bool) -> int:
    """Check all files: syntax, fields, types, values, references and overlays.

    Checks every environment, or only the one of --env. Sends no request.
    """
    screen = console(options.color, quiet=options.quiet)
    try:
        project, found = _checked(options)
        while fix and (repaired := _repair(project, found)):
            screen.hint(*([("dim", f"fixed {one.location}: {one.message}, {one.help}")] for one in repaired))
            project, found = _checked(options)
    except RhythmconfError as error:
        report_failure(options, screen, of_verdict(0, [], error.findings(), {}, options.directory))
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


def _checked(options: Options) -> tuple[Project, list[Diagnostic]]:
    """The project as it is on the disk, and what is wrong with it."""
    project = open_project(options.directory, options.env)
    settings = project.settings
    return project, findings(
        project, [settings.unexpanded(options.env).name] if options.env else list(settings.environments)
    )


def _repair(project: Project, found: list[Diagnostic]) -> list[Diagnostic]:
    """Write the files with each finding repaired that says how; what was repaired."""
    repaired: list[Diagnostic] = []
    fixable = [one for one in found if one.fix and one.severity == "error"]
    sure = [one for one in fixable if (one.fix and one.fix.safe) or _is_everywhere(project, one)]
    for name in sorted({one.location.file for one in sure if one.location} & project.texts.keys()):
        text = project.texts[name].decode("utf-8", "replace")
        try:
            after, some = scribe.fix(text, sure, file=name)
        except YamlError:
            continue
        if some:
            files.write(project.settings.root / name, after.encode())
            repaired += some
    return repaired


def _is_everywhere(project: Project, found: Diagnostic) -> bool:
    """Whether a reference is wrong in every environment that its file goes to: a binding may make it right in one."""
    place = (found.location, found.code, found.message)
    every = [validate.check(project, name).diagnostics for name in project.settings.environments]
    return all(any(place == (one.location, one.code, one.message) for one in some) for some in every)


def declared(project: Project) -> list[Key]:
    """The keys of the base documents."""
    return [Key(project.catalog.qualify(each.kind), each.key) for each in project.base.documents]


def findings(project: Project, environments: list[str]) -> list[Diagnostic]:
    """The findings in these environments, each once (its help is for the first of them), by place."""
    every = [found for name in reversed(environments) for found in validate.check(project, name).diagnostics]
    once = {(found.location or ("", 0, 0), found.code, found.message): found for found in every}
    return [once[place] for place in sorted(once)]
