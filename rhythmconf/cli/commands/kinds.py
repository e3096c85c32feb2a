"""`rhythmconf kinds import`: make schemas of kinds from the contract of the API."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from rhythmconf.cli.console import console
from rhythmconf.cli.options import Options, shared_options
from rhythmconf.cli.output import Writer, emit_result
from rhythmconf.flows.import_kinds import import_from, write
from rhythmconf.report.subjects import importing
from rhythmconf.source.project.opening import open_settings

EPILOG = """\b
Examples:
  rhythmconf kinds import api.yaml --module membership
  rhythmconf kinds import api.yaml --module membership --only package"""


@click.command(epilog=EPILOG)
@click.argument("action", metavar="import", type=click.Choice(("import",)), expose_value=False)
@click.argument("file", metavar="FILE")
@click.option("--module", required=True, metavar="NAME", help="The module that the contract describes.")
@click.option("--only", multiple=True, metavar="KIND", help="Import only this kind; may be repeated.")
@click.option(
    "--all",
    "shipped",
    flag_value="write",
    default="compare",
    help="Also write kinds that ship with rhythmconf. The files replace the shipped kinds, with their references and "
    "risks.",
)
@shared_options(("text", "json", "markdown"))
def command(
    options: Options, file: str, module: str, only: tuple[str, ...], shipped: Literal["compare", "write"]
) -> int:
    """Make schemas of kinds from an OpenAPI file of the vendor, 3.0 or 3.1, as YAML or JSON.

    Writes a schema for each kind that does not ship with rhythmconf, and prints what only people can decide. The
    questions also become comments in a file of notes, if there is none yet. A file that was not generated is never
    overwritten.
    """
    terminal = console(options.color, quiet=options.quiet)
    settings = open_settings(options.directory, options.env)
    found, texts = import_from(settings, options.directory / Path(file), module, only, shipped=shipped)
    write(settings, texts)
    writers: dict[str, Writer] = {
        "text": lambda: importing.text(found),
        "json": lambda: importing.json(found),
        "markdown": lambda: importing.markdown(found),
    }
    emit_result(options, terminal, writers)
    if texts and not found.is_read:
        what = "`kinds` to `schemas` in" if settings.schemas else "`schemas: [kinds]` to"
        terminal.warn([("plain", f"hint: add {what} rhythmconf.yaml, so that the kinds are read")])
    return 0
