"""Ask a person who gets the token, where the access settings of an environment are new on this computer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from rhythmconf.cli.console import Console
from rhythmconf.errors import AuthError, Refused
from rhythmconf.flows import codes, trust

if TYPE_CHECKING:
    from rhythmconf.settings import Environment, Settings


def confirm_access(console: Console, settings: Settings, *environments: Environment) -> None:
    """Have the access settings of each environment confirmed. Raises Refused without a terminal, or for another answer.

    Call it before anything is asked of the tenant. Without a terminal, the first use of a project needs no answer.
    """
    for environment in environments:
        question = trust.find_question(settings, environment)
        if question is None:
            continue
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            if trust.accept_first_use(settings):
                return
            raise trust.refuse(question)
        console.warn(
            [("bold", f"{question.location}: {question.headline}")],
            *([("plain", f"  {line}")] for line in question.lines),
            [("bold", "Are they right? Only 'yes' uses them, now and from now on.")],
        )
        if click.prompt("", prompt_suffix="> ", default="", show_default=False, err=True) != "yes":
            raise Refused("not confirmed", help="nothing was run or sent", code=codes.UNCONFIRMED)
        _remember(settings, question)


def find_refusal(console: Console, settings: Settings, environment: Environment) -> Refused | None:
    """Return why an environment may not be asked, for a command that still reports what needs no token.

    The flow must get the refusal: it takes the first use of a project for confirmed unless it knows of an answer.
    """
    try:
        confirm_access(console, settings, environment)
    except Refused as error:
        return error
    return None


def _remember(settings: Settings, question: trust.Question) -> None:
    try:
        trust.confirm(settings, question)
    except AuthError as error:
        raise AuthError(
            "The answer can't be remembered.",
            where=error.where,
            help="make the folder writable for you alone, or set RHYTHMCONF_TRUST=1 for this run",
        ) from error
