"""`rhythmconf schema`: one JSON Schema that checks whole documents in an editor."""

from __future__ import annotations

import sys

import click

from rhythmconf import catalog
from rhythmconf.cli import files
from rhythmconf.cli.options import Options, shared
from rhythmconf.cli.project import open_project
from rhythmconf.errors import SettingsError
from rhythmconf.report import as_json


@click.command(epilog="\b\nrhythmconf schema -o rhythmconf.schema.json")
@click.option("-o", "--out", metavar="FILE", help="Write it to FILE.")
@shared(formats=("json",))
def command(options: Options, out: str | None) -> int:
    """Print one JSON Schema for whole documents: kind, key and spec of every kind.

    In a project, the keys of its documents complete the fields that refer to them.
    """
    text = as_json.dump(catalog.editor_schema(*_known(options)))
    if out is None:
        sys.stdout.write(text)
    else:
        files.write(options.directory / out, text.encode())
    return 0


def _known(options: Options) -> tuple[catalog.Catalog, dict[str, list[str]]]:
    try:
        project = open_project(options)
    except SettingsError:
        return catalog.load([catalog.default_folder()], module="certifications"), {}
    keys: dict[str, list[str]] = {}
    for document in project.base.documents:
        kind = project.catalog.qualify(document.kind)
        keys.setdefault(kind, []).append(document.key)
    return project.catalog, {kind: sorted(set(names)) for kind, names in sorted(keys.items())}
