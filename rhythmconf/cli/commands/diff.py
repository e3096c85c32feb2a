"""`rhythmconf diff`: two tenants, or one and the files, field by field."""

from __future__ import annotations

import click

from rhythmconf.cli import diagnostic_text
from rhythmconf.cli.console import console
from rhythmconf.cli.options import Options, shared
from rhythmconf.cli.output import emit
from rhythmconf.errors import UsageError
from rhythmconf.flows.compare import FILES, Comparison, compare
from rhythmconf.report.subjects import comparison as report
from rhythmconf.source.project.opening import open_project, open_settings

EPILOG = """\b
Examples:
  rhythmconf diff --from sandbox --to production
  rhythmconf diff --from production --to files"""


@click.command(epilog=EPILOG)
@click.option("--from", "one", metavar="NAME", required=True, help="The first environment.")
@click.option("--to", "other", metavar="NAME", required=True, help="The second environment, or `files`.")
@shared()
def command(options: Options, one: str, other: str) -> int:
    """Compare two tenants, or a tenant and the files, key by key.

    Lists the fields that differ and the keys that only one side has. A difference that comes from an overlay is
    marked. Changes nothing.
    """
    terminal = console(options.color, quiet=options.quiet)
    if one in (other, FILES):
        raise UsageError("diff takes an environment, and another one or `files`", help="--from sandbox --to production")
    settings = open_settings(options.directory, options.env)
    project = open_project(settings, [name for name in (one, other) if name != FILES])
    environment = settings.environment(one)
    other_environment = None if other == FILES else settings.environment(other)
    comparison = terminal.run(compare(project, environment, other_environment), project.texts)
    terminal.warn(*diagnostic_text.lines(comparison.diagnostics, project.texts))
    facts = _facts(comparison)
    emit(options, terminal, {"text": lambda: report.text(facts), "json": lambda: report.json(facts)})
    return 0


def _facts(comparison: Comparison) -> report.Comparison:
    one, other = ((side.name, side.unmanaged) for side in (comparison.one, comparison.other))
    rows = [
        report.Row(contrast.key, contrast.fields, contrast.overlaid, only=contrast.only)
        for contrast in comparison.contrasts
    ]
    return report.Comparison(one, other, rows, comparison.alike, comparison.diagnostics)
