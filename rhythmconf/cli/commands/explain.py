"""`rhythmconf explain`: explain a diagnostic code."""

from __future__ import annotations

import click

from rhythmconf.cli import code_reference, guess_reference
from rhythmconf.cli.console import console
from rhythmconf.cli.options import Options, shared_options
from rhythmconf.cli.output import Writer, emit
from rhythmconf.errors import UsageError
from rhythmconf.model import Json, dump
from rhythmconf.model.suggest import suggest

EPILOG = """\b
Examples:
  rhythmconf explain RC210
  rhythmconf explain G3
  rhythmconf explain"""


@click.command(epilog=EPILOG)
@click.argument("code", metavar="[CODE]", required=False)
@shared_options()
def command(options: Options, code: str | None) -> int:
    """Explain a diagnostic code such as RC210, or a guess about dates such as G3: what it means and how to fix it.

    Without CODE, lists all codes and guesses.
    """
    codes, guesses = code_reference.codes(), guess_reference.guesses()
    terminal = console(options.color, quiet=options.quiet)
    if code is None:
        titles = {id: entry.headline for id, entry in sorted(codes.items())}
        titles |= {number: guess_reference.headline(questions) for number, questions in guesses.items()}
        lines = "".join(f"{id}: {title}\n" for id, title in titles.items())
        emit(options, terminal, {"text": lambda: lines, "json": lambda: dump({**titles})})
        return 0
    id = code.upper()
    if questions := guesses.get(id):
        writers: dict[str, Writer] = {
            "text": lambda: guess_reference.text(id, questions),
            "json": lambda: dump(guess_reference.value(id, questions)),
        }
        emit(options, terminal, writers)
        return 0
    if id not in codes:
        help = suggest(id, [*codes, *guesses]) or "`rhythmconf explain` without a code lists all codes"
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
