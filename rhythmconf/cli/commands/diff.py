"""`rhythmconf diff`: two tenants, or one and the files, field by field."""

from __future__ import annotations

import click

from rhythmconf.cli.console import Console, console
from rhythmconf.cli.options import Options, shared
from rhythmconf.cli.output import emit
from rhythmconf.cli.telling import lines, telling
from rhythmconf.errors import UsageError
from rhythmconf.flows import compare
from rhythmconf.flows.await_lists import listed
from rhythmconf.flows.compare import FILES, Contrasts, Shore
from rhythmconf.report.subjects import comparison as report
from rhythmconf.source.project.opening import open_project
from rhythmconf.source.project.values import Project

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
    screen = console(options.color, quiet=options.quiet)
    if one in (other, FILES):
        raise UsageError("diff takes an environment, and another one or `files`", help="--from sandbox --to production")
    project = open_project(options.directory, options.env, [name for name in (one, other) if name != FILES])
    comparison = _comparison(compare.contrast(*_shores(screen, project, one, other), project.catalog))
    screen.warn(*lines(comparison.diagnostics, project.texts))
    emit(options, screen, {"text": lambda: report.text(comparison), "json": lambda: report.json(comparison)})
    return 0


def _shores(screen: Console, project: Project, one: str, other: str) -> tuple[Shore, Shore]:
    here, files = _shore(screen, project, one)
    return here, files if other == FILES else _shore(screen, project, other)[0]


def _shore(screen: Console, project: Project, name: str) -> tuple[Shore, Shore]:
    environment = project.settings.environment(name)
    with listed(project.settings, project.catalog, environment, screen) as client, telling(screen, project.texts):
        return screen.finish(compare.shore(project, environment, client))


def _comparison(found: Contrasts) -> report.Comparison:
    rows = [report.Row(*each[:3], only=each.only) for each in found.found]
    sides = [(side.name, side.unmanaged) for side in (found.one, found.other)]
    return report.Comparison(sides[0], sides[1], rows, found.alike, (*found.one.findings, *found.other.findings))
