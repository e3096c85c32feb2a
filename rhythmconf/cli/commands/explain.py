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
  rhythmconf explain RC520"""


@click.command(epilog=EPILOG)
@click.argument("code")
@shared_options()
def command(options: Options, code: str) -> int:
    """Explain a diagnostic code such as RC210: what it means and how to fix it."""
    codes = code_reference.codes()
    id = code.upper()
    if id not in codes:
        raise UsageError(f"there is no code {code!r}", help=suggest(id, list(codes)) or "see docs/rules.md")
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
        console(options.color, quiet=options.quiet),
        {
            "text": lambda: f"{id}: {code_entry.headline}\n\n{code_reference.text(code_entry)}",
            "json": lambda: dump(value),
        },
    )
    return 0
