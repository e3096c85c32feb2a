"""`rhythmconf explain`: explain a diagnostic code."""

from __future__ import annotations

import click

from rhythmconf.cli import code_reference
from rhythmconf.cli.console import console
from rhythmconf.cli.options import Options, shared_options
from rhythmconf.cli.output import emit
from rhythmconf.errors import UsageError
from rhythmconf.model import Json, dump
from rhythmconf.model.suggest import suggest

EPILOG = """\b
Examples:
  rhythmconf explain RC210
  rhythmconf explain"""


@click.command(epilog=EPILOG)
@click.argument("code", metavar="[CODE]", required=False)
@shared_options()
def command(options: Options, code: str | None) -> int:
    """Explain a diagnostic code such as RC210: what it means and how to fix it.

    Without CODE, lists all codes.
    """
    codes = code_reference.codes()
    terminal = console(options.color, quiet=options.quiet)
    if code is None:
        titles = {id: entry.headline for id, entry in sorted(codes.items())}
        lines = "".join(f"{id}: {title}\n" for id, title in titles.items())
        emit(options, terminal, {"text": lambda: lines, "json": lambda: dump({**titles})})
        return 0
    id = code.upper()
    if id not in codes:
        help = suggest(id, list(codes)) or "`rhythmconf explain` without a code lists all codes"
        raise UsageError(f"there is no code {code!r}", help=help)
    code_entry = codes[id]
    value: Json = {
        "code": id,
        "title": code_entry.headline,
        "text": code_entry.what,
        "why": code_entry.why,
        "example": code_entry.example,
        "fix": code_entry.fix,
    }
    emit(
        options,
        terminal,
        {
            "text": lambda: f"{id}: {code_entry.headline}\n\n{code_reference.text(code_entry)}",
            "json": lambda: dump(value),
        },
    )
    return 0
