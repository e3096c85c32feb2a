"""`rhythmconf doctor`: check settings, token and tenant, and find out the dialect of a tenant."""

from __future__ import annotations

import click

from rhythmconf.cli.console import Console, console
from rhythmconf.cli.options import Options, refuse_unused, shared_options
from rhythmconf.cli.output import emit
from rhythmconf.cli.trust import confirm_access, find_refusal
from rhythmconf.errors import RhythmconfError
from rhythmconf.flows.doctor import check_up, probe_dialect
from rhythmconf.report.subjects import dialect as dialect_report
from rhythmconf.report.subjects import doctor as report
from rhythmconf.settings import Environment, Settings
from rhythmconf.source.project.opening import add_documents, open_settings, open_without_documents
from rhythmconf.source.project.values import Project

EPILOG = """\b
Examples:
  rhythmconf doctor --env sandbox
  rhythmconf doctor --env sandbox --probe"""


@click.command(epilog=EPILOG)
@click.option(
    "--probe",
    "probing",
    is_flag=True,
    help="Find out the dialect with a test record; refused in a protected environment.",
)
@click.option(
    "--kind", metavar="KIND", help="The kind of the test record.  [default: one with switches and few effects]"
)
@shared_options()
def command(options: Options, probing: bool, kind: str | None) -> int:
    """Check the settings, the token and the access to the records of each kind, and explain what fails.

    Shows each setting and where it comes from. Writes nothing to the tenant. With --probe, finds out the dialect of the
    tenant instead and prints it as lines for rhythmconf.yaml. For this it creates a test record, changes it and deletes
    it, even after Ctrl-C.
    """
    if not probing:
        refuse_unused("without --probe", "kind")
    terminal = console(options.color, quiet=options.quiet)
    settings = open_settings(options.directory, options.env)
    environment = settings.environment(options.env)
    project = _open(settings)
    if probing:
        confirm_access(terminal, settings, environment)
        return _probe(options, terminal, project, environment, kind)
    checked = check_up(project, environment, find_refusal(terminal, settings, environment))
    emit(
        options,
        terminal,
        {
            "text": lambda: report.text(checked.settings, checked.checks),
            "json": lambda: report.json(environment.name, checked.settings, checked.checks),
        },
    )
    return checked.exit_code


def _probe(options: Options, terminal: Console, project: Project, environment: Environment, kind: str | None) -> int:
    probed = terminal.run(probe_dialect(project, environment, kind))
    facts = (environment.name, probed.kind, probed.dialect, probed.undecided)
    emit(
        options,
        terminal,
        {"text": lambda: dialect_report.text(*facts), "json": lambda: dialect_report.json(*facts)},
    )
    return 0


def _open(settings: Settings) -> Project:
    """Open the project with the modules that its documents use in use; documents that can't be read name none."""
    project = open_without_documents(settings, [])
    try:
        return add_documents(project, settings.sources, [])
    except RhythmconfError:
        return project
