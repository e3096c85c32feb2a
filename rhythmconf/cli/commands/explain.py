"""`rhythmconf explain`: explain a diagnostic code, a kind or a field of a kind."""

from __future__ import annotations

import re

import click

from rhythmconf import catalog
from rhythmconf.cli import code_reference, guess_reference, kind_reference
from rhythmconf.cli.console import console
from rhythmconf.cli.options import Options, shared_options
from rhythmconf.cli.output import Writer, emit
from rhythmconf.errors import SettingsError, UsageError
from rhythmconf.model import Json, dump
from rhythmconf.model.suggest import suggest
from rhythmconf.report.explanation import explain
from rhythmconf.source.project.opening import open_catalog, open_settings

EPILOG = """\b
Examples:
  rhythmconf explain RC210
  rhythmconf explain G3
  rhythmconf explain program
  rhythmconf explain billingTemplate.drop_options.drop_notice_id
  rhythmconf explain"""
_CODE = re.compile(r"(?:RC*|G)\d\w*", re.IGNORECASE)
"""A code or a guess, also with a slip such as `R210` or `RC21O`: no kind is called like that."""


@click.command(epilog=EPILOG)
@click.argument("subject", metavar="[SUBJECT]", required=False)
@shared_options()
def command(options: Options, subject: str | None) -> int:
    """Explain a diagnostic code, a guess about dates, a kind or a field.

    SUBJECT is a code such as RC210, a guess such as G3, a KIND such as program, or a field of a kind such as
    program.is_active. For a code or a guess, it says what it means and how to fix it; for a field its type, values,
    reference, risk and condition.

    Without SUBJECT, lists all codes and guesses.
    """
    if subject is None:
        writers = _list_codes()
    elif _CODE.fullmatch(subject) or subject.startswith("-"):
        writers = _explain_code(subject)
    else:
        writers = _explain_kind(options, subject)
    emit(options, console(options.color, quiet=options.quiet), writers)
    return 0


def _list_codes() -> dict[str, Writer]:
    titles: dict[str, Json] = {id: entry.headline for id, entry in sorted(code_reference.codes().items())}
    titles |= {number: guess_reference.headline(questions) for number, questions in guess_reference.guesses().items()}
    lines = "".join(f"{id}: {title}\n" for id, title in titles.items())
    return {"text": lambda: lines, "json": lambda: dump(titles)}


def _explain_code(code: str) -> dict[str, Writer]:
    codes, guesses, id = code_reference.codes(), guess_reference.guesses(), code.upper()
    if questions := guesses.get(id):
        return {
            "text": lambda: guess_reference.text(id, questions),
            "json": lambda: dump(guess_reference.value(id, questions)),
        }
    if id not in codes:
        help = suggest(id, [*codes, *guesses]) or "`rhythmconf explain` without a code lists all codes"
        raise UsageError(f"there is no code {code!r}", help=help)
    entry = codes[id]
    value: Json = {
        "code": id,
        "title": entry.headline,
        "text": entry.what,
        "why": entry.why,
        "example": entry.example,
        "fix": entry.fix,
    }
    return {
        "text": lambda: f"{id}: {entry.headline}\n\n{explain(entry)}",
        "json": lambda: dump(value),
    }


def _explain_kind(options: Options, subject: str) -> dict[str, Writer]:
    kind, field = kind_reference.find(_catalog(options), subject)
    if field is None:
        return {
            "text": lambda: kind_reference.kind_text(kind),
            "json": lambda: dump(kind_reference.kind_value(kind)),
        }
    return {
        "text": lambda: kind_reference.field_text(kind, field),
        "json": lambda: dump(kind_reference.field_value(kind, field)),
    }


def _catalog(options: Options) -> catalog.Catalog:
    """Return the kinds of the project in this folder; those of rhythmconf where there is no project."""
    try:
        settings = open_settings(options.directory, options.env)
    except SettingsError:
        return catalog.load_shipped()
    return catalog.widen_all(open_catalog(settings))
