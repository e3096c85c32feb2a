"""`rhythmconf explain`: what a code means and what to do about it."""

from __future__ import annotations

import sys

import click

from rhythmconf.cli.rules import rules
from rhythmconf.documents import suggest
from rhythmconf.errors import UsageError


@click.command(epilog="\b\nrhythmconf explain RC210\nrhythmconf explain RC520")
@click.argument("code")
def command(code: str) -> int:
    """Explain a code such as RC210: what it means, and what to do about it."""
    known = rules()
    if code.upper() not in known:
        raise UsageError(f"there is no code {code!r}", help=suggest(code.upper(), list(known)) or "see docs/rules.md")
    rule = known[code.upper()]
    sys.stdout.write(f"{rule.code}: {rule.title}\n\n{rule.text}\n")
    return 0
