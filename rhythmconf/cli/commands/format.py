"""`rhythmconf format`: format documents in one canonical style and keep comments."""

from __future__ import annotations

import click

from rhythmconf.cli.console import console, error_lines
from rhythmconf.cli.options import Options, shared_options
from rhythmconf.cli.output import emit, emit_result
from rhythmconf.flows.format import format_documents, write
from rhythmconf.report import text_diagnostics
from rhythmconf.report.subjects import formatting, revised
from rhythmconf.source.project.opening import open_settings

EPILOG = """\b
Examples:
  rhythmconf format
  rhythmconf format --check
  rhythmconf format --diff
  rhythmconf format config/programs/people.yaml"""


@click.command(epilog=EPILOG)
@click.argument("paths", metavar="[FILE]...", nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file needs formatting.")
@click.option("--diff", is_flag=True, help="Write nothing; show the differences, and exit with 1 if there are any.")
@shared_options()
def command(options: Options, paths: tuple[str, ...], check: bool, diff: bool) -> int:
    """Format documents: fields in the order of the schema, one style of lists and indents.

    Formats each FILE, or all documents and overlays of the project. Values, quotes and comments are kept.
    """
    terminal = console(options.color, quiet=options.quiet)
    settings = open_settings(options.directory, options.env)
    formatted = format_documents(settings, [options.directory / path for path in paths])
    terminal.warn(*text_diagnostics.diagnostics(formatted.unreadable, {}))
    for error in formatted.failed.values():
        terminal.warn(*error_lines(error))
    preview = check or diff
    if not preview:
        write(settings, formatted)
    changed, count = sorted(formatted.changed), len(formatted.texts)
    differences = revised.diff(formatted.texts, formatted.changed)
    (emit if preview else emit_result)(
        options,
        terminal,
        {
            "text": lambda: differences if diff else formatting.text(changed, count, check=check),
            "json": lambda: formatting.json(changed, count, formatted.failed_names),
        },
    )
    return int(bool(formatted.failed_names or (preview and changed)))
