"""A plan that is about to be applied: shown, and approved by a person or by a flag."""

from __future__ import annotations

import functools
import sys

import click

from rhythmconf.cli.console import Console
from rhythmconf.cli.options import Options
from rhythmconf.cli.output import emit
from rhythmconf.errors import Refused, UsageError
from rhythmconf.flows.apply import Approve
from rhythmconf.model import Plan
from rhythmconf.report.formats import text


def approval(options: Options, screen: Console, command: str, *, given: bool) -> Approve:
    """How a plan is approved. Raises UsageError where nobody can be asked; `command` makes a plan to be saved."""
    if not given and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "nobody can approve this: there is no terminal",
            help=f"save a plan with `rhythmconf {command} -o FILE` and apply FILE, or give --auto-approve",
        )
    return functools.partial(_show if given else _ask, options, screen)


def _show(options: Options, screen: Console, plan: Plan) -> bool:
    if ("text", None) in options.outputs:
        emit(options._replace(outputs=(("text", None),)), screen, {"text": lambda: text.plan(plan)})
        sys.stdout.flush()
    return False


def _ask(options: Options, screen: Console, plan: Plan) -> bool:
    _show(options, screen, plan)
    if not plan.changes or any(not guard.ok for guard in plan.guards):
        return False
    screen.warn([("bold", f"Apply this to {plan.fingerprint.environment}? Only 'yes' applies it.")])
    if click.prompt("", prompt_suffix="> ", default="", show_default=False, err=True) != "yes":
        raise Refused("not approved", help="nothing was written")
    return True
