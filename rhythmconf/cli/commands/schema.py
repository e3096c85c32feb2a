"""`rhythmconf schema`: print a JSON Schema with which editors check documents, overlays or the project file."""

from __future__ import annotations

import click

from rhythmconf import catalog
from rhythmconf.catalog import editor
from rhythmconf.cli.options import Options, check_out, shared_options
from rhythmconf.cli.output import print_utf8
from rhythmconf.cli.targets import check_target
from rhythmconf.errors import SettingsError
from rhythmconf.flows.editor_schemas import kinds_and_keys
from rhythmconf.model import dump
from rhythmconf.settings import load_schema
from rhythmconf.source.project import files
from rhythmconf.source.project.opening import open_settings

EPILOG = """\b
Examples:
  rhythmconf schema -o rhythmconf.schema.json
  rhythmconf schema --overlay -o rhythmconf.overlay.schema.json
  rhythmconf schema --project -o rhythmconf.project.schema.json"""


@click.command(epilog=EPILOG)
@click.option("-o", "--out", metavar="FILE", callback=check_out, help="Write the schema to FILE.")
@click.option(
    "--overlay",
    "subject",
    flag_value="overlay",
    help="Print the schema of overlays, in which no field is required.",
)
@click.option("--project", "subject", flag_value="project", help="Print the schema of rhythmconf.yaml.")
@shared_options(formats=("json",))
def command(options: Options, out: str | None, subject: str | None) -> int:
    """Print the JSON Schema of documents, for editors: the fields of every kind.

    In a project, editors also complete references with the keys of its documents.
    """
    check_target(options.directory, out)
    if subject == "project":
        schema = load_schema()
    else:
        make = editor.overlay_schema if subject == "overlay" else editor.editor_schema
        schema = make(*_kinds_and_keys(options))
    text = dump(schema)
    if out is None:
        print_utf8(text)
    else:
        files.write(options.directory / out, text.encode())
    return 0


def _kinds_and_keys(options: Options) -> tuple[catalog.Catalog, dict[str, list[str]]]:
    try:
        return kinds_and_keys(open_settings(options.directory, options.env))
    except SettingsError:
        return catalog.load_shipped(), {}
