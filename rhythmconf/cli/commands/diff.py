"""`rhythmconf diff`: compare two tenants, or a tenant and the files, field by field."""

from __future__ import annotations

import click

from rhythmconf.cli import diagnostic_text
from rhythmconf.cli.console import console
from rhythmconf.cli.options import Options, shared_options
from rhythmconf.cli.output import emit
from rhythmconf.cli.trust import confirm_access
from rhythmconf.errors import UsageError
from rhythmconf.flows.compare import FILES, TenantComparison, compare
from rhythmconf.model import KindNames
from rhythmconf.report.subjects import comparison as report
from rhythmconf.source.project.opening import open_project, open_settings

EPILOG = """\b
Examples:
  rhythmconf diff --from sandbox --to production
  rhythmconf diff --from production --to files"""


@click.command(epilog=EPILOG)
@click.option("--from", "left", metavar="NAME", required=True, help="The first environment.")
@click.option("--to", "right", metavar="NAME", required=True, help="The second environment, or `files`.")
@shared_options()
def command(options: Options, left: str, right: str) -> int:
    """Compare two tenants, or a tenant and the files, key by key.

    Lists the fields that differ and the keys that only one side has. A difference that comes from an overlay is
    marked. Changes nothing.
    """
    terminal = console(options.color, quiet=options.quiet)
    if left in (right, FILES):
        raise UsageError("diff needs an environment, and another one or `files`", help="--from sandbox --to production")
    settings = open_settings(options.directory, options.env)
    project = open_project(settings, [name for name in (left, right) if name != FILES])
    environment = settings.environment(left)
    right_environment = None if right == FILES else settings.environment(right)
    confirm_access(terminal, settings, *filter(None, (environment, right_environment)))
    comparison = terminal.run(compare(project, environment, right_environment), project.texts)
    terminal.warn(*diagnostic_text.lines(comparison.diagnostics, project.texts))
    facts = _facts(comparison, project.catalog.names)
    emit(options, terminal, {"text": lambda: report.text(facts), "json": lambda: report.json(facts)})
    return 0


def _facts(comparison: TenantComparison, names: KindNames) -> report.ComparisonReport:
    left, right = ((side.name, len(side.unmanaged)) for side in (comparison.left, comparison.right))
    without_key = [
        report.WithoutKey(side.name, record.kind, record.id, record.name, record.project)
        for side in (comparison.left, comparison.right)
        for record in side.unmanaged
    ]
    rows = [
        report.Row(difference.key, difference.fields, difference.overlaid, only=difference.only)
        for difference in comparison.differences
    ]
    return report.ComparisonReport(left, right, rows, comparison.alike, comparison.diagnostics, without_key, names)
