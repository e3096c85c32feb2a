"""`rhythmconf format`: documents in one canonical shape, comments kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from rhythmconf.catalog import Catalog, Field
from rhythmconf.cli.console import Console, console, error_lines
from rhythmconf.cli.options import Options, shared
from rhythmconf.cli.output import emit
from rhythmconf.errors import DocumentError, UsageError
from rhythmconf.model import Json
from rhythmconf.report.formats import text
from rhythmconf.report.subjects import formatting
from rhythmconf.settings import Settings
from rhythmconf.source.project import files
from rhythmconf.source.project.opening import open_catalog, open_settings
from rhythmconf.text import scribe, yaml12

EPILOG = """\b
Examples:
  rhythmconf format
  rhythmconf format --check
  rhythmconf format config/programs/people.yaml"""


@click.command(epilog=EPILOG)
@click.argument("paths", metavar="[FILE]...", nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file needs formatting.")
@shared()
def command(options: Options, paths: tuple[str, ...], check: bool) -> int:
    """Format documents: fields in the order of the schema, one style of lists and indents.

    Formats each FILE, or all documents and overlays of the project. Values, quotes and comments are kept.
    """
    terminal = console(options.color, quiet=options.quiet)
    settings = open_settings(options.directory, options.env)
    tree = _tree(settings, [options.directory / path for path in paths])
    terminal.warn(*text.diagnostics(tree.findings, {}))
    changed, broken = _formatted(tree.texts, open_catalog(settings), terminal)
    unread = [one.location.file for one in tree.findings if one.location and one.severity == "error"]
    if not check:
        for name, data in changed.items():
            files.write(settings.root / name, data)
    emit(
        options,
        terminal,
        {
            "text": lambda: formatting.text(sorted(changed), len(tree.texts), check=check),
            "json": lambda: formatting.json(sorted(changed), len(tree.texts), [*unread, *broken]),
        },
    )
    return int(bool(unread or broken or (check and changed)))


def _tree(settings: Settings, paths: Iterable[Path]) -> files.Tree:
    """The documents to look at, by project-relative path."""
    chosen = [_inside(settings.root, path) for path in paths]
    if chosen:
        return files.Tree({name: files.read(settings.root, name) for name in chosen}, [])
    folders = [*settings.sources, *(["overlays"] if (settings.root / "overlays").is_dir() else [])]
    trees = [files.read_tree(settings.root, folder) for folder in folders]
    texts = {name: data for tree in trees for name, data in tree.texts.items()}
    return files.Tree(texts, [found for tree in trees for found in tree.findings])


def _inside(root: Path, path: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        raise UsageError("the file is not in the project", where=str(path)) from None


def _formatted(texts: dict[str, bytes], catalog: Catalog, terminal: Console) -> tuple[dict[str, bytes], list[str]]:
    """The texts that have to change, and the names of those that can't be formatted, each said with its reason."""
    changed: dict[str, bytes] = {}
    failed: list[str] = []
    for name, data in texts.items():
        try:
            values = yaml12.load_all(data, file=name)
            made = scribe.tidy(data.decode(), [*_shapes(values, catalog)], file=name).encode()
        except DocumentError as error:
            failed.append(name)
            terminal.warn(*error_lines(error))
            continue
        if made != data:
            changed[name] = made
    return changed, failed


def _shapes(values: Iterable[Json], catalog: Catalog) -> Iterator[Field]:
    for value in values:
        kind = value.get("kind") if isinstance(value, dict) else None
        yield scribe.shape(catalog.kinds.get(catalog.qualify(kind)) if isinstance(kind, str) else None)
