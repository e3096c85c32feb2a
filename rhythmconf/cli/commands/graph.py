"""`rhythmconf graph`: show which documents refer to which."""

from __future__ import annotations

import click

from rhythmconf.cli.choices import parse_key
from rhythmconf.cli.console import console
from rhythmconf.cli.options import TEXT_JSON, Options, refuse_unused, shared_options
from rhythmconf.cli.output import emit
from rhythmconf.errors import UsageError
from rhythmconf.flows.validate import resolve
from rhythmconf.report import graph
from rhythmconf.source.project.opening import open_project, open_settings

EPILOG = """\b
Examples:
  rhythmconf graph --format svg --output-file references.svg
  rhythmconf graph program/cmsi --depth 2
  rhythmconf graph --format mermaid"""


@click.command(epilog=EPILOG)
@click.argument("name", metavar="[KIND/KEY]", required=False)
@click.option(
    "--depth", type=click.IntRange(1), default=1, show_default=True, help="How many references to follow from KIND/KEY."
)
@shared_options((*TEXT_JSON, "svg", "dot", "mermaid"))
def command(options: Options, name: str | None, depth: int) -> int:
    """Show the references between documents: all of them, or those near one. Marks cycles.

    Reads only files, with the overlays of --env. Sends no request.
    """
    if name is None:
        refuse_unused("without KIND/KEY", "depth")
    settings = open_settings(options.directory, options.env)
    environment = settings.environment(options.env)
    project = open_project(settings, [environment.name])
    desired = resolve(project, environment.name)
    references = graph.find_references(desired.state.resources.values(), project.catalog)
    if name is not None:
        key = parse_key(name, project.catalog)
        if key not in references.nodes:
            message = f"no document declares {name}, and none refers to it"
            raise UsageError(message, help=desired.names.help_for(key) or None)
        references = graph.select_nodes(references, graph.find_neighbours(references, [key], depth))
    emit(
        options,
        console(options.color, quiet=options.quiet),
        {
            "text": lambda: graph.text(references),
            "json": lambda: graph.json(references),
            "svg": lambda: graph.standalone_svg(references),
            "dot": lambda: graph.dot(references),
            "mermaid": lambda: graph.mermaid(references),
        },
    )
    return 0
