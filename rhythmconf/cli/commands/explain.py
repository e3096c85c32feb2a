"""`rhythmconf explain`: what a code means and what to do about it."""

from __future__ import annotations

import click

from rhythmconf.cli.console import console
from rhythmconf.cli.options import Options, shared
from rhythmconf.cli.output import emit
from rhythmconf.cli.rules import rules
from rhythmconf.errors import UsageError
from rhythmconf.model import dump
from rhythmconf.source.documents import suggest


@click.command(epilog="\b\nrhythmconf explain RC210\nrhythmconf explain RC520")
@click.argument("code")
@shared()
def command(options: Options, code: str) -> int:
    """Explain a code such as RC210: what it means, and what to do about it."""
    known = rules()
    if code.upper() not in known:
        raise UsageError(f"there is no code {code!r}", help=suggest(code.upper(), list(known)) or "see docs/rules.md")
    rule = known[code.upper()]
    emit(
        options,
        console(options.color, quiet=options.quiet),
        {"text": lambda: f"{rule.code}: {rule.title}\n\n{rule.text}\n", "json": lambda: dump(rule._asdict())},
    )
    return 0
